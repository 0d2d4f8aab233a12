"""Properties of the whole table of states: random deeds by random people, legal and illegal."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.events import FACTS
from dispatch.cases.model import Case, CaseAssignment, CaseHistory
from dispatch.cases.policy import standing_of
from dispatch.cases.states import (
    FINAL,
    OPEN,
    RULES,
    STAGE_LABELS,
    VERB_LABELS,
    Actor,
    Stage,
    Standing,
    Verb,
    allowed_verbs,
    step,
)
from dispatch.kit.errors import DomainError, InvalidInput, NotAllowed, WrongStage
from dispatch.kit.outbox import OutboxRow
from dispatch.people.model import Role
from tests.factories.cases import add_case, report
from tests.factories.city import NOW, City, add_city

#: Which stage may follow which, read off the handbook's workflow, not off the table under test.
MAY_FOLLOW: dict[Stage, set[Stage]] = {
    Stage.REPORTED: {
        Stage.VERIFYING,
        Stage.ACCEPTED,
        Stage.REJECTED,
        Stage.VOIDED,
        Stage.DUPLICATE,
        Stage.CHECKED,
    },
    Stage.VERIFYING: {
        Stage.REPORTED,
        Stage.ACCEPTED,
        Stage.REJECTED,
        Stage.VOIDED,
        Stage.DUPLICATE,
    },
    Stage.ACCEPTED: {
        Stage.REPORTED,
        Stage.FILED,
        Stage.REJECTED,
        Stage.VOIDED,
        Stage.DUPLICATE,
    },
    Stage.FILED: {Stage.DISPATCHED, Stage.VOIDED, Stage.DUPLICATE},
    Stage.DISPATCHED: {
        Stage.FILED,
        Stage.SUSPENDED,
        Stage.HANDLED,
        Stage.VOIDED,
        Stage.DUPLICATE,
    },
    Stage.SUSPENDED: {Stage.DISPATCHED, Stage.FILED, Stage.VOIDED},
    Stage.HANDLED: {Stage.CHECKED, Stage.DISPATCHED, Stage.VOIDED},
    Stage.CHECKED: {Stage.CLOSED, Stage.DISPATCHED, Stage.VOIDED},
    Stage.CLOSED: {Stage.FILED},
    Stage.REJECTED: {Stage.REPORTED},
    Stage.VOIDED: {Stage.REPORTED},
    Stage.DUPLICATE: {Stage.REPORTED},
}
WHO = [*Role, *Actor]
BODIES: dict[str, list[Any]] = {
    "reason": ["不归我处", None],
    "note": ["看过了", None],
    "passed": [True, False, None],
    "confirmed": [True, False, None],
    "granted": [True, False, None],
    "outcome": ["fixed", "nonsense", None],
    "result": ["已修复", None],
    "text": ["请尽快", None],
    "until": ["2026-12-20T18:00:00+08:00", "2020-01-01T00:00:00+08:00", "soon", None],
    "department": ["works", "cleaners", "nowhere", None],
    "category": ["P0103", "E0110", "X", None],
    "condition": ["missing", "broken", "present", None],
    "of": ["MASTER", None],
    "ruling": ["现场会认定由市政负责", None],
    "assignee": ["works-hand", "nobody", None],
}
bodies = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in BODIES.items()})
PEOPLE = (
    "agent",
    "shift_leader",
    "dispatcher",
    "supervisor",
    "admin",
    "inspector",
    "manager",
    "handler",
    "stranger",
)
#: Any deed by anybody, or (guided, two times of three) one that the case's stage really offers.
deeds = st.tuples(
    st.sampled_from([verb for verb in Verb if verb is not Verb.REPORT]),
    st.sampled_from(PEOPLE),
    bodies,
    st.integers(0, 2),
    st.integers(0, 10_000),
)
Walk = list[tuple[Verb, str, dict[str, Any], int, int]]


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


def _count(session: Session, case: Case) -> tuple[int, int]:
    history = session.scalar(
        select(func.count()).where(CaseHistory.case_id == case.id).select_from(CaseHistory)
    )
    events = session.scalar(
        select(func.count())
        .select_from(OutboxRow)
        .where(OutboxRow.payload["case_id"].as_integer() == case.id)
    )
    return history or 0, events or 0


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(walk=st.lists(deeds, min_size=4, max_size=22))
def test_no_walk_reaches_an_illegal_stage_and_every_change_is_told(
    session: Session, city: City, walk: Walk
) -> None:
    with session.begin_nested() as undone:
        # the master lies elsewhere, so that the walked case is no duplicate from the start
        master = report(session, longitude=109.4005, latitude=24.3005)
        case = session.get_one(Case, report(session).case_id)
        at = NOW
        for verb, role, body, guided, choice in walk:
            if guided:
                verb, role = _offered(city, case, choice)  # noqa: PLW2901 - steered, not drawn
            at += timedelta(minutes=7)
            given_body = {name: value for name, value in body.items() if value is not None}
            if "of" in given_body:
                given_body["of"] = master.number
            before = (case.stage, case.version, *_count(session, case))
            try:
                with session.begin_nested():
                    act(session, case.id, verb, by=city[role], at=at, body=given_body)
            except DomainError:
                session.refresh(case)
                assert (case.stage, case.version, *_count(session, case)) == before
            else:
                _holds(session, case, before, verb)
        undone.rollback()


def _offered(city: City, case: Case, choice: int) -> tuple[Verb, str]:
    offers = [
        (verb, role) for role in PEOPLE for verb in allowed_verbs(standing_of(city[role], case))
    ]
    moving = [each for each in offers if each[0] not in (Verb.NOTE, Verb.CORRECT, Verb.URGE)]
    return (moving or offers)[choice % len(moving or offers)]


def _holds(session: Session, case: Case, before: tuple[Any, ...], verb: Verb) -> None:
    origin, version, history, events = before
    stage = Stage(case.stage)
    assert stage == origin or stage in MAY_FOLLOW[Stage(origin)], (origin, verb, stage)
    assert case.version == version + 1
    assert _count(session, case) == (history + 1, events + 1)
    row = session.scalars(
        select(CaseHistory).where(
            CaseHistory.case_id == case.id, CaseHistory.version == case.version
        )
    ).one()
    assert (row.verb, row.from_stage, row.to_stage) == (verb, origin, stage)
    last = session.scalars(select(OutboxRow).order_by(OutboxRow.id.desc()).limit(1)).one()
    assert last.name == FACTS[verb]
    leads = session.scalar(
        select(func.count())
        .select_from(CaseAssignment)
        .where(
            CaseAssignment.case_id == case.id,
            CaseAssignment.ended_at.is_(None),
            CaseAssignment.leads,
        )
    )
    held = {Stage.DISPATCHED, Stage.SUSPENDED, Stage.HANDLED, Stage.CHECKED}
    on_the_spot = stage is Stage.CHECKED and case.department_id is None
    assert leads == (1 if stage in held and not on_the_spot else 0)
    assert (case.due_at is not None) <= (case.clock_started_at is not None)
    assert (case.duplicate_of_id is not None) == (stage is Stage.DUPLICATE)


standings = st.builds(
    Standing,
    stage=st.sampled_from(Stage),
    who=st.frozensets(st.sampled_from(WHO), max_size=3),
    is_holder=st.booleans(),
    facts=st.frozensets(
        st.sampled_from(
            ["extension", "suspension", "appeal", "unit", "acknowledged", "started", "settled"]
        )
    ),
)


@given(standing=standings, verb=st.sampled_from(Verb), body=bodies)
def test_buttons_and_judge_agree(standing: Standing, verb: Verb, body: dict[str, Any]) -> None:
    """What is not offered is refused; what is offered is refused only for what the body lacks."""
    offered = verb in allowed_verbs(standing)
    if not offered:
        with pytest.raises((NotAllowed, WrongStage)):
            step(verb, standing, body)
        return
    try:
        to = step(verb, standing, body)
    except InvalidInput:
        return
    assert to == standing.stage or to in MAY_FOLLOW[standing.stage]


@given(standing=standings)
def test_nobody_without_a_post_may_do_anything(standing: Standing) -> None:
    nobody = Standing(standing.stage, frozenset(), standing.is_holder, standing.facts)
    assert allowed_verbs(nobody) == []


def test_every_open_stage_leads_on_and_every_stage_can_be_reached() -> None:
    reached = {Stage.REPORTED}
    for _ in Stage:
        for rule in RULES:
            if rule.to is not None and rule.stages & reached:
                reached.add(rule.to)
    assert reached == set(Stage)
    for stage in OPEN:
        assert any(stage in rule.stages and rule.to not in (None, stage) for rule in RULES)


def test_table_has_words_and_a_fact_for_everything() -> None:
    assert set(STAGE_LABELS) == set(Stage)
    assert set(VERB_LABELS) == set(Verb)
    assert set(FACTS) == set(Verb)
    assert len(set(FACTS.values())) == len(FACTS)
    assert set(Stage) == OPEN | FINAL


def test_way_to_each_stage_is_legal(session: Session, city: City) -> None:
    for stage in Stage:
        if stage is Stage.DUPLICATE:
            continue
        with session.begin_nested() as undone:
            assert add_case(session, city, stage).stage == stage
            undone.rollback()
