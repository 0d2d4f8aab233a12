"""`dispatch docs`: pages of documentation that are written from the program's own tables."""

import typer

from dispatch.cases import statesdoc

app = typer.Typer(
    no_args_is_help=True,
    help="由程序生成的文档 / pages of documentation written from the program",
)


@app.callback()
def docs() -> None:
    """由程序生成的文档 / pages of documentation written from the program."""


@app.command()
def states() -> None:
    """案件阶段与操作(docs/states.md) / stages and deeds of a case."""
    typer.echo(statesdoc.page(), nl=False)
