"""Deeds on the citizens' map: take a live report, give a feed its key."""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from dispatch.facilities.hours import parse_hours
from dispatch.facilities.model import Facility, FacilityKey, FacilityKind
from dispatch.facilities.queries import facility_by_code, key_holder
from dispatch.jurisdiction.reference import locate
from dispatch.kit import audit, spatial
from dispatch.kit.audit import Actor
from dispatch.kit.db import Json
from dispatch.kit.errors import Conflict, Field, NotAllowed, NotFound, NotLoggedIn, invalid

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


EDITED: Final = (
    "name",
    "address",
    "opening_hours",
    "accessible",
    "spaces_total",
    "active",
)


@dataclass(frozen=True)
class FacilityChange:
    """What an administrator sets of a facility; the place in WGS-84/CGCS2000 degrees."""

    name: str
    address: str
    opening_hours: str
    accessible: bool
    spaces_total: int | None
    active: bool
    longitude: float
    latitude: float


def add_facility(
    session: Session, *, code: str, kind: FacilityKind, change: FacilityChange, by: Actor
) -> Facility:
    """A new facility. Raises InvalidInput, and Conflict for a code that is taken."""
    if not 1 <= len(code) <= 40:
        raise invalid("code", "请填写编号(最多 40 位)", "Give a code (40 characters at most)")
    if facility_by_code(session, code) is not None:
        words = f"编号 {code} 已被使用", f"The code {code} is taken"
        raise Conflict("code_taken", *words, [Field("code", *words)])
    made = Facility(code=code, kind=kind, name=change.name, geom="")
    _write(session, made, change)
    session.add(made)
    _told(session, "facility_added", made, {}, by=by)
    return made


def edit_facility(
    session: Session, code: str, change: FacilityChange, *, by: Actor, seen: int
) -> Facility:
    """Change a facility. Raises NotFound, InvalidInput and StaleVersion."""
    found = session.scalar(select(Facility).where(Facility.code == code).with_for_update())
    if found is None:
        raise NotFound("no_such_facility", f"没有设施 {code}", f"There is no facility {code}")
    audit.expect_version(session, f"facility:{code}", seen)
    before = audit.snapshot(found, EDITED)
    _write(session, found, change)
    _told(session, "facility_edited", found, before, by=by)
    return found


def set_key_enabled(session: Session, handle: str, *, enabled: bool, by: Actor) -> FacilityKey:
    """Let a feed report, or not any more; its key is named by the beginning of its hash in hex."""
    keys = session.scalars(select(FacilityKey)).all()
    found = next((key for key in keys if key.key_hash.hex()[:16] == handle), None)
    if found is None:
        raise NotFound("no_such_key", "没有这个密钥", "There is no such key")
    before, found.enabled = found.enabled, enabled
    audit.changed(
        session,
        "facility_key_changed",
        subject=f"facility_key:{found.name}",
        by=by,
        changes=audit.differences({"enabled": before}, {"enabled": enabled}),
    )
    return found


def _write(session: Session, row: Facility, change: FacilityChange) -> None:
    if not 1 <= len(change.name) <= 100:
        raise invalid("name", "请填写名称(最多 100 字)", "Give a name (100 characters at most)")
    if parse_hours(change.opening_hours) is None:
        raise invalid(
            "opening_hours",
            "开放时间无法识别,请写成 24/7、06:00-22:00 或 Mo-Fr 08:00-20:00",
            "The hours cannot be read: write 24/7, 06:00-22:00 or Mo-Fr 08:00-20:00",
        )
    if locate(session, change.longitude, change.latitude) is None:
        raise invalid(
            "longitude",
            "位置不在本市网格内,请在地图上重新标出",
            "The place lies in no unit grid: mark it on the map again",
        )
    row.name, row.address, row.opening_hours = change.name, change.address, change.opening_hours
    row.accessible, row.spaces_total = change.accessible, change.spaces_total
    row.active = change.active
    row.geom = spatial.point(change.longitude, change.latitude)


def _told(session: Session, action: str, row: Facility, before: Json, *, by: Actor) -> None:
    session.flush()
    changes = audit.differences(before, audit.snapshot(row, EDITED))
    audit.changed(session, action, subject=f"facility:{row.code}", by=by, changes=changes)
