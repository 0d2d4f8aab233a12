"""Look-ups of patrols: consent, shifts, where the team is now, a day's track, and what was covered."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from dispatch.jurisdiction.model import UnitGrid
from dispatch.kit.audit import AuditEntry
from dispatch.kit.errors import NotFound
from dispatch.patrol.model import Consent, ConsentText, Coverage, Shift, TrackPoint
from dispatch.patrol.policy import watched_by
from dispatch.people.model import User
from dispatch.people.policy import Person


@dataclass(frozen=True)
class Spot:
    """A point of a track; WGS-84/CGCS2000 degrees, accuracy in metres."""

    at: datetime
    longitude: float
    latitude: float
    accuracy_m: float
    grid_code: str | None


@dataclass(frozen=True)
class Member:
    """An inspector as the leader sees them: on shift since, last seen, unit grids covered today of all."""

    user_id: int
    name: str
    phone: str | None
    working_grids: tuple[str, ...]
    on_shift_since: datetime | None
    signed_out_at: datetime | None
    consents: bool
    last: Spot | None
    covered: int
    grids: int

    @property
    def share(self) -> float:
        """How much of the working grid was covered today, 0 to 1."""
        return self.covered / self.grids if self.grids else 0.0


@dataclass(frozen=True)
class GridCoverage:
    """How a unit grid was covered in a span of days: by how many people on how many days, last when."""

    grid_code: str
    working_grid: str
    people: int
    days: int
    last_at: datetime


def current_text(session: Session) -> ConsentText | None:
    """The version of the text that holds now."""
    return session.scalar(select(ConsentText).order_by(ConsentText.version.desc()).limit(1))


def texts_of_consent(session: Session, *, limit: int = 50) -> Sequence[tuple[ConsentText, int]]:
    """The versions of the text, the latest first, each with how many stand by it."""
    standing = (
        select(Consent.version, func.count().label("people"))
        .where(Consent.withdrawn_at.is_(None))
        .group_by(Consent.version)
        .subquery()
    )
    rows = session.execute(
        select(ConsentText, func.coalesce(standing.c.people, 0))
        .outerjoin(standing, standing.c.version == ConsentText.version)
        .order_by(ConsentText.version.desc())
        .limit(limit)
    )
    return [(row[0], row[1]) for row in rows]


def consent_of(session: Session, user_id: int) -> Consent | None:
    """The consent that stands; None when there is none or it was taken back."""
    return session.scalar(
        select(Consent).where(Consent.user_id == user_id, Consent.withdrawn_at.is_(None))
    )


def open_shift(session: Session, user_id: int, *, lock: bool = False) -> Shift | None:
    """The shift that somebody is on."""
    asked = select(Shift).where(Shift.user_id == user_id, Shift.ended_at.is_(None))
    return session.scalar(asked.with_for_update() if lock else asked)


def shifts_between(
    session: Session, user_id: int, *, since: datetime, until: datetime
) -> Sequence[Shift]:
    """The shifts that touch a span of time, the first first."""
    return session.scalars(
        select(Shift)
        .where(
            Shift.user_id == user_id,
            Shift.started_at <= until,
            (Shift.ended_at.is_(None)) | (Shift.ended_at >= since),
        )
        .order_by(Shift.started_at)
    ).all()


def track_of(
    session: Session, user_id: int, *, since: datetime, until: datetime, most: int = 5000
) -> list[Spot]:
    """The points of somebody's track in order, as long as they are kept."""
    rows = session.execute(
        select(
            TrackPoint.at,
            func.ST_X(TrackPoint.geom),
            func.ST_Y(TrackPoint.geom),
            TrackPoint.accuracy_m,
            TrackPoint.grid_code,
        )
        .where(TrackPoint.user_id == user_id, TrackPoint.at >= since, TrackPoint.at < until)
        .order_by(TrackPoint.at)
        .limit(most)
    )
    return [Spot(*row) for row in rows]


def watched_user(session: Session, viewer: Person, user_id: int) -> User:
    """The inspector, if this person answers for them or is them; NotFound otherwise."""
    own = User.id == viewer.id
    found = session.scalar(select(User).where(User.id == user_id, own | watched_by(viewer)))
    if found is None:
        raise NotFound(
            "no_such_inspector",
            "没有这名巡查员,或不属于您负责的范围",
            "There is no such inspector, or they are not of your area",
        )
    return found


