"""One deed for many cases: choose it, fill one form, each case in a transaction of its own, and a report."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases import listing, queries
from dispatch.cases.commands import act_once
from dispatch.cases.states import VERB_LABELS, Verb
from dispatch.crews.queries import crews_of, workers_of
from dispatch.departments.reference import departments
from dispatch.kit import clock
from dispatch.kit.aside import Aside, Sessions
from dispatch.kit.errors import DomainError, invalid
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import local_address
from dispatch.web.parts.shell import desk_page
from dispatch.web.staff.deeds import FIELDS, Field, body_of, needs_of

router = Router(include_in_schema=False)

Doer = Annotated[Person, Depends(require(Permission.CASES_ACT))]
Pair = tuple[str, str]
MOST: Final = 200
#: Fields that mean the same for every case.
COMMON: Final = frozenset(
    {
        "reason",
        "text",
        "result",
        "note",
        "department",
        "until",
        "confirmed",
        "passed",
        "granted",
        "outcome",
        "severity",
    }
)
#: To whom the cases are given within their unit.
_WORKERS: Final = frozenset({"crew", "assignee"})
#: What a deed asks for and each case knows itself; a case that does not says so in the report.
_KNOWN: Final = frozenset({"category", "condition"})


@dataclass(frozen=True)
class Chosen:
    """A case as it was chosen: its id and the version that was looked at."""

    id: str
    version: int

    @property
    def value(self) -> str:
        """What the form carries."""
        return f"{self.id}@{self.version}"


@dataclass(frozen=True)
class Offer:
    """A deed that some of the cases allow, with one form for all of them."""

    verb: Verb
    label: Pair
    fields: tuple[Field, ...]
    count: int


@dataclass(frozen=True)
class Outcome:
    """What became of one case: done, or why not."""

    id: str
    problem: Pair | None


def _read(posted: Posted) -> list[Chosen]:
    found: dict[str, Chosen] = {}
    for each in posted.lists.get("case", ())[:MOST]:
        case_id, _, version = each.partition("@")
        if case_id and version.isdecimal():
            found[case_id] = Chosen(case_id[:64], int(version))
    return list(found.values())


def fields_of(verb: Verb, person: Person) -> tuple[Field, ...] | None:
    """The fields of a deed for many; None where each case would need something else."""
    if verb is Verb.ASSIGN:
        return (FIELDS["to"], FIELDS["note"])
    needed = set(needs_of(verb, person))
    if not needed <= COMMON | _KNOWN:
        return None
    asked = [replace(FIELDS[name], required=True) for name in sorted(needed & COMMON)]
    said = needed & {"reason", "text", "result"}
    note = () if said else (replace(FIELDS["note"], required=verb is Verb.NOTE),)
    return (*asked, *note)


def _offers(shown: Sequence[listing.Shown], person: Person) -> list[Offer]:
    counts: dict[Verb, int] = {}
    for each in shown:
        for verb in each.allowed:
            counts[verb] = counts.get(verb, 0) + 1
    offers = [
        Offer(verb, VERB_LABELS[verb], fields, count)
        for verb, count in counts.items()
        if verb is not Verb.CORRECT and (fields := fields_of(verb, person)) is not None
    ]
    return sorted(offers, key=lambda each: -each.count)


def _draw(
    session: Session,
    request: Request,
    login: Login,
    cases: list[Chosen],
    posted: Posted,
    *,
    open_verb: Verb | None = None,
    error: DomainError | None = None,
) -> Response:
    now = clock.now()
    lines = queries.lines_of(session, login.person, [each.id for each in cases])
    shown = listing.shown(session, lines, person=login.person, at=now)
    offers = _offers(shown, login.person)
    unit = login.person.department_id or 0
    assigns = any(each.verb is Verb.ASSIGN for each in offers)
    return desk_page(
        request,
        session,
        login,
        "staff/bulk.html",
        current="",
        status=422 if error else 200,
        cases=shown,
        values=[Chosen(each.id, each.line.version).value for each in shown],
        offers=offers,
        key=secrets.token_urlsafe(12),
        back=local_address(posted.get("back"), otherwise="/cases"),
        units=sorted(
            (each for each in departments(session).values() if each.active),
            key=lambda each: each.name,
        ),
        crews=crews_of(session, unit) if assigns else (),
        workers=workers_of(session, unit) if assigns else (),
        open_verb=open_verb,
        filled=posted.fields if error else {},
        problems={each.name: (each.zh, each.en) for each in error.fields} if error else {},
    )


@router.post("/cases/bulk")
def choose(
    session: Db, request: Request, _person: Doer, login: CurrentLogin, posted: Form
) -> Response:
    """The deeds that all or some of the chosen cases allow."""
    return _draw(session, request, login, _read(posted), posted)


def _body(verb: Verb, person: Person, posted: Posted) -> dict[str, Any]:
    body = body_of(verb, posted)
    for each in fields_of(verb, person) or ():
        given = posted.get("to") if each.name == "to" else body.get(each.name)
        if each.required and given in (None, "", []):
            raise invalid(each.name, f"请填写{each.label[0]}", f"Please fill in: {each.label[1]}")
    return {name: value for name, value in body.items() if name in COMMON | _WORKERS}


def _do_one(
    opened: Sessions,
    person: Person,
    case: Chosen,
    verb: Verb,
    body: dict[str, Any],
    *,
    key: str,
    at: datetime,
) -> Outcome:
    try:
        with opened() as session:
            act_once(
                session,
                case.id,
                verb,
                by=person,
                at=at,
                key=f"bulk:{key}:{case.id}",
                body=body,
                expected_version=case.version,
            )
    except DomainError as refused:
        return Outcome(case.id, (refused.zh, refused.en))
    return Outcome(case.id, None)


@router.post("/cases/bulk/{verb}")
def do_many(
    session: Db,
    request: Request,
    person: Doer,
    login: CurrentLogin,
    opened: Aside,
    verb: Verb,
    posted: Form,
) -> Response:
    """Do it to each, go on after a refusal, and say what became of every one. Twice does nothing twice."""
    cases, now = _read(posted), clock.now()
    try:
        if fields_of(verb, person) is None:
            raise invalid("verb", "这件事要逐案办理", "This is done case by case")
        body = _body(verb, person, posted)
    except DomainError as error:
        return _draw(session, request, login, cases, posted, open_verb=verb, error=error)
    key = posted.get("key")[:64] or secrets.token_urlsafe(12)
    found = [_do_one(opened, person, each, verb, body, key=key, at=now) for each in cases]
    left = {each.id for each in found if each.problem}
    return desk_page(
        request,
        session,
        login,
        "staff/bulk_report.html",
        current="",
        label=VERB_LABELS[verb],
        done=[each for each in found if not each.problem],
        refused=[each for each in found if each.problem],
        again=[each.value for each in cases if each.id in left],
        back=local_address(posted.get("back"), otherwise="/cases"),
    )
