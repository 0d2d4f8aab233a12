"""When a report is the same thing as an open case: class, distance, hours, stage, and how exact the places are."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, CaseHistory, Channel
from dispatch.cases.states import Stage, Verb
from dispatch.catalogue.reference import catalogue
from dispatch.intake.commands import triage
from dispatch.intake.model import DuplicateRule
from dispatch.intake.queries import duplicate_rule_for
from dispatch.intake.schemas import Receipt
from dispatch.kit import reference
from dispatch.kit.outbox import OutboxRow
from tests.factories.cases import add_case, report
from tests.factories.city import NOW, City, add_city, add_names, spot

#: Degrees of longitude in a metre at the city's latitude.
METRE = 1 / 101_450


@pytest.fixture
def city(session: Session) -> City:
    made = add_city(session)
    add_names(session)
    return made


def report_at(session: Session, east_m: float = 0.0, **given: Any) -> Receipt:
    longitude, latitude = spot()
    return report(session, longitude=longitude + east_m * METRE, latitude=latitude, **given)


def rules(session: Session, *rows: DuplicateRule) -> None:
    session.execute(delete(DuplicateRule))
    session.add_all(rows)
    session.flush()
    reference.forget_all()


def test_same_thing_nearby_is_linked_and_its_reporter_gets_the_existing_number(
    session: Session, city: City
) -> None:
    first = report_at(session)

    second = report_at(session, 15, at=NOW + timedelta(hours=2), description="井盖没有了")

    assert second.stage == Stage.DUPLICATE
    assert (second.duplicate_of, second.duplicate_of_number) == (first.id, first.number)
    assert second.number != first.number
    master = session.get_one(Case, first.case_id, populate_existing=True)
    assert (master.reporters_count, master.version) == (2, 2)
    rows = session.scalars(
        select(CaseHistory).where(CaseHistory.case_id == second.case_id).order_by(CaseHistory.id)
    ).all()
    assert [row.verb for row in rows] == ["report", "link-duplicate"]
    assert rows[1].note == f"与 {first.number} 同类,相距 15 米,自动并案"
    names = session.scalars(select(OutboxRow.name).order_by(OutboxRow.id)).all()
    assert sorted(names) == ["case.duplicate", "case.joined", "case.reported", "case.reported"]


@pytest.mark.parametrize(
    ("east_m", "hours", "given"),
    [
        (22, 0, {}),
        (0, 25, {}),
        (0, 0, {"description": "这里有垃圾"}),
    ],
    ids=["too far", "too late", "another class"],
)
def test_what_is_farther_later_or_of_another_class_stands_alone(
    session: Session, city: City, east_m: float, hours: int, given: dict[str, Any]
) -> None:
    report_at(session)

    second = report_at(session, east_m, at=NOW + timedelta(hours=hours), **given)

    assert (second.stage, second.duplicate_of) == (Stage.REPORTED, None)


@pytest.mark.parametrize(
    ("stage", "is_linked"),
    [
        (Stage.ACCEPTED, True),
        (Stage.DISPATCHED, True),
        (Stage.SUSPENDED, True),
        (Stage.HANDLED, True),
        (Stage.CHECKED, False),
        (Stage.CLOSED, False),
        (Stage.REJECTED, False),
        (Stage.VOIDED, False),
    ],
)
def test_only_a_case_that_is_still_in_work_takes_another_report_in(
    session: Session, city: City, stage: Stage, is_linked: bool
) -> None:
    case = add_case(session, city, stage)

    receipt = report_at(session, 5)

    assert receipt.duplicate_of == (case.public_id if is_linked else None)


def test_the_nearest_of_several_is_chosen_then_the_earliest(session: Session, city: City) -> None:
    rules(session, DuplicateRule(distance_m=5, hours=24))
    far, near = report_at(session, -18), report_at(session, 10)
    rules(session, DuplicateRule(distance_m=40, hours=24))

    assert report_at(session, 0).duplicate_of == near.id
    assert report_at(session, -14).duplicate_of == far.id


def test_a_third_report_joins_the_case_and_not_the_linked_report(
    session: Session, city: City
) -> None:
    first = report_at(session)
    report_at(session, 15)

    third = report_at(session, 16)

    assert third.duplicate_of == first.id
    assert session.get_one(Case, first.case_id, populate_existing=True).reporters_count == 3


def test_distance_and_hours_are_data_and_the_narrowest_rule_holds(
    session: Session, city: City
) -> None:
    rules(
        session,
        DuplicateRule(distance_m=200, hours=1),
        DuplicateRule(group="manhole", distance_m=60, hours=100),
        DuplicateRule(category_id=city.litter.id, distance_m=3, hours=5),
    )
    known = catalogue(session).by_id

    manhole = duplicate_rule_for(session, known[city.manhole.id])
    litter = duplicate_rule_for(session, known[city.litter.id])

    assert manhole is not None
    assert litter is not None
    assert (manhole.distance_m, manhole.hours) == (60, 100)
    assert (litter.distance_m, litter.hours) == (3, 5)
    first = report_at(session)
    assert report_at(session, 55, at=NOW + timedelta(hours=99)).duplicate_of == first.id


def test_without_a_rule_nothing_is_linked(session: Session, city: City) -> None:
    rules(session)
    report_at(session)

    assert report_at(session).duplicate_of is None


def test_two_reports_of_one_landmark_are_linked(session: Session, city: City) -> None:
    words: dict[str, Any] = {"longitude": None, "latitude": None}
    first = report(session, description="龙潭医院门前井盖不见了", **words)

    assert report(session, description="龙潭医院门口井盖没了", **words).duplicate_of == first.id


def test_two_reports_of_one_road_are_not_for_it_is_long(session: Session, city: City) -> None:
    words: dict[str, Any] = {"longitude": None, "latitude": None}
    first = report(session, description="学院路上井盖不见了", **words)
    second = report(session, description="学院路上井盖不见了", **words)

    assert first.grid_code == second.grid_code is not None
    assert second.duplicate_of is None
    triage(session, second.case_id, at=NOW)
    assert session.get_one(Case, second.case_id).stage != Stage.DUPLICATE


def test_exact_point_is_not_tied_to_a_case_that_is_somewhere_on_the_road(
    session: Session, city: City
) -> None:
    first = report(session, description="学院路上井盖不见了", longitude=None, latitude=None)
    case = session.get_one(Case, first.case_id)
    assert case.longitude is not None
    assert case.latitude is not None

    exact = report(session, longitude=case.longitude, latitude=case.latitude)

    assert exact.duplicate_of is None


@pytest.mark.parametrize(
    "given",
    [
        {"category": "P9999"},
        {"channel": Channel.CAMERA, "category": "T:P0103", "confidence": 0.3},
        {"description": "井盖边上有垃圾"},
    ],
    ids=["unknown category", "unsure machine", "words for two classes"],
)
def test_report_of_an_uncertain_class_is_not_linked_by_itself(
    session: Session, city: City, given: dict[str, Any]
) -> None:
    report_at(session)
    report_at(session, category="E0110")

    doubtful = report_at(session, **given)
    triage(session, doubtful.case_id, at=NOW)

    assert session.get_one(Case, doubtful.case_id, populate_existing=True).stage == Stage.REPORTED


def test_linking_a_case_on_takes_its_reports_along(session: Session, city: City) -> None:
    rules(session, DuplicateRule(distance_m=20, hours=24))
    main, other = report_at(session), report_at(session, 100)
    child = report_at(session, 105)
    assert child.duplicate_of == other.id

    act(
        session,
        other.case_id,
        Verb.LINK_DUPLICATE,
        by=city["agent"],
        at=NOW,
        body={"of": main.number},
    )

    session.expire_all()
    assert session.get_one(Case, child.case_id).duplicate_of_id == main.case_id
    assert session.get_one(Case, main.case_id).reporters_count == 3


def test_report_that_stands_alone_again_is_not_counted_any_more(
    session: Session, city: City
) -> None:
    main = report_at(session)
    other = report_at(session, 5)

    act(
        session,
        other.case_id,
        Verb.REOPEN,
        by=city["agent"],
        at=NOW,
        body={"reason": "是旁边另一个井盖"},
    )

    session.expire_all()
    case, master = session.get_one(Case, other.case_id), session.get_one(Case, main.case_id)
    assert (case.stage, case.duplicate_of_id) == (Stage.REPORTED, None)
    assert master.reporters_count == 1
    last = session.scalars(
        select(CaseHistory).where(CaseHistory.case_id == master.id).order_by(CaseHistory.id.desc())
    ).first()
    assert last is not None
    assert last.note == f"{case.number} 不再并入本案"
    assert last.version == master.version
