"""The small city with its unit grids as rows, a text to agree to, and an inspector who may be on shift."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from dispatch.catalogue.model import WorkCalendar
from dispatch.jurisdiction.model import UnitGrid
from dispatch.kit import reference
from dispatch.patrol.commands import add_text, give_consent, start_shift
from dispatch.patrol.model import Fix
from dispatch.people.policy import SYSTEM, Person
from tests.factories.city import NOW, SOUTH, STEP, WEST, WORKING_GRID, City, add_city, spot


def add_unit_grids(session: Session) -> None:
    """The squares of the small city as rows, for look-ups that ask the table."""
    for row in range(5):
        for column in range(5):
            west, south = WEST + column * STEP, SOUTH + row * STEP
            east, north = west + STEP, south + STEP
            ring = f"{west} {south},{east} {south},{east} {north},{west} {north},{west} {south}"
            session.add(
                UnitGrid(
                    code=f"450204001001{row * 5 + column + 1:03d}",
                    community_code="450204001001",
                    street_code="450204001",
                    district_code="450204",
                    working_grid_code=WORKING_GRID,
                    area_m2=11_000.0,
                    geom=f"SRID=4490;MULTIPOLYGON((({ring})))",
                )
            )
    session.flush()


@pytest.fixture
def city(session: Session) -> City:
    made = add_city(session)
    add_unit_grids(session)
    session.add(
        WorkCalendar(
            code="patrol",
            name="巡查",
            hours=[["08:00", "12:00"], ["14:00", "18:00"]],
            weekdays=[0, 1, 2, 3, 4],
        )
    )
    add_text(session, zh="说明", en="text", by=SYSTEM, at=NOW - timedelta(days=1))
    session.flush()
    reference.forget_all()
    return made


@pytest.fixture
def inspector(city: City) -> Person:
    return city["inspector"]


@pytest.fixture
def on_shift(session: Session, inspector: Person) -> Person:
    """Agreed and signed in at 09:00."""
    nine = NOW - timedelta(hours=1)
    give_consent(session, inspector, version=1, at=nine)
    start_shift(session, inspector, began=nine, fix=None, at=nine)
    return inspector


def fix(at: datetime, *, column: int = 2, row: int = 2, accuracy_m: float = 10) -> Fix:
    """A phone in the middle of a unit grid."""
    longitude, latitude = spot(column, row)
    return Fix(at, longitude, latitude, accuracy_m)
