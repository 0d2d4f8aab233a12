"""One case: what is known of it, what happened, and what the person may do to it now."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases import present, queries
from dispatch.cases.commands import act, find_case
from dispatch.cases.model import Case
from dispatch.cases.photos import store_photos
from dispatch.cases.placing import location_of_case
from dispatch.cases.schemas import AssignmentOut, CaseOut
from dispatch.cases.states import STAGE_LABELS, VERB_LABELS, Stage, Verb
from dispatch.catalogue.reference import CategoryFacts, catalogue
from dispatch.departments.reference import departments
from dispatch.kit import clock
from dispatch.kit.errors import DomainError, NotFound, StaleVersion
from dispatch.kit.http import Db, status_of
from dispatch.people.http import CurrentLogin, require
from dispatch.people.model import User
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.routing.queries import Decision, Question, decide
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go, show
from dispatch.web.parts.shell import desk_page
from dispatch.web.staff.changes import told
from dispatch.web.staff.deeds import body_of, forms_for, typed

router = APIRouter(include_in_schema=False)

Reader = Annotated[Person, Depends(require(Permission.CASES_READ))]
Doer = Annotated[Person, Depends(require(Permission.CASES_ACT))]
Pair = tuple[str, str]


@dataclass(frozen=True)
class Attempt:
    """A deed that was refused: which, why, what had been typed, and what somebody else changed."""

    verb: Verb
    error: DomainError
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def words(self) -> Pair:
        """Why, in both languages."""
        return (self.error.zh, self.error.en)

    @property
    def changes(self) -> list[dict[str, Any]]:
        """The deeds of others since the page was drawn."""
        found = self.error.extra.get("changes", [])
        return list(found) if isinstance(self.error, StaleVersion) else []

    @property
    def problems(self) -> dict[str, Pair]:
        """What is wrong with which field."""
        return {each.name: (each.zh, each.en) for each in self.error.fields}


def _verb_words(verb: str) -> Pair:
    return VERB_LABELS[Verb(verb)] if verb in set(Verb) else (verb, verb)


def _stage_words(stage: str | None) -> Pair | None:
    return STAGE_LABELS[Stage(stage)] if stage in set(Stage) else None


def _timeline(session: Session, case: Case) -> list[dict[str, Any]]:
    return [
        {
            "at": row.at,
            "verb": _verb_words(row.verb),
            "actor": row.actor,
            "role": row.role.split(",")[0],
            "to": _stage_words(row.to_stage) if row.to_stage != row.from_stage else None,
            "note": row.note,
            "changes": list(told(session, row.changes)),
        }
        for row in reversed(queries.history_of(session, case))
    ]


def _chain(session: Session, case: Case) -> list[AssignmentOut]:
    rows = queries.assignments_of(session, case)
    ids = {row.by_id for row in rows if row.by_id is not None}
    names = session.execute(select(User.id, User.display_name).where(User.id.in_(ids)))
    people = dict(names.all())
    return [present.assignment_out(session, row, people=people) for row in rows]


def _advice(session: Session, case: Case, shown: CaseOut) -> Decision | None:
    """Whom the rules would choose, while the person may dispatch."""
    if Verb.DISPATCH not in shown.allowed:
        return None
    point = location_of_case(session, case)
    return decide(
        session,
        Question(
            category=catalogue(session).by_id.get(case.category_id or 0),
            on=clock.now().astimezone(clock.CITY_ZONE).date(),
            longitude=point.longitude if point else None,
            latitude=point.latitude if point else None,
            location=point.location if point else None,
            part_code=case.part_code,
        ),
    )


def _category_of(session: Session, given: str | None, case: Case) -> CategoryFacts | None:
    """The category whose conditions the forms offer: the one being typed, else the case's own."""
    chosen = int(given) if given and given.isdigit() else case.category_id
    return catalogue(session).by_id.get(chosen or 0)


def _page(
    session: Session,
    request: Request,
    login: Login,
    case: Case,
    *,
    attempt: Attempt | None = None,
    said: Pair | None = None,
    given: Mapping[str, str] | None = None,
) -> HTMLResponse:
    person = login.person
    shown = present.cases_out(session, [case], person=person, at=clock.now())[0]
    filled = attempt.typed if attempt else (given or {})
    stale = attempt.changes if attempt else []
    return desk_page(
        request,
        session,
        login,
        "staff/case.html",
        status=status_of(attempt.error) if attempt else 200,
        case=shown,
        forms=forms_for(shown, person),
        attempt=attempt,
        open_verb=attempt.verb if attempt else (given or {}).get("deed", ""),
        filled=filled,
        others=[
            {
                **each,
                "words": _verb_words(each["verb"]),
                "told": list(told(session, each["changes"])),
            }
            for each in stale
        ],
        said=said,
        timeline=_timeline(session, case),
        chain=_chain(session, case),
        advice=_advice(session, case, shown),
        photos=queries.photos_of(session, case),
        reporters=[
            present.reporter_out(row, channel, reveal=False)
            for row, channel in queries.reporters_of(session, case)
        ],
        units=sorted(
            (each for each in departments(session).values() if each.active),
            key=lambda each: each.name,
        ),
        categories=[each for each in catalogue(session).by_id.values() if each.active],
        chosen_category=_category_of(session, filled.get("category"), case),
    )


@router.get("/cases/conditions")
def conditions(session: Db, request: Request, _person: Reader, category: int) -> Response:
    """The filing conditions of a category as options: for the field beside the one being changed."""
    found = catalogue(session).by_id.get(category)
    return show(request, "staff/conditions.html", conditions=found.conditions if found else ())


@router.get("/cases/{case_id}")
def show_case(
    session: Db,
    request: Request,
    person: Reader,
    login: CurrentLogin,
    case_id: str,
    said: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """Facts, photos, places, routing, what happened, and the deeds that are allowed."""
    case = find_case(session, case_id, by=person)
    return _page(
        session,
        request,
        login,
        case,
        said=VERB_LABELS[Verb(said)] if said in set(Verb) else None,
        given=dict(request.query_params),
    )


def _done(session: Session, person: Person, case_id: str, verb: Verb, posted: Posted) -> None:
    now, version = clock.now(), posted.get("expected_version")
    uploads = posted.files.get("photos", [])
    stored = store_photos(session, uploads, kind="before", by=person, at=now) if uploads else []
    act(
        session,
        case_id,
        verb,
        by=person,
        at=now,
        body=body_of(verb, posted, [each.photo.id for each in stored]),
        expected_version=int(version) if version.isdigit() else None,
    )


def _after(session: Session, person: Person, case_id: str, verb: Verb) -> Response:
    """Back to the case; to the list, if the deed has taken it out of this person's sight."""
    try:
        find_case(session, case_id, by=person)
    except NotFound:
        return go(f"/cases?said={verb}&of={case_id}")
    return go(f"/cases/{case_id}?said={verb}")


@router.post("/cases/{case_id}/{verb}")
def do_deed(
    session: Db,
    request: Request,
    person: Doer,
    login: CurrentLogin,
    case_id: str,
    verb: Verb,
    posted: Form,
) -> Response:
    """Do it, or draw the page again with the reason, what was typed, and what others changed."""
    find_case(session, case_id, by=person)
    try:
        with session.begin_nested():
            _done(session, person, case_id, verb, posted)
    except NotFound:
        raise
    except DomainError as error:
        case = find_case(session, case_id, by=person)
        attempt = Attempt(verb, error, typed(posted))
        return _page(session, request, login, case, attempt=attempt)
    return _after(session, person, case_id, verb)
