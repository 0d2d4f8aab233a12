# ruff: noqa: S608 - statements are put together from constants of our own; every value is bound
"""Evaluation: the counts of everybody who is scored together, their scores, and what was published."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import func, or_, select, text
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseHistory
from dispatch.kit.clock import CITY_ZONE, city_date
from dispatch.kit.errors import NotFound
from dispatch.people.model import GridAssignment, User
from dispatch.supervision.measures import NAMES, POSTS, Figures, Span, Subject
from dispatch.supervision.model import (
    EvaluationEntry,
    EvaluationPeriod,
    EvaluationResult,
    EvaluationRule,
    figure_posts,
)
from dispatch.supervision.queries.figures import FRESH, Wanted, behind, statements, totals
from dispatch.supervision.queries.reckoning import PLAINLY
from dispatch.supervision.scoring import Component, Evaluated, Peers, Rule, Score, Shape, score

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
    given, bonus = _brought(session, evaluated, span)
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
    return _in_order(rows)


def _in_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (-(row.score.points or -1.0), row.key))


def _brought(
    session: Session, evaluated: Evaluated, span: Span
) -> tuple[dict[str, dict[str, float]], dict[str, float]]:
    """The components scored elsewhere and the bonus points of a period, by key."""
    given: dict[str, dict[str, float]] = defaultdict(dict)
    bonus: dict[str, float] = defaultdict(float)
    for entry in entries(session, evaluated, span):
        if entry.component:
            given[entry.key][entry.component] = entry.value
        else:
            bonus[entry.key] += entry.value
    return given, bonus


@dataclass(frozen=True)
class Ranking:
    """The best of those who are scored together, and how many there are in all."""

    rows: list[Row]
    count: int


def _needed(rule: Rule, shown: Iterable[str]) -> tuple[str, ...]:
    """The measures that a rule or a table asks for."""
    asked = {*shown, *(name for each in rule.components for name in (each.part, each.whole))}
    return tuple(name for name in NAMES if name in asked)


def _points(rule: Rule) -> str:
    """The score of `c` among its peers `p`, before bonus and what is given elsewhere, as SQL."""
    points, weights = [], []
    for each in rule.components:
        if each.shape is Shape.GIVEN:
            continue
        whole = {
            Shape.PORTION: f'p."most_{each.part}"',
            Shape.REST_OF_ALL: f'p."total_{each.part}"',
        }.get(each.shape, f'c."{each.whole}"')
        share = f'c."{each.part}"::float8 / nullif({whole}, 0)'
        if each.shape in {Shape.REST, Shape.REST_OF_ALL}:
            share = f"1 - {share}"
        points.append(f"coalesce({each.weight!r} * ({share}), 0)")
        weights.append(f"CASE WHEN {whole} <> 0 THEN {each.weight!r} ELSE 0 END")
    if not points:
        return "NULL::float8"
    whole_weight = sum(each.weight for each in rule.components)
    return (
        f"greatest(0, {whole_weight!r} / nullif({' + '.join(weights)}, 0) * ({' + '.join(points)}))"
    )


def _among(rule: Rule) -> tuple[str, ...]:
    """The measures of which the most, or the sum, of all peers is asked for."""
    shapes = {Shape.PORTION, Shape.REST_OF_ALL}
    return tuple(dict.fromkeys(each.part for each in rule.components if each.shape in shapes))


def _ranked(names: tuple[str, ...], rule: Rule, kept: str, fresh: str | None) -> str:
    columns = ", ".join(f'"{each}"' for each in names)
    sums = ", ".join(f'sum("{each}")::bigint AS "{each}"' for each in names)
    peers = "".join(
        f', max("{each}") AS "most_{each}", sum("{each}")::bigint AS "total_{each}"'
        for each in _among(rule)
    )
    head = f"WITH c AS MATERIALIZED ({kept})"
    if fresh:
        head = (
            f"WITH {FRESH}, c AS MATERIALIZED (SELECT subject, key, {sums}"
            f" FROM ({kept} UNION ALL {fresh}) r GROUP BY subject, key)"
        )
    return (
        f"{head}, p AS MATERIALIZED (SELECT count(*) AS peers{peers} FROM c),"
        f" ranked AS MATERIALIZED (SELECT c.*, nullif({_points(rule)}, 0) AS points FROM c CROSS JOIN p),"
        " best AS (SELECT * FROM ranked ORDER BY points DESC NULLS LAST, key LIMIT :best),"
        f" shown AS (SELECT subject, key, {columns} FROM best UNION"
        f" SELECT subject, key, {columns} FROM ranked WHERE key = ANY (:noted))"
        " SELECT * FROM shown CROSS JOIN p"
    )


def ranking(
    session: Session,
    evaluated: Evaluated,
    span: Span,
    *,
    at: datetime,
    most: int,
    shown: Iterable[str] = (),
    key: str | None = None,
) -> Ranking:
    """The best of `evaluate`, or only `key`, with the counts that the score or a table needs.

    Of areas and units the database finds who they are: nobody else's numbers are looked at here.
    """
    rule = rule_on(session, evaluated, span.until - timedelta(days=1))
    if evaluated not in SUBJECTS:
        rows = evaluate(session, evaluated, span, at=at, rule=rule)
        found = rows if key is None else [row for row in rows if row.key == key]
        return Ranking(found[:most], len(rows))
    given, bonus = _brought(session, evaluated, span)
    names = _needed(rule, shown)
    wanted = Wanted(SUBJECTS[evaluated], span, names=names)
    kept, more, values = statements(wanted, "subject, key", today=city_date(at))
    lag = behind(session, at=at)
    values |= {"best": 0 if key else most, "noted": [key] if key else [*given, *bonus]}
    session.execute(PLAINLY)
    answer = session.execute(
        text(_ranked(names, rule, kept, more if lag else None)),
        {**values, **(lag.bound if lag else {})},
    ).all()
    if not answer:
        return Ranking([], 0)
    first = answer[0]._mapping  # noqa: SLF001 - the public way to a row's columns by name
    peers = Peers(
        {name: first[f"most_{name}"] for name in _among(rule)},
        {name: first[f"total_{name}"] for name in _among(rule)},
    )
    rows = [
        Row(
            evaluated,
            Subject(row[0]),
            row[1],
            "",
            score(
                rule,
                Figures({name: n for name, n in zip(names, row[2:], strict=False) if n}),
                peers,
                given=given[row[1]],
                bonus=bonus[row[1]],
            ),
        )
        for row in answer
    ]
    return Ranking(_in_order(rows)[:most], first["peers"])


def standing(
    session: Session, evaluated: Evaluated, key: str, span: Span, *, at: datetime
) -> Row | None:
    """One of those who are scored together, with all counts; None where there is nothing of it."""
    found = ranking(session, evaluated, span, at=at, most=2, key=key).rows
    if not found:
        return None
    row = found[0]
    if row.subject is None:
        return row
    every = totals(session, row.subject, span, keys=(key,), at=at)[key, ""]
    return replace(row, score=replace(row.score, figures=every))


def published(session: Session, evaluated: Evaluated, span: Span) -> EvaluationPeriod | None:
    """The publication of a period, if there is one."""
    return session.scalars(
        select(EvaluationPeriod).where(
            EvaluationPeriod.subject == evaluated.value,
            EvaluationPeriod.since == span.since,
            EvaluationPeriod.until == span.until,
        )
    ).first()


def results_of(
    session: Session, period: EvaluationPeriod, keys: Collection[str] | None = None
) -> dict[str, EvaluationResult]:
    """What was published, of these keys or of all, by key."""
    asked = select(EvaluationResult).where(EvaluationResult.period_id == period.id)
    if keys is not None:
        asked = asked.where(EvaluationResult.key.in_(keys))
    rows = session.scalars(asked)
    return {row.key: row for row in rows}


def cases_of_person(
    session: Session, user_id: int, verb: str, span: Span, *, before: int | None, limit: int
) -> tuple[Sequence[Case], int | None]:
    """The cases on which somebody did a deed in a span, the latest first, and where further ones begin."""
    begin, end = (datetime.combine(day, time(), CITY_ZONE) for day in (span.since, span.until))
    asked = (
        select(CaseHistory.case_id)
        .distinct()
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
