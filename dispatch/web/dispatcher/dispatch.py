"""To dispatch (派遣): the unit that the rules advise and why, its rivals, everybody's load, and the next case."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases import queries
from dispatch.cases.commands import act, find_case
from dispatch.cases.states import Stage, Verb
from dispatch.departments.reference import departments
from dispatch.kit import clock
from dispatch.kit.errors import DomainError, invalid
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.units.commands.bulk import Report, act_on_many
from dispatch.units.queries.load import Load, advice_for, loads, open_spots
from dispatch.units.queries.waiting import alike_at, chains_of, waiting_at
from dispatch.web.dispatcher.desk import LINE, groups_of, line_of, onward, said_of, version_of
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go
from dispatch.web.parts.shell import desk_page

router = Router(prefix="/dispatcher/dispatch", include_in_schema=False)

Dispatcher = Annotated[Person, Depends(require(Permission.DISPATCH_DESK))]
#: Open cases of a unit that are put on the map.
SPOTS: Final = 60
Pair = tuple[str, str]


def _spots(session: Session, unit: int | None) -> list[dict[str, Any]]:
    """A unit's open cases as points of the map."""
    if unit is None:
        return []
    return [
        {
            "at": [each.longitude, each.latitude],
            "name": f"{each.category} {each.public_id}",
        }
        for each in open_spots(session, unit, at=clock.now(), limit=SPOTS)
    ]


def _page(
    session: Session,
    request: Request,
    login: Login,
    *,
    case: str = "",
    alike: str = "",
    unit: str = "",
    error: DomainError | None = None,
    typed: Mapping[str, str] | None = None,
    report: Report | None = None,
    said: tuple[Pair, str] | None = None,
) -> Response:
    person, now = login.person, clock.now()
    one, _, other = alike.partition("-")
    narrowed = (int(one), int(other)) if one.isdecimal() and other.isdecimal() else None
    rows = waiting_at(session, person, Stage.FILED, limit=LINE, condition=narrowed)
    line = line_of(session, person, rows, case)
    advice = advice_for(session, line.row, at=now) if line.row else None
    burdens = loads(session, at=now)
    by_unit: dict[int, Load] = {each.department_id: each for each in burdens}
    looked_at = int(unit) if unit.isdecimal() else (advice.department_id if advice else None)
    return desk_page(
        request,
        session,
        login,
        "dispatcher/dispatch.html",
        status=status_of(error) if error else 200,
        line=line,
        alike=alike if narrowed else "",
        groups=groups_of(session, alike_at(session, person, Stage.FILED)),
        advice=advice,
        loads=burdens,
        load_of=by_unit,
        most=max((each.open for each in burdens), default=0),
        looked_at=looked_at,
        spots=_spots(session, looked_at),
        chain=chains_of(session, [line.row.id]).get(line.row.id, []) if line.row else [],
        names={each.id: each.words for each in departments(session).values()},
        all_units=sorted(
            (each for each in departments(session).values() if each.active),
            key=lambda each: each.name,
        ),
        photos=queries.photos_of(session, line.row) if line.row else (),
        may="dispatch" in (line.case.allowed if line.case else ()),
        error=error,
        problems={each.name: (each.zh, each.en) for each in error.fields} if error else {},
        typed=typed or {},
        report=report,
        said=said,
    )


@router.get("")
def show_line(
    session: Db,
    request: Request,
    _person: Dispatcher,
    login: CurrentLogin,
    case: Annotated[str, Query(max_length=64)] = "",
    alike: Annotated[str, Query(max_length=40)] = "",
    unit: Annotated[str, Query(max_length=20)] = "",
    said: Annotated[str, Query(max_length=40)] = "",
    of: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The line of filed cases, and for the one at hand whom the rules advise."""
    return _page(session, request, login, case=case, alike=alike, unit=unit, said=said_of(said, of))


def _advised(session: Session, person: Person, public_id: str) -> dict[str, Any]:
    """The body of a dispatch as the rules advise it; refused where they know nobody."""
    advice = advice_for(session, find_case(session, public_id, by=person), at=clock.now())
    if advice.department_id is None:
        raise invalid(
            "department",
            f"规则没有给出单位:{advice.reason}",
            "The rules name no unit for this case: choose one by hand",
        )
    return {"department": advice.department_id, "decision": advice.as_json()}


@router.post("/bulk")
def dispatch_many(
    session: Db, request: Request, person: Dispatcher, login: CurrentLogin, posted: Form
) -> Response:
    """Dispatch everything ticked as the rules advise."""
    alike = posted.get("alike")
    try:
        report = act_on_many(
            session,
            posted.lists.get("case", []),
            Verb.DISPATCH,
            by=person,
            at=clock.now(),
            body=lambda public_id: _advised(session, person, public_id),
        )
    except DomainError as error:
        return _page(session, request, login, alike=alike, error=error)
    return _page(session, request, login, alike=alike, report=report)


def _body(session: Session, person: Person, case_id: str, posted: Posted) -> dict[str, Any]:
    """As advised, or another unit with the reason why."""
    body = {"assisting": [each for each in posted.lists.get("assisting", []) if each]}
    advice = advice_for(session, find_case(session, case_id, by=person), at=clock.now())
    given, why = posted.get("department_other") or posted.get("department"), posted.get("reason")
    if not given or given == str(advice.department_id):
        return {**_advised(session, person, case_id), **body, "note": why or None}
    if advice.department_id is not None and not why:
        raise invalid(
            "reason",
            f"规则建议派给{advice.department};改派其他单位请写明理由",
            "The rules advise another unit: say why you choose this one",
        )
    return {**body, "department": given, "note": why or None}


@router.post("/{case_id}")
def dispatch_case(
    session: Db,
    request: Request,
    person: Dispatcher,
    login: CurrentLogin,
    case_id: str,
    posted: Form,
) -> Response:
    """Give it to the unit that leads and those that assist; then the next one slides in."""
    find_case(session, case_id, by=person)
    try:
        with session.begin_nested():
            act(
                session,
                case_id,
                Verb.DISPATCH,
                by=person,
                at=clock.now(),
                body=_body(session, person, case_id, posted),
                expected_version=version_of(posted),
            )
    except DomainError as error:
        return _page(
            session,
            request,
            login,
            case=case_id,
            alike=posted.get("alike"),
            error=error,
            typed=posted.fields,
        )
    return go(onward("/dispatcher/dispatch", posted, verb=Verb.DISPATCH, of=case_id))
