"""Deeds of patrols: give and take back consent, sign in and out, keep points of the track, forget them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dispatch.jurisdiction.reference import Location, locate, locate_many
from dispatch.kit import audit
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.errors import Conflict, InvalidInput, invalid
from dispatch.patrol import queries
from dispatch.patrol.model import Consent, ConsentText, Ending, Fix, Shift, TrackPoint
from dispatch.patrol.settings import PatrolRules, is_working_time, patrol_rules
from dispatch.people.policy import Person

#: A phone without net tells later what it did; no later than this.
LATE: Final = timedelta(hours=24)
#: How far a phone's clock may run ahead.
AHEAD: Final = timedelta(minutes=2)
BATCH: Final = 20_000
#: What the audit log calls the text of consent.
TEXT: Final = "patrol:consent"


@dataclass
class Kept:
    """How many points were kept, and how many not, by reason."""

    stored: int = 0
    refused: Counter[str] = field(default_factory=Counter)


def give_consent(session: Session, person: Person, *, version: int, at: datetime) -> Consent:
    """Agree to the text of `version`, which must be the one that holds now."""
    now_holds = queries.current_text(session)
    if now_holds is None or now_holds.version != version:
        raise Conflict(
            "consent_text_changed",
            "说明已更新,请阅读新版本后再同意",
            "The text has changed: read the new version and decide again",
            extra={"version": now_holds.version if now_holds else None},
        )
    user_id = _id(person)
    standing = queries.consent_of(session, user_id)
    if standing is not None and standing.version == version:
        return standing
    if standing is not None:
        standing.withdrawn_at = at
        session.flush()
    made = Consent(user_id=user_id, version=version, given_at=at)
    session.add(made)
    _note(session, person, "patrol.consent_given", {"version": version})
    session.flush()
    return made


def withdraw_consent(session: Session, person: Person, *, at: datetime) -> int:
    """Take consent back: nothing more is kept, and the points kept so far are deleted; how many."""
    user_id = _id(person)
    standing = queries.consent_of(session, user_id)
    if standing is not None:
        standing.withdrawn_at = at
    gone = session.execute(
        delete(TrackPoint).where(TrackPoint.user_id == user_id).returning(TrackPoint.at)
    ).all()
    if standing is not None or gone:
        _note(session, person, "patrol.consent_withdrawn", {"points_deleted": len(gone)})
    session.flush()
    return len(gone)


def add_text(
    session: Session,
    *,
    zh: str,
    en: str,
    by: Person,
    at: datetime,
    reason: str = "",
    seen: int | None = None,
) -> ConsentText:
    """A new version of the text; whoever agreed to an older one is asked again.

    Raises InvalidInput when a language is missing or nothing has changed, Conflict when another
    version than the `seen` one holds by now.
    """
    last = queries.current_text(session)
    _check_text(last, zh=zh, en=en, seen=seen)
    made = ConsentText(version=last.version + 1 if last else 1, zh=zh, en=en, valid_from=at)
    session.add(made)
    before = (last.version, last.zh, last.en) if last else (None, None, None)
    after = (made.version, zh, en)
    changes = {
        name: [old, new]
        for name, old, new in zip(("version", "zh", "en"), before, after, strict=True)
        if old != new
    }
    details = {"reason": reason} if reason else {}
    audit.changed(
        session, "patrol.consent_text", subject=TEXT, by=by, changes=changes, details=details
    )
    return made


def _check_text(last: ConsentText | None, *, zh: str, en: str, seen: int | None) -> None:
    if seen is not None and last is not None and last.version != seen:
        raise Conflict(
            "consent_text_changed",
            f"他人已发布第 {last.version} 版,请看过后再发布",
            f"Somebody else has published version {last.version}; look at it, then publish yours",
        )
    for name, text_given in (("zh", zh), ("en", en)):
        if not text_given.strip():
            raise invalid(
                name,
                "请写明记录什么、做什么用、谁能看到、保存多久、怎样撤回",
                "Say what is recorded, what for, who sees it, for how long, and how to withdraw",
            )
    if last is not None and (last.zh, last.en) == (zh, en):
        raise invalid("zh", "内容没有变化", "Nothing has changed")


def start_shift(
    session: Session, person: Person, *, began: datetime, fix: Fix | None, at: datetime
) -> Shift:
    """Sign in (签到) as of `began`; whoever is on shift already stays on it."""
    user_id = _id(person)
    _check_time(began, at)
    current = queries.open_shift(session, user_id, lock=True)
    if current is not None:
        return current
    if queries.shifts_between(session, user_id, since=began, until=at):
        raise Conflict(
            "shift_overlaps",
            "签到时间与已有的班次重叠",
            "Another shift of yours reaches into that time",
        )
    made = Shift(user_id=user_id, started_at=began)
    if fix is not None:
        made.start_longitude, made.start_latitude = fix.longitude, fix.latitude
        made.start_accuracy_m = fix.accuracy_m
        place = locate(session, fix.longitude, fix.latitude)
        made.start_grid = place.grid_code if place else None
    session.add(made)
    session.flush()
    return made


def end_shift(
    session: Session, person: Person, *, ended: datetime, fix: Fix | None, at: datetime
) -> Shift:
    """Sign out (签退) as of `ended`. Raises Conflict when nobody has signed in."""
    _check_time(ended, at)
    current = queries.open_shift(session, _id(person), lock=True)
    if current is None:
        raise Conflict("not_on_shift", "您还没有签到", "You have not signed in")
    if ended <= current.started_at:
        raise invalid("at", "签退应晚于签到", "Signing out comes after signing in")
    current.ended_at, current.ending = ended, Ending.PERSON
    if fix is not None:
        current.end_longitude, current.end_latitude = fix.longitude, fix.latitude
        current.end_accuracy_m = fix.accuracy_m
    session.flush()
    return current


def keep_points(session: Session, person: Person, *, fixes: Sequence[Fix], at: datetime) -> Kept:
    """Keep what may be kept: by consent, on shift, in working time, accurate enough, not too old.

    The same point again is kept once. What may not be kept is dropped and counted by reason.
    """
    user_id, kept = _id(person), Kept()
    consent = queries.consent_of(session, user_id)
    if consent is None or not fixes:
        kept.refused["no_consent"] += len(fixes)
        return kept
    times = [fix.at for fix in fixes]
    shifts = queries.shifts_between(session, user_id, since=min(times), until=max(times))
    rules = patrol_rules(session)
    wanted: dict[datetime, tuple[Fix, int]] = {}
    for fix in fixes:
        shift = next((each for each in shifts if _holds(each, fix.at)), None)
        why = _why_not(session, fix, consent, shift, rules, at=at)
        if why is not None or shift is None:
            kept.refused[why or "off_shift"] += 1
        else:
            wanted[fix.at] = (fix, shift.id)
    kept.stored = _store(session, user_id, list(wanted.values()))
    kept.refused["known"] += len(fixes) - sum(kept.refused.values()) - kept.stored
    kept.refused += Counter()
    return kept


def _why_not(
    session: Session,
    fix: Fix,
    consent: Consent,
    shift: Shift | None,
    rules: PatrolRules,
    *,
    at: datetime,
) -> str | None:
    checks = (
        ("before_consent", fix.at < consent.given_at),
        ("off_shift", shift is None),
        ("ahead", fix.at > at + AHEAD),
        ("too_old", fix.at < at - rules.kept_for),
        ("inaccurate", fix.accuracy_m > rules.accuracy_m),
        ("outside_hours", not is_working_time(session, fix.at)),
    )
    return next((name for name, holds in checks if holds), None)


def _holds(shift: Shift, at: datetime) -> bool:
    return shift.started_at <= at and (shift.ended_at is None or at <= shift.ended_at)


def _store(session: Session, user_id: int, wanted: Sequence[tuple[Fix, int]]) -> int:
    if not wanted:
        return 0
    fixes = [fix for fix, _ in wanted]
    places = locate_many(session, [f.longitude for f in fixes], [f.latitude for f in fixes])
    rows = [
        {
            "user_id": user_id,
            "at": fix.at,
            "shift_id": shift_id,
            "accuracy_m": fix.accuracy_m,
            "grid_code": place.grid_code if place else None,
            "geom": f"SRID=4490;POINT({fix.longitude!r} {fix.latitude!r})",
        }
        for (fix, shift_id), place in zip(wanted, places, strict=True)
    ]
    new = set(
        session.scalars(
            insert(TrackPoint).values(rows).on_conflict_do_nothing().returning(TrackPoint.at)
        )
    )
    placed = [
        (fix.at, place)
        for fix, place in zip(fixes, places, strict=True)
        if place is not None and fix.at in new
    ]
    _cover(session, user_id, placed)
    return len(new)


_COVER = text(
    """
