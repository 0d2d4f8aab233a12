"""Figures follow the history: counted once each, to the second, moved when a case is corrected, rebuilt alike."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Channel
from dispatch.cases.states import Stage, Verb
from dispatch.kit.clock import city_date
from dispatch.supervision.commands.rebuild import Compared, mend_counts, mend_facts, months_of
from dispatch.supervision.commands.rollup import bound_now, leave_to_rebuild, refresh
from dispatch.supervision.measures import Cut, Figures, Span, Subject
from dispatch.supervision.model import (
    figure_cases,
    figure_days,
    figure_months,
    figure_now,
    figure_posts,
    figure_slots,
    figure_spot_months,
    figure_spots,
    figure_times,
)
from dispatch.supervision.queries.figures import city_total, daily, totals
from tests.factories.cases import add_case
from tests.factories.city import NOW, City, add_city, spot

TODAY = city_date(NOW)
ALL = (
    figure_cases,
    figure_days,
    figure_months,
    figure_now,
    figure_slots,
    figure_spots,
    figure_spot_months,
    figure_posts,
    figure_times,
)
DAY = Span(TODAY, TODAY + timedelta(days=1))


def at_spot(n: int) -> dict[str, Any]:
    """A place far enough from the others that it is no duplicate."""
    longitude, latitude = spot(n, 4 - n)
    return {"longitude": longitude, "latitude": latitude}


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


def test_a_life_is_counted_at_each_of_its_steps(session: Session, city: City) -> None:
    add_case(session, city, Stage.CLOSED)
    session.flush()
    assert refresh(session, at=NOW) == 1
    found = city_total(session, DAY, at=NOW)
    steps = ("reported", "valid", "accepted", "filed", "dispatched", "handled", "checked", "closed")
    assert {name: found[name] for name in steps} == dict.fromkeys(steps, 1)
    assert (found["to_handle"], found["done"], found["on_time"], found["overdue"]) == (1, 1, 1, 0)
    assert found.rate("on_time_rate") == 1
    assert found["missed"] == 1  # it came from the web: patrol could have found it


def test_figures_are_the_same_before_and_after_they_are_rolled_up(
    session: Session, city: City
) -> None:
    for n, stage in enumerate((Stage.REPORTED, Stage.DISPATCHED, Stage.CLOSED, Stage.REJECTED)):
        add_case(session, city, stage, **at_spot(n))
    session.flush()
    before = totals(session, Subject.DEPARTMENT, DAY, at=NOW)
    assert session.scalar(select(func.count()).select_from(figure_days)) == 0
    refresh(session, at=NOW)
    assert session.scalar(select(func.count()).select_from(figure_cases)) == 4
    assert totals(session, Subject.DEPARTMENT, DAY, at=NOW) == before
    assert before[str(city.works.id), ""]["dispatched"] == 2


def test_looking_twice_counts_once(session: Session, city: City) -> None:
    add_case(session, city, Stage.DISPATCHED)
    session.flush()
    refresh(session, at=NOW)
    once = city_total(session, DAY, at=NOW)
    assert refresh(session, at=NOW) == 0
    # as if it had never been seen
    session.execute(text("UPDATE figure_cases SET version = 0"))
    session.execute(text("UPDATE figure_marks SET settled_id = 0"))
    assert refresh(session, at=NOW) == 1
    assert city_total(session, DAY, at=NOW) == once


def test_time_that_runs_out_makes_a_case_overdue_without_any_deed(
    session: Session, city: City
) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    session.flush()
    refresh(session, at=NOW)
    assert case.due_at is not None
    late = case.due_at + timedelta(minutes=1)
    day = city_date(case.due_at)
    span = Span(day, day + timedelta(days=1))
    expected = {"to_handle": 1, "overdue": 1, "done": 0, "on_time": 0}
    for _ in range(2):  # worked out while asked, then rolled up
        found = totals(session, Subject.DEPARTMENT, span, at=late)[str(city.works.id), ""]
        assert {name: found[name] for name in expected} == expected
        refresh(session, at=late)


def test_an_appeal_that_is_granted_keeps_the_fact_and_exempts_the_figures(
    session: Session, city: City
) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    assert case.due_at is not None
    late = case.due_at + timedelta(hours=1)
    act(session, case.id, Verb.REPORT_DONE, by=city["manager"], at=late, body={"result": "已换"})
    day = city_date(case.due_at)
    span = Span(day, day + timedelta(days=1))
    session.flush()
    refresh(session, at=late)
    assert city_total(session, span, at=late)["overdue"] == 1
    appeal = {"reason": "连日暴雨"}
    act(session, case.id, Verb.APPEAL, by=city["manager"], at=late, body=appeal)
    act(
        session, case.id, Verb.DECIDE_APPEAL, by=city["supervisor"], at=late, body={"granted": True}
    )
    session.flush()
    found = city_total(session, span, at=late)
    assert (found["overdue"], found["exempted"], found["on_time"]) == (0, 1, 1)


def test_a_return_counts_for_the_unit_that_gave_back(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    body = {"reason": "不属于本单位"}
    act(session, case.id, Verb.RETURN, by=city["manager"], at=NOW, body=body)
    act(
        session,
        case.id,
        Verb.DISPATCH,
        by=city["dispatcher"],
        at=NOW,
        body={"department": city.cleaners.id},
    )
    session.flush()
    refresh(session, at=NOW)
    found = totals(session, Subject.DEPARTMENT, DAY, at=NOW)
    works, cleaners = found[str(city.works.id), ""], found[str(city.cleaners.id), ""]
    assert (works["returned"], works["dispatched"]) == (1, 0)
    assert (cleaners["returned"], cleaners["dispatched"], cleaners["dispatched_right"]) == (0, 1, 0)
    posts = session.execute(
        text("SELECT user_id, done, \"right\" FROM figure_posts WHERE verb = 'dispatch'")
    ).one()
    assert tuple(posts) == (city["dispatcher"].id, 2, 1)


def test_a_correction_moves_a_case_to_another_category(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.ACCEPTED)
    session.flush()
    refresh(session, at=NOW)
    assert set(totals(session, Subject.CITY, DAY, cut=Cut.CATEGORY, at=NOW)) == {
        ("", str(city.manhole.id))
    }
    body = {"category": city.litter.id}
    act(session, case.id, Verb.CORRECT, by=city["agent"], at=NOW, body=body)
    session.flush()
    refresh(session, at=NOW)
    found = totals(session, Subject.CITY, DAY, cut=Cut.CATEGORY, at=NOW)
    assert found["", str(city.litter.id)]["accepted"] == 1
    assert found["", str(city.manhole.id)] == Figures()


def test_a_step_taken_too_late_is_not_on_time(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.REPORTED)
    late = NOW + timedelta(hours=9)
    assert case.stage_due_at is not None
    assert case.stage_due_at < late
    act(session, case.id, Verb.ACCEPT, by=city["agent"], at=late)
    session.flush()
    found = city_total(session, DAY, at=late)
    assert (found["accepted"], found["accepted_on_time"]) == (1, 0)


def test_days_and_channels_are_told_apart(session: Session, city: City) -> None:
    add_case(session, city, Stage.REPORTED, channel=Channel.WECHAT)
    add_case(session, city, Stage.REPORTED, at=NOW - timedelta(days=1), **at_spot(0))
    session.flush()
    refresh(session, at=NOW)
    week = Span(TODAY - timedelta(days=6), TODAY + timedelta(days=1))
    rows = daily(session, Subject.CITY, week, cut=Cut.CHANNEL, at=NOW)
    assert [(each.day, each.part, each.figures["reported"]) for each in rows] == [
        (TODAY - timedelta(days=1), "web", 1),
        (TODAY, "wechat", 1),
    ]


def compare(session: Session, at: datetime) -> tuple[int, int]:
    """What a check of all months finds wrong: cases and counts."""
    found = Compared(0, 0, 0)
    for month in months_of(session, at=at):
        found = found.plus(mend_facts(session, month, at=at))
        found = found.plus(mend_counts(session, month, at=at))
    return found.wrong_cases, found.wrong_counts


def test_a_check_finds_nothing_where_all_is_well(session: Session, city: City) -> None:
    for n, stage in enumerate((Stage.CLOSED, Stage.DISPATCHED, Stage.VOIDED)):
        add_case(session, city, stage, **at_spot(n))
    session.flush()
    assert compare(session, NOW + timedelta(days=3)) == (0, 0)


def test_a_check_finds_and_heals_what_somebody_broke(session: Session, city: City) -> None:
    add_case(session, city, Stage.CLOSED)
    session.flush()
    later = NOW + timedelta(hours=1)
    refresh(session, at=later)
    right = city_total(session, DAY, at=later)
    for broken in (
        "UPDATE figure_days SET closed = closed + 1 WHERE subject = 'city'",
        "UPDATE figure_months SET filed = 0 WHERE subject = 'community'",
        "UPDATE figure_spot_months SET reported = 9",
        "UPDATE figure_times SET step = step + 1",
        "DELETE FROM figure_slots",
        "DELETE FROM figure_posts WHERE verb = 'close'",
        "INSERT INTO figure_spots VALUES ('2026-11-23', 'nowhere', 1, 7, 0)",
        "UPDATE figure_cases SET late = true, channel = 'phone'",
    ):
        session.execute(text(broken))
    wrong_cases, wrong_counts = compare(session, later)
    assert wrong_cases == 1
    assert wrong_counts > 9
    assert city_total(session, DAY, at=later) == right
    assert compare(session, later) == (0, 0)


def test_all_can_be_made_again_from_nothing(session: Session, city: City) -> None:
    for n, stage in enumerate((Stage.CLOSED, Stage.DISPATCHED)):
        add_case(session, city, stage, **at_spot(n))
    session.flush()
    later = NOW + timedelta(hours=2)
    refresh(session, at=later)
    before = [session.execute(select(table).order_by(*table.primary_key)).all() for table in ALL]
    for table in ALL:
        session.execute(delete(table))
    leave_to_rebuild(session, last_id=bound_now(session)[0])
    for _ in range(2):  # what happened before is left to the rebuild, for good
        assert refresh(session, at=later) == 0
    compare(session, later)
    after = [session.execute(select(table).order_by(*table.primary_key)).all() for table in ALL]
    assert after == before
    assert all(before)


def in_work(session: Session) -> dict[tuple[str, str], int]:
    rows = session.execute(select(figure_now).where(figure_now.c.cases > 0))
    return {(row.stage, row.light): row.cases for row in rows}


def test_what_is_in_work_changes_its_light_by_time_alone(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    session.flush()
    refresh(session, at=NOW)
    assert in_work(session) == {("dispatched", "green"): 1}
    assert case.warn_at is not None
    assert case.due_at is not None
    refresh(session, at=case.warn_at)
    assert in_work(session) == {("dispatched", "yellow"): 1}
    refresh(session, at=case.due_at)
    assert in_work(session) == {("dispatched", "red"): 1}
    body = {"result": "已换"}
    act(session, case.id, Verb.REPORT_DONE, by=city["manager"], at=case.due_at, body=body)
    act(
        session,
        case.id,
        Verb.VOID,
        by=city["shift_leader"],
        at=case.due_at,
        body={"reason": "误报"},
    )
    session.flush()
    refresh(session, at=case.due_at)
    assert in_work(session) == {}
