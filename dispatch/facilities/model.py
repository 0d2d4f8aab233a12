"""Tables of the citizens' map: toilets and parking, their hours, and live spaces."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, func
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.kit.db import Base, BigId, Json, geometry_column


class FacilityKind(StrEnum):
    """What a citizen can look for."""

    TOILET = "toilet"
    PARKING = "parking"


class Facility(Base):
    """A public facility. `opening_hours` follows OpenStreetMap's syntax; live facts carry their time."""

    __tablename__ = "facilities"

    id: Mapped[BigId]
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    name: Mapped[str]
    address: Mapped[str] = mapped_column(server_default="")
    opening_hours: Mapped[str] = mapped_column(server_default="24/7")
    accessible: Mapped[bool] = mapped_column(server_default="false")
    spaces_total: Mapped[int | None]
    spaces_free: Mapped[int | None]
    open_reported: Mapped[bool | None]
    availability_at: Mapped[datetime | None]
    details: Mapped[Json] = mapped_column(server_default="{}")
    active: Mapped[bool] = mapped_column(server_default="true")
    synthetic: Mapped[bool] = mapped_column(server_default="false")
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())
    geom: Mapped[str] = mapped_column(geometry_column("POINT"))

    __table_args__ = (
        Index("ix_facilities_geom", "geom", postgresql_using="gist"),
        Index(None, "kind"),
    )


class FacilityKey(Base):
    """A key with which a feed may report availability; only its SHA-256 is kept."""

    __tablename__ = "facility_keys"

    key_hash: Mapped[bytes] = mapped_column(primary_key=True)
    name: Mapped[str]
    kind: Mapped[str | None]
    enabled: Mapped[bool] = mapped_column(server_default="true")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_at: Mapped[datetime | None] = mapped_column(
        comment="when a report last came with this key"
    )
    last_code: Mapped[str | None] = mapped_column(comment="the facility that it was about")
