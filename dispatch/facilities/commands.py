"""Deeds on the citizens' map: take a live report, give a feed its key."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from dispatch.facilities.model import Facility, FacilityKey, FacilityKind
from dispatch.facilities.queries import facility_by_code, key_holder
from dispatch.kit.errors import NotAllowed, NotFound, NotLoggedIn, invalid

#: A feed's clock may run ahead by this much; a later instant would shut out every report after it.
AHEAD: Final = timedelta(minutes=5)


def report_availability(
    session: Session,
    code: str,
    *,
    key: str | None,
    spaces_free: int | None,
    open_now: bool | None,
    said_at: datetime,
    at: datetime,
) -> tuple[Facility, bool]:
    """Store a live report unless a newer one is there; the facility and whether it was stored.

    Raises NotLoggedIn without a valid key, NotAllowed for a key of another kind, NotFound, and
    InvalidInput for more free spaces than there are or an instant in the future.
    """
    holder = key_holder(session, key) if key else None
    if holder is None:
        raise NotLoggedIn(
            "bad_facility_key",
            "设施密钥缺失或无效,请在 X-Facility-Key 请求头中提供",
            "The facility key is missing or wrong: send it in the X-Facility-Key header",
        )
    facility = facility_by_code(session, code)
    if facility is None:
        raise NotFound("no_such_facility", f"没有设施 {code}", f"There is no facility {code}")
    _check(facility, holder, spaces_free=spaces_free, said_at=said_at, at=at)
    changed = session.scalar(
        update(Facility)
        .where(
            Facility.id == facility.id,
            or_(Facility.availability_at.is_(None), Facility.availability_at <= said_at),
        )
        .values(
            availability_at=said_at,
            **({} if spaces_free is None else {"spaces_free": spaces_free}),
            **({} if open_now is None else {"open_reported": open_now}),
        )
        .returning(Facility.id)
        .execution_options(synchronize_session=False)
    )
    session.refresh(facility)
    holder.last_at, holder.last_code = at, facility.code
    session.flush()
    return facility, changed is not None


def give_key(session: Session, *, key: str, name: str, kind: FacilityKind | None) -> FacilityKey:
    """Let the holder of `key` report; only its hash is kept. `kind` None: for every kind."""
    return session.merge(
        FacilityKey(
            key_hash=hashlib.sha256(key.encode()).digest(), name=name, kind=kind, enabled=True
        )
    )


def _check(
    facility: Facility,
    holder: FacilityKey,
    *,
    spaces_free: int | None,
    said_at: datetime,
    at: datetime,
) -> None:
    if holder.kind is not None and holder.kind != facility.kind:
        raise NotAllowed(
            "other_kind_of_facility",
            f"此密钥仅可上报 {holder.kind} 类设施",
            f"This key may report facilities of the kind {holder.kind} only",
        )
    total = facility.spaces_total
    if spaces_free is not None and total is not None and spaces_free > total:
        raise invalid(
            "spaces_free",
            f"空余数 {spaces_free} 超过总数 {total},请核对",
            f"{spaces_free} spaces cannot be free of {total} in all: check the feed",
        )
    if said_at > at + AHEAD:
        raise invalid(
            "at",
            "上报时间晚于当前时间,请校准设备时钟",
            "The time lies in the future: set the clock of the feed",
        )
