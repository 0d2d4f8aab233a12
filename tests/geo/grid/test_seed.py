"""The demonstration grid of Liuzhou: its size, its working grids, its areas."""

from collections import Counter
from pathlib import Path

import pytest
import shapely

from geo.errors import GridError, GridFileError
from geo.grid import Column, Grid
from geo.grid.areas import AreaKind
from geo.grid.seed import (
    read_seed_areas,
    read_seed_grid,
    read_seed_outline,
    read_virtual_districts,
)
from geo.grid.working import build_working_grids, connected, dissolve, neighbours_of
from geo.shapes import area_m2

SEED = Path(__file__).parents[3] / "data" / "grid"


def test_the_seed_grid_covers_290_square_kilometres(seed_grid: Grid) -> None:
    assert len(seed_grid) == 29_011
    assert float(seed_grid.areas_m2.sum(dtype=float)) == pytest.approx(289.957e6, rel=1e-5)
    assert len(set(seed_grid.column(Column.COMMUNITY).tolist())) == 222
    assert len(set(seed_grid.column(Column.STREET).tolist())) == 36
    assert len(set(seed_grid.column(Column.DISTRICT).tolist())) == 5


def test_98_working_grids_are_about_equal_and_keep_to_one_district(seed_grid: Grid) -> None:
    sizes = Counter(seed_grid.column(Column.WORKING_GRID).tolist())
    assert len(sizes) == 98
    fair = len(seed_grid) / 98
    assert 0.9 * fair < min(sizes.values()) <= max(sizes.values()) < 1.1 * fair
    pairs = zip(
        seed_grid.column(Column.WORKING_GRID).tolist(),
        seed_grid.column(Column.DISTRICT).tolist(),
        strict=True,
    )
    assert all(working.startswith(f"{district}G") for working, district in pairs)


def test_working_grids_hang_together_save_for_the_islands_of_a_district(seed_grid: Grid) -> None:
    neighbours = neighbours_of(seed_grid)

    def pieces(column: Column) -> int:
        codes = sorted(set(seed_grid.column(column).tolist()))
        cells = (seed_grid.cells_of(column, code).tolist() for code in codes)
        return sum(len(connected(group, neighbours)) - 1 for group in cells)

    districts_in_two_halves = 1  # 鱼峰区 reaches into the outline twice, with working grids in both
    assert pieces(Column.WORKING_GRID) == pieces(Column.DISTRICT) - districts_in_two_halves


def test_the_same_grid_gives_the_same_working_grids(seed_grid: Grid) -> None:
    stored = Grid.from_bytes(seed_grid.to_bytes())
    assert build_working_grids(stored) == seed_grid.column(Column.WORKING_GRID).tolist()


@pytest.mark.parametrize("count", [4, 29_012])
def test_an_impossible_number_of_working_grids_is_refused(seed_grid: Grid, count: int) -> None:
    with pytest.raises(GridError, match="working grids"):
        build_working_grids(seed_grid, count=count)


def test_virtual_districts_lie_over_real_ones(seed_grid: Grid) -> None:
    zones = {zone.code: zone for zone in read_virtual_districts(SEED)}
    assert {zone.name for zone in zones.values()} == {"柳东新区", "北部生态新区"}
    for code, zone in zones.items():
        cells = seed_grid.cells_of(Column.VIRTUAL_DISTRICT, code)
        assert len(cells) > 1_000
        assert {seed_grid.row(i).street for i in cells.tolist()} <= set(zone.streets)


def test_dissolved_working_grids_cover_what_their_cells_cover(seed_grid: Grid) -> None:
    outlines = dissolve(seed_grid, Column.WORKING_GRID)
    assert len(outlines) == 98
    total = sum(area_m2(outline) for outline in outlines.values())
    assert total == pytest.approx(float(seed_grid.areas_m2.sum(dtype=float)), rel=1e-6)
    assert "" not in dissolve(seed_grid, Column.VIRTUAL_DISTRICT)


def test_areas_come_parents_first_with_honest_standing() -> None:
    areas = read_seed_areas(SEED)
    kinds = Counter(area.kind for area in areas)
    assert kinds == {
        AreaKind.DISTRICT: 10,
        AreaKind.STREET: 36,
        AreaKind.COMMUNITY: 222,
        AreaKind.VIRTUAL_DISTRICT: 2,
    }
    seen: set[str] = set()
    for area in areas:
        assert area.parent is None or area.parent in seen
        assert area.synthetic == (area.kind is not AreaKind.DISTRICT)
        assert not area.geometry.is_empty
        seen.add(area.code)


def test_the_grid_lies_along_its_outline(seed_grid: Grid) -> None:
    outline = read_seed_outline(SEED)
    assert area_m2(outline) == pytest.approx(290e6, rel=1e-4)
    shapely.prepare(outline)
    assert shapely.contains_xy(outline, *seed_grid.points.T).mean() > 0.999


def test_a_missing_or_broken_folder_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(GridFileError, match="data folder"):
        read_seed_grid(tmp_path)
    (tmp_path / "virtual_districts.json").write_text("{")
    with pytest.raises(GridFileError, match="virtual_districts"):
        read_virtual_districts(tmp_path)
