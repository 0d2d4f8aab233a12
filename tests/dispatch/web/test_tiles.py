"""Vector tiles: each layer from its own zoom, read back by an independent reader, without personal data."""

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch.cases.states import Stage
from dispatch.jurisdiction.commands import store_places
from dispatch.jurisdiction.gazetteer import NamedPlace, PlaceKind
from dispatch.kit import reference
from dispatch.people.http import cookie_name
from dispatch.web.tiles import LAYERS, MEDIA_TYPE, router
from geo.tiles import HALF_WORLD_M, Tile, mercator, tile_at
from tests.factories.cases import add_case
from tests.factories.city import add_city, spot
from tests.factories.client import client_for
from tests.factories.facilities import add_facility
from tests.factories.jurisdiction import middle, small_areas, square, store_small_city
from tests.factories.parts import add_part
from tests.factories.people import open_login
from tests.factories.questions import questions

CITY_LAYERS = [layer for layer in LAYERS if layer not in ("facilities", "open_cases")]


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    reference.forget_all()
    yield
    reference.forget_all()


@pytest.fixture
def client(session: Session) -> TestClient:
    store_small_city(session)
    lake = NamedPlace(PlaceKind.WATER, "柳江", square(1, 1))
    store_places(session, [lake], replace=[PlaceKind.WATER], synthetic=True)
    return client_for(session, router)


def _get(client: TestClient, layer: str, tile: Tile, **headers: str) -> Any:
    return client.get(f"/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt", headers=headers)


def _features(content: bytes, tile: Tile, folder: Path) -> list[tuple[dict[str, Any], Any]]:
    """What GDAL reads from a tile: properties, and shapes in metres of Web Mercator."""
    path = folder / str(tile.z) / str(tile.x) / f"{tile.y}.mvt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    meta, _, wkb, values = pyogrio.raw.read(path)
    shapes = shapely.from_wkb(wkb)
    names = [name for name in meta["fields"].tolist() if name != "mvt_id"]  # that is GDAL's own
    table = dict(zip(meta["fields"].tolist(), values, strict=True))
    rows = zip(*(table[name].tolist() for name in names), strict=True)
    return [
        (dict(zip(names, row, strict=True)), shape) for row, shape in zip(rows, shapes, strict=True)
    ]


@pytest.mark.parametrize("layer", CITY_LAYERS)
def test_every_layer_of_the_city_has_something_from_its_own_zoom(
    client: TestClient, layer: str
) -> None:
    lowest = LAYERS[layer].min_zoom
    lon, lat = 109.4049, 24.3099  # by the crossing of the two roads
    if layer in ("water", "virtual_districts"):
        lon, lat = middle(1, 1)
    if layer == "places":
        lon, lat = middle(2, 0)

    shown = _get(client, layer, tile_at(lon, lat, lowest))
    above = _get(client, layer, tile_at(lon, lat, lowest - 1))

    assert shown.status_code == 200
    assert shown.headers["content-type"] == MEDIA_TYPE
    assert len(shown.content) > 20
    assert (above.status_code, above.content) == (200, b"")


def test_unit_grids_start_at_13_and_lie_where_they_belong(
    client: TestClient, tmp_path: Path
) -> None:
    tile = tile_at(*middle(1, 0), 13)
    found = _features(_get(client, "grids", tile).content, tile, tmp_path)

    assert LAYERS["grids"].min_zoom == 13
    here = shapely.Point(mercator(*middle(1, 0)))
    assert [each["code"] for each, shape in found if shape.contains(here)] == ["450202001002001"]
    assert found[0][0]["working_grid"].startswith("45020")


def test_areas_carry_their_code_and_name(client: TestClient, tmp_path: Path) -> None:
    tile = tile_at(*middle(0, 0), 11)
    found = _features(_get(client, "communities", tile).content, tile, tmp_path)

    names = {each["code"]: each["name"] for each, _ in found}
    assert names == {a.code: a.name for a in small_areas() if a.kind == "community"}


def test_the_name_of_an_area_stands_in_one_tile_only(client: TestClient, tmp_path: Path) -> None:
    home = tile_at(*middle(0, 0), 15)
    around = [Tile(home.z, home.x + dx, home.y + dy) for dx in range(-3, 4) for dy in range(-3, 4)]

    drawn = [
        (each["kind"], each["code"])
        for tile in around
        if (content := _get(client, "names", tile).content)
        for each, shape in _features(content, tile, tmp_path)
        if tile_at(*_degrees(shape), tile.z) == tile
    ]

    assert len(drawn) == len(set(drawn))
    assert {kind for kind, _ in drawn} == {"district", "street", "community"}


def _degrees(shape: Any) -> tuple[float, float]:
    return shapely.get_x(shape) / HALF_WORLD_M * 180, math.degrees(
        math.atan(math.sinh(shapely.get_y(shape) / HALF_WORLD_M * math.pi))
    )


def test_parts_are_for_the_staff(session: Session, tmp_path: Path) -> None:
    city = add_city(session)
    part = add_part(session, city.manhole, 1, lon=spot()[0], lat=spot()[1])
    tile = tile_at(*spot(), 16)
    path = f"/tiles/staff/parts/{tile.z}/{tile.x}/{tile.y}.mvt"
    client = client_for(session, router)

    assert client.get(path).status_code == 401
    client.cookies.set(cookie_name(), open_login(session, city.users["inspector"]).secret)
    answer = client.get(path)

    assert answer.headers["cache-control"] == "private, max-age=300"
    found = _features(answer.content, tile, tmp_path)
    assert found[0][0]["code"] == part.code
    assert client.get(path.replace("parts", "cases")).json()["code"] == "no_such_layer"


