"""The page of one case: everything that it shows, gathered for one person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from string import ascii_uppercase
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from dispatch.cases import present, queries
from dispatch.cases.model import Case, CaseRequest, Photo, PhotoKind, RequestKind
from dispatch.cases.placing import location_of_case
from dispatch.cases.schemas import AssignmentOut, CaseOut
from dispatch.cases.states import RULES, Verb
from dispatch.catalogue.queries import reasons_of_deeds
from dispatch.catalogue.reference import CategoryFacts, catalogue
from dispatch.crews.queries import crews_of, names_of_workers, workers_of
from dispatch.departments.reference import departments
from dispatch.kit import clock
from dispatch.kit.errors import DomainError, StaleVersion
from dispatch.kit.http import status_of
from dispatch.parts.queries import PartRow, parts_near
from dispatch.people.policy import SEES_REPORTERS
from dispatch.people.queries import Login
from dispatch.routing.queries import Decision, Question, decide
from dispatch.web.parts.presence import others_here
from dispatch.web.parts.shell import desk_page
from dispatch.web.staff.changes import told
from dispatch.web.staff.deeds import EDITED, FIELDS, forms_for
from dispatch.web.staff.ladder import ladder_rows
from dispatch.web.staff.timeline import KINDS, timeline, verb_words
from dispatch.web.staff.why import clock_of

Pair = tuple[str, str]
#: The names that fields of a body have in the forms, where they differ.
_IN_FORM: Final = {"crew": "to", "assignee": "to"}
#: The deeds by which a request of each kind is answered.
_ANSWERS: Final = {
    RequestKind.EXTENSION: (Verb.APPROVE_EXTENSION, Verb.REFUSE_EXTENSION),
    RequestKind.SUSPENSION: (Verb.APPROVE_SUSPENSION, Verb.REFUSE_SUSPENSION),
    RequestKind.APPEAL: (Verb.DECIDE_APPEAL,),
}
_GIVE_REASONS: Final = frozenset(rule.verb for rule in RULES if "reason" in rule.needs)
NEAR_CASES_M: Final = 200
NEAR_PARTS_M: Final = 40
NEAR_SHOWN: Final = 6


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
        """What is wrong with which field, by its name in the form."""
        return {
            _IN_FORM.get(each.name, each.name): (each.zh, each.en) for each in self.error.fields
        }

    def kept(self) -> list[tuple[Pair, str]]:
        """The words that were typed, by the name of their field: for a form that is no longer there."""
        return [
            (FIELDS[name].label, value)
            for name, value in self.typed.items()
            if value and name in FIELDS and FIELDS[name].kind in ("words", "line", "instant")
        ]


def chain_of(session: Session, case: Case) -> list[AssignmentOut]:
    """Every unit that has or had the case, with who gave it to them and why."""
    rows = queries.assignments_of(session, case)
    people = names_of_workers(session, {row.by_id for row in rows if row.by_id is not None})
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


def _now_in(case: Case) -> dict[str, str]:
    """What the facts are now, as their fields would be filled in."""
    return {
        "category": str(case.category_id or ""),
        "condition": str(case.condition_id or ""),
        "severity": case.severity,
        "part_code": case.part_code or "",
        "description": case.description,
    }


def _pair_of(photos: Sequence[Photo]) -> tuple[Photo, Photo] | None:
    """The first photo from before and the last from after, to lay one over the other."""
    before = [each for each in photos if each.kind == PhotoKind.BEFORE]
    after = [each for each in photos if each.kind == PhotoKind.AFTER]
    return (before[0], after[-1]) if before and after else None


def _parts_near(session: Session, case: Case) -> list[PartRow]:
    if case.longitude is None or case.latitude is None:
        return []
    return parts_near(
        session,
        lon=case.longitude,
        lat=case.latitude,
        within_m=NEAR_PARTS_M,
        category_ids=(),
        limit=NEAR_SHOWN,
    )


def _around(session: Session, login: Login, case: Case) -> dict[str, Any]:
    """What stands and what is open close by, as lists and as points of the map."""
    near = queries.open_cases_near(
        session, login.person, case, within_m=NEAR_CASES_M, limit=NEAR_SHOWN
    )
    parts = _parts_near(session, case)
    known = catalogue(session).by_id
    classes = {
        each.case.id: known[each.case.category_id]
        for each in near
        if each.case.category_id in known
    }
    points = [
        {"at": [each.longitude, each.latitude], "name": letter, "kind": "part"}
        for letter, each in zip(ascii_uppercase, parts, strict=False)
    ] + [
        {"at": [each.case.longitude, each.case.latitude], "name": str(number), "kind": "case"}
        for number, each in enumerate(near, 1)
    ]
    return {"near": near, "near_classes": classes, "near_parts": parts, "near_points": points}


def _choices(session: Session, case: Case, shown: CaseOut) -> dict[str, Any]:
    """What the forms offer to choose among."""
    assigns = Verb.ASSIGN in shown.allowed and case.department_id is not None
    return {
        "units": sorted(
            (each for each in departments(session).values() if each.active),
            key=lambda each: each.name,
        ),
        "categories": [each for each in catalogue(session).by_id.values() if each.active],
        "now_with": _now_with(case),
        "reasons": reasons_of_deeds(session, _GIVE_REASONS.intersection(shown.allowed)),
        "asked_for": _asked_for(session, case),
        "crews": crews_of(session, case.department_id or 0) if assigns else (),
        "workers": workers_of(session, case.department_id or 0) if assigns else (),
    }


def _now_with(case: Case) -> str:
    """Who has the case within the unit, as the list of crews and people names them."""
    if case.assignee_id is not None:
        return f"person:{case.assignee_id}"
    return f"crew:{case.crew_id}" if case.crew_id is not None else ""


def _asked_for(session: Session, case: Case) -> dict[Verb, list[CaseRequest]]:
    """The requests that wait for an answer, by the deeds that answer them."""
    found: dict[Verb, list[CaseRequest]] = {}
    for each in queries.waiting_requests(session, case) if case.open_requests else ():
        for verb in _ANSWERS[RequestKind(each.kind)]:
            found.setdefault(verb, []).append(each)
    return found


def _others(session: Session, attempt: Attempt | None) -> list[dict[str, Any]]:
    return [
        {
            **each,
            "words": verb_words(each["verb"]),
            "told": list(told(session, each["changes"])),
        }
        for each in (attempt.changes if attempt else ())
    ]


def case_page(
    request: Request,
    session: Session,
    login: Login,
    case: Case,
    *,
    attempt: Attempt | None = None,
    said: Pair | None = None,
    given: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> HTMLResponse:
    """Draw the page of a case; with an attempt, as it stands after a deed was refused."""
    person, now = login.person, clock.now()
    shown = present.cases_out(session, [case], person=person, at=now)[0]
    filled = attempt.typed if attempt else (given or {})
    forms = forms_for(shown, person)
    photos = queries.photos_of(session, case)
    return desk_page(
        request,
        session,
        login,
        "staff/case.html",
        status=status_of(attempt.error) if attempt else 200,
        headers=headers,
        case=shown,
        forms=forms,
        attempt=attempt,
        is_open=attempt is None
        or attempt.verb is Verb.CORRECT
        or any(form.verb is attempt.verb for form in forms),
        open_verb=attempt.verb if attempt else (given or {}).get("deed", ""),
        filled=filled,
        fields=EDITED,
        values={**_now_in(case), **(filled if attempt and attempt.verb is Verb.CORRECT else {})},
        others=_others(session, attempt),
        said=said,
        timeline=timeline(session, case),
        kinds=KINDS,
        chain=chain_of(session, case),
        advice=_advice(session, case, shown),
        photos=photos,
        comparison=_pair_of(photos),
        reckoning=clock_of(session, case),
        ladder=ladder_rows(session, case, person, at=now),
        reporters=[
            present.reporter_out(row, channel, reveal=False)
            for row, channel in queries.reporters_of(session, case)
        ],
        may_reveal=person.has(*SEES_REPORTERS),
        here_now=others_here(case, person, at=now),
        chosen_category=_category_of(session, filled.get("category"), case),
        **_around(session, login, case),
        **_choices(session, case, shown),
    )
