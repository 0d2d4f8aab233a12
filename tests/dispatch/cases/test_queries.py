"""Lists of cases: every filter, every order, pages without a gap or a repeat, and lights that agree."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from dispatch.cases.deadlines import Light, light_of
from dispatch.cases.model import Case, Channel
from dispatch.cases.queries import SORTS, CaseFilter, cases_for, sort_named
from dispatch.cases.states import Stage
from dispatch.intake.model import DuplicateRule
from dispatch.kit import reference
from dispatch.kit.errors import InvalidInput
from dispatch.kit.spatial import Box
from dispatch.people.policy import SYSTEM
from tests.factories.cases import add_case, report
from tests.factories.city import NOW, SOUTH, STEP, WEST, WORKING_GRID, City, add_city, spot

ALL = 10_000


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


def found(session: Session, *, at: datetime = NOW, **wanted: Any) -> set[int]:
    rows = cases_for(
        session,
        SYSTEM,
        CaseFilter(**wanted),
        at=at,
        sort=sort_named("-created_at"),
        after=None,
        limit=ALL,
    )
    return {case.id for case in rows}


def link_nothing(session: Session) -> None:
    """Reports at one place are several cases from now on."""
    session.execute(delete(DuplicateRule))
    reference.forget_all()


# --- filters -------------------------------------------------------------------------------------


def test_each_filter_narrows_to_what_it_names(session: Session, city: City) -> None:
    manhole = add_case(session, city, Stage.DISPATCHED)
    far = report(session, longitude=spot(0, 4)[0], latitude=spot(0, 4)[1], category="E0110").case_id
    phone = report(session, description="你好", channel=Channel.PHONE).case_id
    nowhere = report(session, longitude=None, latitude=None, description="垃圾").case_id

    assert found(session) == {manhole.id, far, phone, nowhere}
    assert found(session, stages=(Stage.DISPATCHED,)) == {manhole.id}
    assert found(session, stages=(Stage.DISPATCHED, Stage.REPORTED)) == found(session)
    assert found(session, department_id=city.works.id) == {manhole.id}
    assert found(session, department_id=city.cleaners.id) == set()
    assert found(session, district_code="450204") == {manhole.id, far, phone}
    assert found(session, district_code="450203") == set()
    assert found(session, grid="450204001001021") == {far}
    assert found(session, grid=WORKING_GRID) == {manhole.id, far, phone}
    assert found(session, category="P0103") == {manhole.id}
    assert found(session, category="暴露垃圾") == {far, nowhere}
    assert found(session, group="sanitation") == {far, nowhere}
    assert found(session, channel="phone") == {phone}
    assert found(session, review=True) == {phone, nowhere}
    assert found(session, review=False) == {manhole.id, far}
    assert found(session, stages=(Stage.REPORTED,), category="E0110", review=False) == {far}


def test_virtual_district_is_a_district_too(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.REPORTED)
    case.virtual_district_code = "4502LD"
    session.flush()

    assert found(session, district_code="4502LD") == {case.id}


def test_window_holds_what_lies_in_it(session: Session, city: City) -> None:
    inside = add_case(session, city, Stage.REPORTED).id
    report(session, longitude=spot(4, 4)[0], latitude=spot(4, 4)[1])
    report(session, longitude=None, latitude=None)

    box = Box(WEST + 2 * STEP, SOUTH + 2 * STEP, WEST + 3 * STEP, SOUTH + 3 * STEP)
    assert found(session, box=box) == {inside}


@pytest.mark.parametrize(
    "words", ["井盖不见", "柳数管2026第11230001号", "20261123-0001", "0001", "1", " 井盖不见了 "]
)
def test_case_is_found_by_words_number_id_or_serial(
    session: Session, city: City, words: str
) -> None:
    case = add_case(session, city, Stage.REPORTED)
    report(session, description="你好")

    assert found(session, text=words) == {case.id}


@pytest.mark.parametrize("words", ["%", "_", "井%盗", "\\", "9999"])
def test_signs_of_a_pattern_are_only_signs(session: Session, city: City, words: str) -> None:
    add_case(session, city, Stage.REPORTED)

    assert found(session, text=words) == set()


# --- orders and pages ----------------------------------------------------------------------------


def several(session: Session, city: City, count: int = 9) -> list[Case]:
    """Cases of all sorts: some at one instant, some without a due time."""
    link_nothing(session)
    stages = (Stage.REPORTED, Stage.DISPATCHED, Stage.CLOSED)
    return [
        add_case(session, city, stages[number % 3], at=NOW + timedelta(minutes=number // 3))
        for number in range(count)
    ]


def pages(session: Session, sort: str, limit: int) -> list[list[Case]]:
    order, after, found = SORTS[sort], None, []
    while True:
        rows: Sequence[Case] = cases_for(
            session, SYSTEM, CaseFilter(), at=NOW, sort=order, after=after, limit=limit
        )
        found.append(list(rows[:limit]))
        if len(rows) <= limit:
            return found
        last = found[-1][-1]
        value = order.key_of(last)[0]
        after = [value.isoformat() if isinstance(value, datetime) else value, last.id]


@pytest.mark.parametrize("sort", list(SORTS))
@pytest.mark.parametrize("limit", [1, 2, 4, 9, 20])
def test_pages_hold_every_case_once_in_order(
    session: Session, city: City, sort: str, limit: int
) -> None:
    cases = several(session, city)

    shown = [case for page in pages(session, sort, limit) for case in page]

    assert sorted(case.id for case in shown) == sorted(case.id for case in cases)
    column = SORTS[sort].column.key
    assert column
    values = [getattr(case, column) for case in shown]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=SORTS[sort].descending)
    assert values[len(known) :] == [None] * (len(values) - len(known)), "without a value: last"


def test_no_case_is_shown_twice_or_lost_while_others_come_in(session: Session, city: City) -> None:
    cases = several(session, city)
    order = SORTS["-created_at"]
    first = cases_for(session, SYSTEM, CaseFilter(), at=NOW, sort=order, after=None, limit=4)[:4]
    report(session, at=NOW + timedelta(hours=1), description="你好")

    after = [first[-1].created_at.isoformat(), first[-1].id]
    rest = cases_for(session, SYSTEM, CaseFilter(), at=NOW, sort=order, after=after, limit=ALL)

    assert sorted(case.id for case in (*first, *rest)) == sorted(case.id for case in cases)


@pytest.mark.parametrize(
    "after", [["soon", 1], ["2026-11-23T10:00:00", 1], [None, 1], ["2026-11-23T10:00:00Z", "x"]]
)
def test_cursor_that_no_page_gave_out_is_refused(
    session: Session, city: City, after: list[object]
) -> None:
    with pytest.raises(InvalidInput) as refused:
        cases_for(
            session,
            SYSTEM,
            CaseFilter(),
            at=NOW,
            sort=SORTS["-created_at"],
            after=after,
            limit=5,
        )

    assert refused.value.code == "invalid_cursor"


def test_unknown_order_names_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="stage_due_at"):
        sort_named("number")


# --- the light -----------------------------------------------------------------------------------

MINUTES = st.integers(-3, 3)
MOMENT = st.none() | MINUTES


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    # a clock has never stopped after now
    rows=st.lists(
        st.tuples(
            st.sampled_from(Stage),
            MOMENT,
            st.none() | st.integers(-3, 0),
            MOMENT,
            MOMENT,
            st.booleans(),
        ),
        min_size=1,
        max_size=25,
    )
)
def test_light_of_the_list_is_the_light_of_the_case(
    session: Session, rows: list[tuple[Stage, int | None, int | None, int | None, int | None, bool]]
) -> None:
    def moment(minutes: int | None) -> datetime | None:
        return None if minutes is None else NOW + timedelta(minutes=minutes)

    with session.begin_nested() as savepoint:
        session.execute(
            insert(Case),
            [
                {
                    "public_id": f"x-{number}",
                    "number": f"x-{number}",
                    "stage": stage,
                    "stage_since": NOW,
                    "channel": "web",
                    "description": "x",
                    "created_at": NOW,
                    "updated_at": NOW,
                    "clock_started_at": moment(started),
                    "clock_stopped_at": moment(stopped),
                    "warn_at": moment(warn),
                    "due_at": moment(due),
                    "remaining_s": 60.0 if is_frozen else None,
                }
                for number, (stage, started, stopped, warn, due, is_frozen) in enumerate(rows)
            ],
        )
        cases = session.scalars(select(Case)).all()
        for light in Light:
            expected = {case.id for case in cases if light_of(case, at=NOW) is light}
            assert found(session, light=light) == expected, light
        session.expunge_all()
        savepoint.rollback()


def test_lights_of_a_running_case_change_with_the_time(session: Session, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED)
    assert case.warn_at is not None
    assert case.due_at is not None
    instants = {
        Light.GREEN: case.warn_at - timedelta(seconds=1),
        Light.YELLOW: case.warn_at,
        Light.RED: case.due_at,
    }

    for light, at in instants.items():
        assert found(session, light=light, at=at) == {case.id}
        others = set(Light) - {light}
        assert all(found(session, light=each, at=at) == set() for each in others)


def test_case_handled_late_stays_red_and_one_in_time_green(session: Session, city: City) -> None:
    link_nothing(session)
    late = add_case(session, city, Stage.HANDLED)
    session.execute(update(Case).values(clock_stopped_at=late.due_at))
    session.expire_all()
    in_time = add_case(session, city, Stage.HANDLED)

    much_later = NOW + timedelta(days=30)
    assert found(session, light=Light.RED, at=much_later) == {late.id}
    assert found(session, light=Light.GREEN, at=much_later) == {in_time.id}
