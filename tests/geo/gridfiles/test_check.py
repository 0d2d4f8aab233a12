"""The check of a grid: each fault planted, found, and told in both languages."""

from pathlib import Path

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, Point, Polygon

from geo.crs import Crs, convert
from geo.grid import Grid
from geo.grid.areas import AreaKind
from geo.grid.seed import read_seed_areas, read_seed_outline
from geo.gridfiles import FindingKind, GridReport, Severity, check_grid
from geo.shapes import Plane
from tests.geo.gridfiles.conftest import SmallCity

SEED = Path(__file__).parents[3] / "data" / "grid"
Shapes = NDArray[np.object_]


def moved(shapes: Shapes, *, source: Crs, target: Crs) -> Shapes:
    def move(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(convert(*xy.T, source=source, target=target))

    return np.asarray(shapely.transform(shapes, move), dtype=object)


def check(city: SmallCity, polygons: Shapes | None = None) -> GridReport:
    shapes = city.polygons if polygons is None else polygons
    return check_grid(
        city.codes,
        shapes,
        outline=city.outline,
        districts=city.districts,
        communities=city.communities,
    )


def kinds(report: GridReport) -> set[FindingKind]:
    for finding in report.findings:
        assert finding.zh
        assert finding.en
        assert finding.count > 0 or finding.kind is FindingKind.NO_CELLS
        assert str(finding).startswith(finding.severity)
    return {finding.kind for finding in report.findings}


def test_a_sound_grid_has_no_findings(city: SmallCity) -> None:
    report = check(city)
    assert report.findings == ()
    assert report.is_usable
    assert report.cells == 120
    assert report.area_m2 == pytest.approx(120 * 40_000, rel=1e-3)
    assert len(Grid.build(report.codes, report.polygons)) == 120


def test_bad_repeated_and_unknown_codes_are_named(city: SmallCity) -> None:
    city.codes[:5] = [
        "",
        "45020200100100",
        "45020200100100A",
        "４50202001001004",
        "450202999001001",
    ]
    city.codes[6] = city.codes[7]
    report = check(city)
    assert kinds(report) == {
        FindingKind.BAD_CODE,
        FindingKind.REPEATED_CODE,
        FindingKind.UNKNOWN_COMMUNITY,
    }
    found = {finding.kind: finding for finding in report.findings}
    assert found[FindingKind.BAD_CODE].count == 4
    assert found[FindingKind.REPEATED_CODE].examples == (city.codes[7],)
    assert found[FindingKind.UNKNOWN_COMMUNITY].examples == ("450202999001001",)
    assert found[FindingKind.UNKNOWN_COMMUNITY].severity is Severity.WARNING
    assert not report.is_usable


def test_faulty_shapes_are_repaired_or_named(city: SmallCity) -> None:
    west, south, east, north = city.polygons[0].bounds
    city.polygons[0] = Polygon([(west, south), (east, south), (west, north), (east, north)])
    city.polygons[1] = None
    city.polygons[2] = LineString([(west, south), (east, north)])
    city.polygons[3] = Polygon([(west, south), (east, north), (west, south)])
    report = check(city)
    broken, mended = report.of(FindingKind.BROKEN_SHAPE), report.of(FindingKind.REPAIRED_SHAPE)
    assert broken is not None
    assert broken.examples == tuple(city.codes[1:4])
    assert mended is not None
    assert mended.examples == (city.codes[0],)
    assert report.polygons[0].is_valid
    assert report.polygons[1:4].tolist() == [None] * 3
    assert report.findings[0].severity is Severity.ERROR


def test_overlaps_name_the_pairs_and_their_size(city: SmallCity) -> None:
    wide = shapely.union(city.polygons[0], city.polygons[1])
    city.polygons[0] = wide
    overlap = check(city).of(FindingKind.OVERLAP)
    assert overlap is not None
    assert overlap.severity is Severity.ERROR
    assert overlap.count == 1
    assert overlap.examples[0].startswith(f"{city.codes[0]}+{city.codes[1]} (")


def test_a_slight_overlap_is_only_a_warning(city: SmallCity) -> None:
    city.polygons[0] = shapely.buffer(city.polygons[0], 1e-5, join_style="mitre")
    report = check(city)
    overlap = report.of(FindingKind.OVERLAP)
    assert overlap is not None
    assert (overlap.severity, overlap.count) == (Severity.WARNING, 3)
    assert report.is_usable


def test_a_missing_cell_inside_is_a_gap(city: SmallCity) -> None:
    keep = [i for i in range(120) if i != 53]
    report = check_grid([city.codes[i] for i in keep], city.polygons[keep])
    gap = report.of(FindingKind.GAP)
    assert gap is not None
    assert gap.count == 1
    place, size = gap.examples[0].split(" ", 1)
    assert city.polygons[53].contains(Point(*map(float, place.split(","))))
    assert size.startswith("(40,")


def test_missing_cells_along_the_outline_are_a_gap_too(city: SmallCity) -> None:
    keep = [i for i in range(120) if i not in (0, 1, 12)]
    report = check_grid([city.codes[i] for i in keep], city.polygons[keep], outline=city.outline)
    gap = report.of(FindingKind.GAP)
    assert gap is not None
    assert gap.count == 1


def test_a_slit_between_cells_is_told_apart_from_a_gap(city: SmallCity) -> None:
    city.polygons[53] = shapely.buffer(city.polygons[53], -2e-6, join_style="mitre")
    report = check(city)
    assert kinds(report) == {FindingKind.SLIT}
    assert report.is_usable


def test_cells_beyond_the_outline_are_named(city: SmallCity) -> None:
    city.polygons[5] = shapely.transform(city.polygons[5], lambda xy: xy + np.array([0.0, -0.01]))
    outside = check(city).of(FindingKind.OUTSIDE)
    assert outside is not None
    assert outside.examples == (city.codes[5],)
    assert outside.severity is Severity.WARNING


def test_a_code_of_the_wrong_district_is_named(city: SmallCity) -> None:
    city.codes[0] = "450203001001001"
    report = check(city)
    assert kinds(report) == {FindingKind.OTHER_DISTRICT}
    assert report.findings[0].examples == ("450203001001001",)


def test_projected_metres_are_recognised(city: SmallCity) -> None:
    flat = shapely.transform(city.polygons, lambda xy: np.column_stack(Plane().forward(*xy.T)))
    report = check(city, np.asarray(flat, dtype=object))
    assert kinds(report) == {FindingKind.METRES}
    assert "EPSG:4545" in report.findings[0].en


@pytest.mark.parametrize("is_known", [True, False])
def test_swapped_longitude_and_latitude_are_recognised(city: SmallCity, is_known: bool) -> None:
    swapped = np.asarray(shapely.transform(city.polygons, lambda xy: xy[:, ::-1]), dtype=object)
    report = check(city, swapped) if is_known else check_grid(city.codes, swapped)
    assert kinds(report) == {FindingKind.SWAPPED}


def test_another_city_is_recognised(city: SmallCity) -> None:
    away = shapely.transform(city.polygons, lambda xy: xy + np.array([5.0, -1.0]))
    assert kinds(check(city, np.asarray(away, dtype=object))) == {FindingKind.ELSEWHERE}


@pytest.mark.parametrize("system", [Crs.GCJ02, Crs.BD09])
@pytest.mark.parametrize("twice", [False, True])
def test_a_shift_is_recognised_by_the_districts_and_outline(
    seed_grid: Grid, system: Crs, twice: bool
) -> None:
    source, target = (system, Crs.WGS84) if twice else (Crs.WGS84, system)
    polygons = moved(seed_grid.polygons(), source=source, target=target)
    districts = {a.code: a.geometry for a in read_seed_areas(SEED) if a.kind is AreaKind.DISTRICT}
    report = check_grid(
        seed_grid.codes.tolist(), polygons, districts=districts, outline=read_seed_outline(SEED)
    )
    assert kinds(report) == {FindingKind.SHIFTED}
    name = {Crs.GCJ02: "GCJ-02", Crs.BD09: "BD-09"}[system]
    assert f"a {name} shift" in report.findings[0].en if twice else name in report.findings[0].en


def test_the_seed_grid_itself_is_sound(seed_grid: Grid) -> None:
    areas = read_seed_areas(SEED)
    report = check_grid(
        seed_grid.codes.tolist(),
        seed_grid.polygons(),
        districts={a.code: a.geometry for a in areas if a.kind is AreaKind.DISTRICT},
        communities=[a.code for a in areas if a.kind is AreaKind.COMMUNITY],
        outline=read_seed_outline(SEED),
    )
    assert report.findings == ()


@pytest.mark.parametrize("system", [Crs.GCJ02, Crs.BD09])
def test_a_shift_is_recognised_by_the_present_grid(city: SmallCity, system: Crs) -> None:
    present = Grid.build(city.codes, city.polygons)
    polygons = moved(city.polygons, source=Crs.WGS84, target=system)
    report = check_grid(city.codes, polygons, reference=present)
    assert kinds(report) == {FindingKind.SHIFTED}
    assert f"as {system}" in report.findings[0].en
    assert check_grid(city.codes, city.polygons, reference=present).findings == ()


def test_an_offset_of_no_known_system_is_told_in_metres(city: SmallCity) -> None:
    polygons = shapely.transform(city.polygons, lambda xy: xy + np.array([0.02, 0.0]))
    report = check_grid(
        city.codes,
        np.asarray(polygons, dtype=object),
        reference=Grid.build(city.codes, city.polygons),
    )
    assert kinds(report) == {FindingKind.SHIFTED}
    assert "2,02" in report.findings[0].en
    assert "central meridian" in report.findings[0].en


def test_without_anything_known_the_shift_stays_unchecked(city: SmallCity) -> None:
    report = check_grid(city.codes, city.polygons)
    assert kinds(report) == {FindingKind.SHIFT_UNCHECKED}
    assert report.is_usable
    other = Grid.build(["450202001001999"], city.polygons[:1])
    assert kinds(check_grid(city.codes, city.polygons, reference=other)) == {
        FindingKind.SHIFT_UNCHECKED
    }


def test_far_from_all_borders_the_shift_stays_unchecked(city: SmallCity) -> None:
    wide = {code: shapely.buffer(city.outline, 0.1) for code in city.districts}
    report = check_grid(city.codes, city.polygons, districts=wide)
    assert kinds(report) == {FindingKind.SHIFT_UNCHECKED}


def test_an_empty_file_is_an_error() -> None:
    report = check_grid([], [])
    assert kinds(report) == {FindingKind.NO_CELLS}
    assert not report.is_usable
    assert report.area_m2 == 0
