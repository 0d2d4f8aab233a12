"""What the import commands share: their options, and how they tell the outcome."""

from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from dispatch.kit import reference
from dispatch.kit.errors import invalid
from dispatch.kit.importing import ImportReport, require_all, write_refused

File = Annotated[
    Path,
    typer.Argument(
        exists=True,
        help="GeoJSON、GeoPackage、Shapefile(或 zip)、CSV / a layer of one of these kinds",
    ),
]
LayerName = Annotated[
    str | None, typer.Option("--layer", help="文件中的图层 / layer of the file, if it has several")
]
Encoding = Annotated[str | None, typer.Option(help="文字编码 / encoding, such as GB18030")]
CrsName = Annotated[
    str | None,
    typer.Option(
        "--crs", help="wgs84 cgcs2000 gcj02 bd09 或 EPSG:4545 / goes before what the file says"
    ),
]
FieldPairs = Annotated[
    list[str] | None,
    typer.Option("--field", help="字段映射,如 code=BSM,可多次 / our field=the file's, repeatable"),
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="只检查,不写入 / check only, write nothing")
]
Strict = Annotated[
    bool, typer.Option("--strict", help="有一行不合格就全部不导入 / all rows or none")
]
Refused = Annotated[
    Path | None,
    typer.Option("--refused", help="把被拒绝的行写入此 CSV / write the refused rows to this CSV"),
]
Synthetic = Annotated[
    bool, typer.Option("--synthetic", help="标记为合成数据 / mark the rows as synthetic")
]


def pairs(given: list[str] | None) -> dict[str, str]:
    """`["code=BSM"]` as a mapping; InvalidInput for what is no pair."""
    made = {}
    for each in given or []:
        ours, sign, theirs = each.partition("=")
        if not (ours and sign and theirs):
            raise invalid(
                "field",
                f"“{each}”不是字段映射,请写成 code=BSM",
                f"'{each}' maps no field: write it as code=BSM",
            )
        made[ours.strip()] = theirs.strip()
    return made


def finish(
    session: Session, report: ImportReport, *, dry_run: bool, strict: bool, refused: Path | None
) -> None:
    """Tell the outcome; undo it for a dry run, and when a row was refused under `strict`."""
    for line in report.lines():
        typer.echo(line)
    if refused is not None:
        write_refused(refused, report)
    if strict:
        require_all(report)
    if dry_run:
        undo(session)


def undo(session: Session) -> None:
    """Take back what the command wrote, in the database and in memory."""
    session.rollback()
    reference.forget_all()
    typer.echo("仅检查,未写入 / checked only, nothing was written")
