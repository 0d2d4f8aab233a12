"""What a row of knowledge, a text module or a call-back rule would do, before it is saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseReporter
from dispatch.cases.states import Stage
from dispatch.catalogue.reference import catalogue
from dispatch.hotline.queries.callbacks import rule_among
from dispatch.hotline.queries.knowledge import best_of
from dispatch.hotline.reference import RuleFacts, SnippetFacts, knowledge

LOOK_BACK: Final = timedelta(days=30)
#: How the words of a call-back sound with a case.
SAMPLE: Final = {"what": "雨水井盖", "number": "柳数管2026第11210001号"}


@dataclass(frozen=True)
class SnippetTrial:
    """A snippet as an agent sees it; with words of a caller also what appears for them, best first."""

    snippet: SnippetFacts
    said: str
    shown: Sequence[SnippetFacts] = ()

    @property
    def appears(self) -> bool:
        """Whether it is among what appears."""
        return any(each.id == self.snippet.id for each in self.shown)


@dataclass(frozen=True)
class CallbackTrial:
    """Over the last days: closed reports with a telephone, and the calls by the rules now and then."""

    days: int
    reports: int
    ruled: int
    now: float
    then: float


def try_snippet(
    session: Session, values: Mapping[str, Any], said: str, _at: datetime
) -> SnippetTrial:
    """What would stand beside a call in which `said` was written down."""
    draft = SnippetFacts(
        id=values["id"] or 0,
        kind=values["kind"],
        title=values["title"],
        text=values["text"],
        unit=values["unit"],
        phone=values["phone"],
        category_id=values["category_id"],
        group=values["group"],
        words=tuple(values["words"]),
    )
    others = [each for each in knowledge(session).snippets if each.id != draft.id]
    held = [*others, draft] if values["active"] else others
    if not said:
        return SnippetTrial(draft, "")
    known = catalogue(session)
    ranking = known.suggester.ranking(said, most=1)
    category = known.by_id[ranking[0].category_id] if ranking else None
    return SnippetTrial(draft, said, best_of(held, said, category))


def fill_sample(_session: Session, values: Mapping[str, Any], _said: str, _at: datetime) -> str:
    """A text module with the case of an example."""
    text: str = values["text"]
    for name, value in SAMPLE.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def try_callback_rule(
    session: Session, values: Mapping[str, Any], _said: str, at: datetime
) -> CallbackTrial:
    """How many of last month's closed reports would have been called with this rule, and how many are."""
    draft = RuleFacts(
        id=values["id"] or 0,
        channel=values["channel"],
        group=values["group"],
        share=values["share"],
        after_hours=values["after_hours"],
        most_attempts=values["most_attempts"],
        pause_hours=values["pause_hours"],
    )
    now = knowledge(session).rules
    others = [each for each in now if each.id != draft.id]
    then = [*others, draft] if values["active"] else others
    reports, ruled, calls = 0, 0, [0.0, 0.0]
    for row in session.execute(_closed(at - LOOK_BACK)):
        reports += row.reports
        for place, rules in enumerate((now, then)):
            rule = rule_among(rules, channel=row.channel, group=row.group)
            calls[place] += row.reports * rule.share if rule else 0.0
            ruled += row.reports if place and rule is draft else 0
    return CallbackTrial(LOOK_BACK.days, reports, ruled, *calls)


def _closed(since: datetime) -> Any:
    """Closed cases whose reporter left a number, by what rules tell apart."""
    reachable = (
        select(CaseReporter.id)
        .where(CaseReporter.case_id == Case.id, CaseReporter.phone.is_not(None))
        .exists()
    )
    return (
        select(Case.channel, Case.group, func.count().label("reports"))
        .where(Case.stage == Stage.CLOSED, Case.created_at >= since, reachable)
        .group_by(Case.channel, Case.group)
    )