def test_facilities_show_their_spaces(client: TestClient, session: Session, tmp_path: Path) -> None:
    lon, lat = middle(0, 0)
    add_facility(session, "P7", lon=lon, lat=lat, total=40, free=7)
    tile = tile_at(lon, lat, 15)

    found = _features(_get(client, "facilities", tile).content, tile, tmp_path)

    properties, shape = found[0]
    assert (properties["id"], properties["spaces_free"]) == ("P7", 7)
    assert (shape.x, shape.y) == pytest.approx(mercator(lon, lat), abs=1.0)


@pytest.fixture
def cases(session: Session) -> TestClient:
    """One open case and one that is closed, in the same unit grid."""
    city = add_city(session)
    session.execute(text("DELETE FROM duplicate_rules"))
    add_case(session, city, Stage.DISPATCHED)
    add_case(session, city, Stage.CLOSED)
    session.flush()
    return client_for(session, router)


def test_open_cases_are_single_points_near_by_and_say_nothing_personal(
    cases: TestClient, tmp_path: Path
) -> None:
    tile = tile_at(*spot(), 15)
    content = _get(cases, "open_cases", tile).content

    found = _features(content, tile, tmp_path)

    assert len(found) == 1
    assert found[0][0]["stage"] == "dispatched"
    assert found[0][0]["category"] == "雨水井盖"
    coarse = {"count", "stage", "group", "category", "category_en", "hazard", "street", "day"}
    assert set(found[0][0]) == coarse
    assert found[0][0]["street"] == "河西街道"
    assert found[0][0]["day"] == "2026-11-23"


@pytest.mark.parametrize("zoom", [10, 15])
@pytest.mark.parametrize(("group", "shown"), [("manhole", 1), ("sanitation", 0)])
def test_open_cases_can_be_narrowed_to_a_group(
    cases: TestClient, tmp_path: Path, zoom: int, group: str, shown: int
) -> None:
    tile = tile_at(*spot(), zoom)
    path = f"/tiles/open_cases/{tile.z}/{tile.x}/{tile.y}.mvt"

    content = cases.get(path, params={"group": group}).content

    found = _features(content, tile, tmp_path) if content else []
    assert sum(each["count"] for each, _ in found) == shown


def test_counts_of_the_city_are_reckoned_once_for_everybody(
    cases: TestClient, session: Session
) -> None:
    tile = tile_at(*spot(), 10)
    first = _get(cases, "open_cases", tile).content

    session.execute(text("UPDATE cases SET stage = 'closed'"))
    assert _get(cases, "open_cases", tile).content == first
    reference.forget_all()
    assert _get(cases, "open_cases", tile).content == b""


@pytest.mark.parametrize("zoom", [10, 14])
def test_open_cases_are_counted_until_the_map_is_near(
    cases: TestClient, session: Session, tmp_path: Path, zoom: int
) -> None:
    session.execute(text("UPDATE cases SET stage = 'filed'"))
    tile = tile_at(*spot(), zoom)

    found = _features(_get(cases, "open_cases", tile).content, tile, tmp_path)

    assert [each["count"] for each, _ in found] == [2]
    assert set(found[0][0]) == {"count", "hazards"}


def test_a_case_is_counted_on_one_tile_only(cases: TestClient, tmp_path: Path) -> None:
    home = tile_at(*spot(), 13)
    around = [Tile(home.z, home.x + dx, home.y + dy) for dx in (-1, 0, 1) for dy in (-1, 0, 1)]

    counts = [
        sum(each["count"] for each, _ in _features(content, tile, tmp_path))
        for tile in around
        if (content := _get(cases, "open_cases", tile).content)
    ]

    assert counts == [1]


def test_a_browser_that_has_the_tile_is_told_so(client: TestClient) -> None:
    tile = tile_at(*middle(0, 0), 13)
    first = _get(client, "grids", tile)

    again = _get(client, "grids", tile, **{"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")
    assert first.headers["cache-control"] == "public, max-age=3600"


def test_open_cases_are_kept_for_seconds_only(client: TestClient) -> None:
    answer = _get(client, "open_cases", tile_at(*middle(0, 0), 13))

    assert answer.headers["cache-control"] == "public, max-age=15"


def test_a_tile_of_the_city_is_drawn_once_and_anew_after_an_import(
    client: TestClient, session: Session
) -> None:
    tile = tile_at(*middle(0, 0), 13)
    first = _get(client, "grids", tile).content

    with questions(session) as asked:
        assert _get(client, "grids", tile).content == first
    assert asked == []

    session.execute(text("DELETE FROM unit_grids WHERE code LIKE '450203%'"))
    reference._versions.forget()  # as if the seconds between two checks had passed
    assert _get(client, "grids", tile).content != first


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("cases/13/0/0", "no_such_layer"),
        ("grids/13/8192/0", "no_such_tile"),
        ("grids/13/0/-1", "no_such_tile"),
        ("grids/99/0/0", "no_such_tile"),
    ],
)
def test_what_does_not_exist_is_said_not_to(client: TestClient, path: str, code: str) -> None:
    answer = client.get(f"/tiles/{path}.mvt")

    assert answer.status_code == 404
    assert answer.json()["code"] == code
