"""The jobs of clocks: a changed calendar moves open cases, once for all processes; ladders are climbed."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import cycle, pairwise

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.commands.clocks import lights_changed
from dispatch.cases.model import Case, CaseHistory
from dispatch.cases.states import Verb
from dispatch.catalogue.commands import CalendarChange, add_calendar, settle_calendars
from dispatch.catalogue.model import CalendarVersion, CitySetting, WorkCalendar
from dispatch.kit import clock
from dispatch.kit.outbox import OutboxRow
from dispatch.kit.reference import forget_all
from dispatch.people.policy import SYSTEM
from tests.factories.cases import report
from tests.factories.city import City, spot
from workers.jobs import clocks as jobs

#: Apart from one another, so that none is taken for the same thing.
PLACES = cycle(spot(column, 4) for column in range(5))


@pytest.fixture
def calendar(committing: Session, city: City) -> Iterator[str]:
    """A calendar of the works' own by which every hour is worked, taken away afterwards."""
    change = CalendarChange("轮班", "00:00-12:00 12:30-23:59", range(7), False, city.works.id)
    add_calendar(
        committing,
        "shifts",
        change,
        by=SYSTEM,
        reason="轮班制",
        at=clock.now() - timedelta(hours=1),
    )
    committing.commit()
    forget_all()
    yield "shifts"
    committing.execute(delete(CalendarVersion))
    committing.execute(delete(WorkCalendar))
    committing.commit()
    forget_all()


def worked_case(session: Session, city: City) -> Case:
    longitude, latitude = next(PLACES)
    said = {"description": "井盖破了", "longitude": longitude, "latitude": latitude}
    now = clock.now()
    case = session.get_one(Case, report(session, at=now, **said).case_id)
    for verb, role, body in (
        (Verb.ACCEPT, "agent", {}),
        (Verb.FILE, "shift_leader", {"condition": city.broken.id}),
        (Verb.DISPATCH, "dispatcher", {"department": "works"}),
    ):
        act(session, case.id, verb, by=city[role], at=now, body=body)
    session.commit()
    return case


def test_changed_calendar_is_counted_by_until_every_process_has_seen_it(
    committing: Session, city: City, calendar: str
) -> None:
    jobs.count_by_calendars()  # its first version is old enough: nobody holds another
    case = worked_case(committing, city)
    before = case.due_at
    row = committing.get_one(WorkCalendar, calendar)
    row.hours = [["00:00", "00:30"]]
    committing.flush()
    settle_calendars(committing, by=SYSTEM, reason="夜间停工", at=clock.now())
    committing.commit()
    forget_all()

    jobs.count_by_calendars()
    jobs.count_by_calendars()

    committing.refresh(case)
    assert before is not None
    assert case.due_at is not None
    assert case.due_at > before + timedelta(days=3)
    rows = committing.scalars(
        select(CaseHistory).where(CaseHistory.case_id == case.id).order_by(CaseHistory.version)
    ).all()
    assert [each.verb for each in rows].count("correct") == 1
    assert rows[-1].note == "工作日历“轮班”第 2 版:夜间停工"
    assert all(b.version == a.version + 1 for a, b in pairwise(rows))
    first, second = committing.scalars(
        select(CalendarVersion.settled_at).order_by(CalendarVersion.version)
    )
    assert first is not None
    assert second is None  # processes may hold the old one for some seconds: counted again then


def test_setting_is_counted_in_lots_that_follow_by_events(
    committing: Session, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "AT_ONCE", 1)
    cases = [worked_case(committing, city), worked_case(committing, city)]
    before = [case.warn_at for case in cases]
    committing.add(CitySetting(name="yellow_share", value=0.5))
    lights_changed(committing, by=SYSTEM, reason="试行", at=clock.now())
    committing.commit()

    for _ in range(committing.query(Case).count() + 3):
        event = committing.scalars(
            select(OutboxRow).where(OutboxRow.name == "settings.changed", OutboxRow.confirmed == 0)
        ).first()
        if event is None:
            break
        said = event.payload
        jobs.count_anew(event_id=event.id, job="x", note=said["note"], after=said["after"])
        committing.rollback()
        committing.expire_all()

    assert event is None
    assert all(
        case.warn_at is not None and old is not None and case.warn_at < old
        for case, old in zip(cases, before, strict=True)
    )
    committing.execute(delete(CitySetting))
    committing.commit()
    forget_all()


def test_nothing_is_counted_while_no_calendar_has_changed(city: City) -> None:
    jobs.count_by_calendars()
    jobs.look_at_the_clock()
