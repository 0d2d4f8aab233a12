"""`dispatch parts …`: import the inventory of parts, and place it on a new grid."""

from typing import Annotated

import typer

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
from dispatch.parts.commands import PartsImport, import_parts, relocate_parts

app = typer.Typer(no_args_is_help=True, help="部件 / the inventory of parts")


@app.command("import")
def import_(
    path: File,
    *,
    layer: LayerName = None,
    encoding: Encoding = None,
    crs: CrsName = None,
    field: FieldPairs = None,
    allow_unknown_units: Annotated[
        bool, typer.Option(help="未登记的单位留空 / leave units empty that nobody knows")
    ] = False,
    synthetic: Synthetic = False,
    strict: Strict = False,
    refused: Refused = None,
    dry_run: DryRun = False,
) -> None:
    """导入部件 / add parts, or change those whose code is there.

    Fields: code category name owner maintainer governing condition accuracy installed_on source.
    """
    with transaction() as session:
        options = PartsImport(
            pairs(field), synthetic=synthetic, allow_unknown_units=allow_unknown_units
        )
        found = read_layer(path, layer=layer, encoding=encoding, crs=crs)
        report = import_parts(session, found, options)
        finish(session, report, dry_run=dry_run, strict=strict, refused=refused)


@app.command()
def relocate() -> None:
    """按现行网格重新定位部件 / write each part's unit grid anew, after importing a grid."""
    with transaction() as session:
        moved = relocate_parts(session)
    done(f"{moved} 个部件换了网格", f"{moved} parts changed their unit grid")
