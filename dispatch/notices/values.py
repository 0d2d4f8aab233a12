"""What the placeholders stand for, for one case, one event and one reader."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session, load_only

from dispatch.cases.model import Case, CaseHistory, CasePlace
from dispatch.cases.states import STAGE_LABELS, Stage
from dispatch.catalogue.model import Severity
from dispatch.catalogue.reference import catalogue, city_setting
from dispatch.departments.reference import words_of_unit
from dispatch.intake.tokens import track_url
from dispatch.jurisdiction.model import AreaKind
from dispatch.jurisdiction.reference import area_name
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.config import settings
from dispatch.kit.db import Json

LONGEST_WHAT, LONGEST_PLACE, LONGEST_WHY = 30, 40, 60
#: What notices say of a case, or choose their readers by.
_NEEDED = load_only(
    Case.public_id,
    Case.number,
    Case.stage,
    Case.channel,
    Case.description,
    Case.category_id,
    Case.severity,
    Case.due_at,
    Case.department_id,
    Case.inspector_id,
    Case.working_grid,
    Case.district_code,
    Case.street_code,
    Case.community_code,
    Case.reporters_count,
)
_DAYS = {0: ("今天", "today"), 1: ("明天", "tomorrow")}
#: What a step of a ladder says has run out.
CLOCKS = {
    "handle": ("处理时限", "the handling limit"),
    "make_safe": ("排险时限", "the limit for making safe"),
    "accept": ("受理时限", "the limit for accepting"),
    "verify": ("核实时限", "the limit for verifying"),
    "file": ("立案时限", "the limit for filing"),
    "dispatch": ("派遣时限", "the limit for dispatching"),
    "acknowledge": ("签收时限", "the limit for acknowledging"),
    "check": ("核查时限", "the limit for checking"),
    "close": ("结案时限", "the limit for closing"),
}
_UNITS = (("天", "d", 86_400), ("小时", "h", 3_600), ("分", "min", 60))


@dataclass(frozen=True)
class Fact:
    """An event of a case with what stands behind it: the case now, who did it, with which note."""

    event_id: int | None
    name: str
    payload: Json
    at: datetime
    case: Case
    actor_id: int | None
    actor: str
    why: str
    place: str

    @property
    def department_id(self) -> int | None:
        """The unit that had the case when it happened; a return tells of the one that gave it back."""
        found = self.payload.get("department_id")
        return found if isinstance(found, int) else self.case.department_id


@dataclass(frozen=True)
class Happening:
    """An event as the outbox has it."""

    event_id: int | None
    name: str
    payload: Json
    at: datetime

    @property
    def deed(self) -> tuple[int, int, str]:
        """The line of history that it tells of: case, version, verb."""
        of_case, version = self.payload.get("case_id", 0), self.payload.get("version", 0)
        return int(of_case), int(version), str(self.payload.get("verb", ""))


def fact_of(session: Session, happening: Happening) -> Fact | None:
    """The event with its case; None when there is no such case."""
    found = facts_of(session, [happening])
    return found[0] if found else None


def facts_of(session: Session, happenings: Sequence[Happening]) -> list[Fact]:
    """Events with their cases, those without one left out; each table is asked once for all."""
    deeds = {each.deed for each in happenings}
    ids = {case_id for case_id, _, _ in deeds}
    cases = {
        case.id: case
        for case in session.scalars(select(Case).where(Case.id.in_(ids)).options(_NEEDED))
    }
    history = CaseHistory.case_id, CaseHistory.version, CaseHistory.verb
    said = {
        (row.case_id, row.version, row.verb): row
        for row in session.execute(
            select(*history, CaseHistory.actor_id, CaseHistory.actor, CaseHistory.note).where(
                tuple_(*history).in_(deeds)
            )
        )
    }
    words = _words_of_places(session, cases)
    facts = []
    for each in happenings:
        case, row = cases.get(each.deed[0]), said.get(each.deed)
        if case is not None:
            facts.append(
                Fact(
                    event_id=each.event_id,
                    name=each.name,
                    payload=each.payload,
                    at=each.at,
                    case=case,
                    actor_id=row.actor_id if row else None,
                    actor=row.actor if row else "",
                    why=(row.note or "") if row else "",
                    place=_place(session, case, words.get(case.id)),
                )
            )
    return facts


def _words_of_places(session: Session, ids: Collection[int]) -> dict[int, str]:
    """How the place of each case was first described."""
    rows = session.execute(
        select(CasePlace.case_id, CasePlace.text)
        .where(CasePlace.case_id.in_(ids), CasePlace.text.is_not(None))
        .order_by(CasePlace.case_id, CasePlace.id)
    )
    found: dict[int, str] = {}
    for case_id, words in rows:
        if words is not None:
            found.setdefault(case_id, words)
    return found


def _place(session: Session, case: Case, words: str | None) -> str:
    district = area_name(session, AreaKind.DISTRICT, case.district_code) or ""
    if words:
        return words if words.startswith(district) else f"{district}{words}"
    street = area_name(session, AreaKind.STREET, case.street_code) or ""
    community = area_name(session, AreaKind.COMMUNITY, case.community_code) or ""
    return district + street + community


def values_for(
    session: Session, fact: Fact, *, language: str, link: str, at: datetime
) -> dict[str, str]:
    """A word for every placeholder; empty where nothing is known."""
    case = fact.case
    english = language == "en"
    category = catalogue(session).by_id.get(case.category_id or 0)
    name = "" if category is None else category.name
    return {
        "number": case.number,
        "category": (category.name_en or name) if category and english else name,
        "what": _cut(case.description.replace("\n", " "), LONGEST_WHAT),
        "place": _cut(fact.place, LONGEST_PLACE),
        "stage": STAGE_LABELS[Stage(fact.payload.get("stage") or case.stage)][english],
        "department": words_of_unit(session, fact.department_id)[english],
        "due": _moment(_due_of(fact), at=at, english=english),
        "link": link,
        "city": city_setting(session, "service_name", "柳州市数字城管"),
        "why": _cut(fact.why, LONGEST_WHY),
        "severity": ("urgent" if english else "紧急") if case.severity == Severity.URGENT else "",
        "overdue": _over(_due_of(fact), at=at, english=english),
        "clock": CLOCKS.get(str(fact.payload.get("clock")), ("", ""))[english],
        "level": str(fact.payload.get("level") or ""),
        "by": fact.actor,
        "reporters": str(case.reporters_count) if case.reporters_count > 1 else "",
    }


def _due_of(fact: Fact) -> datetime | None:
    """What the event is about: the clock of a step, else the handling limit."""
    given = fact.payload.get("due_at")
    return datetime.fromisoformat(given) if given else fact.case.due_at


def reporters_link(public_id: str) -> str:
    """Where a reporter follows their report: the token is part of it."""
    return track_url(public_id)


def staff_link(case: Case) -> str:
    """Where staff see the case, on this site."""
    return f"/cases/{case.public_id}"


def whole_link(path: str) -> str:
    """The same with the platform's address before it, for messages that leave the house."""
    return settings().base_url + path


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def _moment(instant: datetime | None, *, at: datetime, english: bool) -> str:
    if instant is None:
        return ""
    local = instant.astimezone(CITY_ZONE)
    days = (local.date() - at.astimezone(CITY_ZONE).date()).days
    pair = _DAYS.get(days, (f"{local.month}月{local.day}日", f"{local:%d %b}"))
    return f"{pair[english]} {local:%H:%M}"


def _over(due_at: datetime | None, *, at: datetime, english: bool) -> str:
    if due_at is None or at - due_at < timedelta(minutes=1):
        return ""
    seconds = int((at - due_at).total_seconds())
    parts: list[str] = []
    for zh, en, size in _UNITS:
        count, seconds = divmod(seconds, size)
        if count and len(parts) < 2:
            parts.append(f"{count} {en}" if english else f"{count}{zh}")
    return (" " if english else "").join(parts)
