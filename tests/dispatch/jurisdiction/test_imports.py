"""A city's own grid and names: checked, stored with their areas, or refused with nothing changed."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.jurisdiction import reference
from dispatch.jurisdiction.model import Area, Place, UnitGrid
from geo.crs import Crs, convert
from geo.shapes import to_geojson
from tests.factories.jurisdiction import middle, small_grid, square
from tests.factories.terminal import Terminal

DATA = Path(__file__).resolve().parents[3] / "data"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, session: Session) -> Terminal:
    return Terminal(monkeypatch, session)


def _layer(path: Path, features: list[tuple[dict[str, Any], Any]]) -> Path:
    written = [
        {"type": "Feature", "properties": properties, "geometry": to_geojson(shape, digits=9)}
        for properties, shape in features
    ]
    path.write_text(json.dumps({"type": "FeatureCollection", "features": written}), "utf-8")
    return path


def _grid_file(path: Path, *, crs: Crs = Crs.WGS84, field: str = "网格编码") -> Path:
    def move(xy: Any) -> Any:
        return np.column_stack(convert(*xy.T, source=Crs.WGS84, target=crs))

    grid = small_grid()
    cells = zip(grid.codes.tolist(), shapely.transform(grid.polygons(), move), strict=True)
    return _layer(path, [({field: code}, shape) for code, shape in cells])


def _count(session: Session, model: type[UnitGrid] | type[Place]) -> int:
    return session.scalar(select(func.count()).select_from(model)) or 0


def test_a_first_grid_is_stored_with_the_areas_that_its_codes_name(
    session: Session, tmp_path: Path, run: Terminal
) -> None:
    names = tmp_path / "names.csv"
    names.write_text("code,name\n450202,城中区\n450203001001,驾鹤社区\n", encoding="utf-8")

    said = run.run(
        "grid", "import", _grid_file(tmp_path / "g.geojson"),
        "--names", names, "--working-grids", "2",
    )  # fmt: skip

    assert said.exit_code == 0, said.output
    assert _count(session, UnitGrid) == 6
    found = reference.locate(session, *middle(2, 1))
    assert found is not None
    assert (found.grid_code, found.working_grid) == ("450203001001002", "450203G001")
    assert (found.community, found.district) == ("驾鹤社区", "450203")
    street = session.scalar(select(func.ST_Area(Area.geom)).where(Area.code == "450202001"))
    assert street == pytest.approx(4 * 0.0001)


def test_a_new_grid_keeps_the_names_and_zones_that_are_known(
    city: Session, tmp_path: Path, run: Terminal
) -> None:
    said = run.run("grid", "import", _grid_file(tmp_path / "g.geojson"), "--working-grids", "2")

    assert said.exit_code == 0, said.output
    found = reference.locate(city, *middle(1, 0))
    assert found is not None
    assert (found.community, found.street) == ("五星社区居委会", "城中街道")
    assert found.virtual_district == "柳东新区"
    synthetic = set(city.scalars(select(UnitGrid.synthetic)))
    assert synthetic == {False}


def test_a_grid_with_overlapping_cells_is_refused_and_nothing_changes(
    city: Session, tmp_path: Path, run: Terminal
) -> None:
    path = _layer(
        tmp_path / "g.geojson",
        [({"code": f"45020200100100{n}"}, square(0, 0)) for n in (1, 2)],
    )
    city.commit()

    said = run.run("grid", "import", path)

    assert said.exit_code == 1
    assert "overlap" in said.output
    assert _count(city, UnitGrid) == 6


def _fine_grid(path: Path, *, crs: Crs = Crs.WGS84) -> Path:
    """A hundred small cells: enough of them to tell a shift."""

    def move(xy: Any) -> Any:
        return np.column_stack(convert(*xy.T, source=Crs.WGS84, target=crs))

    cells = []
    for number in range(100):
        west, south = 109.40 + number % 10 * 0.001, 24.30 + number // 10 * 0.001
        cell = shapely.box(west, south, west + 0.001, south + 0.001)
        cells.append(({"code": f"450202001001{number:03d}"}, shapely.transform(cell, move)))
    return _layer(path, cells)


def test_a_grid_in_the_wrong_system_is_told_by_its_shift(
    session: Session, tmp_path: Path, run: Terminal
) -> None:
    first = run.run("grid", "import", _fine_grid(tmp_path / "a.geojson"), "--working-grids", "2")
    assert first.exit_code == 0, first.output
    shifted = _fine_grid(tmp_path / "b.geojson", crs=Crs.GCJ02)

    taken_as_it_is = run.run("grid", "check", shifted)
    taken_for_what_it_is = run.run("grid", "check", shifted, "--crs", "gcj02")

    assert (taken_as_it_is.exit_code, taken_for_what_it_is.exit_code) == (1, 0)
    assert "GCJ-02" in taken_as_it_is.output


def test_checking_only_writes_nothing(session: Session, tmp_path: Path, run: Terminal) -> None:
    said = run.run(
        "grid", "import", _grid_file(tmp_path / "g.geojson"), "--working-grids", "2", "--check-only"
    )

    assert said.exit_code == 0, said.output
    assert "nothing was written" in said.output
    assert _count(session, UnitGrid) == 0


def test_an_unusual_name_of_the_code_field_is_pointed_out(tmp_path: Path, run: Terminal) -> None:
    path = _grid_file(tmp_path / "g.geojson", field="KEY")

    assert "KEY" in run.run("grid", "check", path).output
    assert run.run("grid", "check", path, "--field", "code=KEY").exit_code == 0
    assert run.run("grid", "check", path, "--field", "KEY").exit_code == 1


def test_the_seed_gazetteer_is_imported_whole(session: Session, run: Terminal) -> None:
    said = run.run("places", "import", DATA / "gazetteer", "--synthetic")

    assert said.exit_code == 0, said.output
    kinds = dict(session.execute(select(Place.kind, func.count()).group_by(Place.kind)).all())
    assert set(kinds) == {"road", "crossing", "place", "bridge", "block", "water"}
    assert kinds["place"] >= 600
    assert reference.gazetteer(session).geocode("学院路与潭中东路交会处").best is not None


def test_a_citys_own_roads_replace_the_roads_and_nothing_else(
    city: Session, tmp_path: Path, run: Terminal
) -> None:
    line = shapely.LineString([middle(0, 0), middle(2, 0)])
    path = _layer(tmp_path / "r.geojson", [({"道路名称": "滨江东路"}, line)])

    said = run.run("places", "import", path, "--kind", "road", "--field", "name=道路名称")

    assert said.exit_code == 0, said.output
    names = set(city.scalars(select(Place.name).where(Place.kind == "road")))
    assert names == {"滨江东路"}
    assert city.scalar(select(Place.id).where(Place.name == "龙潭医院")) is not None
    assert reference.gazetteer(city).geocode("滨江东路").best is not None


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--kind", "road"), "name"),
        ((), "--kind"),
        (("--kind", "road", "--field", "colour=x"), "colour"),
    ],
    ids=["no names in it", "kind not told", "no such field"],
)
def test_a_layer_that_cannot_be_used_is_refused_in_words(
    city: Session, tmp_path: Path, run: Terminal, words: tuple[str, ...], said: str
) -> None:
    path = _layer(tmp_path / "r.geojson", [({"x": "1"}, square(0, 0))])
    city.commit()

    answer = run.run("places", "import", path, *words)

    assert answer.exit_code == 1
    assert said in answer.output
    assert _count(city, Place) == 6


def test_a_dry_run_of_names_writes_nothing(session: Session, run: Terminal) -> None:
    said = run.run("places", "import", DATA / "gazetteer", "--dry-run")

    assert said.exit_code == 0
    assert _count(session, Place) == 0
