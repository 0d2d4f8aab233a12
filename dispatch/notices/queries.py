"""Look-ups of notices: the bell of a person, what was sent to whom, what was given up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select, tuple_
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseHistory
from dispatch.kit.paging import bad_cursor
from dispatch.kit.sealing import fingerprint
from dispatch.notices.events import TELLINGS, Audience, Way
from dispatch.notices.model import (
    Notice,
    NoticeChannel,
    NoticeOptOut,
    NoticePreference,
    NoticeRobot,
    NoticeRule,
    NoticeStatus,
    NoticeTemplate,
    StaffNotice,
)
from dispatch.notices.readers import audiences_of
from dispatch.notices.reference import contents
from dispatch.notices.values import Happening, fact_of, staff_link, values_for, whole_link
from dispatch.people.policy import Person

#: Beyond this the bell says "99+" and nobody counts on.
MOST_UNREAD = 100
#: How many bytes the fingerprint of an address has.
MARK = 16


def unread_count(session: Session, person: Person) -> int:
    """How many notices behind the bell this person has not read; at most `MOST_UNREAD`."""
    if person.id is None:
        return 0
    unread = (
        select(StaffNotice.id)
        .where(StaffNotice.user_id == person.id, StaffNotice.read_at.is_(None))
        .limit(MOST_UNREAD)
    )
    return session.scalar(select(func.count()).select_from(unread.subquery())) or 0


def latest(
    session: Session, person: Person, limit: int = 10, *, before: int | None = None
) -> Sequence[StaffNotice]:
    """The newest notices of a person, read or not, newest first; from before an id on."""
    if person.id is None:
        return []
    asked = (
        select(StaffNotice)
        .where(StaffNotice.user_id == person.id)
        .order_by(StaffNotice.id.desc())
        .limit(limit)
    )
    if before is not None:
        asked = asked.where(StaffNotice.id < before)
    return session.scalars(asked).all()


def messages_to(session: Session, openid: str, *, limit: int = 50) -> Sequence[Notice]:
    """What was sent to a follower, by rule or by an agent, newest first, with how far each is."""
    return session.scalars(
        select(Notice)
        .where(
            Notice.recipient_hash == fingerprint(openid),
            Notice.way.in_((Way.WECHAT_MESSAGE, Way.WECHAT_TEMPLATE)),
        )
        .order_by(Notice.id.desc())
        .limit(limit)
    ).all()


def ways_waiting(session: Session, *, at: datetime) -> list[Way]:
    """The ways by which something is due now and whose provider is not left alone."""
    found = []
    for way in Way:
        due = select(Notice.id).where(
            Notice.way == way,
            Notice.status == NoticeStatus.PENDING,
            Notice.next_attempt_at <= at,
        )
        rests = exists().where(NoticeChannel.way == way, NoticeChannel.open_until > at)
        if session.scalar(due.where(~rests).limit(1)) is not None:
            found.append(way)
    return found


def all_rules(session: Session) -> Sequence[NoticeRule]:
    """Every rule, in force or not, by audience and rank."""
    return session.scalars(
        select(NoticeRule).order_by(NoticeRule.audience, NoticeRule.rank, NoticeRule.id)
    ).all()


def languages_written(session: Session) -> dict[tuple[str, str, str], set[str]]:
    """In which languages there is a text in force, by event, audience and way."""
    found: dict[tuple[str, str, str], set[str]] = {}
    rows = session.execute(
        select(
            NoticeTemplate.event,
            NoticeTemplate.audience,
            NoticeTemplate.way,
            NoticeTemplate.language,
        ).where(NoticeTemplate.active)
    )
    for event, audience, way, language in rows:
        found.setdefault((event, audience, way), set()).add(language)
    return found


def versions_of(
    session: Session, *, event: str, audience: str, way: str, language: str, limit: int = 20
) -> Sequence[NoticeTemplate]:
    """The versions of a text, newest first."""
    return session.scalars(
        select(NoticeTemplate)
        .where(
            NoticeTemplate.event == event,
            NoticeTemplate.audience == audience,
            NoticeTemplate.way == way,
            NoticeTemplate.language == language,
        )
        .order_by(NoticeTemplate.version.desc())
        .limit(limit)
    ).all()


def all_channels(session: Session) -> dict[str, NoticeChannel]:
    """How each way is used, by way."""
    return {row.way: row for row in session.scalars(select(NoticeChannel))}


def all_robots(session: Session) -> Sequence[NoticeRobot]:
    """The robots of chat groups, by name."""
    return session.scalars(select(NoticeRobot).order_by(NoticeRobot.name)).all()


@dataclass(frozen=True)
class LogFilter:
    """Which notices of the log are wanted."""

    status: str = ""
    way: str = ""
    number: str = ""


def log_of(
    session: Session, wanted: LogFilter, *, before: int | None, limit: int
) -> Sequence[tuple[Notice, str | None]]:
    """The log, newest first, each notice with the public id of its case."""
    asked = (
        select(Notice, Case.public_id)
        .outerjoin(Case, Case.id == Notice.case_id)
        .order_by(Notice.id.desc())
        .limit(limit)
    )
    if wanted.status:
        asked = asked.where(Notice.status == wanted.status)
    if wanted.way:
        asked = asked.where(Notice.way == wanted.way)
    if wanted.number:
        asked = asked.where((Case.public_id == wanted.number) | (Case.number == wanted.number))
    if before is not None:
        asked = asked.where(Notice.id < before)
    return [(row[0], row[1]) for row in session.execute(asked)]


def count_dead(session: Session) -> int:
    """How many notices were given up; at most `MOST_UNREAD`."""
    dead = select(Notice.id).where(Notice.status == NoticeStatus.DEAD).limit(MOST_UNREAD)
    return session.scalar(select(func.count()).select_from(dead.subquery())) or 0


def opted_out(
    session: Session, *, number: str = "", way: str = "", after: str | None = None, limit: int
) -> Sequence[NoticeOptOut]:
    """Those who want no notices, the latest first, from behind a place on; a number by its fingerprint."""
    asked = (
        select(NoticeOptOut)
        .order_by(NoticeOptOut.at.desc(), NoticeOptOut.way, NoticeOptOut.recipient_hash)
        .limit(limit)
    )
    if number:
        asked = asked.where(NoticeOptOut.recipient_hash == fingerprint(number))
    if way:
        asked = asked.where(NoticeOptOut.way == way)
    if after is not None:
        at, last_way, mark = _place(after)
        later = tuple_(NoticeOptOut.way, NoticeOptOut.recipient_hash) > tuple_(last_way, mark)
        asked = asked.where((NoticeOptOut.at < at) | ((NoticeOptOut.at == at) & later))
    return session.scalars(asked).all()


def place_of(row: NoticeOptOut) -> str:
    """Where a row stands among those who want no notices."""
    return f"{row.at.isoformat()}~{row.way}~{row.recipient_hash.hex()}"


def _place(text: str) -> tuple[datetime, str, bytes]:
    try:
        at, way, mark = text.split("~")
        return datetime.fromisoformat(at), way, bytes.fromhex(mark)
    except ValueError:
        raise bad_cursor() from None


def muted_by(session: Session, person: Person) -> set[str]:
    """The events that a person does not want behind the bell."""
    return set(
        session.scalars(select(NoticePreference.event).where(NoticePreference.user_id == person.id))
    )


def ringing_for(session: Session, person: Person) -> list[str]:
    """The events that the rules ring the bell of such a person for, in the order of a case's life."""
    mine = audiences_of(person)
    return [
        name
        for name in TELLINGS
        if any(
            rule.way is Way.IN_APP and rule.audience in mine
            for rule in contents(session).rules.get(name, ())
        )
    ]


