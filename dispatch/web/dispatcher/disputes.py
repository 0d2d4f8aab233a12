"""Disputes between units: rule on who is responsible (责权认定), and what becomes of rulings as rules."""

from collections.abc import Mapping
from typing import Annotated, Final

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import departments
from dispatch.jurisdiction.model import AreaKind
from dispatch.jurisdiction.reference import area_name
from dispatch.kit import clock
from dispatch.kit.errors import DomainError
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.model import Role
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.units.commands import ruling as commands
from dispatch.units.model import ProposalStatus, Ruling
from dispatch.units.queries.load import advice_for
from dispatch.units.queries.rulings import rulings
from dispatch.units.queries.waiting import chains_of, disputes
from dispatch.web.dispatcher.desk import shown, version_of
from dispatch.web.parts.forms import Form
from dispatch.web.parts.page import go
from dispatch.web.parts.shell import desk_page

router = Router(prefix="/dispatcher", include_in_schema=False)

Reader = Annotated[Person, Depends(require(Permission.RULINGS_READ))]
Judge = Annotated[Person, Depends(require(Permission.RULINGS_DECIDE))]
Admin = Annotated[Person, Depends(require(Permission.RULES_EDIT))]
MOST: Final = 30
Pair = tuple[str, str]
#: For which area a ruling can be proposed as a rule.
AREAS: Final[dict[str, Pair]] = {
    "": ("只管本案", "this case alone"),
    AreaKind.COMMUNITY.value: ("本社区的同类案件", "such cases in this community"),
    AreaKind.STREET.value: ("本街道的同类案件", "such cases in this street"),
    AreaKind.DISTRICT.value: ("本区的同类案件", "such cases in this district"),
    AreaKind.CITY.value: ("全市的同类案件", "such cases in the whole city"),
}
PROPOSALS: Final[dict[str, Pair]] = {
    ProposalStatus.NONE.value: ("只管本案", "this case alone"),
    ProposalStatus.PROPOSED.value: ("待管理员答复", "waits for the administrator"),
    ProposalStatus.ADOPTED.value: ("已成为规则", "has become a rule"),
    ProposalStatus.DECLINED.value: ("未采纳", "not adopted"),
}


def _area(session: Session, ruling: Ruling) -> Pair:
    if ruling.area_kind is None:
        return ("", "")
    if ruling.area_code is None:
        return ("全市", "the whole city")
    name = area_name(session, AreaKind(ruling.area_kind), ruling.area_code) or ruling.area_code
    return (name, name)


def _page(
    session: Session,
    request: Request,
    login: Login,
    *,
    error: DomainError | None = None,
    of: str = "",
    typed: Mapping[str, str] | None = None,
    said: bool = False,
) -> Response:
    person, now = login.person, clock.now()
    judges = person.has(Role.DISPATCHER, Role.SHIFT_LEADER)
    rows = disputes(session, person, limit=MOST) if judges else []
    chains = chains_of(session, (row.id for row in rows))
    known = catalogue(session).by_id
    return desk_page(
        request,
        session,
        login,
        "dispatcher/disputes.html",
        status=status_of(error) if error else 200,
        judges=judges,
        answers=person.has(Role.ADMIN),
        cases=[
            (case, chains.get(row.id, []), advice_for(session, row, at=now))
            for case, row in zip(shown(session, person, rows), rows, strict=True)
        ],
        rulings=[
            (each, known.get(each.ruling.category_id or 0), _area(session, each.ruling))
            for each in rulings(session, only_proposed=person.has(Role.ADMIN), limit=MOST)
        ],
        names={each.id: each.words for each in departments(session).values()},
        units_all=sorted(
            (each for each in departments(session).values() if each.active),
            key=lambda each: each.name,
        ),
        areas=AREAS,
        proposals=PROPOSALS,
        error=(error.zh, error.en) if error else None,
        of=of,
        typed=typed or {},
        said=said,
    )


@router.get("/disputes")
def show_disputes(
    session: Db,
    request: Request,
    _person: Reader,
    login: CurrentLogin,
    case: Annotated[str, Query(max_length=64)] = "",
    said: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """What is in dispute, and the rulings so far; for the administrator, the proposals."""
    return _page(session, request, login, of=case, said=said == "yes")


@router.post("/disputes/{case_id}")
def settle(
    session: Db,
    request: Request,
    person: Judge,
    login: CurrentLogin,
    case_id: str,
    posted: Form,
) -> Response:
    """Rule on who is responsible; the unit cannot return the case any more."""
    try:
        with session.begin_nested():
            commands.settle(
                session,
                case_id,
                department=posted.get("department"),
                words=posted.get("words"),
                propose_for=posted.get("propose_for") or None,
                by=person,
                at=clock.now(),
                expected_version=version_of(posted),
            )
    except DomainError as error:
        return _page(session, request, login, error=error, of=case_id, typed=posted.fields)
    return go("/dispatcher/disputes?said=yes")


@router.post("/rulings/{ruling_id}")
def answer(
    session: Db,
    request: Request,
    person: Admin,
    login: CurrentLogin,
    ruling_id: int,
    posted: Form,
) -> Response:
    """Make a rule of a proposal, or say why not."""
    try:
        with session.begin_nested():
            if posted.get("answer") == "adopt":
                commands.adopt(session, ruling_id, by=person, at=clock.now())
            else:
                commands.decline(
                    session, ruling_id, words=posted.get("words"), by=person, at=clock.now()
                )
    except DomainError as error:
        return _page(session, request, login, error=error, of=str(ruling_id), typed=posted.fields)
    return go("/dispatcher/disputes?said=yes")
