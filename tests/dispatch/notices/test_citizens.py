"""What a citizen is told: by which way, once, not at night, not against their will, and never in the log."""

from datetime import UTC, datetime, time, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseReporter
from dispatch.cases.states import Stage
from dispatch.kit import reference
from dispatch.kit.outbox import OutboxRow
from dispatch.kit.sealing import fingerprint
from dispatch.notices.commands import (
    opt_in,
    opt_out,
    plan_events,
    resend,
    send_customer_message,
)
from dispatch.notices.events import Way
from dispatch.notices.model import Notice, NoticeChannel, NoticeStatus
from dispatch.notices.queries import messages_to, ways_waiting
from dispatch.notices.senders.base import Outcome, Verdict
from tests.dispatch.notices.conftest import Fake, finish, planned, sent, take_next
from tests.factories.cases import add_case
from tests.factories.city import NOW, City

PHONE, OPENID = "13812345678", "oAbcdefghijklmnopqrstuvwxyz"
Ways = dict[Way, Fake]


def closed_case(
    session: Session, city: City, *, phone: str | None = PHONE, openid: str | None = None
) -> Case:
    case = add_case(session, city, Stage.CLOSED)
    session.add(CaseReporter(case_id=case.id, phone=phone, openid=openid))
    session.flush()
    return case


def log(session: Session) -> list[Notice]:
    return list(session.scalars(select(Notice).order_by(Notice.id)))


def test_reporter_with_a_phone_gets_one_sms_with_their_own_link(
    session: Session, city: City, ways: Ways
) -> None:
    case = closed_case(session, city)

    assert planned(session, "case.closed", times=3) == {Way.SMS}
    assert sent(session, Way.SMS, ways[Way.SMS]) == 1

    (message,) = ways[Way.SMS].got
    assert message.address == PHONE
    assert case.number in message.body
    assert f"/track/{case.public_id}?token=" in message.body
    (row,) = log(session)
    assert (row.status, row.recipient, row.address) == (NoticeStatus.SENT, "138****5678", None)
    assert (row.provider, row.answer, row.attempts) == ("fake", "ok", 1)


def test_follower_is_told_in_wechat_and_not_by_sms_as_well(
    session: Session, city: City, ways: Ways
) -> None:
    closed_case(session, city, openid=OPENID)

    assert planned(session, "case.closed") == {Way.WECHAT_MESSAGE}


def test_where_wechat_does_not_lead_the_sms_goes_out(
    session: Session, city: City, ways: Ways
) -> None:
    closed_case(session, city, openid=OPENID)
    planned(session, "case.closed")
    ways[Way.WECHAT_MESSAGE].outcome = Outcome(Verdict.UNREACHABLE, "errcode 45015")

    sent(session, Way.WECHAT_MESSAGE, ways[Way.WECHAT_MESSAGE])
    assert ways_waiting(session, at=NOW) == [Way.SMS]
    sent(session, Way.SMS, ways[Way.SMS])

    assert [(row.way, row.status) for row in log(session)] == [
        (Way.WECHAT_MESSAGE, NoticeStatus.SKIPPED),
        (Way.SMS, NoticeStatus.SENT),
    ]


def test_those_who_reported_the_same_are_told_with_links_of_their_own(
    session: Session, city: City, ways: Ways
) -> None:
    case = closed_case(session, city)
    other = add_case(session, city, Stage.REPORTED)
    other.duplicate_of_id, other.stage = case.id, Stage.DUPLICATE
    session.add(CaseReporter(case_id=other.id, phone="13900001111"))
    planned(session, "case.closed")

    sent(session, Way.SMS, ways[Way.SMS])

    links = {each.address: each.link for each in ways[Way.SMS].got}
    assert case.public_id in links[PHONE]
    assert other.public_id in links["13900001111"]


def test_at_night_the_notice_waits_for_the_morning(
    session: Session, city: City, ways: Ways
) -> None:
    channel = session.get_one(NoticeChannel, Way.SMS.value)
    channel.quiet_from, channel.quiet_until = time(9, 0), time(11, 0)  # it is ten
    session.flush()
    reference.forget_all()
    closed_case(session, city)
    planned(session, "case.closed")

    assert take_next(session, Way.SMS, at=NOW) is None
    assert log(session)[0].next_attempt_at == datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
    assert take_next(session, Way.SMS, at=NOW + timedelta(hours=1)) is not None


