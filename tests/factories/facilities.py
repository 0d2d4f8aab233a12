"""Facilities for tests."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from dispatch.facilities.model import Facility, FacilityKind


def add_facility(
    session: Session,
    code: str,
    *,
    lon: float,
    lat: float,
    kind: FacilityKind = FacilityKind.TOILET,
    name: str = "窑埠路公厕",
    hours: str = "24/7",
    total: int | None = None,
    free: int | None = None,
    open_reported: bool | None = None,
    availability_at: datetime | None = None,
    **details: Any,
) -> Facility:
    """A facility at a CGCS2000 place, flushed."""
    made = Facility(
        code=code,
        kind=kind,
        name=name,
        opening_hours=hours,
        spaces_total=total,
        spaces_free=free,
        open_reported=open_reported,
        availability_at=availability_at,
        details=details,
        synthetic=True,
        geom=f"SRID=4490;POINT({lon} {lat})",
    )
    session.add(made)
    session.flush()
    return made
