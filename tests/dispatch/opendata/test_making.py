"""Open data from the case to the file: what is in it, what is not, and that every format says the same."""

import csv
import json
from datetime import datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pyogrio
import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch.cases.states import Stage
from dispatch.jurisdiction.model import UnitGrid
from dispatch.opendata import formats, queries
from dispatch.opendata.dictionary import page
from dispatch.opendata.model import OpenDataset
from tests.factories.cases import add_case
from tests.factories.city import NOW, STEP, City, add_city, spot
from tests.house.tree import ROOT

SECRET = "王大爷家门口3栋2单元的井盖不见了，电话13877201234"


@pytest.fixture
def city(session: Session) -> City:
    made = add_city(session)
    west, south = (each - STEP / 2 for each in spot())
    session.add(
        UnitGrid(
            code="450204001001013",
            community_code="450204001001",
            street_code="450204001",
            district_code="450204",
            working_grid_code="450204G001",
            area_m2=11_000,
            geom=f"SRID=4490;{shapely.MultiPolygon([shapely.box(west, south, west + STEP, south + STEP)]).wkt}",
        )
    )
    session.flush()
    return made


@pytest.fixture
def written(session: Session, city: City, tmp_path: Path) -> formats.Written:
    lon, lat = spot()
    add_case(
        session,
        city,
        Stage.CLOSED,
        description=SECRET,
        longitude=lon + 0.0003,
        latitude=lat - 0.0002,
    )
    add_case(session, city, Stage.DISPATCHED)
    for row, stage in enumerate((Stage.REPORTED, Stage.REJECTED, Stage.VOIDED)):
        east, north = spot(0, row)
        add_case(session, city, stage, longitude=east, latitude=north)
    view = queries.described_view(session, "open_data.cases")
    return formats.write(
        session,
        view,
        tmp_path,
        "cases-2026",
        shape="Point",
        where="year = :year",
        given={"year": 2026},
    )


def lines_of(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(path.read_text("utf-8-sig").splitlines()))


def test_a_case_leaves_by_the_hour_and_the_middle_of_its_grid_without_words(
    written: formats.Written, session: Session
) -> None:
    lines = lines_of(written.paths["csv"])
    assert written.rows == len(lines) == 2
    closed = next(each for each in lines if each["stage"] == "closed")
    assert datetime.fromisoformat(closed["reported_at"]) == NOW.replace(minute=0, second=0)
    assert (float(closed["longitude"]), float(closed["latitude"])) == pytest.approx(spot())
    assert closed["department"] == "市政维护处"
    assert (closed["hazard"], closed["overdue"]) == ("true", "false")
    number = session.scalar(text("SELECT public_id FROM cases WHERE stage = 'closed'"))
    assert closed["id"] == number


def test_no_file_holds_what_somebody_wrote_or_where_exactly_it_was(
    written: formats.Written,
) -> None:
    for path in written.paths.values():
        data = path.read_bytes()
        assert b"13877201234" not in data
        assert "王大爷".encode() not in data
    table = pq.read_table(written.paths["parquet"])
    assert {shapely.from_wkb(each.as_py()).wkt for each in table["geom"]} == {
        shapely.Point(spot()).wkt
    }


def test_every_format_has_the_same_rows_and_says_its_coordinate_system(
    written: formats.Written,
) -> None:
    ids = {each["id"] for each in lines_of(written.paths["csv"])}
    table = pq.read_table(written.paths["parquet"])
    assert set(table["id"].to_pylist()) == ids
    geo = json.loads(table.schema.metadata[b"geo"])
    assert geo["columns"]["geom"]["crs"]["id"] == {"authority": "EPSG", "code": 4490}
    package = pyogrio.read_info(written.paths["gpkg"])
    assert (package["features"], package["crs"], package["geometry_type"]) == (
        2,
        "EPSG:4490",
        "Point",
    )
    plain = json.loads(written.paths["geojson"].read_text("utf-8"))
    assert {each["properties"]["id"] for each in plain["features"]} == ids
    assert plain["features"][0]["geometry"]["coordinates"] == pytest.approx(spot(), abs=1e-6)


def test_every_column_that_leaves_is_explained_on_the_page_of_the_documents(
    session: Session,
) -> None:
    views = queries.described(session)
    assert {each.full_name for each in views} >= {"open_data.cases", "analysis.case_steps"}
    assert [
        f"{view.full_name}.{column.name}"
        for view in views
        for column in view.columns
        if not column.zh or column.zh == column.en
    ] == []
    assert (ROOT / "docs/open-data.md").read_text("utf-8") == page(session)


def test_no_view_names_a_column_of_personal_data(session: Session) -> None:
    """What PostgreSQL says a view reads: nothing of reporters, texts, notes or users."""
    read = {
        (row.table_name, row.column_name)
        for row in session.execute(
            text(
                "SELECT table_name, column_name FROM information_schema.view_column_usage"
                " WHERE view_schema IN ('open_data', 'analysis')"
            )
        )
    }
    assert {table for table, _ in read}.isdisjoint({"case_reporters", "case_texts", "users"})
    forbidden = {
        ("cases", "description"),
        ("cases", "result"),
        ("cases", "geom"),
        ("case_history", "actor"),
        ("case_history", "actor_id"),
        ("case_history", "note"),
        ("case_history", "changes"),
        ("case_ratings", "comment"),
        ("case_assignments", "end_reason"),
        ("case_assignments", "by_id"),
        ("departments", "phone"),
    }
    assert read & forbidden == set()
    assert ("cases", "created_at") in read


@pytest.mark.parametrize(
    ("cadence", "ago", "is_due"),
    [
        ("daily", timedelta(days=1), True),
        ("daily", timedelta(hours=3), False),
        ("weekly", timedelta(days=6), False),
        ("weekly", timedelta(days=7), True),
        ("monthly", timedelta(days=22), False),
        ("monthly", timedelta(days=23), True),
    ],
)
def test_data_sets_are_made_when_their_time_has_come(
    cadence: str, ago: timedelta, is_due: bool
) -> None:
    made = OpenDataset(
        code="cases", cadence=cadence, enabled=True, made_at=NOW - ago, begun_at=NOW - ago
    )
    assert queries.is_due(made, at=NOW) is is_due
    made.wanted_at = NOW - timedelta(minutes=1)
    assert queries.is_due(made, at=NOW)
    made.begun_at = NOW - timedelta(minutes=1)
    assert not queries.is_due(made, at=NOW)
    made.enabled, made.begun_at = False, None
    assert not queries.is_due(made, at=NOW)
