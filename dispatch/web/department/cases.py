"""One case as its unit works on it: the next step as one button, photos, and what else can be asked."""

from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases import queries
from dispatch.cases.commands import act, find_case
from dispatch.cases.model import Case, PhotoKind
from dispatch.cases.photos import store_photos
from dispatch.cases.states import VERB_LABELS, Stage, Verb
from dispatch.catalogue.queries import reasons_for
from dispatch.crews.queries import crews_of, workers_of
from dispatch.kit import clock
from dispatch.kit.errors import DomainError, NotFound, StaleVersion, invalid
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.units.states import step_of
from dispatch.web.department.desk import Worker, shown, unit_of
from dispatch.web.department.mine import ways_to
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.given import reason_given, worker_given
from dispatch.web.parts.page import go, local_address
from dispatch.web.parts.shell import desk_page
from dispatch.web.parts.times import local_instant

router = Router(prefix="/department/cases", include_in_schema=False)

Doer = Annotated[Person, Depends(require(Permission.UNIT_DESK))]
#: The deeds of this page.
DEEDS: Final = (
    Verb.ACKNOWLEDGE,
    Verb.ASSIGN,
    Verb.START,
    Verb.MAKE_SAFE,
    Verb.REPORT_DONE,
    Verb.RETURN,
    Verb.EXTEND,
    Verb.SUSPEND,
    Verb.RESUME,
    Verb.APPEAL,
    Verb.NOTE,
)
#: The file fields and what their photos show; the name is also that of the list in the deed's body.
MOMENTS: Final = {
    "before_photos": PhotoKind.BEFORE,
    "during_photos": PhotoKind.DURING,
    "photos": PhotoKind.AFTER,
}


def _page(
    session: Session,
    request: Request,
    login: Login,
    case: Case,
    *,
    back: str,
    error: DomainError | None = None,
    verb: Verb | None = None,
    typed: Mapping[str, str] | None = None,
    said: Verb | None = None,
) -> Response:
    person, unit = login.person, unit_of(login.person)
    task = shown(session, person, [case])[0]
    return desk_page(
        request,
        session,
        login,
        "department/case.html",
        current="unit-inbox",
        status=status_of(error) if error else 200,
        case=task,
        step=step_of(case),
        photos=queries.photos_of(session, case),
        story=list(reversed(queries.history_of(session, case)))[:12],
        reasons=reasons_for(session, Verb.RETURN),
        crews=crews_of(session, unit),
        workers=workers_of(session, unit),
        way=ways_to(task),
        back=back,
        error=error,
        problems={each.name: (each.zh, each.en) for each in error.fields} if error else {},
        is_stale=isinstance(error, StaleVersion),
        open_verb=verb,
        typed=typed or {},
        said=VERB_LABELS[said] if said else None,
        requests=case.open_requests,
    )


@router.get("/{case_id}")
def show_task(
    session: Db,
    request: Request,
    person: Worker,
    login: CurrentLogin,
    case_id: str,
    back: Annotated[str, Query(max_length=500)] = "",
    deed: Annotated[str, Query(max_length=40)] = "",
    said: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """What is to be done where, and the next step."""
    case = find_case(session, case_id, by=person)
    return _page(
        session,
        request,
        login,
        case,
        back=local_address(back, otherwise="/department"),
        verb=_verb(deed),
        said=_verb(said),
    )


def _verb(given: str) -> Verb | None:
    return next((each for each in DEEDS if each == given), None)


def _instant(posted: Posted) -> str:
    at = local_instant(posted.get("until"))
    if at is None:
        raise invalid("until", "请选择时间", "Choose a time")
    return at.isoformat()


def _body(session: Session, verb: Verb, posted: Posted) -> dict[str, Any]:
    if verb is Verb.RETURN:
        return reason_given(session, verb, posted)
    if verb is Verb.ASSIGN:
        return {**worker_given(posted), "note": posted.get("note")}
    body: dict[str, Any] = {
        name: posted.get(name) for name in ("reason", "result", "note") if posted.get(name)
    }
    if verb in (Verb.EXTEND, Verb.SUSPEND):
        body["until"] = _instant(posted)
    return body


def _photos(session: Session, posted: Posted, person: Person) -> dict[str, Any]:
    """The photos that came with the form, kept, by the list of the body that they belong to."""
    return {
        name: [
            each.photo.id
            for each in store_photos(session, uploads, kind=kind, by=person, at=clock.now())
        ]
        for name, kind in MOMENTS.items()
        if (uploads := posted.files.get(name))
    }


@router.post("/{case_id}/{verb}")
def do_deed(
    session: Db,
    request: Request,
    person: Doer,
    login: CurrentLogin,
    case_id: str,
    verb: Verb,
    posted: Form,
) -> Response:
    """Do it, or draw the page again with the reason and what was typed."""
    back = local_address(posted.get("back"), otherwise="/department")
    case, version = find_case(session, case_id, by=person), posted.get("expected_version")
    if verb not in DEEDS:
        raise NotFound("no_such_deed", "没有这个操作", "There is no such deed")
    try:
        with session.begin_nested():
            body = {**_body(session, verb, posted), **_photos(session, posted, person)}
            act(
                session,
                case_id,
                verb,
                by=person,
                at=clock.now(),
                body=body,
                expected_version=int(version) if version.isdigit() else None,
            )
    except NotFound:
        raise
    except DomainError as error:
        case = find_case(session, case_id, by=person)
        return _page(
            session,
            request,
            login,
            case,
            back=back,
            error=error,
            verb=verb,
            typed=posted.fields,
        )
    return go(_after(case, verb, back))


def _after(case: Case, verb: Verb, back: str) -> str:
    """Where one goes on: to the list when the case has left the unit's hands, else on with the case."""
    if case.stage in (Stage.FILED, Stage.HANDLED):
        return f"{back}{'&' if '?' in back else '?'}said={verb}"
    return f"/department/cases/{case.public_id}?{urlencode({'said': verb, 'back': back})}"
