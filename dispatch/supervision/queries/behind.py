# ruff: noqa: S608 - statements are put together from constants of our own; every value is bound
"""The cases behind a figure: every count opens into the list of what it counted.

Cases of a key lie in the order of their reports in an index of their own, and the rollups know how many
there are to be found: a search goes back from the end of the span and stops with the last of them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.cases.policy import visible_to
from dispatch.kit.clock import CITY_ZONE
from dispatch.people.policy import Person
from dispatch.supervision.measures import BY_NAME, Cut, Span, Subject
from dispatch.supervision.model import UNUSUAL
from dispatch.supervision.queries.figures import counted
from dispatch.supervision.queries.reckoning import AS_EVER, DAILY, IN_ORDER, MONTHLY

_KEY: Final = {
    Subject.CITY: "",
    Subject.DISTRICT: " AND f.district_code = :key",
    Subject.VIRTUAL_DISTRICT: " AND f.virtual_district_code = :key",
    Subject.STREET: " AND f.street_code = :key",
    Subject.COMMUNITY: " AND f.community_code = :key",
    Subject.WORKING_GRID: " AND f.working_grid = :key",
    Subject.UNIT_GRID: " AND f.grid_code = :key",
    Subject.DEPARTMENT: " AND f.department_id = CAST(:key AS bigint)",
}
_PART: Final = {
    Cut.ALL: "",
    Cut.CHANNEL: " AND f.channel = :part",
    Cut.CATEGORY: " AND f.category_id = CAST(:part AS bigint)",
    Cut.HAZARD: " AND f.hazard_sign = :part",
    Cut.DISTRICT: " AND f.district_code = :part",
}
_GAVE_BACK: Final = (
    " AND EXISTS (SELECT FROM unnest(f.returned_by, f.returned_on) AS r(unit, day)"
    " WHERE r.day >= :first AND r.day < :after"
    " AND (CAST(:unit AS bigint) IS NULL OR r.unit = CAST(:unit AS bigint)))"
)


#: Measures of which all cases are unusual: `dispatch.supervision.model.UNUSUAL`.
_UNUSUAL: Final = frozenset(
    [
        "rejected",
        "not_filed",
        "voided",
        "linked",
        "on_the_spot",
        "exempted",
        "reworked",
        "extended",
        "suspended",
        "appealed",
        "returned",
    ]
)


@dataclass(frozen=True)
class Asked:
    """A figure: which measure of whom, on which days, of which part."""

    measure: str
    subject: Subject
    key: str
    span: Span
    cut: Cut = Cut.ALL
    part: str = ""


@dataclass(frozen=True)
class Place:
    """Where a list goes on: after which case, reported when, and how many were shown before."""

    reported_at: datetime
    case_id: int
    shown: int


def _where(asked: Asked) -> str:
    measure = BY_NAME[asked.measure]
    key, part = _KEY[asked.subject], _PART[asked.cut]
    within = "f.reported_at < :until"
    if asked.measure in _UNUSUAL:
        within = f"{within} AND ({UNUSUAL})"
    if not measure.moment:
        key = "" if asked.subject is Subject.DEPARTMENT else key
        return f"{within} AND f.last_at >= :since{_GAVE_BACK}{key}{part}"
    moment = f"f.{measure.moment}"
    return f"{within} AND {moment} >= :since AND {moment} < :until AND ({measure.when}){key}{part}"


def _how_many(session: Session, asked: Asked) -> int | None:
    """How many cases the figure counts, or a few more; None where no rollup tells."""
    kept = (asked.subject, asked.cut)
    if kept not in DAILY | MONTHLY:
        return None
    span = asked.span
    if kept not in DAILY:  # by month alone
        after = (span.until - timedelta(days=1)).replace(day=1) + timedelta(days=32)
        span = Span(span.since.replace(day=1), after.replace(day=1))
    return counted(
        session,
        asked.subject,
        span,
        cut=asked.cut,
        key=asked.key,
        part=asked.part,
        name=asked.measure,
    )


def cases_behind(
    session: Session, person: Person, asked: Asked, *, before: Place | None, limit: int
) -> tuple[Sequence[Case], Place | None]:
    """The cases that a figure counts and this person may see, those reported last first, after a place.

    Not more than `limit`, and the place where further ones begin. They are those of the last refresh.
    """
    shown = before.shown if before else 0
    whole = _how_many(session, asked)
    left = limit + 1 if whole is None else min(limit + 1, whole - shown)
    if left <= 0:
        return [], None
    onward = " AND (f.reported_at, f.case_id) < (:reported_at, :case_id)" if before else ""
    by_unit = asked.subject is Subject.DEPARTMENT
    values = {
        "since": datetime.combine(asked.span.since, time(), CITY_ZONE),
        "until": datetime.combine(asked.span.until, time(), CITY_ZONE),
        "first": asked.span.since,
        "after": asked.span.until,
        "unit": int(asked.key) if by_unit and asked.key else None,
        "key": asked.key,
        "part": asked.part,
        "most": left,
    }
    if before:
        values |= {"reported_at": before.reported_at, "case_id": before.case_id}
    for statement in IN_ORDER:
        session.execute(statement)
    ids = session.execute(
        text(
            f"SELECT f.case_id, f.reported_at FROM figure_cases f WHERE {_where(asked)}{onward}"
            " ORDER BY f.reported_at DESC, f.case_id DESC LIMIT :most"
        ),
        values,
    ).all()
    for statement in AS_EVER:
        session.execute(statement)
    page = [row.case_id for row in ids[:limit]]
    following = None
    if len(ids) > limit:
        last = ids[limit - 1]
        following = Place(last.reported_at, last.case_id, shown + limit)
    rows = session.scalars(select(Case).where(Case.id.in_(page), visible_to(person)))
    order = {case_id: n for n, case_id in enumerate(page)}
    return sorted(rows, key=lambda case: order[case.id]), following
