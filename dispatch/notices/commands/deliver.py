"""A sender's steps: take the next notice of a way, and note what came of it, with the other way if this one did not lead.

Between the two no transaction is open. Who dies in between leaves a lease that ends; the next
attempt carries the same key, by which a provider that can tell does not send it twice.
"""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import CaseReporter
from dispatch.kit import retrying
from dispatch.kit.db import Json
from dispatch.kit.outbox import Event, OutboxRow, publish
from dispatch.kit.sealing import unseal
from dispatch.notices import events
from dispatch.notices.commands.plan import add_notice
from dispatch.notices.events import Way
from dispatch.notices.model import Notice, NoticeChannel, NoticeRobot, NoticeStatus
from dispatch.notices.readers import Reader, reporter
from dispatch.notices.reference import contents
from dispatch.notices.senders.base import TIMEOUT_S, Outcome, Sending, Verdict
from dispatch.notices.values import fact_of
from dispatch.people.model import User

LEASE = timedelta(seconds=TIMEOUT_S) + retrying.LEASE_SLACK
ROBOT_GONE = "群机器人已删除或停用 / the robot is gone or switched off"


@dataclass(frozen=True)
class Attempt:
    """A notice under way."""

    notice_id: int
    sending: Sending


def take_next(session: Session, way: Way, *, at: datetime) -> Attempt | None:
    """The next notice of this way that is due, leased; None when nothing is, or the way is left alone now."""
    channel = contents(session).channel(way)
    if not channel.enabled or _is_open(session, way, at=at):
        return None
    while (notice := _next_due(session, way, at=at)) is not None:
        wait = at if notice.urgent else channel.after_quiet(at)
        if wait > at:
            notice.next_attempt_at = wait
            session.flush()
            continue
        sending = _sending(session, notice)
        if sending is None:
            _settle(session, notice, NoticeStatus.DEAD, ROBOT_GONE, at=at)
            continue
        notice.attempts += 1
        notice.next_attempt_at = at + LEASE
        session.flush()
        return Attempt(notice.id, sending)
    return None


def finish_attempt(
    session: Session, attempt: Attempt, outcome: Outcome, *, provider: str, at: datetime
) -> set[Way]:
    """Note what came of it; the ways by which something waits now because this one did not lead there."""
    notice = session.get(Notice, attempt.notice_id, with_for_update=True, populate_existing=True)
    if notice is None or notice.status != NoticeStatus.PENDING:
        return set()
    way = Way(notice.way)
    notice.provider = provider
    _judge(session, way, outcome, at=at)
    if outcome.verdict is Verdict.SENT:
        _settle(session, notice, NoticeStatus.SENT, outcome.answer, at=at)
        return set()
    if outcome.verdict is Verdict.LATER and notice.attempts < _most(session, way):
        luck = random.random()  # noqa: S311 - spreads retries, guards nothing
        notice.answer = outcome.answer
        notice.next_attempt_at = at + retrying.pause_after(
            notice.attempts, luck=luck, asked=outcome.retry_after
        )
        session.flush()
        return set()
    is_skipped = outcome.verdict is Verdict.UNREACHABLE
    status = NoticeStatus.SKIPPED if is_skipped else NoticeStatus.DEAD
    _settle(session, notice, status, outcome.answer, at=at)
    return _by_another_way(session, notice, at=at)


def _most(session: Session, way: Way) -> int:
    return contents(session).channel(way).max_attempts


def _is_open(session: Session, way: Way, *, at: datetime) -> bool:
    until = session.scalar(select(NoticeChannel.open_until).where(NoticeChannel.way == way))
    return until is not None and until > at


def _next_due(session: Session, way: Way, *, at: datetime) -> Notice | None:
    return session.scalar(
        select(Notice)
        .where(
            Notice.way == way,
            Notice.status == NoticeStatus.PENDING,
            Notice.next_attempt_at <= at,
        )
        .order_by(Notice.next_attempt_at, Notice.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


def _sending(session: Session, notice: Notice) -> Sending | None:
    address, kind, secret = notice.address or "", "", ""
    if notice.way == Way.ROBOT:
        robot = session.get(NoticeRobot, notice.robot_id) if notice.robot_id else None
        if robot is None or not robot.enabled:
            return None
        address, kind = unseal(robot.url_sealed), robot.kind
        secret = unseal(robot.secret_sealed) if robot.secret_sealed else ""
    return Sending(
        key=f"notice-{notice.id}",
        way=Way(notice.way),
        address=address,
        subject=notice.subject,
        body=notice.body,
        language=notice.language,
        external_id=str(notice.extra.get("external_id") or ""),
        link=str(notice.extra.get("link") or ""),
        robot_kind=kind,
        secret=secret,
    )


def _settle(
    session: Session, notice: Notice, status: NoticeStatus, answer: str, *, at: datetime
) -> None:
    """The end of a notice. The address goes, except where it may be sent again."""
    notice.status, notice.answer = status, answer or None
    notice.next_attempt_at, notice.settled_at = None, at
    if status is not NoticeStatus.DEAD:
        notice.address = None
    if notice.event == events.AGENT_MESSAGE:
        publish(session, Event(events.SETTLED, {"notice_id": notice.id, "status": status.value}))
    session.flush()


def _judge(session: Session, way: Way, outcome: Outcome, *, at: datetime) -> None:
    """Leave a provider alone that has failed several times in a row; each failure after that, longer."""
    if not outcome.is_down and outcome.verdict is Verdict.LATER:
        return
    channel = session.get(NoticeChannel, way.value, with_for_update=True)
    if channel is None or (not outcome.is_down and not channel.failures):
        return
    channel.failures = channel.failures + 1 if outcome.is_down else 0
    rest = retrying.rest_after(channel.failures)
    channel.open_until = None if rest is None else at + rest


def _by_another_way(session: Session, notice: Notice, *, at: datetime) -> set[Way]:
    """Try the ways that stand behind this one for want of it, until one leads to the same reader."""
    row = session.get(OutboxRow, notice.event_id) if notice.event_id is not None else None
    if row is None:
        return set()
    fact = fact_of(session, event_id=row.id, name=row.name, payload=row.payload, at=row.created_at)
    reader = _reader_again(session, notice.extra)
    if fact is None or reader is None:
        return set()
    held = contents(session)
    rules = [
        rule
        for rule in held.rules.get(notice.event, ())
        if rule.audience == notice.audience
        and rule.case_channel in (None, fact.case.channel)
        and rule.way is not Way.IN_APP
    ]
    behind = [rule.way for rule in rules]
    for rule in rules[behind.index(Way(notice.way)) + 1 :] if notice.way in behind else ():
        if rule.otherwise and add_notice(session, fact, rule, reader, held=held, at=at):
            return {rule.way}
    return set()


def _reader_again(session: Session, extra: Json) -> Reader | None:
    """Who it was for, with the addresses that they have now."""
    if (reporter_id := extra.get("reporter_id")) is not None:
        row = session.get(CaseReporter, reporter_id)
        return None if row is None else reporter(row, str(extra.get("report_id")))
    user = session.get(User, extra.get("user_id")) if extra.get("user_id") else None
    return None if user is None else Reader(user.language, user_id=user.id, phone=user.phone)
