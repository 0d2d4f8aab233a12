"""`dispatch open-data` and `dispatch analyst`: make files, explain columns, let analysts in."""

from pathlib import Path
from typing import Annotated

import typer

from dispatch.kit.terminal import done, refuse, transaction
from dispatch.opendata import analysts, queries
from dispatch.opendata.dictionary import page
from dispatch.opendata.making import SOURCES
from dispatch.opendata.making import run as make_files

app = typer.Typer(no_args_is_help=True, help="开放数据 / open data")
analyst_app = typer.Typer(no_args_is_help=True, help="分析人员的只读账号 / read-only log-ins")


@app.command("list")
def list_datasets() -> None:
    """列出数据集 / data sets, when they were made, and what went wrong."""
    with transaction() as session:
        for each in queries.datasets(session, enabled_only=False):
            made = f"{each.made_at:%Y-%m-%d %H:%M}" if each.made_at else "-"
            typer.echo(f"{each.code:<12} {made:<17} {each.error or ''}")


@app.command()
def make(code: str) -> None:
    """生成一个数据集的文件 / make the files of a data set now."""
    with transaction() as session:
        queries.dataset_by_code(session, code)
    if code not in SOURCES:
        raise refuse(f"{code} 没有数据来源", f"{code} has no source")
    if make_files(code):
        done(f"{code} 的文件已生成", f"the files of {code} are made")
    else:
        done(f"{code} 正在生成", f"{code} is being made already")


@app.command()
def columns(
    write: Annotated[Path | None, typer.Option(help="写入文件 / write to this file")] = None,
) -> None:
    """各视图各列的说明 / what every column means."""
    with transaction() as session:
        text = page(session)
    if write is None:
        typer.echo(text)
    else:
        write.write_text(text, "utf-8")


@analyst_app.command()
def grant(name: str) -> None:
    """建立或更新只读账号 / make a read-only log-in, or bring its rights up to date."""
    with transaction() as session:
        granted = analysts.grant(session, name)
    done(f"{name} 可以读取分析视图", f"{name} may read the views")
    if granted.password:
        typer.echo(f"密码(只显示一次)/ password, shown once: {granted.password}")


@analyst_app.command()
def revoke(name: str) -> None:
    """撤销只读账号 / take a log-in away."""
    with transaction() as session:
        analysts.revoke(session, name)
    done(f"{name} 已撤销", f"{name} is gone")


@analyst_app.command("list")
def list_analysts() -> None:
    """列出只读账号 / all log-ins of analysts."""
    with transaction() as session:
        for each in analysts.analysts(session):
            typer.echo(each)
