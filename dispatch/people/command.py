"""`dispatch user …`: add people who may log in, list them, change a password, end a log-in for good."""

import sys
from typing import Annotated

import typer

from dispatch.departments.reference import department_given, department_name
from dispatch.kit.paging import MOST
from dispatch.kit.terminal import done, refuse, transaction
from dispatch.people import commands, queries
from dispatch.people.model import Role
from dispatch.people.policy import SYSTEM

app = typer.Typer(no_args_is_help=True, help="用户 / people who log in")

Name = Annotated[str, typer.Argument(help="用户名 / the name to log in with")]
FromStdin = Annotated[
    bool, typer.Option("--password-stdin", help="从标准输入读取密码 / read it from standard input")
]


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise refuse(
            "没有终端可输入密码,请用 --password-stdin",
            "No terminal to ask for a password: use --password-stdin",
        )
    return str(typer.prompt("密码 / password", hide_input=True, confirmation_prompt=True))


@app.command()
def add(
    name: Name,
    role: Annotated[list[Role], typer.Option(help="岗位,可多次给出 / post; may be given again")],
    *,
    display_name: Annotated[str, typer.Option(help="显示姓名 / the name shown")] = "",
    department: Annotated[str, typer.Option(help="部门编码或名称 / code or name of the unit")] = "",
    district: Annotated[
        str, typer.Option(help="只看该区 / sees this district only (6 digits)")
    ] = "",
    grids: Annotated[str, typer.Option(help="责任网格,逗号分隔 / working grids, by comma")] = "",
    phone: Annotated[str, typer.Option(help="电话 / telephone")] = "",
    password_stdin: FromStdin = False,
) -> None:
    """新增用户 / add a user."""
    password = _password(from_stdin=password_stdin)
    with transaction() as session:
        unit = department_given(session, department, field="department") if department else None
        user = commands.add_user(
            session,
            username=name,
            display_name=display_name or name,
            roles=role,
            password=password,
            phone=phone or None,
            department_id=unit.id if unit else None,
            district_code=district or None,
            working_grids=[each.strip() for each in grids.split(",") if each.strip()],
            by=SYSTEM,
        )
        posts = ", ".join(user.roles)
    done(f"已新增用户 {name}({posts})", f"added {name} ({posts})")


@app.command()
def passwd(name: Name, *, password_stdin: FromStdin = False) -> None:
    """设置密码,并结束其所有登录 / set a password; every session of the user ends."""
    password = _password(from_stdin=password_stdin)
    with transaction() as session:
        commands.set_password(session, commands.named_user(session, name), password, by=SYSTEM)
    done(f"已设置 {name} 的密码", f"set the password of {name}")


@app.command()
def deactivate(name: Name) -> None:
    """停用:立即退出,不能再登录 / out at once, and never in again."""
    with transaction() as session:
        commands.deactivate(session, commands.named_user(session, name), by=SYSTEM)
    done(f"已停用 {name}", f"deactivated {name}")


@app.command()
def activate(name: Name) -> None:
    """重新启用 / let a deactivated user log in again."""
    with transaction() as session:
        commands.activate(session, commands.named_user(session, name), by=SYSTEM)
    done(f"已启用 {name}", f"activated {name}")


@app.command("list")
def list_users(
    *,
    role: Annotated[Role | None, typer.Option(help="只列该岗位 / only this post")] = None,
    all_: Annotated[bool, typer.Option("--all", help="包括已停用 / the deactivated too")] = False,
    after: Annotated[str, typer.Option(help="从该用户名之后列起 / begin after this name")] = "",
) -> None:
    """列出用户 / list users by name."""
    with transaction() as session:
        found = session.scalars(
            queries.users(active=None if all_ else True, role=role, after=after).limit(MOST + 1)
        ).all()
        for user in found[:MOST]:
            unit = department_name(session, user.department_id) or "-"
            mark = " " if user.active else "✗"
            typer.echo(
                f"{mark} {user.username:<20} {','.join(user.roles):<28} {user.display_name}  {unit}"
            )
    if len(found) > MOST:
        last = found[MOST - 1].username
        typer.echo(f"… 下一页 / next page: --after {last}")
