"""Rule on who is responsible (责权认定), keep it as a proposal, and make a rule of it or not."""

from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act, find_case
from dispatch.cases.model import Case, CaseAssignment
from dispatch.cases.states import Verb
from dispatch.departments.reference import department_given
from dispatch.jurisdiction.model import AreaKind
from dispatch.kit import audit
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.errors import Conflict, NotAllowed, NotFound, invalid
from dispatch.people.model import Role
from dispatch.people.policy import Person
from dispatch.routing.model import RoutingRule
from dispatch.units.model import ProposalStatus, Ruling

#: For which area a ruling may be proposed as a rule, and the column of the case that tells it.
AREAS: Final = {
    AreaKind.COMMUNITY.value: "community_code",
    AreaKind.STREET.value: "street_code",
    AreaKind.DISTRICT.value: "district_code",
}
CITY: Final = AreaKind.CITY.value


def settle(
    session: Session,
    case: str,
    *,
    department: str | int,
    words: str,
    propose_for: str | None,
    by: Person,
    at: datetime,
    expected_version: int | None = None,
) -> Ruling:
    """Give a case to the unit that is found responsible; it cannot return it any more.

    `propose_for` is an area kind (community, street, district, city): the administrator is asked to
    make a rule of it for all cases of this category there. Raises what `act` raises.
    """
    if not words.strip():
        raise invalid(
            "words",
            "请写明认定依据,如权属资料、移交手续、现场会结论",
            "Say what the ruling rests on: papers of ownership, hand-over, what was found together",
        )
    found = find_case(session, case, by=by)
    parties = _parties(session, found)
    area = _area(found, propose_for)
    unit = department_given(session, department, field="department")
    act(
        session,
        case,
        Verb.DISPATCH,
        by=by,
        at=at,
        body={"department": unit.id, "ruling": words.strip()},
        expected_version=expected_version,
    )
    ruling = Ruling(
        case_id=found.id,
        department_id=unit.id,
        parties=parties,
        category_id=found.category_id,
        area_kind=area[0] if area else None,
        area_code=area[1] if area else None,
        words=words.strip(),
        by_id=by.id,
        at=at,
        proposal=(ProposalStatus.PROPOSED if area else ProposalStatus.NONE).value,
    )
    session.add(ruling)
    session.flush()
    return ruling


def _parties(session: Session, case: Case) -> list[int]:
    rows = session.scalars(
        select(CaseAssignment.department_id)
        .where(CaseAssignment.case_id == case.id, CaseAssignment.leads)
        .order_by(CaseAssignment.at, CaseAssignment.id)
    )
    return list(dict.fromkeys(rows))


def _area(case: Case, kind: str | None) -> tuple[str, str | None] | None:
    """The area that a proposal is for; the city has no code."""
    if not kind:
        return None
    if case.category_id is None:
        raise invalid(
            "propose_for",
            "案件没有类别,不能作为规则建议;请先更正类别",
            "Without a category this cannot become a rule; correct the category first",
        )
    if kind == CITY:
        return CITY, None
    code = getattr(case, AREAS[kind], None) if kind in AREAS else None
    if code is None:
        raise invalid(
            "propose_for",
            "案件没有落在这一级区域内,请换一级",
            "The case does not lie in an area of that kind; choose another",
        )
    return kind, code


def _proposal(session: Session, ruling_id: int, by: Person) -> Ruling:
    if not by.has(Role.ADMIN):
        raise NotAllowed(
            "not_an_administrator",
            "规则建议由管理员答复",
            "An administrator answers proposals of rules",
        )
    ruling = session.get(Ruling, ruling_id, with_for_update=True, populate_existing=True)
    if ruling is None:
        raise NotFound("no_such_ruling", "没有这项认定", "There is no such ruling")
    if ruling.proposal != ProposalStatus.PROPOSED:
        raise Conflict(
            "already_answered",
            "这项建议已经有人答复,请刷新",
            "Somebody has answered this proposal already; reload the page",
        )
    return ruling


def adopt(session: Session, ruling_id: int, *, by: Person, at: datetime) -> RoutingRule:
    """Make a routing rule of a proposal, in force from today. Raises Conflict when it was answered."""
    ruling = _proposal(session, ruling_id, by)
    of_city = ruling.area_kind == CITY
    rule = RoutingRule(
        category_id=ruling.category_id,
        area_kind=None if of_city else ruling.area_kind,
        area_code=None if of_city else ruling.area_code,
        department_id=ruling.department_id,
        valid_from=at.astimezone(CITY_ZONE).date(),
        reason=f"责权认定 {ruling.id}:{ruling.words}"[:300],
        source=f"ruling:{ruling.id}",
    )
    session.add(rule)
    session.flush()
    ruling.rule_id = rule.id
    _answer(session, ruling, ProposalStatus.ADOPTED, by=by, at=at, words=None)
    return rule


def decline(session: Session, ruling_id: int, *, words: str, by: Person, at: datetime) -> Ruling:
    """Leave it at the one case, with the reason why it becomes no rule."""
    ruling = _proposal(session, ruling_id, by)
    if not words.strip():
        raise invalid("words", "请写明不采纳的理由", "Say why it is not adopted")
    _answer(session, ruling, ProposalStatus.DECLINED, by=by, at=at, words=words.strip())
    return ruling


def _answer(
    session: Session,
    ruling: Ruling,
    status: ProposalStatus,
    *,
    by: Person,
    at: datetime,
    words: str | None,
) -> None:
    ruling.proposal = status.value
    ruling.answered_by_id, ruling.answered_at, ruling.answer = by.id, at, words
    audit.record(
        session,
        f"ruling.{status.value}",
        subject=f"ruling:{ruling.id}",
        actor=by.username or by.name,
        actor_id=by.id,
    )
    session.flush()
