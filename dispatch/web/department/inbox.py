"""A department's inbox: what is new, and every step after it, with one deed for many cases at once."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases.states import Verb
from dispatch.crews.queries import crews_of, workers_of
from dispatch.kit import clock, paging
from dispatch.kit.errors import DomainError, invalid
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin
from dispatch.people.model import Role
from dispatch.people.queries import Login
from dispatch.units.commands.bulk import Report, act_on_many
from dispatch.units.queries import work
from dispatch.units.states import STEP_LABELS, Step
from dispatch.web.department.desk import Worker, shown, unit_of
from dispatch.web.parts.forms import Form
from dispatch.web.parts.shell import desk_page

router = Router(prefix="/department", include_in_schema=False)

ROWS: Final = 50
#: What can be done to many at once.
MANY: Final = (Verb.ACKNOWLEDGE, Verb.ASSIGN, Verb.START)
#: Tabs beside the steps.
LATE, ASSISTING = "late", "assisting"


def _wanted(tab: str, crew: str) -> work.Wanted:
    crew_id = int(crew) if crew.isdecimal() else None
    if tab == LATE:
        return work.Wanted(late=True, crew_id=crew_id)
    return work.Wanted(step=Step(tab) if tab in set(Step) else Step.NEW, crew_id=crew_id)


def _list(session: Session, login: Login, tab: str, crew: str, cursor: str) -> dict[str, Any]:
    person, now = login.person, clock.now()
    unit = unit_of(person)
    if tab == ASSISTING:
        return {
            "cases": shown(session, person, work.assisted_by(session, unit, limit=ROWS)),
            "following": None,
        }
    rows = work.cases_of(
        session,
        unit,
        _wanted(tab, crew),
        at=now,
        after=paging.decode(cursor or None, parts=2),
        limit=ROWS,
    )
    page, following = paging.cut(rows, ROWS, key=work.key_of)
    asked = {"tab": tab, "crew": crew, "cursor": following or ""}
    return {
        "cases": shown(session, person, page),
        "following": "/department?" + urlencode({k: v for k, v in asked.items() if v})
        if following
        else None,
    }


def _page(
    session: Session,
    request: Request,
    login: Login,
    *,
    tab: str,
    crew: str = "",
    cursor: str = "",
    report: Report | None = None,
    error: DomainError | None = None,
) -> Response:
    unit, now = unit_of(login.person), clock.now()
    return desk_page(
        request,
        session,
        login,
        "department/inbox.html",
        current="unit-inbox",
        status=status_of(error) if error else 200,
        tab=tab,
        crew=crew,
        counts=work.count_steps(session, unit, at=now),
        late=work.count_late(session, unit, at=now),
        steps=STEP_LABELS,
        crews=crews_of(session, unit),
        workers=workers_of(session, unit),
        manages=login.person.has(Role.MANAGER),
        report=report,
        error=(error.zh, error.en) if error else None,
        first=f"/department?tab={tab}" if cursor else None,
        **_list(session, login, tab, crew, cursor),
    )


def _tab(given: str) -> str:
    return given if given in (*Step, LATE, ASSISTING) else Step.NEW.value


@router.get("")
def show_inbox(
    session: Db,
    request: Request,
    _person: Worker,
    login: CurrentLogin,
    tab: Annotated[str, Query(max_length=20)] = Step.NEW.value,
    crew: Annotated[str, Query(max_length=20)] = "",
    cursor: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    """The unit's cases at one step, the first due first."""
    return _page(session, request, login, tab=_tab(tab), crew=crew, cursor=cursor)


def _given(verb: Verb, to: str) -> Mapping[str, Any]:
    """The body of a deed to many; `to` is `crew:3` or `person:17`."""
    if verb is not Verb.ASSIGN:
        return {}
    kind, _, who = to.partition(":")
    if not who:
        raise invalid("to", "请选择班组或人员", "Choose a crew or a person")
    return {"crew" if kind == "crew" else "assignee": who}


@router.post("/bulk")
def do_many(
    session: Db, request: Request, person: Worker, login: CurrentLogin, posted: Form
) -> Response:
    """Acknowledge, assign or begin everything ticked; the page tells what was done and what not."""
    tab = _tab(posted.get("tab"))
    try:
        verb = next((each for each in MANY if each == posted.get("verb")), None)
        if verb is None:
            raise invalid("verb", "请选择要做的操作", "Choose what to do")
        report = act_on_many(
            session,
            posted.lists.get("case", []),
            verb,
            by=person,
            at=clock.now(),
            body=_given(verb, posted.get("to")),
        )
    except DomainError as error:
        return _page(session, request, login, tab=tab, error=error)
    return _page(session, request, login, tab=tab, report=report)
