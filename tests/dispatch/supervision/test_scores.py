"""Scores: arithmetic against sums done by hand, and all counts against plain SQL over the history."""

from datetime import date, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.states import Stage, Verb
from dispatch.kit.clock import city_date
from dispatch.kit.errors import Conflict, InvalidInput, NotFound
from dispatch.supervision.commands.evaluate import add_entry, add_rule, end_entry, publish
from dispatch.supervision.commands.rollup import refresh
from dispatch.supervision.measures import Figures, Span
from dispatch.supervision.queries.behind import Asked, cases_behind
from dispatch.supervision.queries.scores import Row, evaluate, results_of, rule_on
from dispatch.supervision.scoring import Component, Evaluated, Peers, Rule, Shape, grade_of, score
from tests.dispatch.supervision.test_rollup import at_spot
from tests.factories.cases import add_case
from tests.factories.city import NOW, City, add_city

MONTH = Span(date(2026, 11, 1), date(2026, 12, 1))
BANDS = (("A", 90.0), ("B", 75.0), ("C", 60.0), ("D", 40.0), ("E", 0.0))
COMPONENTS = [
    {"key": "filed", "zh": "立案数", "en": "filed", "weight": 10, "shape": "rest_of_all", "part": "filed"},
    {"key": "closing", "zh": "结案率", "en": "closing", "weight": 30, "shape": "share", "part": "settled", "whole": "to_handle"},
    {"key": "on_time", "zh": "按时率", "en": "on time", "weight": 30, "shape": "share", "part": "on_time", "whole": "to_handle"},
    {"key": "rework", "zh": "返工率", "en": "rework", "weight": 30, "shape": "rest", "part": "reworked", "whole": "to_handle"},
]  # fmt: skip
RULE = Rule(1, tuple(Component.of(each) for each in COMPONENTS), BANDS)


@pytest.fixture
def city(session: Session) -> City:
    made = add_city(session)
    add_rule(
        session,
        Evaluated.DEPARTMENT,
        valid_from=date(2026, 1, 1),
        components=COMPONENTS,
        bands=BANDS,
        note="",
        by=made["supervisor"],
        at=NOW,
    )
    return made


def test_a_score_is_the_sum_that_the_handbook_says() -> None:
    figures = Figures(filed=20, to_handle=40, settled=36, on_time=30, reworked=4)
    peers = Peers.of([figures, Figures(filed=60)])
    found = score(RULE, figures, peers, given={}, bonus=1.5)
    # 10 × (1 − 20/80) + 30 × 36/40 + 30 × 30/40 + 30 × (1 − 4/40) + 1.5
    assert found.points == pytest.approx(7.5 + 27 + 22.5 + 27 + 1.5)
    assert found.grade == "B"


def test_what_nothing_can_be_said_of_is_left_out_and_the_rest_raised() -> None:
    rule = Rule(
        1,
        (
            Component("a", ("", ""), 80, Shape.SHARE, "on_time", "to_handle"),
            Component("dust", ("", ""), 20, Shape.GIVEN),
        ),
        BANDS,
    )
    figures = Figures(to_handle=10, on_time=9)
    alone = score(rule, figures, Peers.of([figures]), given={}, bonus=0)
    assert (alone.points, alone.scale, alone.parts[1].share) == (90, 1.25, None)
    both = score(rule, figures, Peers.of([figures]), given={"dust": 50}, bonus=0)
    assert both.points == 82
    nothing = score(rule, Figures(), Peers.of([]), given={}, bonus=0)
    assert (nothing.points, nothing.grade) == (None, "")


@pytest.mark.parametrize(
    ("points", "grade"), [(100, "A"), (90, "A"), (89.99, "B"), (60, "C"), (40, "D"), (0, "E")]
)
def test_a_grade_begins_at_its_bound(points: float, grade: str) -> None:
    assert grade_of(RULE, points) == grade


