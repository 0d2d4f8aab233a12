"""The door of patrols: an inspector's consent, shift and track; for leaders the team and what it covered."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import Depends, Header, Query
from sqlalchemy.orm import Session

from dispatch.kit import audit, clock
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.errors import NotAllowed, invalid
from dispatch.kit.http import Db
from dispatch.kit.idempotency import claim, keep_answer
from dispatch.kit.routes import Router
from dispatch.patrol import commands, queries, schemas
from dispatch.patrol.policy import WATCHERS
from dispatch.patrol.settings import is_working_time, patrol_rules
from dispatch.people.http import require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person

router = Router(prefix="/api/v1/patrol", tags=["patrol"])

Inspector = Annotated[Person, Depends(require(Permission.PATROL))]
Watcher = Annotated[Person, Depends(require(Permission.PATROL_WATCH))]
Anyone = Annotated[Person, Depends(require(Permission.PATROL, Permission.PATROL_WATCH))]
Key = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200, description="UUID")
]
#: A leader who keeps the page open has looked once in so long.
LOOKED: timedelta = timedelta(minutes=10)
MOST_DAYS = 92


def midnight(day: date) -> datetime:
    """When a day begins in the city."""
    return datetime.combine(day, time(), CITY_ZONE)


def today() -> date:
    """The city's day."""
    return clock.now().astimezone(CITY_ZONE).date()


@router.get("")
def show_patrol(session: Db, person: Inspector) -> schemas.PatrolOut:
    """Consent, shift and rules."""
    return standing(session, person)


def standing(session: Session, person: Person) -> schemas.PatrolOut:
    """How an inspector stands now."""
    user_id = person.id or 0
    text, consent = queries.current_text(session), queries.consent_of(session, user_id)
    shift = queries.open_shift(session, user_id)
    rules = asdict(patrol_rules(session))
    return schemas.PatrolOut(
        text=schemas.ConsentTextOut(version=text.version, zh=text.zh, en=text.en) if text else None,
        consent_version=consent.version if consent else None,
        consent_given_at=consent.given_at if consent else None,
        shift=schemas.ShiftOut.of(shift) if shift else None,
        working_time=is_working_time(session, clock.now()),
        rules=schemas.RulesOut.model_validate(rules),
    )


@router.post("/consent")
def give_consent(session: Db, person: Inspector, body: schemas.ConsentIn) -> schemas.PatrolOut:
    """Agree to the text that holds now; 409 `consent_text_changed` for an older one."""
    commands.give_consent(session, person, version=body.version, at=clock.now())
    return standing(session, person)


@router.delete("/consent")
def withdraw_consent(session: Db, person: Inspector) -> schemas.PatrolOut:
    """Take consent back; the points kept so far are deleted."""
    commands.withdraw_consent(session, person, at=clock.now())
    return standing(session, person)


def _once(
    session: Session, person: Person, key: str | None, content: Mapping[str, Any]
) -> dict[str, Any] | None:
    if key is None or person.id is None:
        return None
    return claim(session, person_id=person.id, key=key, content=content, at=clock.now())


def _turn(
    session: Session, person: Person, body: schemas.TurnIn, key: str | None, *, way: str
) -> schemas.ShiftOut:
    content = {"way": way, **body.model_dump(mode="json")}
    known = _once(session, person, key, content)
    if known:
        return schemas.ShiftOut.model_validate(known)
    now = clock.now()
    if way == "in":
        shift = commands.start_shift(session, person, began=body.at, fix=body.fix(), at=now)
    else:
        shift = commands.end_shift(session, person, ended=body.at, fix=body.fix(), at=now)
    made = schemas.ShiftOut.of(shift)
    if key is not None and person.id is not None:
        keep_answer(session, person_id=person.id, key=key, answer=made.model_dump(mode="json"))
    return made


@router.post("/sign-in")
def sign_in(
    session: Db, person: Inspector, body: schemas.TurnIn, key: Key = None
) -> schemas.ShiftOut:
    """签到: begin a shift; whoever is on one stays on it."""
    return _turn(session, person, body, key, way="in")


