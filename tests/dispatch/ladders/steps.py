"""Steps of ladders for tests, and what the clock tells by them hour by hour."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.catalogue.model import Condition
from dispatch.kit import reference
from dispatch.kit.outbox import OutboxRow
from dispatch.ladders.commands import climb
from dispatch.ladders.model import LadderStep
from tests.factories.city import NOW, City

HOUR = timedelta(hours=1)
Told = list[tuple[float, int, str, int]]


def step(level: int, audience: str, **given: Any) -> LadderStep:
    fields = {"ladder": "ordinary", "clock": "handle", "light": "red", "way": "in_app"}
    return LadderStep(level=level, audience=audience, **{**fields, **given})


def add(session: Session, *rows: object) -> None:
    session.add_all(rows)
    session.flush()
    reference.forget_all()


def calm(session: Session, city: City) -> None:
    """A missing cover is no hazard: the ordinary ladder, with a limit of two hours."""
    session.get_one(Condition, city.missing.id).hazard = False
    add(session)


def told_by(session: Session, *hours: float) -> Told:
    """What the clock tells at these hours after NOW: when, level, audience, for which time."""
    found: Told = []
    for hour in hours:
        before = {row.id for row in events(session)}
        climb(session, at=NOW + hour * HOUR)
        climb(session, at=NOW + hour * HOUR)  # two clocks at once
        found += [
            (hour, each["level"], each["audience"], each["times"])
            for row in events(session)
            if row.id not in before
            for each in sorted(row.payload["steps"], key=lambda step: int(step["level"]))
        ]
    return found


def events(session: Session) -> list[OutboxRow]:
    rows = select(OutboxRow).where(OutboxRow.name == "case.escalated").order_by(OutboxRow.id)
    return list(session.scalars(rows))
