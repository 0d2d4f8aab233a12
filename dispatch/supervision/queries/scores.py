"""Evaluation: the counts of everybody who is scored together, their scores, and what was published."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import distinct, func, or_, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseHistory
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.errors import NotFound
from dispatch.people.model import GridAssignment, User
from dispatch.supervision.measures import POSTS, Figures, Span, Subject
from dispatch.supervision.model import (
    EvaluationEntry,
    EvaluationPeriod,
    EvaluationResult,
    EvaluationRule,
    figure_posts,
)
from dispatch.supervision.queries.figures import totals
from dispatch.supervision.scoring import Component, Evaluated, Peers, Rule, Score, score

E = Evaluated
#: Of which subjects the rows of an evaluation are.
SUBJECTS: Final[Mapping[Evaluated, tuple[Subject, ...]]] = {
    E.DEPARTMENT: (Subject.DEPARTMENT,),
    E.DISTRICT: (Subject.DISTRICT, Subject.VIRTUAL_DISTRICT),
    E.STREET: (Subject.STREET,),
    E.COMMUNITY: (Subject.COMMUNITY,),
    E.WORKING_GRID: (Subject.WORKING_GRID,),
    E.UNIT_GRID: (Subject.UNIT_GRID,),
}
#: How a number that belongs to no person's deed is named: it is of an inspector's grids.
_OF_GRIDS: Final = ("missed", "filed")


@dataclass(frozen=True)
class Row:
    """One that is scored: an area or unit by its subject and key, or a person by id and name."""

    evaluated: Evaluated
    subject: Subject | None
    key: str
    name: str
    score: Score


def rule_on(session: Session, evaluated: Evaluated, day: date) -> Rule:
    """The version of the rule that holds on a day. Raises NotFound where there is none."""
    found = session.scalars(
        select(EvaluationRule)
        .where(EvaluationRule.subject == evaluated.value, EvaluationRule.valid_from <= day)
        .order_by(EvaluationRule.valid_from.desc(), EvaluationRule.id.desc())
        .limit(1)
    ).first()
    if found is None:
        raise NotFound(
            "no_rule",
            "这类对象还没有评价办法,请管理员在“评价办法”中设置",
            "There is no rule for this yet: an administrator sets one under 'Rules of evaluation'",
        )
    return rule_of(found)


def rule_of(row: EvaluationRule) -> Rule:
    """A kept version as it is counted with."""
    return Rule(
        row.id,
        tuple(Component.of(each) for each in row.components),
        tuple((name, float(least)) for name, least in row.bands),
    )


def versions(session: Session, evaluated: Evaluated) -> Sequence[EvaluationRule]:
    """All versions of a rule, the latest first."""
    return session.scalars(
        select(EvaluationRule)
        .where(EvaluationRule.subject == evaluated.value)
        .order_by(EvaluationRule.valid_from.desc(), EvaluationRule.id.desc())
    ).all()


def entries(session: Session, evaluated: Evaluated, span: Span) -> Sequence[EvaluationEntry]:
    """What people brought to a period and did not take back."""
    return session.scalars(
        select(EvaluationEntry)
        .where(
            EvaluationEntry.subject == evaluated.value,
            EvaluationEntry.since == span.since,
            EvaluationEntry.until == span.until,
            EvaluationEntry.ended_at.is_(None),
        )
        .order_by(EvaluationEntry.id)
    ).all()


Counted = dict[tuple[Subject | None, str], tuple[str, Figures]]


def _areas(session: Session, evaluated: Evaluated, span: Span, at: datetime) -> Counted:
    return {
        (subject, key): ("", figures)
        for subject in SUBJECTS[evaluated]
        for (key, _), figures in totals(session, subject, span, at=at).items()
    }


def _people(session: Session, evaluated: Evaluated, span: Span, at: datetime) -> Counted:
    verbs = POSTS[evaluated.value]
    table = figure_posts.c
    rows = session.execute(
        select(
            table.user_id,
            table.verb,
            func.sum(table.done),
            func.sum(table.on_time),
            func.sum(table.right),
            User.display_name,
        )
        .join(User, User.id == table.user_id)
        .where(table.day >= span.since, table.day < span.until, table.verb.in_(verbs))
        .group_by(table.user_id, table.verb, User.display_name)
    )
    found: dict[int, Figures] = defaultdict(Figures)
    names = {}
    for user_id, verb, done, on_time, right, name in rows:
        stem = verb.replace("-", "_")
        found[user_id].update(
            {stem: int(done), f"{stem}_on_time": int(on_time), f"{stem}_right": int(right)}
        )
        names[user_id] = name
    if evaluated is E.INSPECTOR:
        _add_grids(session, found, span, at)
    return {(None, str(key)): (names[key], figures) for key, figures in found.items()}


def _add_grids(session: Session, found: Mapping[int, Figures], span: Span, at: datetime) -> None:
    """What patrol missed in the working grids that each inspector held on some day of the span."""
    held = session.execute(
        select(GridAssignment.user_id, GridAssignment.working_grid)
        .where(
            GridAssignment.user_id.in_(found),
            GridAssignment.valid_from < span.until,
            or_(GridAssignment.valid_to.is_(None), GridAssignment.valid_to > span.since),
        )
        .distinct()
    )
    grids = totals(session, Subject.WORKING_GRID, span, at=at)
    for user_id, grid in held:
        of_grid = grids.get((grid, ""), Figures())
        for name in _OF_GRIDS:
            found[user_id][name] = found[user_id][name] + of_grid[name]


def evaluate(
    session: Session, evaluated: Evaluated, span: Span, *, at: datetime, rule: Rule | None = None
) -> list[Row]:
    """Everybody who is scored together in a span, the best first. Raises NotFound without a rule."""
    used = rule or rule_on(session, evaluated, span.until - timedelta(days=1))
    counted = (_areas if evaluated in SUBJECTS else _people)(session, evaluated, span, at)
    peers = Peers.of([figures for _, figures in counted.values()])
    given: dict[str, dict[str, float]] = defaultdict(dict)
    bonus: dict[str, float] = defaultdict(float)
    for entry in entries(session, evaluated, span):
        if entry.component:
            given[entry.key][entry.component] = entry.value
        else:
            bonus[entry.key] += entry.value
    rows = [
        Row(
            evaluated,
            subject,
            key,
            name,
            score(used, figures, peers, given=given[key], bonus=bonus[key]),
        )
        for (subject, key), (name, figures) in counted.items()
    ]
    return sorted(rows, key=lambda row: (-(row.score.points or -1.0), row.key))


def published(session: Session, evaluated: Evaluated, span: Span) -> EvaluationPeriod | None:
    """The publication of a period, if there is one."""
    return session.scalars(
        select(EvaluationPeriod).where(
            EvaluationPeriod.subject == evaluated.value,
            EvaluationPeriod.since == span.since,
            EvaluationPeriod.until == span.until,
        )
    ).first()


def results_of(session: Session, period: EvaluationPeriod) -> dict[str, EvaluationResult]:
    """What was published, by key."""
    rows = session.scalars(select(EvaluationResult).where(EvaluationResult.period_id == period.id))
    return {row.key: row for row in rows}


def cases_of_person(
    session: Session, user_id: int, verb: str, span: Span, *, before: int | None, limit: int
) -> tuple[Sequence[Case], int | None]:
    """The cases on which somebody did a deed in a span, the latest first, and where further ones begin."""
    begin, end = (datetime.combine(day, time(), CITY_ZONE) for day in (span.since, span.until))
    asked = (
        select(distinct(CaseHistory.case_id))
        .where(
            CaseHistory.actor_id == user_id,
            CaseHistory.verb == verb,
            CaseHistory.at >= begin,
            CaseHistory.at < end,
        )
        .order_by(CaseHistory.case_id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        asked = asked.where(CaseHistory.case_id < before)
    ids = list(session.scalars(asked))
    rows = session.scalars(select(Case).where(Case.id.in_(ids[:limit])))
    return (
        sorted(rows, key=lambda case: -case.id),
        ids[limit - 1] if len(ids) > limit else None,
    )
