"""What a demonstration's office has published of its past: months of evaluation, bulletins; and what stands out."""

from datetime import date, datetime, time, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.bulletins.commands import write
from dispatch.bulletins.commands.publish import publish as publish_bulletin
from dispatch.bulletins.model import BulletinKind
from dispatch.bulletins.queries.listing import rule_of
from dispatch.bulletins.states import Days, before, month_of, week_of
from dispatch.hotspots import commands as hotspots
from dispatch.kit.clock import CITY_ZONE, city_date
from dispatch.people.model import Role, User
from dispatch.people.policy import SYSTEM
from dispatch.people.queries import person_of
from dispatch.supervision.commands.evaluate import add_entry, publish
from dispatch.supervision.measures import Span
from dispatch.supervision.queries.scores import evaluate
from dispatch.supervision.scoring import Evaluated

#: Points that other offices give districts each month, of a hundred.
_GIVEN: Final = {"dust": (92, 88, 85, 90, 83), "illegal_building": (90, 94, 87, 85, 91)}


def _moment(day: date) -> datetime:
    return datetime.combine(day, time(10), CITY_ZONE)


def publish_past(session: Session, *, now: datetime) -> int:
    """The month before last is published, as evaluation and as bulletins; the last one is left to be."""
    supervisor = session.scalars(
        select(User)
        .where(User.roles.contains([Role.SUPERVISOR.value]), User.synthetic)
        .order_by(User.id)
        .limit(1)
    ).first()
    by = SYSTEM if supervisor is None else person_of(supervisor)
    last = before(month_of(city_date(now)))
    month = before(last)
    span, at = Span(month.first, last.first), _moment(last.first + timedelta(days=4))
    for of in (Evaluated.DISTRICT, Evaluated.DEPARTMENT, Evaluated.INSPECTOR):
        rows = evaluate(session, of, span, at=at)
        if of is Evaluated.DISTRICT:
            for component, points in _GIVEN.items():
                for row, value in zip(rows, points, strict=False):
                    reason = "市住建局、城管执法局月度考评(演示)"
                    add_entry(
                        session, of, row.key, span, component=component, value=value, reason=reason, by=by, at=at
                    )  # fmt: skip
        publish(session, of, span, note="经月度例会审定(演示数据)", by=by, at=at)
        if of is Evaluated.DEPARTMENT and len(rows) > 2:
            add_entry(
                session, of, rows[2].key, span,
                component="", value=2, reason="台风抢险有功,会后补记(演示)", by=by, at=at + timedelta(days=6),
            )  # fmt: skip
    week = before(week_of(city_date(now), begins=rule_of(session, BulletinKind.WECHAT).begins))
    found: list[tuple[BulletinKind, Days]] = [
        (BulletinKind.MONTHLY, month),
        (BulletinKind.HAZARDS, month),
        (BulletinKind.WECHAT, before(week)),
    ]
    for kind, days in found:
        made = write.ask(session, kind, days, by=by, at=now)
        write.write(session, made.id, at=now)
        publish_bulletin(session, made.id, by=by, at=now)
    return len(found)


def search_past(session: Session, *, now: datetime) -> int:
    """Look for hot spots as a night does; how many there are."""
    begun = hotspots.begin(session, last=city_date(now) - timedelta(days=1), at=now)
    return hotspots.search(session, begun.id, at=now)
