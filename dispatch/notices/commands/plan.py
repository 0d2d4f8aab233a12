"""From events to notices: whom the rules name, by which way, in which words; each once, however often it runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dispatch.kit.db import Json
from dispatch.kit.outbox import Event, OutboxRow, publish
from dispatch.kit.sealing import fingerprint, masked
from dispatch.notices import events, texts
from dispatch.notices.events import Audience, Way
from dispatch.notices.model import (
    Notice,
    NoticeOptOut,
    NoticePreference,
    NoticeStatus,
    StaffNotice,
)
from dispatch.notices.readers import Reader, readers_of
from dispatch.notices.reference import Contents, RuleFacts, TemplateFacts, contents
from dispatch.notices.senders import sender_for
from dispatch.notices.values import (
    Fact,
    fact_of,
    reporters_link,
    staff_link,
    values_for,
    whole_link,
)

#: Nobody is told of what happened longer ago: a queue that stood still does not flood anybody.
STALE = timedelta(hours=24)
NO_SENDER = "没有配置这种发送方式 / no provider is set up for this way"
OPTED_OUT = "对方已退订 / has opted out"


def plan_events(session: Session, event_ids: Sequence[int], *, at: datetime) -> set[Way]:
    """Plan what is to be told of these events of the outbox; the ways by which something now waits."""
    rules = contents(session).rules
    ways: set[Way] = set()
    rows = session.execute(
        select(OutboxRow.id, OutboxRow.name, OutboxRow.payload, OutboxRow.created_at)
        .where(OutboxRow.id.in_(event_ids))
        .order_by(OutboxRow.id)
    ).all()
    for row in rows:
        if row.name not in rules or at - row.created_at > STALE:
            continue
        fact = fact_of(
            session, event_id=row.id, name=row.name, payload=row.payload, at=row.created_at
        )
        if fact is not None:
            ways |= _Plan(session, fact, at=at).make()
    return ways


@dataclass
class _Plan:
    """What is planned for one event."""

    session: Session
    fact: Fact
    at: datetime

    def make(self) -> set[Way]:
        held = contents(self.session)
        ways: set[Way] = set()
        for audience, rules in _by_audience(held, self.fact).items():
            people = readers_of(self.session, audience, self.fact)
            inside = [rule for rule in rules if rule.way is Way.IN_APP]
            if inside and people:
                self._ring(held, inside[0], people)
            outside = [rule for rule in rules if rule.way is not Way.IN_APP]
            for reader in people if outside else ():
                ways |= self._send(held, outside, reader)
        return ways

    def _ring(self, held: Contents, rule: RuleFacts, people: Sequence[Reader]) -> None:
        """Put a line behind the bell of each who has not said that they do not want it."""
        ids = [each.user_id for each in people if each.user_id is not None]
        muted = set(
            self.session.scalars(
                select(NoticePreference.user_id).where(
                    NoticePreference.user_id.in_(ids), NoticePreference.event == self.fact.name
                )
            )
        )
        rows = [
            row
            for each in people
            if each.user_id is not None and each.user_id not in muted
            for row in self._line(held, rule, each)
        ]
        if not rows:
            return
        told = self.session.scalars(
            insert(StaffNotice)
            .on_conflict_do_nothing(index_elements=["event_id", "user_id"])
            .returning(StaffNotice.user_id),
            rows,
        ).all()
        if told:
            publish(
                self.session,
                Event(
                    events.TOLD,
                    {"user_ids": sorted(told), "about": self.fact.name, "urgent": rule.urgent},
                ),
            )

    def _line(self, held: Contents, rule: RuleFacts, reader: Reader) -> Iterable[Json]:
        found = held.template(rule.event, rule.audience, rule.way, reader.language)
        if found is None:
            return
        link = staff_link(self.fact.case)
        values = values_for(self.session, self.fact, language=found.language, link=link, at=self.at)
        said = texts.say(found.subject, found.body, values)
        yield {
            "user_id": reader.user_id,
            "event": rule.event,
            "event_id": self.fact.event_id,
            "case_id": self.fact.case.id,
            "subject": said.subject,
            "body": said.body,
            "link": link,
            "urgent": rule.urgent,
            "created_at": self.at,
        }

    def _send(self, held: Contents, rules: Sequence[RuleFacts], reader: Reader) -> set[Way]:
        """By each way that is not only there for want of another, and by that when nothing reached."""
        reached: set[Way] = set()
        for rule in rules:
            if rule.otherwise and reached:
                continue
            if add_notice(self.session, self.fact, rule, reader, held=held, at=self.at):
                reached.add(rule.way)
        return reached


def _by_audience(held: Contents, fact: Fact) -> dict[Audience, list[RuleFacts]]:
    found: dict[Audience, list[RuleFacts]] = {}
    for rule in held.rules.get(fact.name, ()):
        if rule.case_channel in (None, fact.case.channel):
            found.setdefault(rule.audience, []).append(rule)
    return found


def add_notice(
    session: Session,
    fact: Fact,
    rule: RuleFacts,
    reader: Reader,
    *,
    held: Contents,
    at: datetime,
) -> bool:
    """Put one notice into the log, waiting to be sent; False if this way does not lead to this reader."""
    address = reader.address(rule.way)
    channel = held.channel(rule.way)
    found = held.template(rule.event, rule.audience, rule.way, reader.language)
    if address is None or not channel.enabled or found is None:
        return False
    why_not = _why_not(session, rule.way, address)
    due = at if rule.urgent else channel.after_quiet(at)
    row = {
        **_row(session, fact, rule, reader, address=address, template=found, at=at),
        "status": NoticeStatus.SKIPPED if why_not else NoticeStatus.PENDING,
        "answer": why_not,
        "next_attempt_at": None if why_not else due,
        "settled_at": at if why_not else None,
        "address": None if why_not else address,
    }
    session.execute(
        insert(Notice).values(row).on_conflict_do_nothing(index_elements=["dedupe_key"])
    )
    return why_not is None


def _row(
    session: Session,
    fact: Fact,
    rule: RuleFacts,
    reader: Reader,
    *,
    address: str,
    template: TemplateFacts,
    at: datetime,
) -> Json:
    link = (
        reporters_link(reader.report_id) if reader.report_id else whole_link(staff_link(fact.case))
    )
    values = values_for(session, fact, language=template.language, link=link, at=at)
    said = texts.say(template.subject, template.body, values)
    mark = fingerprint(address)
    return {
        "dedupe_key": f"{fact.event_id}:{rule.way}:{mark.hex()}",
        "event": rule.event,
        "event_id": fact.event_id,
        "case_id": fact.case.id,
        "audience": rule.audience,
        "way": rule.way,
        "language": template.language,
        "template_id": template.id,
        "robot_id": reader.robot_id,
        "recipient_hash": mark,
        "recipient": reader.name if rule.way is Way.ROBOT else masked(address),
        "subject": said.subject,
        "body": said.body,
        "extra": {
            "link": link,
            "external_id": template.external_id,
            "report_id": reader.report_id,
            "reporter_id": reader.reporter_id,
            "user_id": reader.user_id,
        },
        "urgent": rule.urgent,
        "created_at": at,
    }


def _why_not(session: Session, way: Way, address: str) -> str | None:
    if sender_for(way) is None:
        return NO_SENDER
    gone = session.scalar(
        select(NoticeOptOut.at).where(
            NoticeOptOut.way == way, NoticeOptOut.recipient_hash == fingerprint(address)
        )
    )
    return None if gone is None else OPTED_OUT