def test_who_has_opted_out_gets_nothing_until_they_want_it_again(
    session: Session, city: City, ways: Ways
) -> None:
    opt_out(session, ways=[Way.SMS], address="+86 138-1234-5678", source="sms", at=NOW)
    closed_case(session, city)

    assert planned(session, "case.closed") == set()
    (row,) = log(session)
    assert row.status == NoticeStatus.SKIPPED
    assert "退订" in (row.answer or "")
    assert opt_in(session, ways=[Way.SMS], recipient_hash=fingerprint(PHONE))


def test_opting_out_drops_what_waits(session: Session, city: City, ways: Ways) -> None:
    closed_case(session, city)
    planned(session, "case.closed")

    opt_out(session, ways=[Way.SMS], address=PHONE, source="sms", at=NOW)

    session.expire_all()
    assert sent(session, Way.SMS, ways[Way.SMS]) == 0
    assert log(session)[0].address is None


def test_provider_that_is_down_is_tried_later_and_at_last_given_up(
    session: Session, city: City, ways: Ways
) -> None:
    closed_case(session, city)
    planned(session, "case.closed")
    ways[Way.SMS].outcome = Outcome(Verdict.LATER, "ConnectError")
    at = NOW
    for _ in range(20):
        if (attempt := take_next(session, Way.SMS, at=at)) is not None:
            outcome = ways[Way.SMS].send(attempt.sending)
            finish(session, attempt, outcome, at=at)
        at += timedelta(hours=7)

    (row,) = log(session)
    assert (row.status, row.attempts) == (NoticeStatus.DEAD, 6)
    assert {each.key for each in ways[Way.SMS].got} == {f"notice-{row.id}"}

    ways[Way.SMS].outcome = Outcome(Verdict.SENT)
    resend(session, row.id, by=city["admin"], at=NOW)
    assert sent(session, Way.SMS, ways[Way.SMS]) == 1
    assert (row.status, row.address) == (NoticeStatus.SENT, None)


def test_provider_that_keeps_failing_is_left_alone(
    session: Session, city: City, ways: Ways
) -> None:
    for number in range(4):
        closed_case(session, city, phone=f"1381234567{number}")
        planned(session, "case.closed")
    ways[Way.SMS].outcome = Outcome(Verdict.LATER, "HTTP 503", is_down=True)

    assert sent(session, Way.SMS, ways[Way.SMS]) == 3
    assert ways_waiting(session, at=NOW) == []


def test_sender_that_died_leaves_a_lease_that_ends(
    session: Session, city: City, ways: Ways
) -> None:
    closed_case(session, city)
    planned(session, "case.closed")
    first = take_next(session, Way.SMS, at=NOW)

    assert take_next(session, Way.SMS, at=NOW) is None
    again = take_next(session, Way.SMS, at=NOW + timedelta(minutes=1))

    assert first is not None
    assert again is not None
    assert again.sending.key == first.sending.key


def test_what_happened_long_ago_is_not_told(session: Session, city: City, ways: Ways) -> None:
    closed_case(session, city)
    event_id = session.scalars(select(OutboxRow.id).where(OutboxRow.name == "case.closed")).one()

    late = NOW + timedelta(days=365)

    assert plan_events(session, [event_id], at=late) == set()
    assert log(session) == []


def test_agents_answer_goes_through_the_same_log_at_once(
    session: Session, city: City, ways: Ways
) -> None:
    first = send_customer_message(
        session, openid=OPENID, text=" 已安排维修 ", by=city["agent"], at=NOW, key="form-1"
    )
    again = send_customer_message(
        session, openid=OPENID, text="已安排维修", by=city["agent"], at=NOW, key="form-1"
    )

    assert again.id == first.id
    assert sent(session, Way.WECHAT_MESSAGE, ways[Way.WECHAT_MESSAGE]) == 1
    (found,) = messages_to(session, OPENID)
    assert (found.body, found.status, found.by_id) == (
        "已安排维修",
        NoticeStatus.SENT,
        city["agent"].id,
    )
    assert OPENID not in repr([found.recipient, found.extra, found.answer])


@pytest.mark.parametrize("text", ["  ", "长" * 601])
def test_answer_that_says_nothing_or_too_much_is_refused(
    session: Session, city: City, ways: Ways, text: str
) -> None:
    with pytest.raises(Exception, match="invalid_input"):
        send_customer_message(session, openid=OPENID, text=text, by=city["agent"], at=NOW)
