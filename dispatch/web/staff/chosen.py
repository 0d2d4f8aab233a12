"""What the address of a list asks for: a queue, filters, an order, a page, read and written back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Final
from urllib.parse import parse_qsl, urlencode

from sqlalchemy.orm import Session

from dispatch.cases import queries
from dispatch.cases.deadlines import Light
from dispatch.cases.queries import CaseFilter
from dispatch.cases.states import Stage
from dispatch.departments.reference import department_given
from dispatch.kit.errors import DomainError
from dispatch.kit.spatial import Box, parse_box
from dispatch.people.policy import SEES_REPORTERS, Person
from dispatch.web.parts.queues import BY_KEY, Queue, first_queue

#: What a list can be narrowed by, as its address names it.
FILTERS: Final = (
    "stage",
    "light",
    "department",
    "district",
    "street",
    "grid",
    "group",
    "category",
    "channel",
    "hazard",
    "request",
    "days",
    "since",
    "until",
    "bbox",
    "q",
)
#: The last so many days, today among them.
DAYS: Final = ("1", "7", "30", "90", "365")
VIEWS: Final = ("list", "map")


@dataclass(frozen=True)
class Chosen:
    """A list as its address names it. `saved` is the id of the saved list that one came by."""

    queue: str
    given: dict[str, str]
    sort: str
    cursor: str = ""
    view: str = "list"
    saved: str = ""

    @property
    def of_queue(self) -> Queue:
        """The queue."""
        return BY_KEY[self.queue]

    @property
    def is_narrowed(self) -> bool:
        """Whether any filter is set."""
        return any(self.given.values())

    @property
    def query(self) -> str:
        """What is kept under a name: everything but the page."""
        wanted = {"queue": self.queue, **self.given}
        if self.sort != self.of_queue.sort:
            wanted["sort"] = self.sort
        if self.view != "list":
            wanted["view"] = self.view
        return urlencode({name: value for name, value in wanted.items() if value})

    def address(self, path: str = "/cases", **changes: str) -> str:
        """The address of the same list with something else, from its first page on."""
        wanted = {**dict(parse_qsl(self.query)), "list": self.saved, "sort": self.sort, **changes}
        return f"{path}?" + urlencode({name: value for name, value in wanted.items() if value})

    def sorted_by(self, sort: str) -> str:
        """The address with this order, or with its reverse where it has it already."""
        back = sort.removeprefix("-") if sort.startswith("-") else f"-{sort}"
        return self.address(sort=back if self.sort == sort else sort)

    def with_saved(self, list_id: int) -> "Chosen":
        """The same, as a saved list."""
        return replace(self, saved=str(list_id))


def chosen(asked: Mapping[str, str], person: Person) -> Chosen:
    """Read an address; what it does not know it leaves out."""
    given = {name: asked.get(name, "").strip()[:100] for name in FILTERS}
    key = asked.get("queue", "")
    if key not in BY_KEY:
        key = "all" if any(given.values()) else first_queue(person).key
    sort, view, saved = asked.get("sort", ""), asked.get("view", ""), asked.get("list", "")
    return Chosen(
        queue=key,
        given=given,
        sort=sort if sort in queries.SORTS else BY_KEY[key].sort,
        cursor=asked.get("cursor", "")[:400],
        view=view if view in VIEWS else "list",
        saved=saved if saved.isdecimal() else "",
    )


def from_query(query: str, person: Person) -> Chosen:
    """Read what was kept under a name."""
    return chosen(dict(parse_qsl(query)), person)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def filter_of(session: Session, person: Person, asked: Chosen, *, at: datetime) -> CaseFilter:
    """The filter. A unit, a code or a window that there is none of narrows to nothing by itself."""
    queue, given = asked.of_queue, asked.given
    stages = tuple(Stage(each) for each in given["stage"].split(",") if each in set(Stage))
    light = given["light"]
    days = int(given["days"]) if given["days"] in DAYS else None
    since, until = queries.span_of(
        days=days, since=_day(given["since"]), until=_day(given["until"]), at=at
    )
    return CaseFilter(
        stages=stages or queue.stages,
        department_id=_unit(session, given["department"]),
        district_code=given["district"] or None,
        street_code=given["street"] or None,
        grid=given["grid"] or None,
        category=given["category"] or None,
        group=given["group"] or None,
        light=Light(light) if light in set(Light) else queue.light,
        channel=given["channel"] or None,
        text=given["q"] or None,
        box=_box(given["bbox"]),
        review=queue.review,
        hazard=True if given["hazard"] else None,
        request=given["request"] or None,
        since=since,
        until=until,
        phones=person.has(*SEES_REPORTERS),
    )


def _unit(session: Session, given: str) -> int | None:
    if not given:
        return None
    try:
        return department_given(session, given, field="department", or_closed=True).id
    except DomainError:
        return 0


def _box(given: str) -> Box | None:
    try:
        return parse_box(given) if given else None
    except DomainError:
        return None


def order_of(asked: Chosen, wanted: CaseFilter) -> queries.Sort:
    """The order; one that is for cases in work only gives way to the newest first over all years."""
    found = queries.SORTS[asked.sort]
    return found if found.everywhere or wanted.is_open else queries.SORTS[queries.USUAL]
