"""`dispatch facilities …`: import toilets and parking, and give a feed its key."""

import secrets
from typing import Annotated

import typer

from dispatch.facilities.commands import give_key
from dispatch.facilities.imports import import_facilities
from dispatch.facilities.model import FacilityKind
from dispatch.kit import clock
from dispatch.kit.import_command import (
    CrsName,
    DryRun,
    Encoding,
    FieldPairs,
    File,
    LayerName,
    Refused,
    Strict,
    Synthetic,
    finish,
    pairs,
)
from dispatch.kit.layerfiles import read_layer
from dispatch.kit.terminal import done, transaction

app = typer.Typer(no_args_is_help=True, help="公共设施 / toilets and parking")
Kind = Annotated[
    FacilityKind | None, typer.Option(help="全部为此类 / the kind of rows that name none")
]


@app.command("import")
def import_(
    path: File,
    *,
    kind: Kind = None,
    layer: LayerName = None,
    encoding: Encoding = None,
    crs: CrsName = None,
    field: FieldPairs = None,
    synthetic: Synthetic = False,
    strict: Strict = False,
    refused: Refused = None,
    dry_run: DryRun = False,
) -> None:
    """导入公共设施 / add facilities, or change those whose code is there.

    Fields: code kind name address opening_hours accessible spaces_total; all others become details.
    """
    with transaction() as session:
        report = import_facilities(
            session,
            read_layer(path, layer=layer, encoding=encoding, crs=crs),
            fields=pairs(field),
            kind=kind,
            synthetic=synthetic,
            at=clock.now(),
        )
        finish(session, report, dry_run=dry_run, strict=strict, refused=refused)


@app.command()
def key(
    name: Annotated[str, typer.Argument(help="数据源名称 / the name of the feed")],
    *,
    kind: Kind = None,
) -> None:
    """发放实时数据密钥,只显示这一次 / give a feed a key; it is shown this once only."""
    made = secrets.token_urlsafe(24)
    with transaction() as session:
        give_key(session, key=made, name=name, kind=kind)
    done(f"密钥(仅显示一次):{made}", "shown this once; send it in the X-Facility-Key header")
