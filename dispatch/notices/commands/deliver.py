"""A sender's steps: take what is due by a way, and note what came of it, with the other way if this one did not lead.

Between the two no transaction is open. Who dies in between leaves leases that end; the next
attempt carries the same key, by which a provider that can tell does not send it twice.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select, text, update
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
from dispatch.notices.values import Happening, fact_of
from dispatch.people.model import User

LEASE = timedelta(seconds=TIMEOUT_S) + retrying.LEASE_SLACK
ROBOT_GONE = "群机器人已删除或停用 / the robot is gone or switched off"


#: So many are taken at once; they are sent within the slack of the lease, the rest is handed back.
MOST_AT_ONCE = 50
BATCH = retrying.LEASE_SLACK / 2


@dataclass(frozen=True)
class Attempt:
    """A notice under way, leased until then."""

    notice_id: int
    sending: Sending
    until: datetime


def take_due(
    session: Session, way: Way, *, at: datetime, most: int = MOST_AT_ONCE
) -> list[Attempt]:
    """What is due by this way, leased; nothing when the way is switched off or left alone now."""
    channel = contents(session).channel(way)
    if not channel.enabled or _is_open(session, way, at=at):
        return []
    if (wait := channel.after_quiet(at)) > at:
        _put_off(session, way, until=wait, at=at)
    rows = _lease(session, way, at=at, most=most)
    robots = _robots(session, rows)
    attempts = []
    for row in rows:
        sending = _sending(row, robots)
        if sending is None:
            gone = session.get_one(Notice, row.id)
            _settle(session, gone, NoticeStatus.DEAD, ROBOT_GONE, at=at)
        else:
            attempts.append(Attempt(row.id, sending, at + LEASE))
    return attempts


def hand_back(session: Session, attempts: Sequence[Attempt], *, at: datetime) -> None:
    """Let others send what was taken and not tried; it does not count as an attempt."""
    for each in attempts:
        session.execute(
            update(Notice)
            .where(
                Notice.id == each.notice_id,
                Notice.status == NoticeStatus.PENDING,
                Notice.next_attempt_at == each.until,
            )
            .values(attempts=Notice.attempts - 1, next_attempt_at=at)
            .execution_options(synchronize_session=False)
        )


def finish_attempts(
    session: Session,
    tried: Sequence[tuple[Attempt, Outcome]],
    *,
    way: Way,
    provider: str,
    at: datetime,
) -> set[Way]:
    """Note what came of them; the ways by which something waits now because this one did not lead there."""
    sent = [(each, came) for each, came in tried if came.verdict is Verdict.SENT]
    if sent:
        _note_sent(session, way, sent, provider=provider, at=at)
    others: set[Way] = set()
    for attempt, outcome in tried:
        if outcome.verdict is not Verdict.SENT:
            others |= _note(session, attempt, outcome, provider=provider, at=at)
    return others


_SENT = text(
    """
UPDATE notices SET status = 'sent', provider = :provider, answer = nullif(came.answer, ''),
       address = NULL, next_attempt_at = NULL, settled_at = :at
FROM unnest(CAST(:ids AS bigint[]), CAST(:answers AS text[])) AS came (id, answer)
WHERE notices.id = came.id AND notices.status = 'pending'
RETURNING notices.id, notices.event
"""
)


def _note_sent(
    session: Session,
    way: Way,
    sent: Sequence[tuple[Attempt, Outcome]],
    *,
    provider: str,
    at: datetime,
) -> None:
    """In one statement; and the provider is well."""
    rows = session.execute(
        _SENT,
        {
            "provider": provider,
            "at": at,
            "ids": [each.notice_id for each, _ in sent],
            "answers": [came.answer for _, came in sent],
        },
    )
    for notice_id, event in rows.all():
        _tell_agent(session, notice_id, event, NoticeStatus.SENT)
    session.execute(
        update(NoticeChannel)
        .where(NoticeChannel.way == way, NoticeChannel.failures > 0)
        .values(failures=0, open_until=None)
        .execution_options(synchronize_session=False)
    )


def _note(
    session: Session, attempt: Attempt, outcome: Outcome, *, provider: str, at: datetime
) -> set[Way]:
    notice = session.get(Notice, attempt.notice_id, with_for_update=True, populate_existing=True)
    if notice is None or notice.status != NoticeStatus.PENDING:
        return set()
    way = Way(notice.way)
    notice.provider = provider
    _judge(session, way, outcome, at=at)
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


def _put_off(session: Session, way: Way, *, until: datetime, at: datetime) -> None:
    """What is not urgent waits for the end of the quiet hours."""
    session.execute(
        update(Notice)
        .where(
            Notice.way == way,
            Notice.status == NoticeStatus.PENDING,
            Notice.next_attempt_at <= at,
            ~Notice.urgent,
        )
        .values(next_attempt_at=until)
        .execution_options(synchronize_session=False)
    )


def _lease(
    session: Session, way: Way, *, at: datetime, most: int
) -> Sequence[Row[*tuple[Any, ...]]]:
    due = (
        select(Notice.id)
        .where(
            Notice.way == way,
            Notice.status == NoticeStatus.PENDING,
            Notice.next_attempt_at <= at,
        )
        .order_by(Notice.next_attempt_at, Notice.id)
        .limit(most)
        .with_for_update(skip_locked=True)
        .cte("due")
    )
    rows = session.execute(
        update(Notice)
        .where(Notice.id == due.c.id)
        .values(attempts=Notice.attempts + 1, next_attempt_at=at + LEASE)
        .returning(
            Notice.id,
            Notice.way,
            Notice.address,
            Notice.robot_id,
            Notice.subject,
            Notice.body,
            Notice.language,
            Notice.extra,
        )
        .execution_options(synchronize_session=False)
    )
    return sorted(rows.all(), key=lambda row: int(row.id))


def _robots(session: Session, rows: Sequence[Row[*tuple[Any, ...]]]) -> dict[int, NoticeRobot]:
    wanted = {row.robot_id for row in rows if row.way == Way.ROBOT} - {None}
    if not wanted:
        return {}
    asked = select(NoticeRobot).where(NoticeRobot.id.in_(wanted), NoticeRobot.enabled)
    return {robot.id: robot for robot in session.scalars(asked)}


def _sending(notice: Row[*tuple[Any, ...]], robots: dict[int, NoticeRobot]) -> Sending | None:
    address, kind, secret = notice.address or "", "", ""
    if notice.way == Way.ROBOT:
        robot = robots.get(notice.robot_id)
        if robot is None:
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
    _tell_agent(session, notice.id, notice.event, status)
    session.flush()


def _tell_agent(session: Session, notice_id: int, event: str, status: NoticeStatus) -> None:
    if event == events.AGENT_MESSAGE:
        publish(session, Event(events.SETTLED, {"notice_id": notice_id, "status": status.value}))


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
    fact = fact_of(session, Happening(row.id, row.name, row.payload, row.created_at))
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
        if rule.otherwise and add_notice(session, fact, rule, reader, at=at):
            return {rule.way}
    return set()


def _reader_again(session: Session, extra: Json) -> Reader | None:
    """Who it was for, with the addresses that they have now."""
    if (reporter_id := extra.get("reporter_id")) is not None:
        row = session.get(CaseReporter, reporter_id)
        return None if row is None else reporter(row, str(extra.get("report_id")))
    user = session.get(User, extra.get("user_id")) if extra.get("user_id") else None
    return None if user is None else Reader(user.language, user_id=user.id, phone=user.phone)
