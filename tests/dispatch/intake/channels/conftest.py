"""The small city with a hospital that addresses can name, and clients of the channels at a set time."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from dispatch.jurisdiction.model import Place
from dispatch.kit import reference
from tests.factories.city import City, add_city, spot


def add_places(session: Session) -> None:
    """龙潭医院 in the city's middle, 鱼峰公园 in a corner, 300 m away."""
    for name, kind, (lon, lat) in (
        ("龙潭医院", "hospital", spot(2, 2)),
        ("鱼峰公园", "park", spot(0, 0)),
    ):
        session.add(
            Place(
                kind="place",
                name=name,
                data={"kind": kind, "district": "", "road": ""},
                synthetic=True,
                geom=f"SRID=4490;POINT({lon} {lat})",
            )
        )
    session.flush()
    reference.forget_all()


@pytest.fixture
def city(session: Session) -> Iterator[City]:
    """The small city, with places that addresses can name."""
    made = add_city(session)
    add_places(session)
    yield made
    reference.forget_all()