def test_a_rule_whose_weights_do_not_come_to_a_hundred_is_refused(
    session: Session, city: City
) -> None:
    half = [{**each, "weight": 5} for each in COMPONENTS]
    with pytest.raises(InvalidInput) as refused:
        add_rule(
            session,
            Evaluated.DEPARTMENT,
            valid_from=date(2026, 1, 1),
            components=half,
            bands=BANDS,
            note="",
            by=city["admin"],
            at=NOW,
        )
    assert "20" in refused.value.en
    with pytest.raises(NotFound):
        rule_on(session, Evaluated.AGENT, date(2026, 11, 1))


#: The same counts a second way: over the history alone, without any of the program's own statements.
BY_HAND = text(
    """
WITH h AS (SELECT *, (at AT TIME ZONE 'Asia/Shanghai')::date AS day FROM case_history),
last_unit AS (
  SELECT DISTINCT ON (case_id) case_id, (changes -> 'department_id' ->> 1)::bigint AS unit
  FROM h WHERE changes ? 'department_id' ORDER BY case_id, version DESC),
done AS (SELECT case_id, max(version) AS version, max(at) AS at FROM h
         WHERE verb = 'report-done' GROUP BY 1),
again AS (SELECT case_id, max(version) AS version FROM h
          WHERE to_stage = 'dispatched' AND from_stage IN ('handled', 'checked') GROUP BY 1),
handled AS (SELECT d.case_id, d.at FROM done d LEFT JOIN again a USING (case_id)
            WHERE a.version IS NULL OR a.version < d.version),
due AS (SELECT DISTINCT ON (case_id) case_id, (changes -> 'due_at' ->> 1)::timestamptz AS at
        FROM h WHERE changes ? 'due_at' ORDER BY case_id, version DESC),
judged AS (
  SELECT due.case_id, handled.at IS NOT NULL AS handled,
         due.at <= coalesce(handled.at, :now) AS late
  FROM due LEFT JOIN handled USING (case_id)
  WHERE handled.at IS NOT NULL OR due.at <= :now)
SELECT u.unit,
  (SELECT count(*) FROM h JOIN last_unit l USING (case_id) WHERE l.unit = u.unit AND h.verb = 'file') AS filed,
  count(j.case_id) AS to_handle,
  count(*) FILTER (WHERE j.handled) AS done,
  count(*) FILTER (WHERE j.handled AND NOT j.late) AS on_time,
  count(*) FILTER (WHERE j.late) AS overdue,
  count(*) FILTER (WHERE EXISTS (SELECT FROM h WHERE h.case_id = j.case_id AND h.to_stage = 'closed'))
    AS settled,
  count(*) FILTER (WHERE EXISTS (SELECT FROM again a WHERE a.case_id = j.case_id)) AS reworked
FROM last_unit u LEFT JOIN judged j USING (case_id) WHERE u.unit IS NOT NULL GROUP BY u.unit
"""
)


def some_lives(session: Session, city: City) -> None:
    """Closed, open, late and unhandled, late and handled, reworked and closed, given back."""
    later = NOW + timedelta(days=2)
    add_case(session, city, Stage.CLOSED, **at_spot(0))
    add_case(session, city, Stage.DISPATCHED, **at_spot(1))
    late = add_case(session, city, Stage.DISPATCHED, **at_spot(2))
    done = {"result": "已换"}
    act(session, late.id, Verb.REPORT_DONE, by=city["manager"], at=later, body=done)
    again = add_case(session, city, Stage.HANDLED, **at_spot(3))
    fail = {"passed": False, "reason": "没有修好"}
    act(session, again.id, Verb.CHECK, by=city["inspector"], at=NOW, body=fail)
    act(session, again.id, Verb.REPORT_DONE, by=city["manager"], at=NOW, body=done)
    act(session, again.id, Verb.CHECK, by=city["inspector"], at=NOW, body={"passed": True})
    act(session, again.id, Verb.CLOSE, by=city["shift_leader"], at=NOW, body={"outcome": "fixed"})
    session.flush()


def works(session: Session, city: City, *, days: int = 3) -> Row:
    rows = evaluate(session, Evaluated.DEPARTMENT, MONTH, at=NOW + timedelta(days=days))
    return next(row for row in rows if row.key == str(city.works.id))


