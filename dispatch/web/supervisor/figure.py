"""The cases behind a figure of the wall or of an evaluation."""

from datetime import date, datetime, timedelta
from typing import Annotated, Final

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases import present
from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import department_name
from dispatch.jurisdiction.reference import area_names
from dispatch.kit import clock, paging
from dispatch.kit.clock import city_date
from dispatch.kit.errors import invalid
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.supervision.measures import BY_NAME, Cut, Span, Subject
from dispatch.supervision.policy import require_subject
from dispatch.supervision.queries.behind import Asked, Place, cases_behind
from dispatch.web.parts import labels
from dispatch.web.parts.shell import desk_page

router = Router(prefix="/supervisor/figure", include_in_schema=False)

Reader = Annotated[Person, Depends(require(Permission.FIGURES_READ, Permission.EVALUATION_READ))]
ROWS: Final = 50
Pair = tuple[str, str]


def days_of(since: str, until: str, days: str) -> Span:
    """The span that an address names: from a day, until before another, or the last so many days."""
    today = city_date(clock.now())
    if days.isdecimal() and 1 <= int(days) <= 3660:
        return Span(today - timedelta(days=int(days) - 1), today + timedelta(days=1))
    try:
        return Span(date.fromisoformat(since), date.fromisoformat(until))
    except ValueError:
        raise invalid("since", "日期应如 2026-11-01", "A day is written like 2026-11-01") from None


def name_of(session: Session, subject: Subject, key: str) -> str:
    """Whom a figure is about."""
    if subject is Subject.DEPARTMENT:
        return department_name(session, int(key) if key.isdecimal() else None) or key
    return area_names(session).get((subject.value, key), key)


def _part_words(session: Session, cut: Cut, part: str) -> Pair | None:
    if cut is Cut.CHANNEL:
        return labels.word(labels.CHANNELS, part)
    if cut is Cut.CATEGORY:
        found = catalogue(session).by_id.get(int(part) if part.isdecimal() else 0)
        return (found.name, found.name_en or found.name) if found else None
    if cut is Cut.HAZARD and part in labels.GROUPS:
        return labels.GROUPS[part][1]
    if cut is Cut.DISTRICT:
        name = area_names(session).get(("district", part), part)
        return (name, name)
    return None


def _asked(
    of: Annotated[str, Query(max_length=32)],
    subject: Subject = Subject.CITY,
    key: Annotated[str, Query(max_length=32)] = "",
    since: Annotated[str, Query(max_length=10)] = "",
    until: Annotated[str, Query(max_length=10)] = "",
    days: Annotated[str, Query(max_length=4)] = "",
    cut: Cut = Cut.ALL,
    part: Annotated[str, Query(max_length=32)] = "",
) -> Asked:
    """The figure that an address asks for."""
    if of not in BY_NAME:
        raise invalid("of", "没有这项指标", "There is no such measure")
    return Asked(of, subject, key, days_of(since, until, days), cut, part)


def _place(cursor: str) -> Place | None:
    """Where a list goes on, as the page before gave it out."""
    key = paging.decode(cursor or None, parts=3)
    if key is None:
        return None
    reported_at, case_id, shown = key
    if not (isinstance(case_id, int) and isinstance(shown, int) and shown >= 0):
        raise paging.bad_cursor()
    try:
        return Place(datetime.fromisoformat(reported_at), case_id, shown)
    except (TypeError, ValueError):
        raise paging.bad_cursor() from None


@router.get("")
def show_figure(
    session: Db,
    request: Request,
    person: Reader,
    login: CurrentLogin,
    asked: Annotated[Asked, Depends(_asked)],
    cursor: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    """What was counted, in words, and the cases."""
    require_subject(session, person, asked.subject, asked.key)
    page, more = cases_behind(session, person, asked, before=_place(cursor), limit=ROWS)
    following = paging.encode(more.reported_at, more.case_id, more.shown) if more else None
    return desk_page(
        request,
        session,
        login,
        "supervisor/figure.html",
        current="evaluation",
        measure=BY_NAME[asked.measure],
        span=asked.span,
        last=asked.span.until - timedelta(days=1),
        whom=name_of(session, asked.subject, asked.key),
        part=_part_words(session, asked.cut, asked.part),
        rows=present.cases_out(session, page, person=person, at=clock.now()),
        following=request.url.include_query_params(cursor=following) if following else None,
        first=request.url.remove_query_params("cursor") if cursor else None,
    )
