"""What is held in memory of the rules beside the rules themselves: their reasons in English."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.kit.reference import Cached
from dispatch.routing.model import RoutingRule


def english_reasons(session: Session) -> Mapping[str, str]:
    """The reasons written beside the rules, Chinese → English, as far as somebody has written them."""
    return _english.get(session)


def _load(session: Session) -> Mapping[str, str]:
    asked = select(RoutingRule.reason, RoutingRule.reason_en).where(RoutingRule.reason_en != "")
    return {row.reason: row.reason_en for row in session.execute(asked.distinct())}


_english = Cached("routing", _load)