def test_the_figures_are_those_of_plain_sql_over_the_history(session: Session, city: City) -> None:
    some_lives(session, city)
    by_hand = dict(session.execute(BY_HAND, {"now": NOW + timedelta(days=3)}).mappings().one())
    row = works(session, city)
    assert int(row.key) == by_hand.pop("unit")
    assert {name: row.score.figures[name] for name in by_hand} == by_hand
    assert (by_hand["to_handle"], by_hand["overdue"], by_hand["reworked"]) == (4, 2, 1)
    f = row.score.figures
    expected = 10 * 0 + 30 * f["settled"] / 4 + 30 * f["on_time"] / 4 + 30 * (1 - 1 / 4)
    assert row.score.points == round(expected, 2)


def test_every_count_opens_into_as_many_cases(session: Session, city: City) -> None:
    some_lives(session, city)
    now = NOW + timedelta(days=3)
    refresh(session, at=now)
    row = works(session, city)
    assert row.subject is not None
    for name, count in row.score.figures.items():
        asked = Asked(name, row.subject, row.key, MONTH)
        found, _ = cases_behind(session, city["supervisor"], asked, before=None, limit=50)
        assert len(found) == count, name


def test_a_published_month_stands_and_later_corrections_show(session: Session, city: City) -> None:
    some_lives(session, city)
    by, over = city["supervisor"], NOW + timedelta(days=10)
    with pytest.raises(Conflict, match="period_not_over"):
        publish(session, Evaluated.DEPARTMENT, MONTH, note="", by=by, at=NOW)
    entry = add_entry(
        session, Evaluated.DEPARTMENT, str(city.works.id), MONTH,
        component="", value=2, reason="抢险有功", by=by, at=over,
    )  # fmt: skip
    period = publish(session, Evaluated.DEPARTMENT, MONTH, note="十一月", by=by, at=over)
    frozen = results_of(session, period)[str(city.works.id)]
    assert frozen.score == works(session, city, days=10).score.points
    with pytest.raises(Conflict, match="published_already"):
        publish(session, Evaluated.DEPARTMENT, MONTH, note="", by=by, at=over)
    end_entry(session, entry.id, by=by, at=over)
    assert works(session, city, days=10).score.points == pytest.approx((frozen.score or 0) - 2)
    assert results_of(session, period)[str(city.works.id)].score == frozen.score


def test_posts_are_scored_by_their_deeds(session: Session, city: City) -> None:
    add_rule(
        session,
        Evaluated.DISPATCHER,
        valid_from=date(2026, 1, 1),
        components=[
            {"key": "n", "zh": "派遣数", "en": "dispatched", "weight": 20, "shape": "portion", "part": "dispatch"},
            {"key": "t", "zh": "按时", "en": "on time", "weight": 40, "shape": "share", "part": "dispatch_on_time", "whole": "dispatch"},
            {"key": "r", "zh": "准确", "en": "right", "weight": 40, "shape": "share", "part": "dispatch_right", "whole": "dispatch"},
        ],
        bands=BANDS,
        note="",
        by=city["admin"],
        at=NOW,
    )  # fmt: skip
    case = add_case(session, city, Stage.DISPATCHED)
    act(session, case.id, Verb.RETURN, by=city["manager"], at=NOW, body={"reason": "不是我们的"})
    unit = {"department": city.cleaners.id}
    act(session, case.id, Verb.DISPATCH, by=city["dispatcher"], at=NOW, body=unit)
    session.flush()
    refresh(session, at=NOW)
    [row] = evaluate(session, Evaluated.DISPATCHER, MONTH, at=NOW)
    # of two dispatches one was given back: 20 + 40 + 40 × 1/2
    assert (row.key, row.score.points) == (str(city["dispatcher"].id), 80)
    assert row.score.figures["dispatch_right"] == 1
    assert city_date(NOW) in {MONTH.since + timedelta(days=each) for each in range(30)}
