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
from dispatch.notices.model import Notice, NoticeOptOut, NoticeRule, NoticeTemplate
from dispatch.notices.senders import Outcome, Sending, Verdict
from tests.factories.cases import add_case
from tests.factories.city import City
from workers.jobs import notices


class Fake:
    """A provider that keeps what it gets."""

    name = "fake"

    def __init__(self) -> None:
        self.got: list[Sending] = []

    def send(self, sending: Sending) -> Outcome:
        self.got.append(sending)
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
