"""What else is open close by a case, as far as the person may see it."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.cases.policy import visible_to
from dispatch.cases.states import OPEN
from dispatch.kit import spatial
from dispatch.people.policy import Person

#: More than this many open cases in the window are not all measured.
MEASURED: Final = 400


@dataclass(frozen=True)
class NearCase:
    """An open case and how far it is, in metres on the ellipsoid."""

    case: Case
    distance_m: float


def open_cases_near(
    session: Session, person: Person, case: Case, *, within_m: float, limit: int
) -> list[NearCase]:
    """The open cases within so many metres of this one, nearest first, without itself."""
    if case.longitude is None or case.latitude is None:
        return []
    lon, lat = case.longitude, case.latitude
    window = (
        select(Case.id)
        .where(
            spatial.inside(Case.geom, spatial.around(lon, lat, within_m)),
            Case.stage.in_(OPEN),
            Case.id != case.id,
            visible_to(person),
        )
        .limit(MEASURED)
    )
    distance = spatial.metres_to(Case.geom, lon, lat)
    rows = session.execute(
        select(Case, distance)
        .where(Case.id.in_(window), distance <= within_m)
        .order_by(distance, Case.id)
        .limit(limit)
    )
    return [NearCase(found, metres) for found, metres in rows]
