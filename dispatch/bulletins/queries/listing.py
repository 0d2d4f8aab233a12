"""The bulletins that there are: in a list, one by its id, its corrections, and what is set for each kind."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from sqlalchemy import func, literal, select, text, tuple_
from sqlalchemy.orm import Session, defer

from dispatch.bulletins.model import Bulletin, BulletinKind, BulletinRule, BulletinStatus
from dispatch.bulletins.states import Days, latest_due
from dispatch.kit.db import Json
from dispatch.kit.errors import NotFound

#: Files that were asked for so long ago and are not there are asked for again.
PATIENCE: Final = timedelta(minutes=10)


def bulletins_found(
    session: Session,
    *,
    kind: BulletinKind | None = None,
    published_only: bool = False,
    public_only: bool = False,
    after: tuple[date, int] | None = None,
    limit: int,
) -> Sequence[Bulletin]:
    """Bulletins without their content, those of the latest days first."""
    query = select(Bulletin).options(defer(Bulletin.content))
    if kind is not None:
        query = query.where(Bulletin.kind == kind)
    if published_only or public_only:
        query = query.where(Bulletin.status == BulletinStatus.PUBLISHED)
    if public_only:
        shown = select(BulletinRule.kind).where(BulletinRule.public)
        query = query.where(Bulletin.kind.in_(shown))
    if after is not None:
        query = query.where(tuple_(Bulletin.last, Bulletin.id) < after)
    return session.scalars(
        query.order_by(Bulletin.last.desc(), Bulletin.id.desc()).limit(limit)
    ).all()


def bulletin_by_id(session: Session, bulletin_id: int, *, lock: bool = False) -> Bulletin:
    """One bulletin; NotFound."""
    query = select(Bulletin).where(Bulletin.id == bulletin_id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise _missing()
    return found


def public_bulletin(session: Session, bulletin_id: int) -> Bulletin:
    """One that everybody may read; NotFound."""
    found = bulletin_by_id(session, bulletin_id)
    if found.status != BulletinStatus.PUBLISHED or not rule_of(session, found.kind).public:
        raise _missing()
    return found


def _missing() -> NotFound:
    return NotFound("no_such_bulletin", "没有这份通报", "There is no such bulletin")


def original_of(session: Session, kind: BulletinKind, days: Days) -> Bulletin | None:
    """The bulletin of these days that is no correction."""
    return session.scalar(
        select(Bulletin).where(
            Bulletin.kind == kind,
            Bulletin.first == days.first,
            Bulletin.last == days.last,
            Bulletin.corrects_id.is_(None),
        )
    )


def corrections_of(
    session: Session, bulletin_id: int, *, published_only: bool = True
) -> Sequence[Bulletin]:
    """What was published as a correction of it, in order."""
    query = (
        select(Bulletin).options(defer(Bulletin.content)).where(Bulletin.corrects_id == bulletin_id)
    )
    if published_only:
        query = query.where(Bulletin.status == BulletinStatus.PUBLISHED)
    return session.scalars(query.order_by(Bulletin.id)).all()


def rule_of(session: Session, kind: str) -> BulletinRule:
    """What is set for a kind; NotFound where the installation has no such row."""
    found = session.get(BulletinRule, kind)
    if found is None:
        raise NotFound(
            "no_bulletin_rule",
            "没有这类通报的设置，请先运行 dispatch seed",
            "Nothing is set for this kind of bulletin: run `dispatch seed`",
        )
    return found


def rules(session: Session) -> Sequence[BulletinRule]:
    """What is set for every kind."""
    return session.scalars(select(BulletinRule).order_by(BulletinRule.kind)).all()


def due(session: Session, *, at: datetime) -> list[tuple[BulletinKind, Days]]:
    """What should have been begun by now and is not; only the last span, and only where there were cases."""
    found = []
    for rule in rules(session):
        kind = BulletinKind(rule.kind)
        days = latest_due(kind, day=rule.day, hour=rule.hour, begins=rule.begins, at=at)
        if rule.enabled and _has_cases(session, days) and original_of(session, kind, days) is None:
            found.append((kind, days))
    return found


_ANY_CASE: Final = text(
    "SELECT EXISTS (SELECT FROM cases WHERE created_at >= :since AND created_at < :until)"
)


def _has_cases(session: Session, days: Days) -> bool:
    return bool(session.scalar(_ANY_CASE, {"since": days.since, "until": days.until}))


def unfinished(session: Session, *, at: datetime) -> Sequence[int]:
    """Bulletins that were asked for a while ago, and whose words or files are not there."""
    return session.scalars(
        select(Bulletin.id)
        .where(
            Bulletin.files == literal({}, Bulletin.files.type),
            func.coalesce(Bulletin.published_at, Bulletin.as_of).between(
                at - timedelta(days=2), at - PATIENCE
            ),
        )
        .order_by(Bulletin.id)
        .limit(5)
    ).all()


_EXAMPLES: Final = text(
    """
SELECT c.id, c.number, k.name AS category, c.created_at, c.description, f.handled_at,
       c.department_id, c.result
FROM figure_cases f
JOIN cases c ON c.id = f.case_id
LEFT JOIN categories k ON k.id = c.category_id
WHERE f.reported_at >= :since AND f.reported_at < :until AND f.channel = 'wechat'
  AND f.closed_at IS NOT NULL AND c.outcome = 'fixed' AND coalesce(c.result, '') <> ''
  AND c.duplicate_of_id IS NULL
ORDER BY c.hazard DESC, coalesce(c.rating, 3) DESC, c.reporters_count DESC, f.handled_at - f.reported_at, c.id
LIMIT :most
"""
)


def examples(session: Session, days: Days, *, most: int) -> Sequence[Json]:
    """Cases of a week that show what came of a message: hazards and the well-rated first, then the quick."""
    rows = session.execute(
        _EXAMPLES, {"since": days.since, "until": days.until, "most": most}
    ).mappings()
    return [dict(row) for row in rows]
