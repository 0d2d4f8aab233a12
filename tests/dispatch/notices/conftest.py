"""The small city with a few rules and texts, and a way out that remembers what it was given."""

from dataclasses import dataclass, field
from datetime import datetime

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.kit import reference
from dispatch.kit.outbox import OutboxRow
from dispatch.notices.commands import Attempt, finish_attempts, plan, plan_events, take_due
from dispatch.notices.events import Audience, Way
from dispatch.notices.model import NoticeChannel, NoticeRule, NoticeTemplate
from dispatch.notices.senders.base import Outcome, Sending, Verdict
from tests.factories.city import NOW, City, add_city

A = Audience


@dataclass
class Fake:
    """A provider at the house's edge: answers what it is told to, and keeps what came."""

    name: str = "fake"
    knows_keys: bool = True
    outcome: Outcome = field(default_factory=lambda: Outcome(Verdict.SENT, "ok"))
    got: list[Sending] = field(default_factory=list)

    def send(self, sending: Sending) -> Outcome:
        self.got.append(sending)
        return self.outcome


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> dict[Way, Fake]:
    """A fake for every way out."""
    made: dict[Way, Fake] = {way: Fake() for way in Way if way is not Way.IN_APP}

    def provider_of(way: Way) -> str | None:
        return "fake" if way in made else None

    monkeypatch.setattr(plan, "provider_of", provider_of)
    monkeypatch.setattr("dispatch.notices.commands.messages.provider_of", provider_of)
    return made


@pytest.fixture
def city(session: Session) -> City:
    made = add_city(session)
    add_rule(session, "case.closed", A.REPORTER, Way.WECHAT_MESSAGE)
    add_rule(session, "case.closed", A.REPORTER, Way.SMS, rank=2, otherwise=True)
    add_rule(session, "case.dispatched", A.MANAGERS, Way.IN_APP, subject="新派遣 {number}")
    session.add(NoticeChannel(way=Way.SMS))
    session.flush()
    reference.forget_all()
    return made


def add_rule(
    session: Session,
    event: str,
    audience: Audience,
    way: Way,
    *,
    subject: str = "",
    body: str = "编号 {number}:{link}",
    rank: int = 1,
    otherwise: bool = False,
    urgent: bool = False,
) -> None:
    session.add_all(
        [
            NoticeRule(
                event=event,
                audience=audience,
                way=way,
                rank=rank,
                otherwise=otherwise,
                urgent=urgent,
            ),
            NoticeTemplate(
                event=event, audience=audience, way=way, language="zh", subject=subject, body=body
            ),
        ]
    )
    session.flush()
    reference.forget_all()


def planned(session: Session, name: str, *, times: int = 1) -> set[Way]:
    """Plan the latest event of this name, as the job does, so many times."""
    session.flush()
    found = session.scalars(
        select(OutboxRow).where(OutboxRow.name == name).order_by(OutboxRow.id.desc()).limit(1)
    ).one()
    found.created_at = NOW
    session.flush()
    ways: set[Way] = set()
    for _ in range(times):
        ways |= plan_events(session, [found.id], at=NOW)
    return ways


def take_next(session: Session, way: Way, *, at: datetime) -> Attempt | None:
    """The next notice that is due, leased."""
    found = take_due(session, way, at=at, most=1)
    session.expire_all()
    return found[0] if found else None


def finish(session: Session, attempt: Attempt, outcome: Outcome, *, at: datetime) -> None:
    """Note what came of it."""
    way = attempt.sending.way
    finish_attempts(session, [(attempt, outcome)], way=way, provider="fake", at=at)
    session.expire_all()


def sent(session: Session, way: Way, fake: Fake) -> int:
    """Send all that waits by a way, as the job does; how many attempts that took."""
    count = 0
    while (attempt := take_next(session, way, at=NOW)) is not None:
        finish(session, attempt, fake.send(attempt.sending), at=NOW)
        count += 1
    return count
