"""What units ask for: extensions and suspensions to answer, appeals to see or decide, with the facts for it."""

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases.commands import act, find_case
from dispatch.cases.model import RequestKind
from dispatch.cases.states import VERB_LABELS, Verb
from dispatch.catalogue.reference import city_setting
from dispatch.kit import clock
from dispatch.kit.errors import DomainError, NotFound
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.units.queries.asking import count_pending, pending
from dispatch.units.queries.load import loads
from dispatch.units.queries.work import first_photos
from dispatch.web.dispatcher.desk import shown, version_of
from dispatch.web.parts.forms import Form
from dispatch.web.parts.page import go
from dispatch.web.parts.shell import desk_page

router = Router(prefix="/dispatcher/requests", include_in_schema=False)

Reader = Annotated[Person, Depends(require(Permission.URGE_MANY))]
MOST: Final = 40
#: By which deeds a request of each kind is answered: yes and no.
ANSWERS: Final[dict[RequestKind, tuple[Verb, Verb]]] = {
    RequestKind.EXTENSION: (Verb.APPROVE_EXTENSION, Verb.REFUSE_EXTENSION),
    RequestKind.SUSPENSION: (Verb.APPROVE_SUSPENSION, Verb.REFUSE_SUSPENSION),
    RequestKind.APPEAL: (Verb.DECIDE_APPEAL, Verb.DECIDE_APPEAL),
}
NAMES: Final[dict[RequestKind, tuple[str, str]]] = {
    RequestKind.EXTENSION: ("延期", "Extensions"),
    RequestKind.SUSPENSION: ("挂账", "Suspensions"),
    RequestKind.APPEAL: ("申诉", "Appeals"),
}


def _page(
    session: Session,
    request: Request,
    login: Login,
    *,
    kind: RequestKind,
    error: DomainError | None = None,
    of: str = "",
    typed: Mapping[str, str] | None = None,
    said: tuple[tuple[str, str], str] | None = None,
) -> Response:
    person, now = login.person, clock.now()
    asked = pending(session, person, kind, limit=MOST)
    cases = shown(session, person, [each.case for each in asked])
    photos = first_photos(session, (each.case.id for each in asked))
    return desk_page(
        request,
        session,
        login,
        "dispatcher/requests.html",
        status=status_of(error) if error else 200,
        kind=kind,
        kinds=NAMES,
        counts=count_pending(session, person),
        answers=ANSWERS[kind],
        asked=[
            (each, case, photos.get(each.case.id)) for each, case in zip(asked, cases, strict=True)
        ],
        load_of={each.department_id: each for each in loads(session, at=now)},
        most_extensions=city_setting(session, "max_extensions", 1),
        error=(error.zh, error.en) if error else None,
        of=of,
        typed=typed or {},
        said=said,
    )


@router.get("")
def show_requests(
    session: Db,
    request: Request,
    _person: Reader,
    login: CurrentLogin,
    kind: RequestKind = RequestKind.EXTENSION,
    said: Annotated[str, Query(max_length=40)] = "",
    of: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """Requests of a kind that wait, the oldest first."""
    done = (VERB_LABELS[Verb(said)], of) if said in set(Verb) else None
    return _page(session, request, login, kind=kind, said=done)


@router.post("/{case_id}/{kind}")
def answer(
    session: Db,
    request: Request,
    person: Reader,
    login: CurrentLogin,
    case_id: str,
    kind: RequestKind,
    posted: Form,
) -> Response:
    """Grant or refuse, with a word to the unit; who may is in the table of states."""
    granted = posted.get("answer") == "yes"
    verb = ANSWERS[kind][0 if granted else 1]
    body: dict[str, Any] = {"note": posted.get("note")} if posted.get("note") else {}
    if kind is RequestKind.APPEAL:
        body["granted"] = granted
    find_case(session, case_id, by=person)
    try:
        with session.begin_nested():
            act(
                session,
                case_id,
                verb,
                by=person,
                at=clock.now(),
                body=body,
                expected_version=version_of(posted),
            )
    except NotFound:
        raise
    except DomainError as error:
        return _page(
            session, request, login, kind=kind, error=error, of=case_id, typed=posted.fields
        )
    return go(f"/dispatcher/requests?kind={kind}&said={verb}&of={case_id}")
