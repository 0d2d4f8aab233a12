"""`dispatch grid …` and `dispatch places …`: a city's own grid and its own names."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from dispatch.jurisdiction.gazetteer import PlaceKind
from dispatch.jurisdiction.imports import (
    GridChecked,
    GridFile,
    check_file,
    import_folder,
    import_grid,
    import_names,
)
from dispatch.kit.import_command import (
    CrsName,
    DryRun,
    Encoding,
    FieldPairs,
    File,
    LayerName,
    Synthetic,
    pairs,
    undo,
)
from dispatch.kit.terminal import done, refuse, transaction
from geo.crs import Crs
from geo.gazetteer import Fields
from geo.grid.working import LIUZHOU_COUNT

grid_app = typer.Typer(no_args_is_help=True, help="单元网格 / the grid of unit cells")
places_app = typer.Typer(no_args_is_help=True, help="地名 / the gazetteer")


NAME_FIELDS = frozenset({"name", "kind", "aliases", "district", "road", "number", "row_id"})


class NameKind(StrEnum):
    """The kinds of names that a layer can bring."""

    ROAD = "road"
    PLACE = "place"
    NUMBER = "number"
    BRIDGE = "bridge"
    WATER = "water"


@grid_app.command()
def check(
    path: File,
    *,
    layer: LayerName = None,
    encoding: Encoding = None,
    crs: CrsName = None,
    field: FieldPairs = None,
) -> None:
    """检查网格文件,不写入 / check a grid: codes, shapes, overlaps, gaps, coordinate system."""
    with transaction() as session:
        checked = check_file(session, GridFile(path, pairs(field), layer, encoding, crs))
    _tell(checked)
    if not checked.report.is_usable:
        raise typer.Exit(1)


@grid_app.command("import")
def import_(
    path: File,
    *,
    layer: LayerName = None,
    encoding: Encoding = None,
    crs: CrsName = None,
    field: FieldPairs = None,
    names: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            help="区划名称 CSV(code,name)/ names of districts, streets, communities by code",
        ),
    ] = None,
    working_grids: Annotated[
        int, typer.Option(min=1, help="文件没有工作网格时划分的个数 / drawn when the file has none")
    ] = LIUZHOU_COUNT,
    synthetic: Synthetic = False,
    check_only: Annotated[
        bool, typer.Option("--check-only", help="只检查,不写入 / check only, write nothing")
    ] = False,
) -> None:
    """检查并导入网格,替换现有网格 / check a grid and replace the present one by it.

    Fields: code working_grid community street district virtual_district.
    """
    with transaction() as session:
        checked = check_file(session, GridFile(path, pairs(field), layer, encoding, crs))
        _tell(checked)
        if not checked.report.is_usable:
            raise refuse("网格未通过检查,未导入", "The grid did not pass the check; not imported")
        stored = import_grid(
            session,
            checked,
            names=names,
            working_grids=working_grids,
            synthetic=synthetic,
            source=path.name,
        )
        if check_only:
            undo(session)
            return
    done(
        f"已导入 {stored.unit_grids} 个单元网格、{stored.working_grids} 个工作网格、"
        f"{stored.areas} 个区划;请接着运行 dispatch parts relocate",
        f"{stored.unit_grids} unit grids, {stored.working_grids} working grids and "
        f"{stored.areas} areas imported; now run `dispatch parts relocate`",
    )


@places_app.command("import")
def import_places(
    path: Annotated[
        Path,
        typer.Argument(
            exists=True,
            help="data/gazetteer 那样的目录,或一个图层 / a folder like data/gazetteer, or a layer",
        ),
    ],
    *,
    kind: Annotated[
        NameKind | None, typer.Option(help="图层内容 / what a layer holds; needed for a layer")
    ] = None,
    layer: LayerName = None,
    crs: Annotated[Crs, typer.Option(help="坐标系 / system of its degrees")] = Crs.WGS84,
    field: FieldPairs = None,
    synthetic: Synthetic = False,
    dry_run: DryRun = False,
) -> None:
    """导入地名,替换同类 / replace the gazetteer by a folder, or one kind of names by a layer.

    Fields: name kind aliases district road number row_id.
    """
    if path.is_file() and kind is None:
        raise refuse("请用 --kind 指明图层内容", "Say with --kind what the layer holds")
    with transaction() as session:
        if path.is_dir() or kind is None:
            count = import_folder(session, path, synthetic=synthetic)
        else:
            count = import_names(
                session,
                path,
                PlaceKind(kind.value),
                fields=_fields(pairs(field)),
                layer=layer,
                crs=crs,
                synthetic=synthetic,
            )
        if dry_run:
            undo(session)
    done(f"{count} 条地名", f"{count} names")


def _fields(given: dict[str, str]) -> Fields:
    strange = set(given) - NAME_FIELDS
    if strange:
        raise refuse(
            f"没有字段 {'、'.join(sorted(strange))}", f"No such field: {', '.join(sorted(strange))}"
        )
    return Fields(
        name=given.get("name", "name"),
        kind=given.get("kind", "kind"),
        aliases=given.get("aliases", ""),
        district=given.get("district", ""),
        road=given.get("road", ""),
        number=given.get("number", ""),
        row_id=given.get("row_id", ""),
    )


def _tell(checked: GridChecked) -> None:
    report = checked.report
    typer.echo(
        f"{report.cells} 个单元网格,{report.area_m2 / 1e6:,.3f} km²,坐标系 {checked.source.system} / "
        f"{report.cells} unit grids, {report.area_m2 / 1e6:,.3f} km², {checked.source.system}"
    )
    for finding in (*checked.source.notes, *report.findings):
        typer.echo(str(finding))