def has_opted_out(session: Session, *, way: Way, address: str) -> bool:
    """Whether this address wants nothing more by this way."""
    found = select(NoticeOptOut.at).where(
        NoticeOptOut.way == way, NoticeOptOut.recipient_hash == fingerprint(address)
    )
    return session.scalar(found) is not None


def preview_values(
    session: Session,
    *,
    event: str,
    audience: str,
    language: str,
    public_id: str,
    at: datetime,
) -> dict[str, str] | None:
    """What the placeholders would say of a real case, with its link's token taken out; None: no such case."""
    case = session.scalar(
        select(Case).where((Case.public_id == public_id) | (Case.number == public_id))
    )
    if case is None:
        return None
    row = session.execute(
        select(CaseHistory.version, CaseHistory.verb)
        .where(CaseHistory.case_id == case.id)
        .order_by(CaseHistory.version.desc())
        .limit(1)
    ).one()
    payload = {"case_id": case.id, "version": row.version, "verb": row.verb}
    fact = fact_of(session, Happening(event_id=None, name=event, payload=payload, at=at))
    link = (
        f"{whole_link('/track/')}{case.public_id}?token=…"
        if audience == Audience.REPORTER
        else whole_link(staff_link(case))
    )
    return None if fact is None else values_for(session, fact, language=language, link=link, at=at)
