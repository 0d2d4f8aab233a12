"""From the deed to the phone: the relay's job plans, a thread sends, and twice is once."""

from datetime import timedelta

import pytest
import redis
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dispatch.cases.model import CaseReporter
from dispatch.cases.states import Stage
from dispatch.intake.channels.wechat.hearing import OPTED_OUT as HEARD
from dispatch.kit import clock
from dispatch.kit.outbox import OutboxRow
from dispatch.kit.sealing import fingerprint
from dispatch.notices.events import OPTED_OUT, Way
from dispatch.notices.model import Notice, NoticeChannel, NoticeOptOut, NoticeRule, NoticeTemplate
from dispatch.notices.senders.base import Outcome, Sending, Verdict
from tests.factories.cases import add_case
from tests.factories.city import City
from workers.beside import SENDERS
from workers.jobs import notices


class Fake:
    """A provider that keeps what it gets."""

    name = "fake"

    def __init__(self, *, knows_keys: bool = True, down_after: int = 1000) -> None:
        self.knows_keys = knows_keys
        self.down_after = down_after
        self.got: list[Sending] = []

    def send(self, sending: Sending) -> Outcome:
        self.got.append(sending)
        if len(self.got) > self.down_after:
            return Outcome(Verdict.LATER, "HTTP 503", is_down=True)
        return Outcome(Verdict.SENT, "ok")


def test_closed_case_reaches_the_phone_once_however_often_the_jobs_run(
    committing: Session, city: City, queue_redis: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    committing.execute(text("TRUNCATE notices, notice_rules, notice_templates CASCADE"))
    key = {"event": "case.closed", "audience": "reporter", "way": "sms"}
    committing.add_all(
        [NoticeRule(**key), NoticeTemplate(**key, language="zh", body="{number} {link}")]
    )
    case = add_case(committing, city, Stage.CLOSED, at=clock.now() - timedelta(hours=1))
    committing.add(CaseReporter(case_id=case.id, phone="13812345678"))
    committing.commit()
    event_id = committing.scalars(select(OutboxRow.id).where(OutboxRow.name == "case.closed")).one()
    fake = Fake()
    called: list[Way] = []
    monkeypatch.setattr(notices, "sender_for", lambda _way: fake)
    monkeypatch.setattr(notices, "call", called.append)

    for _ in range(3):
        notices.plan(items=[{"event_id": event_id}], job="tell")
        notices.carry(Way.SMS)

    assert called == [Way.SMS]
    assert [each.address for each in fake.got] == ["13812345678"]
    committing.rollback()
    assert committing.scalars(select(Notice.status)).all() == ["sent"]
    assert committing.get_one(OutboxRow, event_id).confirmed == 1


@pytest.mark.parametrize("knows_keys", [True, False])
def test_what_is_due_goes_out_together_until_the_provider_is_down(
    committing: Session, city: City, monkeypatch: pytest.MonkeyPatch, knows_keys: bool
) -> None:
    committing.execute(text("TRUNCATE notices, notice_channels CASCADE"))
    committing.add(NoticeChannel(way=Way.SMS))
    committing.add_all(_waiting(number) for number in range(5))
    committing.commit()
    fake = Fake(knows_keys=knows_keys, down_after=3)
    monkeypatch.setattr(notices, "sender_for", lambda _way: fake)

    notices.carry(Way.SMS)

    rows = committing.scalars(select(Notice).order_by(Notice.id)).all()
    assert [row.status for row in rows] == ["sent"] * 3 + ["pending"] * 2
    assert [row.address is None for row in rows] == [True] * 3 + [False] * 2
    assert [row.attempts for row in rows[3:]] == [1, 1]
    assert len({each.key for each in fake.got}) == 5, "one is tried after the other, none twice"


def test_what_is_not_tried_is_handed_back_without_an_attempt(
    committing: Session, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    committing.execute(text("TRUNCATE notices, notice_channels CASCADE"))
    committing.add_all(_waiting(number) for number in range(3))
    committing.commit()
    fake = Fake()

    def send_and_end(sending: Sending) -> Outcome:
        SENDERS.stopping.set()
        return Fake.send(fake, sending)

    monkeypatch.setattr(fake, "send", send_and_end)
    monkeypatch.setattr(notices, "sender_for", lambda _way: fake)
    try:
        notices.carry(Way.SMS)
    finally:
        SENDERS.stopping.clear()

    rows = committing.scalars(select(Notice).order_by(Notice.id)).all()
    assert [(row.status, row.attempts) for row in rows] == [
        ("sent", 1),
        ("pending", 0),
        ("pending", 0),
    ]
    assert all(row.next_attempt_at <= clock.now() for row in rows[1:] if row.next_attempt_at)


def _waiting(number: int) -> Notice:
    return Notice(
        dedupe_key=f"waiting-{number}",
        event="case.closed",
        audience="reporter",
        way=Way.SMS,
        recipient_hash=bytes([number]),
        recipient="138****0000",
        address="13800000000",
        body="已办结",
        next_attempt_at=clock.now() - timedelta(seconds=1),
    )


def test_follower_who_opts_out_is_told_no_more_until_they_want_it(
    committing: Session, city: City
) -> None:
    assert HEARD == OPTED_OUT
    mark = fingerprint("oFollower")
    told = {"job": "opt-out", "recipient": mark.hex(), "masked": "oFol****ower"}

    notices.opt_out(event_id=_event(committing), **told, wants=False)
    assert len(committing.scalars(select(NoticeOptOut.way)).all()) == 2
    committing.rollback()
    notices.opt_out(event_id=_event(committing), **told, wants=True)
    assert committing.scalars(select(NoticeOptOut.way)).all() == []


def _event(session: Session) -> int:
    row = OutboxRow(name=OPTED_OUT, payload={})
    session.add(row)
    session.commit()
    return row.id
