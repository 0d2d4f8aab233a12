"""From events to notices: whom the rules name, by which way, in which words; each once, however often it runs."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
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
from dispatch.notices.providers import provider_of
from dispatch.notices.readers import Reader, Readers
from dispatch.notices.reference import Contents, RuleFacts, TemplateFacts, contents
from dispatch.notices.values import (
    Fact,
    Happening,
    facts_of,
    reporters_link,
    staff_link,
    values_for,
    whole_link,
)

#: Nobody is told of what happened longer ago: a queue that stood still does not flood anybody.
STALE = timedelta(hours=24)
NO_SENDER = "没有配置这种发送方式 / no provider is set up for this way"
OPTED_OUT = "对方已退订 / has opted out"
OptOuts = AbstractSet[tuple[str, bytes]]


def plan_events(session: Session, event_ids: Sequence[int], *, at: datetime) -> set[Way]:
    """Plan what is to be told of these events of the outbox; the ways by which something now waits.

    What is asked and written is asked and written once for all of them.
    """
    held = contents(session)
    rows = session.execute(
        select(OutboxRow.id, OutboxRow.name, OutboxRow.payload, OutboxRow.created_at)
        .where(OutboxRow.id.in_(event_ids))
        .order_by(OutboxRow.id)
    )
    happenings = [
        Happening(row.id, row.name, row.payload, row.created_at)
        for row in rows
        if (row.name in held.rules or row.name == events.ESCALATED) and at - row.created_at <= STALE
    ]
    facts = [
        each
        for fact in facts_of(session, happenings)
        for each in _steps_of(fact)
        if _by_audience(held, each)
    ]
    if not facts:
        return set()
    readers = Readers(session, facts)
    told = [
        (fact, rules, readers.of(audience, fact))
        for fact in facts
        for audience, rules in _by_audience(held, fact).items()
    ]
    _ring(session, held, told, at=at)
    return _send(session, held, told, at=at)


#: An event, the rules of one audience, and who of it is told.
Told = tuple[Fact, list[RuleFacts], list[Reader]]


def _by_audience(held: Contents, fact: Fact) -> dict[Audience, list[RuleFacts]]:
    if fact.name == events.ESCALATED:
        rule = _of_step(fact)
        return {rule.audience: [rule]}
    found: dict[Audience, list[RuleFacts]] = {}
    for rule in held.rules.get(fact.name, ()):
        if rule.case_channel in (None, fact.case.channel):
            found.setdefault(rule.audience, []).append(rule)
    return found


def _steps_of(fact: Fact) -> list[Fact]:
    """The fact itself; of an escalation one for each step, the highest first, whose words win."""
    steps = fact.payload.get("steps") if fact.name == events.ESCALATED else None
    if not steps:
        return [fact]
    return [replace(fact, payload={**fact.payload, **step}) for step in steps]


def _of_step(fact: Fact) -> RuleFacts:
    """A step of a ladder says itself who is told and by which way; nobody can be deaf to it."""
    said = fact.payload
    return RuleFacts(
        id=0,
        event=fact.name,
        audience=Audience(said["audience"]),
        way=Way(said["way"]),
        rank=1,
        otherwise=False,
        case_channel=None,
        urgent=bool(said.get("urgent")),
    )


def _ring(session: Session, held: Contents, told: Iterable[Told], *, at: datetime) -> None:
    """Put a line behind the bell of each who has not said that they do not want it."""
    rows: dict[tuple[int | None, int], Json] = {}
    for fact, rules, readers in told:
        rule = next((each for each in rules if each.way is Way.IN_APP), None)
        for reader in readers if rule else ():
            line = rule and _line(session, held, fact, rule, reader, at=at)
            if line and reader.user_id is not None:
                rows.setdefault((fact.event_id, reader.user_id), line)
    if not rows:
        return
    wanted = _without_muted(session, list(rows.values()))
    if not wanted:
        return
    rung = session.execute(
        insert(StaffNotice)
        .on_conflict_do_nothing(index_elements=["event_id", "user_id"])
        .returning(StaffNotice.event, StaffNotice.urgent, StaffNotice.user_id),
        wanted,
    ).all()
    heard: dict[tuple[str, bool], set[int]] = {}
    for name, urgent, user_id in rung:
        heard.setdefault((name, urgent), set()).add(user_id)
    for (name, urgent), user_ids in sorted(heard.items()):
        payload = {"user_ids": sorted(user_ids), "about": name, "urgent": urgent}
        publish(session, Event(events.TOLD, payload))


def _without_muted(session: Session, rows: Sequence[Json]) -> list[Json]:
    muted = {
        (row.user_id, row.event)
        for row in session.execute(
            select(NoticePreference.user_id, NoticePreference.event).where(
                NoticePreference.user_id.in_({row["user_id"] for row in rows}),
                NoticePreference.event.in_({row["event"] for row in rows}),
            )
        )
    }
    return [row for row in rows if (row["user_id"], row["event"]) not in muted]


def _line(
    session: Session,
    held: Contents,
    fact: Fact,
    rule: RuleFacts,
    reader: Reader,
    *,
    at: datetime,
) -> Json | None:
    found = held.template(rule.event, rule.audience, rule.way, reader.language)
    if found is None:
        return None
    link = staff_link(fact.case)
    values = values_for(session, fact, language=found.language, link=link, at=at)
    said = texts.say(found.subject, found.body, values)
    return {
        "user_id": reader.user_id,
        "event": rule.event,
        "event_id": fact.event_id,
        "case_id": fact.case.id,
        "subject": said.subject,
        "body": said.body,
        "link": link,
        "urgent": rule.urgent,
        "created_at": at,
    }


def _send(session: Session, held: Contents, told: Iterable[Told], *, at: datetime) -> set[Way]:
    """By each way that is not only there for want of another, and by that when nothing reached."""
    outside = [
        (fact, reader, [rule for rule in rules if rule.way is not Way.IN_APP])
        for fact, rules, readers in told
        for reader in readers
    ]
    letters = _Letters(session, held, at=at)
    letters.know(reader for _, reader, rules in outside if rules)
    ways: set[Way] = set()
    for fact, reader, rules in outside:
        reached: set[Way] = set()
        for rule in rules:
            if not (rule.otherwise and reached) and letters.add(fact, rule, reader):
                reached.add(rule.way)
        ways |= reached
    letters.store()
    return ways


def add_notice(
    session: Session, fact: Fact, rule: RuleFacts, reader: Reader, *, at: datetime
) -> bool:
    """Put one notice into the log, waiting to be sent; False if this way does not lead to this reader."""
    letters = _Letters(session, contents(session), at=at)
    letters.know([reader])
    leads = letters.add(fact, rule, reader)
    letters.store()
    return leads


@dataclass
class _Address:
    """Where a way leads, with its fingerprint."""

    text: str
    mark: bytes


class _Letters:
    """Notices that leave the house, gathered and then put into the log at once."""

    def __init__(self, session: Session, held: Contents, *, at: datetime) -> None:
        self._session, self._held, self._at = session, held, at
        self._marks: dict[str, bytes] = {}
        self._gone: OptOuts = frozenset()
        self._rows: list[Json] = []

    def know(self, readers: Iterable[Reader]) -> None:
        """Find out which of these want nothing any more."""
        given = {each for reader in readers for each in (reader.phone, reader.openid) if each}
        self._marks = {each: fingerprint(each) for each in given}
        if given:
            asked = select(NoticeOptOut.way, NoticeOptOut.recipient_hash).where(
                NoticeOptOut.recipient_hash.in_(self._marks.values())
            )
            self._gone = {(way, bytes(mark)) for way, mark in self._session.execute(asked)}

    def add(self, fact: Fact, rule: RuleFacts, reader: Reader) -> bool:
        """One notice; False if this way does not lead to this reader."""
        address = reader.address(rule.way)
        channel = self._held.channel(rule.way)
        found = self._held.template(rule.event, rule.audience, rule.way, reader.language)
        if address is None or not channel.enabled or found is None:
            return False
        mark = self._marks.get(address) or fingerprint(address)
        why_not = self._why_not(rule.way, mark)
        due = self._at if rule.urgent else channel.after_quiet(self._at)
        self._rows.append(
            {
                **self._row(fact, rule, reader, address=_Address(address, mark), template=found),
                "status": NoticeStatus.SKIPPED if why_not else NoticeStatus.PENDING,
                "answer": why_not,
                "next_attempt_at": None if why_not else due,
                "settled_at": self._at if why_not else None,
                "address": None if why_not else address,
            }
        )
        return why_not is None

    def store(self) -> None:
        """Write them; those that are in the log already stay as they are."""
        if self._rows:
            self._session.execute(
                insert(Notice).on_conflict_do_nothing(index_elements=["dedupe_key"]), self._rows
            )

    def _why_not(self, way: Way, mark: bytes) -> str | None:
        if provider_of(way) is None:
            return NO_SENDER
        return OPTED_OUT if (way, mark) in self._gone else None

    def _row(
        self,
        fact: Fact,
        rule: RuleFacts,
        reader: Reader,
        *,
        address: _Address,
        template: TemplateFacts,
    ) -> Json:
        link = (
            reporters_link(reader.report_id)
            if reader.report_id
            else whole_link(staff_link(fact.case))
        )
        said = self._say(fact, template, link)
        return {
            "dedupe_key": f"{fact.event_id}:{rule.way}:{address.mark.hex()}",
            "event": rule.event,
            "event_id": fact.event_id,
            "case_id": fact.case.id,
            "audience": rule.audience,
            "way": rule.way,
            "language": template.language,
            "template_id": template.id,
            "robot_id": reader.robot_id,
            "recipient_hash": address.mark,
            "recipient": reader.name if rule.way is Way.ROBOT else masked(address.text),
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
            "created_at": self._at,
        }

    def _say(self, fact: Fact, template: TemplateFacts, link: str) -> texts.Said:
        values: Mapping[str, str] = values_for(
            self._session, fact, language=template.language, link=link, at=self._at
        )
        return texts.say(template.subject, template.body, values)