_LAST = text(
    """
SELECT shift.user_id, point.at, ST_X(point.geom) AS longitude, ST_Y(point.geom) AS latitude,
       point.accuracy_m, point.grid_code
FROM patrol_shifts shift
CROSS JOIN LATERAL (
  SELECT * FROM patrol_points WHERE user_id = shift.user_id AND at >= shift.started_at
  ORDER BY at DESC LIMIT 1
) point
WHERE shift.ended_at IS NULL AND shift.user_id = ANY(:ids)
"""
)


def team_of(session: Session, viewer: Person, *, day: date, begin: datetime) -> list[Member]:
    """The inspectors that this person answers for: those on shift first, then by name."""
    users = session.scalars(select(User).where(watched_by(viewer)).order_by(User.username)).all()
    ids = [user.id for user in users]
    shifts = _shifts_today(session, ids, begin)
    last = {
        row.user_id: Spot(row.at, row.longitude, row.latitude, row.accuracy_m, row.grid_code)
        for row in session.execute(_LAST, {"ids": ids})
    }
    consents = set(
        session.scalars(
            select(Consent.user_id).where(Consent.user_id.in_(ids), Consent.withdrawn_at.is_(None))
        )
    )
    covered = _covered(session, ids, day)
    sizes = grid_sizes(session, {grid for user in users for grid in user.working_grids})
    made = [
        Member(
            user_id=user.id,
            name=user.display_name,
            phone=user.phone,
            working_grids=tuple(user.working_grids),
            on_shift_since=_since(shifts.get(user.id)),
            signed_out_at=_ended(shifts.get(user.id)),
            consents=user.id in consents,
            last=last.get(user.id),
            covered=covered.get(user.id, 0),
            grids=sum(sizes.get(grid, 0) for grid in user.working_grids),
        )
        for user in users
    ]
    return sorted(made, key=lambda each: (each.on_shift_since is None, each.signed_out_at is None))


def _since(shift: Shift | None) -> datetime | None:
    return shift.started_at if shift is not None and shift.ended_at is None else None


def _ended(shift: Shift | None) -> datetime | None:
    return None if shift is None else shift.ended_at


def _shifts_today(session: Session, ids: Sequence[int], begin: datetime) -> dict[int, Shift]:
    """The last shift of each that is open or ended today."""
    rows = session.scalars(
        select(Shift)
        .where(
            Shift.user_id.in_(ids),
            (Shift.ended_at.is_(None)) | (Shift.ended_at >= begin),
            Shift.started_at >= begin - timedelta(days=2),
        )
        .order_by(Shift.started_at)
    )
    return {row.user_id: row for row in rows}


def _covered(session: Session, ids: Sequence[int], day: date) -> dict[int, int]:
    """How many unit grids of their own working grids each has been in that day."""
    rows = session.execute(
        select(Coverage.user_id, func.count())
        .join(User, User.id == Coverage.user_id)
        .where(
            Coverage.user_id.in_(ids),
            Coverage.day == day,
            Coverage.working_grid == func.any(User.working_grids),
        )
        .group_by(Coverage.user_id)
    )
    return dict(rows.all())


def grid_sizes(session: Session, working_grids: set[str]) -> Mapping[str, int]:
    """How many unit grids each working grid has."""
    rows = session.execute(
        select(UnitGrid.working_grid_code, func.count())
        .where(UnitGrid.working_grid_code.in_(working_grids))
        .group_by(UnitGrid.working_grid_code)
    )
    return Counter(dict(rows.all()))


def coverage_of(
    session: Session,
    *,
    working_grids: Sequence[str],
    first: date,
    last: date,
    user_id: int | None = None,
) -> list[GridCoverage]:
    """How the unit grids of working grids were covered from the first to the last day, both included.

    Unit grids that nobody was in are not listed; `grid_sizes` says how many there are. For
    evaluation: the rows outlive the tracks that they were made from.
    """
    asked = (
        select(
            Coverage.grid_code,
            Coverage.working_grid,
            func.count(Coverage.user_id.distinct()),
            func.count(Coverage.day.distinct()),
            func.max(Coverage.last_at),
        )
        .where(Coverage.working_grid.in_(working_grids), Coverage.day.between(first, last))
        .group_by(Coverage.grid_code, Coverage.working_grid)
        .order_by(Coverage.grid_code)
    )
    if user_id is not None:
        asked = asked.where(Coverage.user_id == user_id)
    return [GridCoverage(*row) for row in session.execute(asked)]


def looked_since(session: Session, viewer: Person, action: str, *, since: datetime) -> bool:
    """Whether the audit log already says since then that this person looked."""
    return (
        session.scalar(
            select(AuditEntry.id)
            .where(
                AuditEntry.actor_id == viewer.id,
                AuditEntry.at >= since,
                AuditEntry.action == action,
            )
            .limit(1)
        )
        is not None
    )
