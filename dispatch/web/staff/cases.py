"""The list of cases: a queue or a filter, dense rows, the next page behind a cursor."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases import present, queries
from dispatch.cases.deadlines import Light
from dispatch.cases.schemas import CaseOut
from dispatch.cases.states import VERB_LABELS, Stage, Verb
from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import department_given, departments
from dispatch.jurisdiction.model import AreaKind
from dispatch.jurisdiction.reference import area_names
from dispatch.kit import clock, paging
from dispatch.kit.http import Db
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.web.parts.queues import BY_KEY, first_queue
from dispatch.web.parts.shell import desk_page

router = APIRouter(include_in_schema=False)

Reader = Annotated[Person, Depends(require(Permission.CASES_READ))]
ROWS: Final = 50
#: What a list can be narrowed by, as its address names it.
FILTERS: Final = (
    "stage",
    "department",
    "district",
    "category",
    "group",
    "light",
    "channel",
    "grid",
    "q",
)
SORTS: Final[dict[str, tuple[str, str]]] = {
    "-created_at": ("新到在前", "newest first"),
    "created_at": ("早到在前", "oldest first"),
    "due_at": ("时限近的在前", "due first"),
    "stage_due_at": ("环节时限近的在前", "stage due first"),
    "-updated_at": ("最近有变化", "changed last"),
}


@dataclass(frozen=True)
class Chosen:
    """What the address asks for: a queue, filters, an order, a page."""

    queue: str
    given: dict[str, str]
    sort: str
    cursor: str

    def address(self, **changes: str) -> str:
        """The address of the same list with something else."""
        wanted = {"queue": self.queue, **self.given, "sort": self.sort, **changes}
        return "/cases?" + urlencode({name: value for name, value in wanted.items() if value})


def _chosen(asked: Mapping[str, str], person: Person) -> Chosen:
    given = {name: asked.get(name, "").strip()[:100] for name in FILTERS}
    key = asked.get("queue", "")
    if key not in BY_KEY:
        key = "all" if any(given.values()) else first_queue(person).key
    sort = asked.get("sort", "")
    return Chosen(
        queue=key,
        given=given,
        sort=sort if sort in SORTS else BY_KEY[key].sort,
        cursor=asked.get("cursor", ""),
    )


def _filter(session: Session, chosen: Chosen) -> queries.CaseFilter:
    queue, given = BY_KEY[chosen.queue], chosen.given
    unit = (
        department_given(session, given["department"], field="department")
        if given["department"]
        else None
    )
    stage, light = given["stage"], given["light"]
    return queries.CaseFilter(
        stages=(Stage(stage),) if stage in set(Stage) else queue.stages,
        department_id=unit.id if unit else None,
        district_code=given["district"] or None,
        grid=given["grid"] or None,
        category=given["category"] or None,
        group=given["group"] or None,
        light=Light(light) if light in set(Light) else queue.light,
        channel=given["channel"] or None,
        text=given["q"] or None,
        review=queue.review,
    )


def _page(session: Session, person: Person, chosen: Chosen) -> tuple[list[CaseOut], str | None]:
    now, order = clock.now(), queries.sort_named(chosen.sort)
    rows = queries.cases_for(
        session,
        person,
        _filter(session, chosen),
        at=now,
        sort=order,
        after=paging.decode(chosen.cursor or None, parts=2),
        limit=ROWS,
    )
    shown, following = paging.cut(
        rows, ROWS, key=lambda case: (getattr(case, order.column.key), case.id)
    )
    return present.cases_out(session, shown, person=person, at=now), following


def _choices(session: Session) -> dict[str, Any]:
    """What the filters offer."""
    kinds = (AreaKind.DISTRICT, AreaKind.VIRTUAL_DISTRICT)
    return {
        "units": sorted(
            (each for each in departments(session).values() if each.active),
            key=lambda each: each.name,
        ),
        "districts": sorted(
            (code, name) for (kind, code), name in area_names(session).items() if kind in kinds
        ),
        "categories": [each for each in catalogue(session).by_id.values() if each.active],
        "sorts": SORTS,
    }


def _done(asked: Mapping[str, str]) -> tuple[tuple[str, str], str] | None:
    verb = asked.get("said", "")
    return (VERB_LABELS[Verb(verb)], asked.get("of", "")[:64]) if verb in set(Verb) else None


@router.get("/cases")
def list_cases(session: Db, request: Request, person: Reader, login: CurrentLogin) -> Response:
    """The queue of one's post, or what the filters ask for."""
    chosen = _chosen(request.query_params, person)
    found, following = _page(session, person, chosen)
    return desk_page(
        request,
        session,
        login,
        "staff/cases.html",
        current=chosen.queue,
        queue=BY_KEY[chosen.queue],
        chosen=chosen,
        cases=found,
        following=chosen.address(cursor=following) if following else None,
        done=_done(request.query_params),
        **_choices(session),
    )
