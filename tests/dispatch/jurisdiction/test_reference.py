"""The city in memory: found by place, by code, by name, and renewed when it is imported again."""

from pathlib import Path

import pytest
from sqlalchemy import event, func, select, text
from sqlalchemy.orm import Session

from dispatch.jurisdiction import reference
from dispatch.jurisdiction.commands import store_grid, store_places
from dispatch.jurisdiction.gazetteer import PlaceKind, to_places
from dispatch.jurisdiction.model import Area, AreaKind, Place, UnitGrid
from dispatch.jurisdiction.queries import gazetteer_rows
from dispatch.kit import reference as kit_reference
from dispatch.kit.errors import InvalidInput, Unavailable
from geo.gazetteer import GazetteerRows
from geo.grid import Column
from geo.grid.seed import read_seed_areas, read_seed_grid
from tests.factories.jurisdiction import middle, small_areas, small_grid, small_names

DATA = Path(__file__).resolve().parents[3] / "data"


def test_a_place_is_told_all_it_belongs_to(city: Session) -> None:
    found = reference.locate(city, *middle(1, 0))

    assert found == reference.Location(
        grid_code="450202001002001",
        working_grid="450202G001",
        community_code="450202001002",
        community="五星社区居委会",
        street_code="450202001",
        street="城中街道",
        district_code="450202",
        district="城中区",
        virtual_district_code="VD01",
        virtual_district="柳东新区",
    )


def test_a_place_outside_every_unit_grid_is_nowhere(city: Session) -> None:
    assert reference.locate(city, 109.0, 24.0) is None
    assert reference.locate_many(city, [109.0, middle(2, 1)[0]], [24.0, middle(2, 1)[1]]) == [
        None,
        reference.location_of(city, "450203001001002"),
    ]


def test_a_unit_grid_of_another_city_is_not_known(city: Session) -> None:
    assert reference.location_of(city, "110101001001001") is None


def test_an_area_that_is_not_known_is_called_by_its_code(city: Session) -> None:
    assert reference.area_name(city, AreaKind.STREET, "450203001") == "天马街道"
    assert reference.area_name(city, AreaKind.STREET, "999999999") == "999999999"
    assert reference.area_name(city, AreaKind.STREET, None) is None


def test_before_an_import_the_grid_is_said_to_be_missing(session: Session) -> None:
    with pytest.raises(Unavailable, match="dispatch grid import"):
        reference.locate(session, *middle(0, 0))


def test_an_ordinary_look_up_asks_the_database_nothing(city: Session) -> None:
    reference.locate(city, *middle(0, 0))
    asked: list[str] = []
    connection = city.connection()
    event.listen(connection, "before_cursor_execute", lambda *args: asked.append(args[2]))

    for _ in range(50):
        reference.locate(city, *middle(0, 0))

    assert asked == []


def test_a_new_import_replaces_what_is_in_memory(city: Session) -> None:
    assert reference.locate(city, *middle(0, 0)) is not None
    moved = small_grid().with_columns({Column.WORKING_GRID: ["450202G009"] * 6})

    store_grid(city, moved, small_areas(), synthetic=True, source="again")

    found = reference.locate(city, *middle(0, 0))
    assert found is not None
    assert found.working_grid == "450202G009"
    assert city.scalar(select(func.count()).select_from(UnitGrid)) == 6


def test_a_change_by_another_process_is_seen_after_the_check(city: Session) -> None:
    reference.locate(city, *middle(0, 0))
    city.execute(text("UPDATE areas SET name = '新名社区' WHERE code = '450202001001'"))

    kit_reference._versions.forget()  # as if the seconds between two checks had passed

    found = reference.locate(city, *middle(0, 0))
    assert found is not None
    assert found.community == "新名社区"


def test_unit_grids_that_belong_to_nothing_are_refused(session: Session) -> None:
    lacking = small_grid().with_columns({Column.WORKING_GRID: ["G1", "G1", "", "G1", "G1", "G1"]})

    with pytest.raises(InvalidInput) as refused:
        store_grid(session, lacking, small_areas(), synthetic=True, source="tests")

    assert refused.value.code == "grid_incomplete"
    assert "450202001002001" in refused.value.zh
    assert session.scalar(select(func.count()).select_from(UnitGrid)) == 0


def test_working_grids_are_drawn_from_their_unit_grids(city: Session) -> None:
    rows = city.execute(
        select(Area.code, Area.name, Area.parent_code, func.ST_Area(Area.geom))
        .where(Area.kind == AreaKind.WORKING_GRID)
        .order_by(Area.code)
    ).all()

    assert [(row[0], row[1], row[2]) for row in rows] == [
        ("450202G001", "城中区第1责任网格", "450202"),
        ("450203G001", "鱼峰区第1责任网格", "450203"),
    ]
    assert rows[0][3] == pytest.approx(4 * 0.0001)


def test_the_gazetteer_comes_back_from_the_database_as_it_went_in(city: Session) -> None:
    given, found = small_names(), gazetteer_rows(city)

    for part in ("crossings", "ranges", "places", "blocks"):
        assert list(getattr(found, part)) == list(getattr(given, part))
    assert [(road.name, road.aliases, road.row_id) for road in found.roads] == [
        ("学院路", ("学院大道",), "1"),
        ("雅儒路", (), "2"),
    ]
    assert list(found.roads[0].coordinates) == list(given.roads[0].coordinates)
    assert list(found.bridges[0].coordinates) == list(given.bridges[0].coordinates)
    assert {area.name for area in found.areas} >= {"城中区", "城中街道", "五星社区居委会"}


def test_an_address_is_found_in_memory(city: Session) -> None:
    best = reference.gazetteer(city).geocode("学院路与雅儒路交会处").best

    assert best is not None
    assert (best.lon, best.lat) == pytest.approx((109.405, 24.31), abs=1e-4)


def test_before_an_import_no_address_is_known(session: Session) -> None:
    names = reference.gazetteer(session)

    assert names.geocode("学院路与雅儒路交会处", near=middle(0, 0)).best is None
    assert names.reverse(*middle(0, 0)).text == ""
    assert names.counts == {}


def test_a_place_remembers_the_code_of_its_district(city: Session) -> None:
    hospital = city.scalar(select(Place).where(Place.name == "龙潭医院"))

    assert hospital is not None
    assert hospital.district_code == "450203"


def test_new_roads_take_the_old_crossings_along_and_leave_the_places(city: Session) -> None:
    rows = GazetteerRows(roads=small_names().roads[:1])

    store_places(city, to_places(rows), replace=[PlaceKind.ROAD], synthetic=True)

    kinds = set(city.scalars(select(Place.kind)))
    assert kinds == {"road", "place", "bridge", "block"}


def test_the_seed_city_is_stored_whole(session: Session) -> None:
    grid = read_seed_grid(DATA / "grid")

    stored = store_grid(
        session, grid, read_seed_areas(DATA / "grid"), synthetic=True, source="data/grid"
    )

    assert (stored.unit_grids, stored.working_grids) == (29_011, 98)
    assert session.scalar(select(func.count()).select_from(UnitGrid)) == 29_011
    lon, lat = grid.points[1234].tolist()
    in_database = session.scalar(
        select(UnitGrid.code).where(
            func.ST_Contains(UnitGrid.geom, func.ST_SetSRID(func.ST_MakePoint(lon, lat), 4490))
        )
    )
    found = reference.locate(session, lon, lat)
    assert found is not None
    assert found.grid_code == in_database
