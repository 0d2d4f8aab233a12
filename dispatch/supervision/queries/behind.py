# ruff: noqa: S608 - statements are put together from constants of our own; every value is bound
"""The cases behind a figure: every count opens into the list of what it counted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.cases.policy import visible_to
from dispatch.kit.clock import CITY_ZONE
from dispatch.people.policy import Person
from dispatch.supervision.measures import BY_NAME, Cut, Span, Subject

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


@dataclass(frozen=True)
class Asked:
    """A figure: which measure of whom, on which days, of which part."""

    measure: str
    subject: Subject
    key: str
    span: Span
    cut: Cut = Cut.ALL
    part: str = ""


def _where(asked: Asked) -> str:
    measure = BY_NAME[asked.measure]
    if not measure.moment:
        by_unit = asked.subject is Subject.DEPARTMENT
        key = "" if by_unit else _KEY[asked.subject]
        within = "f.reported_at < :until AND f.last_at >= :since"
        return f"{within}{_GAVE_BACK}{key}{_PART[asked.cut]}"
    moment = f"f.{measure.moment}"
    return (
        f"{moment} >= :since AND {moment} < :until AND ({measure.when})"
        f"{_KEY[asked.subject]}{_PART[asked.cut]}"
    )


def cases_behind(
    session: Session, person: Person, asked: Asked, *, before: int | None, limit: int
) -> tuple[Sequence[Case], int | None]:
    """The cases that a figure counts and this person may see, the latest first, below a case's id.

    Not more than `limit`, and the id below which further ones begin. They are those of the last refresh.
    """
    # the span is found by the small index over all moments; only then is it put in order
    counted = text(
        "WITH counted AS MATERIALIZED (SELECT f.case_id FROM figure_cases f"
        f" WHERE {_where(asked)}"
        " AND (CAST(:before AS bigint) IS NULL OR f.case_id < CAST(:before AS bigint)))"
        " SELECT case_id FROM counted ORDER BY case_id DESC LIMIT :most"
    )
    by_unit = asked.subject is Subject.DEPARTMENT
    values = {
        "since": datetime.combine(asked.span.since, time(), CITY_ZONE),
        "until": datetime.combine(asked.span.until, time(), CITY_ZONE),
        "first": asked.span.since,
        "after": asked.span.until,
        "unit": int(asked.key) if by_unit and asked.key else None,
        "key": asked.key,
        "part": asked.part,
        "before": before,
        "most": limit + 1,
    }
    ids = list(session.scalars(counted, values))
    page, following = ids[:limit], ids[limit - 1] if len(ids) > limit else None
    rows = session.scalars(select(Case).where(Case.id.in_(page), visible_to(person)))
    return sorted(rows, key=lambda case: -case.id), following
