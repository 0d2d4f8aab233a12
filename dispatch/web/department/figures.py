"""A department's own figures: this month against last, by category and crew, each leading to its cases."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Final

from fastapi import Query, Request
from fastapi.responses import Response

from dispatch.catalogue.reference import catalogue
from dispatch.crews.queries import names_of_crews
from dispatch.kit import clock, paging
from dispatch.kit.errors import invalid
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin
from dispatch.units.queries import figures, work
from dispatch.units.queries.figures import Measure, Narrowed
from dispatch.web.department.desk import Worker, shown, unit_of
from dispatch.web.parts.shell import desk_page

router = Router(prefix="/department/figures", include_in_schema=False)

ROWS: Final = 50
Pair = tuple[str, str]
NAMES: Final[dict[Measure, Pair]] = {
    Measure.RECEIVED: ("接收", "received"),
    Measure.HANDLED: ("已处理", "handled"),
    Measure.IN_TIME: ("按时处理", "handled in time"),
    Measure.LATE: ("超时", "overdue"),
    Measure.OPEN: ("在办", "open"),
    Measure.RETURNED: ("回退", "returned"),
    Measure.REWORKED: ("返工", "reworked"),
}
WAYS: Final[dict[str, Pair]] = {
    "acknowledge": ("到签收", "to acknowledge"),
    "assign": ("到分派", "to assign"),
    "start": ("到开工", "to begin"),
    "handle": ("到处理完毕", "to report done"),
}


def _month(given: str, at: datetime) -> date:
    if not given:
        return at.astimezone(clock.CITY_ZONE).date().replace(day=1)
    try:
        return date.fromisoformat(f"{given}-01")
    except ValueError:
        raise invalid("month", "月份应如 2026-11", "A month is written like 2026-11") from None


def _span(month: date) -> tuple[datetime, datetime]:
    following = (month + timedelta(days=32)).replace(day=1)
    return (
        datetime.combine(month, time(), clock.CITY_ZONE),
        datetime.combine(following, time(), clock.CITY_ZONE),
    )


@router.get("")
def show_figures(
    session: Db,
    request: Request,
    person: Worker,
    login: CurrentLogin,
    month: Annotated[str, Query(max_length=7)] = "",
) -> Response:
    """A month and the one before it."""
    unit, now = unit_of(person), clock.now()
    asked = _month(month, now)
    before = (asked - timedelta(days=1)).replace(day=1)
    this, last = (
        figures.figures_of(session, unit, since=since, until=until, at=now)
        for since, until in (_span(asked), _span(before))
    )
    crews = names_of_crews(session, {crew for crew, _ in this.by_crew if crew is not None})
    known = catalogue(session).by_id
    return desk_page(
        request,
        session,
        login,
        "department/figures.html",
        month=asked,
        before=before,
        after=(asked + timedelta(days=32)).replace(day=1),
        is_current=asked == _month("", now),
        this=this,
        last=last,
        names=NAMES,
        ways=WAYS,
        crews=crews,
        categories={
            each: (known[each].name, known[each].name_en)
            for each, _ in this.by_category
            if each is not None
        },
        in_hand=work.count_steps(session, unit, at=now),
        late=work.count_late(session, unit, at=now),
    )


@router.get("/cases")
def show_cases(
    session: Db,
    request: Request,
    person: Worker,
    login: CurrentLogin,
    of: Measure,
    month: Annotated[str, Query(max_length=7)] = "",
    category: int | None = None,
    crew: Annotated[str, Query(max_length=20)] = "",
    cursor: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    """The cases behind a figure."""
    unit, now = unit_of(person), clock.now()
    asked = _month(month, now)
    since, until = _span(asked)
    narrowed = Narrowed(
        category_id=category,
        crew_id=int(crew) if crew.isdecimal() else None,
        no_crew=crew == "none",
    )
    rows = figures.cases_behind(
        session,
        unit,
        of,
        since=since,
        until=until,
        at=now,
        narrowed=narrowed,
        before=paging.decode_id(cursor or None),
        limit=ROWS,
    )
    page, following = paging.cut(rows, ROWS, key=lambda row: row[1].id)
    names = names_of_crews(session, {row.crew_id for _, row in page if row.crew_id is not None})
    known = catalogue(session).by_id
    return desk_page(
        request,
        session,
        login,
        "department/figure.html",
        month=asked,
        measure=NAMES[of],
        category=known.get(category or 0),
        crew=names.get(narrowed.crew_id or 0) or crew,
        rows=[
            (case, row)
            for case, (_, row) in zip(
                shown(session, person, [case for case, _ in page]), page, strict=True
            )
        ],
        crews=names,
        following=request.url.include_query_params(cursor=following) if following else None,
    )
