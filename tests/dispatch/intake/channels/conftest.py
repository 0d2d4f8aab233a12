"""The small city with a hospital that addresses can name, and clients of the channels at a set time."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session

from dispatch.jurisdiction.model import Place
from dispatch.kit import reference
from tests.factories.city import City, add_city, spot


@pytest.fixture
def city(session: Session) -> Iterator[City]:
    """The small city; 龙潭医院 stands in its middle, 鱼峰公园 in a corner, 400 m away."""
    made = add_city(session)
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
    yield made
    reference.forget_all()
