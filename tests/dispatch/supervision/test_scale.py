"""What is put together from few rows says the same as what is counted one by one."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dispatch.cases.states import Stage
from dispatch.kit.clock import city_date
from dispatch.supervision.commands.evaluate import add_entry, add_rule
from dispatch.supervision.commands.rollup import refresh
from dispatch.supervision.measures import Cut, Figures, Span, Subject
from dispatch.supervision.model import figure_months
from dispatch.supervision.queries.behind import Asked, cases_behind
from dispatch.supervision.queries.figures import daily, pieces_of, totals
from dispatch.supervision.queries.scores import evaluate, ranking, standing
from dispatch.supervision.queries.spots import cells_drawn, spots
from dispatch.supervision.queries.wall import wall
from dispatch.supervision.scoring import Evaluated
from tests.dispatch.supervision.test_scores import BANDS, COMPONENTS
from tests.factories.cases import add_case
from tests.factories.city import NOW, City, add_city, spot

TODAY = city_date(NOW)
STAGES = (Stage.CLOSED, Stage.DISPATCHED, Stage.REPORTED, Stage.VOIDED)


@pytest.fixture
def city(session: Session) -> City:
    """Cases of seven weeks, in several places."""
    city = add_city(session)
    for n in range(8):
        add_case(
            session,
            city,
            STAGES[n % 4],
            at=NOW - timedelta(days=7 * n),
            **dict(zip(("longitude", "latitude"), spot(n % 4, n // 4), strict=True)),
        )
    session.flush()
    return city


@given(st.integers(0, 400), st.integers(0, 500), st.integers(1, 500))
def test_pieces_hold_each_day_of_a_span_once(now: int, ago: int, length: int) -> None:
    today = date(2025, 12, 20) + timedelta(days=now)
    since = today - timedelta(days=ago)
    span = Span(since, since + timedelta(days=length))
    pieces = pieces_of(span, today=today)
    held: dict[date, int] = {}
    months = [(Span(each, (each + timedelta(days=32)).replace(day=1)), 1) for each in pieces.months]
    for piece, sign in (*months, *pieces.days):
        for n in range((piece.until - piece.since).days):
            day = piece.since + timedelta(days=n)
            held[day] = held.get(day, 0) + sign
    expected = {since + timedelta(days=n): 1 for n in range(length)}
    assert {day: n for day, n in held.items() if n and day <= today} == {
        day: n for day, n in expected.items() if day <= today
    }


@pytest.mark.parametrize("rolled_up", [False, True])
@pytest.mark.parametrize("days", [1, 9, 20, 45, 60])
def test_months_and_days_together_are_the_days(
    session: Session, city: City, days: int, rolled_up: bool
) -> None:
    if rolled_up:
        refresh(session, at=NOW)
    span = Span(TODAY - timedelta(days=days), TODAY + timedelta(days=1))
    for subject, cut in (
        (Subject.COMMUNITY, Cut.ALL),
        (Subject.WORKING_GRID, Cut.ALL),
        (Subject.DEPARTMENT, Cut.CATEGORY),
        (Subject.DEPARTMENT, Cut.DISTRICT),
    ):
        expected: dict[tuple[str, str], Figures] = {}
        for each in daily(session, subject, span, cut=cut, at=NOW):
            place = (each.key, each.part)
            expected[place] = expected.get(place, Figures()).plus(each.figures)
        found = totals(session, subject, span, cut=cut, at=NOW)
        assert {place: figures for place, figures in found.items() if figures} == expected
        assert found or not days
    assert bool(session.scalars(select(figure_months.c.key)).first()) is rolled_up


def test_few_measures_are_those_of_all(session: Session, city: City) -> None:
    span = Span(TODAY - timedelta(days=40), TODAY + timedelta(days=1))
    names = ("filed", "closed")
    every = totals(session, Subject.DEPARTMENT, span, at=NOW)
    few = totals(session, Subject.DEPARTMENT, span, names=names, at=NOW)
    assert few == {
        key: Figures({name: n for name, n in figures.items() if name in names})
        for key, figures in every.items()
    }


@pytest.mark.parametrize("evaluated", [Evaluated.UNIT_GRID, Evaluated.DISTRICT])
def test_the_database_ranks_as_the_formula_does(
    session: Session, city: City, evaluated: Evaluated
) -> None:
    by = city["supervisor"]
    given_elsewhere = {"key": "dust", "zh": "扬尘", "en": "dust", "weight": 20, "shape": "given"}
    portion = {
        "key": "most",
        "zh": "数",
        "en": "n",
        "weight": 10,
        "shape": "portion",
        "part": "filed",
    }
    components = [{**each, "weight": float(str(each["weight"])) * 0.7} for each in COMPONENTS]
    add_rule(
        session,
        evaluated,
        valid_from=date(2026, 1, 1),
        components=[*components, given_elsewhere, portion],
        bands=BANDS,
        note="",
        by=by,
        at=NOW,
    )  # fmt: skip
    month = Span(TODAY.replace(day=1), (TODAY + timedelta(days=32)).replace(day=1))
    refresh(session, at=NOW)
    later = NOW + timedelta(hours=30)
    plain = evaluate(session, evaluated, month, at=later)
    last = plain[-1].key
    for component, value in (("", 20.0), ("dust", 90.0)):
        add_entry(
            session,
            evaluated,
            last,
            month,
            component=component,
            value=value,
            reason="抽查",
            by=by,
            at=NOW,
        )
    for at in (NOW, later):  # as it is rolled up, and with what has happened since
        every = evaluate(session, evaluated, month, at=at)
        shown = ("filed", "overdue")
        found = ranking(session, evaluated, month, at=at, most=2, shown=shown)
        assert found.count == len(every) > 0
        one = ranking(session, evaluated, month, at=at, most=1, shown=shown)
        assert [row.key for row in one.rows] == [row.key for row in every[:1]]
        assert [(row.key, row.score.points) for row in found.rows] == [
            (row.key, row.score.points) for row in every[:2]
        ]
        assert [row.score.figures["overdue"] for row in found.rows] == [
            row.score.figures["overdue"] for row in every[:2]
        ]
        for row in every:
            assert standing(session, evaluated, row.key, month, at=at) == row
    assert standing(session, evaluated, "nowhere", month, at=NOW) is None


def test_the_map_is_the_same_by_months_by_days_and_as_it_is_drawn(
    session: Session, city: City
) -> None:
    refresh(session, at=NOW)
    for days in (1, 7, 30, 365):
        span = Span(TODAY - timedelta(days=days - 1), TODAY + timedelta(days=1))
        for group in ("", "manhole", "sanitation"):
            rows = session.execute(
                text(
                    "SELECT grid_code, count(*)::int, (count(*) FILTER (WHERE c.hazard))::int"
                    " FROM cases c WHERE (created_at AT TIME ZONE 'Asia/Shanghai')::date >= :since"
                    " AND grid_code IS NOT NULL AND (:group = '' OR c.\"group\" = :group)"
                    " GROUP BY 1 ORDER BY 2 DESC, 1"
                ),
                {"since": span.since, "group": group},
            )
            expected = [tuple(row) for row in rows]
            found = spots(session, Subject.UNIT_GRID, span, group=group, at=NOW)
            assert [(each.code, each.reported, each.hazards) for each in found] == expected
            drawn = cells_drawn(session, span, group=group, at=NOW)
            assert drawn.count("[") == len(expected) + 1


def test_stage_times_are_right_to_one_in_a_hundred(session: Session, city: City) -> None:
    refresh(session, at=NOW)
    exact = session.execute(
        text(
            "SELECT count(*), percentile_disc(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM"
            " filed_at - accepted_at)::float8) FROM figure_cases"
            " WHERE (filed_at AT TIME ZONE 'Asia/Shanghai')::date = :day"
        ),
        {"day": TODAY},
    ).one()
    found = wall(session, at=NOW).times["file"][0]
    assert found.cases == exact[0] > 0
    assert found.median == pytest.approx(exact[1], rel=0.01, abs=0.02)


@pytest.mark.parametrize("name", ["reported", "filed", "voided", "overdue"])
def test_a_list_goes_on_page_by_page_and_ends_with_the_last(
    session: Session, city: City, name: str
) -> None:
    later = NOW + timedelta(days=20)
    refresh(session, at=later)
    span = Span(TODAY - timedelta(days=60), city_date(later) + timedelta(days=1))
    asked = Asked(name, Subject.CITY, "", span)
    count = totals(session, Subject.CITY, span, at=later)["", ""][name]
    pages, before = [], None
    while True:
        page, before = cases_behind(session, city["supervisor"], asked, before=before, limit=1)
        pages.append([case.id for case in page])
        if before is None:
            break
    ids = [case_id for page in pages for case_id in page]
    assert len(ids) == len(set(ids)) == count > 0
    whole, _ = cases_behind(session, city["supervisor"], asked, before=None, limit=50)
    assert ids == [case.id for case in whole]
    assert [case.created_at for case in whole] == sorted(
        (case.created_at for case in whole), reverse=True
    )
