"""A search over a small city with planted trouble: what is there is found, with its cases; what is not there is not."""

from datetime import date, timedelta

import pytest
import shapely
from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.states import Stage, Verb
from dispatch.hotspots import commands
from dispatch.hotspots.looking.rising import reference_of
from dispatch.hotspots.model import FindingKind, HotspotFinding
from dispatch.hotspots.queries import found
from dispatch.jurisdiction.model import UnitGrid
from dispatch.kit.clock import city_date
from dispatch.parts.model import Part
from tests.factories.cases import add_case
from tests.factories.city import NOW, SOUTH, STEP, WEST, City, add_city, spot

LAST = city_date(NOW)


@pytest.fixture
def city(session: Session) -> City:
    made = add_city(session)
    for number in range(25):
        west, south = WEST + number % 5 * STEP, SOUTH + number // 5 * STEP
        shape = shapely.MultiPolygon([shapely.box(west, south, west + STEP, south + STEP)])
        session.add(
            UnitGrid(
                code=f"450204001001{number + 1:03d}",
                community_code="450204001001",
                street_code="450204001",
                district_code="450204",
                working_grid_code="450204G001",
                area_m2=11_000,
                geom=f"SRID=4490;{shape.wkt}",
            )
        )
    session.flush()
    return made


def searched(session: Session) -> dict[FindingKind, list[HotspotFinding]]:
    begun = commands.begin(session, last=LAST, at=NOW)
    begun.settings = {**begun.settings, "metres": 60.0}  # the city is five grids wide
    session.flush()
    commands.search(session, begun.id, at=NOW)
    return {kind: list(found.findings(session, begun.id, kind, limit=50)) for kind in FindingKind}


def test_one_grid_with_many_reports_is_a_cluster_with_its_cases(
    session: Session, city: City
) -> None:
    east, north = spot(4, 4)
    hot = [
        add_case(session, city, Stage.CLOSED, longitude=east, latitude=north, at=at).id
        for at in (NOW - timedelta(days=3 * number) for number in range(8, -1, -1))
    ]
    west, south = spot(0, 0)
    add_case(session, city, Stage.ACCEPTED, longitude=west, latitude=south)
    clusters = searched(session)[FindingKind.CLUSTER]
    assert [each.subject for each in clusters] == ["450204001001025"]
    assert set(clusters[0].case_ids) == set(hot)
    assert clusters[0].cases == len(hot)
    plain = session.scalar(
        text(
            "SELECT count(*) FROM cases WHERE grid_code = '450204001001025' AND created_at > :since"
        ),
        {"since": NOW - timedelta(days=28)},
    )
    assert clusters[0].evidence["reported"] == plain


def test_a_quiet_city_has_no_findings(session: Session, city: City) -> None:
    assert all(not rows for rows in searched(session).values())
    assert found.last_search(session) is not None
    assert not found.is_due(session, last=LAST, at=NOW)
    assert found.is_due(session, last=LAST + timedelta(days=1), at=NOW)


def test_a_part_that_fails_again_and_again_is_found_and_is_due_for_renewal(
    session: Session, city: City
) -> None:
    for number in range(400):
        lon, lat = spot(number % 5, number % 4)
        session.add(
            Part(
                code=f"4502040103{number:06d}",
                category_id=city.manhole.id,
                name="雨水井盖",
                installed_on=date(2006, 5, 1),
                geom=f"SRID=4490;POINT({lon} {lat})",
            )
        )
    session.flush()
    ids = []
    for number in range(4):
        case = add_case(session, city, Stage.CLOSED, at=NOW - timedelta(days=20 * number + 1))
        session.execute(
            text("UPDATE cases SET part_code = '4502040103000007' WHERE id = :id"), {"id": case.id}
        )
        ids.append(case.id)
    rows = searched(session)
    (repeated,) = rows[FindingKind.PART]
    assert (repeated.subject, repeated.cases) == ("4502040103000007", 4)
    assert set(repeated.case_ids) == set(ids)
    assert repeated.evidence["expected"] == pytest.approx(4 / 400)
    (renewal,) = rows[FindingKind.RENEWAL]
    assert renewal.evidence["age"] == pytest.approx(20.6, abs=0.1)
    assert renewal.evidence["life"] == 15


def test_two_units_that_give_back_to_each_other_are_a_pair(session: Session, city: City) -> None:
    ids = []
    for number in range(3):
        lon, lat = spot(number, 0)
        case = add_case(session, city, Stage.DISPATCHED, longitude=lon, latitude=lat)
        at = NOW + timedelta(minutes=number)
        act(
            session,
            case.id,
            Verb.RETURN,
            by=city["manager"],
            at=at,
            body={"reason": "不属于我单位"},
        )
        act(
            session,
            case.id,
            Verb.DISPATCH,
            by=city["dispatcher"],
            at=at,
            body={"department": city.cleaners.id},
        )
        ids.append(case.id)
    (pair,) = searched(session)[FindingKind.RETURNS]
    assert {pair.evidence["one"], pair.evidence["other"]} == {"市政维护处", "柳南区环卫所"}
    assert sorted((pair.evidence["one_to_other"], pair.evidence["other_to_one"])) == [0, 3]
    assert set(pair.case_ids) == set(ids)


def test_a_category_is_held_against_its_season_or_what_went_before() -> None:
    recent, kind = reference_of({0: 50, 1: 10, 2: 12, 3: 9}, oldest=3)
    assert (recent, kind) == ([10, 12, 9], "recent")
    years = {0: 50, 12: 20, 13: 22, 14: 18, 25: 16, 26: 17}
    assert reference_of(years, oldest=26) == ([20, 22, 18, 16, 17], "season")


def test_only_the_latest_searches_are_kept(session: Session, city: City) -> None:
    for _ in range(commands.KEPT + 2):
        searched(session)
    assert session.scalar(text("SELECT count(*) FROM hotspot_searches")) == commands.KEPT
