"""What searches found: the last search, its findings by kind, one finding with its cases."""

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, func, select, true
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.hotspots.model import FindingKind, HotspotFinding, HotspotSearch
from dispatch.kit.errors import NotFound


def last_search(session: Session) -> HotspotSearch | None:
    """The latest search that came to its end."""
    return session.scalar(
        select(HotspotSearch)
        .where(HotspotSearch.done_at.is_not(None))
        .order_by(HotspotSearch.done_at.desc())
        .limit(1)
    )


def is_due(session: Session, *, last: date, at: datetime) -> bool:
    """Whether nobody has searched up to this day, and nobody has begun to within the hour."""
    known = select(HotspotSearch.id).where(
        HotspotSearch.last >= last,
        HotspotSearch.done_at.is_not(None) | (HotspotSearch.begun_at > at - timedelta(hours=1)),
    )
    return session.scalar(known.limit(1)) is None


def _within(district: str | None) -> ColumnElement[bool]:
    """The findings of a district, or all of them; what lies in no district is the city's."""
    return true() if district is None else HotspotFinding.district_code == district


def counts_of(session: Session, search_id: int, *, district: str | None = None) -> dict[str, int]:
    """How many findings of each kind a search has, in a district or in all."""
    rows = session.execute(
        select(HotspotFinding.kind, func.count())
        .where(HotspotFinding.search_id == search_id, _within(district))
        .group_by(HotspotFinding.kind)
    )
    return dict(rows.all())


def findings(
    session: Session,
    search_id: int,
    kind: FindingKind,
    *,
    limit: int,
    after: int = 0,
    district: str | None = None,
) -> Sequence[HotspotFinding]:
    """Findings of a kind in their order, after a rank; of a district, or all."""
    return session.scalars(
        select(HotspotFinding)
        .where(
            HotspotFinding.search_id == search_id,
            HotspotFinding.kind == kind,
            HotspotFinding.rank > after,
            _within(district),
        )
        .order_by(HotspotFinding.rank)
        .limit(limit)
    ).all()


def finding_by_id(
    session: Session, finding_id: int, *, district: str | None = None
) -> HotspotFinding:
    """One finding; NotFound, also where it lies outside the district."""
    found = session.get(HotspotFinding, finding_id)
    if found is None or district not in (None, found.district_code):
        raise NotFound(
            "no_such_finding",
            "没有这个发现，可能已被新的查找替换",
            "There is no such finding; a newer search may have taken its place",
        )
    return found


def cases_seen(
    session: Session, allowed: ColumnElement[bool], case_ids: Collection[int]
) -> Sequence[Case]:
    """Those of the cases that somebody may see, the latest first."""
    return session.scalars(
        select(Case).where(Case.id.in_(case_ids), allowed).order_by(Case.id.desc())
    ).all()
