"""Deeds of evaluation: a new version of a rule, points that people bring, and publishing a period."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from dispatch.kit import audit
from dispatch.kit.clock import city_date
from dispatch.kit.errors import Conflict, NotFound, invalid
from dispatch.people.policy import Person
from dispatch.supervision.measures import Span
from dispatch.supervision.model import (
    EvaluationEntry,
    EvaluationPeriod,
    EvaluationResult,
    EvaluationRule,
)
from dispatch.supervision.queries.scores import evaluate, published, rule_on
from dispatch.supervision.scoring import Component, Evaluated


def _checked(components: Sequence[Mapping[str, Any]], bands: Sequence[tuple[str, float]]) -> None:
    total = sum(Component.of(each).weight for each in components)
    if abs(total - 100) > 1e-6 or any(float(each["weight"]) < 0 for each in components):
        raise invalid(
            "weight",
            f"权重之和应为 100,现在是 {total:g}",
            f"The weights must come to 100; they come to {total:g}",
        )
    bounds = [least for _, least in bands]
    if not bands or bounds != sorted(bounds, reverse=True) or len(set(bounds)) != len(bounds):
        raise invalid(
            "bands",
            "各档分数应从高到低,互不相同",
            "The bands must fall from the best to the last, each with a score of its own",
        )


def add_rule(
    session: Session,
    evaluated: Evaluated,
    *,
    valid_from: date,
    components: Sequence[Mapping[str, Any]],
    bands: Sequence[tuple[str, float]],
    note: str,
    by: Person,
    at: datetime,
) -> EvaluationRule:
    """A new version that holds from a day on; published periods keep the one they were scored by."""
    _checked(components, bands)
    row = EvaluationRule(
        subject=evaluated.value,
        valid_from=valid_from,
        components=[dict(each) for each in components],
        bands=[list(each) for each in bands],
        note=note,
        by_id=by.id,
        at=at,
    )
    session.add(row)
    session.flush()
    audit.changed(
        session,
        "evaluation.rule",
        subject=f"evaluation_rule:{evaluated}",
        by=by,
        changes={"valid_from": [None, valid_from.isoformat()]},
    )
    return row


def add_entry(
    session: Session,
    evaluated: Evaluated,
    key: str,
    span: Span,
    *,
    component: str,
    value: float,
    reason: str,
    by: Person,
    at: datetime,
) -> EvaluationEntry:
    """A bonus or malus (no component), or the points out of 100 of a component that is scored elsewhere."""
    if not reason.strip():
        raise invalid("reason", "请写明依据", "Give the reason")
    low, high = (0, 100) if component else (-20, 20)
    if not low <= value <= high:
        raise invalid(
            "value", f"分值应在 {low} 至 {high} 之间", f"The points lie between {low} and {high}"
        )
    row = EvaluationEntry(
        subject=evaluated.value,
        key=key,
        since=span.since,
        until=span.until,
        component=component,
        value=value,
        reason=reason.strip(),
        by_id=by.id,
        at=at,
    )
    session.add(row)
    session.flush()
    audit.changed(
        session,
        "evaluation.entry",
        subject=f"evaluation_entry:{row.id}",
        by=by,
        changes={"value": [None, value]},
    )
    return row


def end_entry(session: Session, entry_id: int, *, by: Person, at: datetime) -> EvaluationEntry:
    """Take such points back; the row stays. Raises NotFound."""
    row = session.get(EvaluationEntry, entry_id)
    if row is None or row.ended_at is not None:
        raise NotFound("no_entry", "没有这条加减分", "There is no such entry")
    row.ended_at = at
    session.flush()
    audit.changed(
        session,
        "evaluation.entry_ended",
        subject=f"evaluation_entry:{row.id}",
        by=by,
        changes={"ended_at": [None, at.isoformat()]},
    )
    return row


def publish(
    session: Session, evaluated: Evaluated, span: Span, *, note: str, by: Person, at: datetime
) -> EvaluationPeriod:
    """Freeze a period that is over: what stands now is what was published. Raises Conflict."""
    if span.until > city_date(at):
        raise Conflict(
            "period_not_over",
            "评价周期尚未结束,结束后才能公布",
            "The period is not over yet: publish it when it is",
        )
    if published(session, evaluated, span) is not None:
        raise Conflict(
            "published_already", "这一周期已经公布", "This period has been published already"
        )
    rule = rule_on(session, evaluated, span.until - timedelta(days=1))
    period = EvaluationPeriod(
        subject=evaluated.value,
        since=span.since,
        until=span.until,
        rule_id=rule.id,
        note=note,
        by_id=by.id,
        published_at=at,
    )
    session.add(period)
    session.flush()
    for row in evaluate(session, evaluated, span, at=at, rule=rule):
        session.add(
            EvaluationResult(
                period_id=period.id,
                key=row.key,
                counts=dict(row.score.figures),
                parts=[
                    {"key": each.component.key, "share": each.share, "points": each.points}
                    for each in row.score.parts
                ],
                score=row.score.points,
                grade=row.score.grade,
            )
        )
    session.flush()
    audit.changed(
        session,
        "evaluation.published",
        subject=f"evaluation_period:{period.id}",
        by=by,
        changes={"published_at": [None, at.isoformat()]},
    )
    return period