INSERT INTO patrol_coverage (day, user_id, grid_code, working_grid, points, first_at, last_at)
VALUES (:day, :user_id, :grid_code, :working_grid, :points, :first_at, :last_at)
ON CONFLICT (user_id, day, grid_code) DO UPDATE SET
  points = patrol_coverage.points + excluded.points,
  first_at = least(patrol_coverage.first_at, excluded.first_at),
  last_at = greatest(patrol_coverage.last_at, excluded.last_at)
"""
)


def _cover(session: Session, user_id: int, placed: Sequence[tuple[datetime, Location]]) -> None:
    """Count the new points for the unit grids and city days that they lie in."""
    seen: dict[tuple[object, str], list[datetime]] = {}
    working: dict[str, str] = {}
    for at, place in placed:
        seen.setdefault((at.astimezone(CITY_ZONE).date(), place.grid_code), []).append(at)
        working[place.grid_code] = place.working_grid
    rows = [
        {
            "day": day,
            "user_id": user_id,
            "grid_code": code,
            "working_grid": working[code],
            "points": len(times),
            "first_at": min(times),
            "last_at": max(times),
        }
        for (day, code), times in sorted(seen.items(), key=lambda each: (str(each[0]), each[1]))
    ]
    if rows:
        session.execute(_COVER, rows)


def end_forgotten_shifts(session: Session, *, at: datetime) -> int:
    """Sign out whoever forgot to, after the city's number of hours; how many."""
    hours = patrol_rules(session).shift_hours
    done = session.execute(
        text(
            "UPDATE patrol_shifts SET ended_at = started_at + make_interval(hours => :hours), "
            "ending = 'clock' WHERE ended_at IS NULL "
            "AND started_at < :at - make_interval(hours => :hours) RETURNING id"
        ),
        {"hours": hours, "at": at},
    )
    return len(done.all())


def forget_points(session: Session, *, at: datetime) -> int:
    """Delete points older than the city keeps them; how many this time."""
    before = at - patrol_rules(session).kept_for
    done = session.execute(
        text(
            "DELETE FROM patrol_points WHERE (user_id, at) IN "
            "(SELECT user_id, at FROM patrol_points WHERE at < :before ORDER BY at LIMIT :most) "
            "RETURNING 1"
        ),
        {"before": before, "most": BATCH},
    )
    return len(done.all())


def _id(person: Person) -> int:
    if person.id is None:
        raise InvalidInput("not_staff", "只有工作人员可以签到", "Only staff sign in")
    return person.id


def _check_time(given: datetime, at: datetime) -> None:
    if not at - LATE <= given <= at + AHEAD:
        raise invalid(
            "at",
            "时间应在最近 24 小时之内;请检查手机的日期和时间",
            "The time must lie within the last 24 hours: check the date and time of the phone",
        )


def _note(session: Session, person: Person, action: str, details: dict[str, int]) -> None:
    audit.record(
        session,
        action,
        subject=f"user:{person.id}",
        actor=person.username or person.name,
        actor_id=person.id,
        details=dict(details),
    )