@router.post("/sign-out")
def sign_out(
    session: Db, person: Inspector, body: schemas.TurnIn, key: Key = None
) -> schemas.ShiftOut:
    """签退: end the shift."""
    return _turn(session, person, body, key, way="out")


@router.post("/points")
def give_points(session: Db, person: Inspector, body: schemas.PointsIn) -> schemas.KeptOut:
    """A batch of the track; the same point again is kept once, what may not be kept is dropped."""
    fixes = [each.fix() for each in body.points]
    kept = commands.keep_points(session, person, fixes=fixes, at=clock.now())
    return schemas.KeptOut(stored=kept.stored, refused=dict(kept.refused))


@router.get("/team")
def show_team(session: Db, person: Watcher) -> schemas.TeamOut:
    """Who is on shift, where they were seen last, and what they covered today."""
    members = team_members(session, person, day=today())
    return schemas.TeamOut(day=today(), items=[schemas.MemberOut.of(each) for each in members])


def team_members(session: Session, person: Person, *, day: date) -> list[queries.Member]:
    """The team of a leader; that they looked is written into the audit log."""
    members = queries.team_of(session, person, day=day, begin=midnight(day))
    since = clock.now() - LOOKED
    if not queries.looked_since(session, person, "patrol.team_seen", since=since):
        _audit(session, person, "patrol.team_seen", "patrol:team", {"people": len(members)})
    return members


@router.get("/people/{user_id}/track")
def show_track(
    session: Db, person: Anyone, user_id: int, day: Annotated[date | None, Query()] = None
) -> schemas.TrackOut:
    """A day's track: one's own, or of somebody one answers for; the look is audited."""
    return track_for(session, person, user_id, day=day or today())


def track_for(session: Session, person: Person, user_id: int, *, day: date) -> schemas.TrackOut:
    """Somebody's way of a day; looking at another's is written into the audit log."""
    user = queries.watched_user(session, person, user_id)
    begin = midnight(day)
    points = queries.track_of(session, user.id, since=begin, until=begin + timedelta(days=1))
    if user.id != person.id:
        details = {"day": day.isoformat(), "points": len(points)}
        _audit(session, person, "patrol.track_seen", f"user:{user.id}", details)
    return schemas.TrackOut(
        user_id=user.id,
        name=user.display_name,
        day=day,
        points=[schemas.SpotOut.of(each) for each in points],
    )


@router.get("/coverage")
def show_coverage(
    session: Db,
    person: Anyone,
    first: date,
    last: date,
    working_grid: Annotated[list[str], Query(min_length=1, max_length=50)],
) -> schemas.CoverageOut:
    """Which unit grids of working grids were covered in a span of days."""
    _check_span(person, first, last, working_grid)
    rows = queries.coverage_of(session, working_grids=working_grid, first=first, last=last)
    return schemas.CoverageOut(
        first=first,
        last=last,
        sizes=dict(queries.grid_sizes(session, set(working_grid))),
        items=[schemas.GridCoverageOut.of(each) for each in rows],
    )


def _check_span(person: Person, first: date, last: date, grids: list[str]) -> None:
    if not person.has(*WATCHERS) and not set(grids) <= person.working_grids:
        raise NotAllowed("not_your_grid", "只能查看自己的责任网格", "Only your own working grids")
    prefix = person.district_code
    if prefix and person.has(*WATCHERS) and not all(each.startswith(prefix) for each in grids):
        raise NotAllowed("not_your_grid", "只能查看本区的责任网格", "Only your district's grids")
    if not timedelta() <= last - first <= timedelta(days=MOST_DAYS):
        raise invalid(
            "last",
            f"一次最多查询 {MOST_DAYS} 天,且结束日不早于开始日",
            f"At most {MOST_DAYS} days at once, the last not before the first",
            code="span_too_long",
        )


def _audit(
    session: Session, person: Person, action: str, subject: str, details: dict[str, Any]
) -> None:
    audit.record(
        session,
        action,
        subject=subject,
        actor=person.username or person.name,
        actor_id=person.id,
        details=details,
    )
