"""`dispatch uploads`: look at uploaded files, and do the work on one."""

import resource
from typing import Annotated, Final

import typer

from dispatch.kit.terminal import done, transaction
from dispatch.uploads import queries
from dispatch.uploads.imports import run as work_on
from dispatch.uploads.model import UploadKind

app = typer.Typer(no_args_is_help=True, help="上传的文件 / files that administrators brought")

#: What one file may take of the machine: seconds of processor time, bytes of memory and of a file.
BOUNDS: Final = (
    (resource.RLIMIT_CPU, 1_200),
    (resource.RLIMIT_AS, 6 * 1024**3),
    (resource.RLIMIT_FSIZE, 2 * 1024**3),
)


@app.command("list")
def list_uploads(
    kind: UploadKind | None = None,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
) -> None:
    """列出上传的文件,最新的在前 / uploaded files, the newest first."""
    with transaction() as session:
        for each in queries.uploads_found(session, kind=kind, before=None, limit=limit):
            typer.echo(f"{each.id:>8}  {each.kind:<10} {each.status:<10} {each.file_name}")


@app.command("run")
def run(upload_id: int) -> None:
    """检查或导入一个文件 / check or take in one file, whichever it waits for."""
    for what, most in BOUNDS:
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard < 0 else min(most, hard), hard))
    if work_on(upload_id):
        done(f"文件 {upload_id} 已处理", f"the work on file {upload_id} is done")
    else:
        done(f"文件 {upload_id} 无需处理", f"there is nothing to do for file {upload_id}")
