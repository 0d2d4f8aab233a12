"""The list of a day on paper: a page of A4 with each crew's cases, what is due, and room to sign."""

from datetime import datetime, time, timedelta
from itertools import groupby
from typing import Final

from fastapi import Request
from fastapi.responses import Response

from dispatch.cases.listing import Shown, shown
from dispatch.catalogue.reference import catalogue
from dispatch.crews.queries import names_of_crews
from dispatch.departments.reference import department_name
from dispatch.kit import clock
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin
from dispatch.units.queries import work
from dispatch.web.department.desk import Worker, unit_of
from dispatch.web.parts.shell import desk_page

router = Router(prefix="/department", include_in_schema=False)

MOST: Final = 300


@router.get("/daily")
def show_daily(session: Db, request: Request, person: Worker, login: CurrentLogin) -> Response:
    """Today's cases by crew: what is due by tonight, overdue, begun or assigned."""
    unit, now = unit_of(person), clock.now()
    today = now.astimezone(clock.CITY_ZONE).date()
    tonight = datetime.combine(today + timedelta(days=1), time(), clock.CITY_ZONE)
    lines = work.for_the_day(session, unit, until=tonight, limit=MOST)
    cases = shown(session, lines, person=person, at=now)
    crews = names_of_crews(session, {each.crew_id for each in lines if each.crew_id})

    def who(case: Shown) -> tuple[int, str]:
        """By whom the list is divided: crews first, then people, then what nobody has."""
        if case.line.crew_id is not None:
            return 0, crews.get(case.line.crew_id, "")
        return (1, case.hand) if case.line.assignee_id is not None else (2, "")

    groups = [(key[1], list(found)) for key, found in groupby(sorted(cases, key=who), key=who)]
    return desk_page(
        request,
        session,
        login,
        "department/daily.html",
        unit=department_name(session, unit),
        today=today,
        groups=groups,
        conditions=catalogue(session).conditions,
        total=len(cases),
        most=MOST,
    )
