"""Search for hot spots and repeats, and keep what was found in the place of older findings."""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from dispatch.hotspots.looking import clusters, pairs, parts, rising
from dispatch.hotspots.looking.frame import Found, Looked
from dispatch.hotspots.model import FindingKind, HotspotFinding, HotspotSearch
from dispatch.hotspots.policy import Rules, rules_of
from dispatch.supervision.commands.rollup import refresh

#: Searches whose findings are kept, the latest first.
KEPT: Final = 8
LOOKS: Final[dict[FindingKind, Callable[[Looked], Sequence[Found]]]] = {
    FindingKind.CLUSTER: clusters.clusters,
    FindingKind.PLACE: clusters.places,
    FindingKind.PART: parts.repeated,
    FindingKind.RISING: rising.rising,
    FindingKind.RETURNS: pairs.returns,
    FindingKind.RENEWAL: parts.renewal,
}


def begin(session: Session, *, last: date, at: datetime) -> HotspotSearch:
    """Write down that a search up to this day has begun."""
    rules = rules_of(session)
    made = HotspotSearch(
        first=last - timedelta(days=rules.days - 1), last=last, begun_at=at, settings=asdict(rules)
    )
    session.add(made)
    session.flush()
    return made


def search(session: Session, search_id: int, *, at: datetime) -> int:
    """Look for everything that is looked for, and keep it; how much was found."""
    refresh(session, at=at, wait=True)
    begun = session.get_one(HotspotSearch, search_id)
    looked = Looked(session, Rules(**begun.settings), first=begun.first, last=begun.last)
    rows, tested = [], {}
    for kind, look in LOOKS.items():
        found = look(looked)
        tested[kind.value] = looked.tested
        rows += [_row(search_id, kind, rank, each) for rank, each in enumerate(found, 1)]
    if rows:
        session.execute(insert(HotspotFinding), rows)
    begun.tested, begun.done_at = tested, at
    session.flush()
    forget_old(session)
    return len(rows)


def _row(search_id: int, kind: FindingKind, rank: int, found: Found) -> dict[str, Any]:
    return {"search_id": search_id, "kind": kind, "rank": rank, **asdict(found)}


def fail(session: Session, search_id: int, *, why: str) -> None:
    """A search broke off; the one before stays."""
    session.get_one(HotspotSearch, search_id).error = why[:500]
    session.flush()


def forget_old(session: Session) -> None:
    """Delete all but the latest searches, with their findings."""
    kept = select(HotspotSearch.id).order_by(HotspotSearch.id.desc()).limit(KEPT)
    session.execute(
        delete(HotspotSearch)
        .where(HotspotSearch.id.not_in(kept))
        .execution_options(synchronize_session=False)
    )
