"""Tables of the city's areas: districts down to unit grids, and the gazetteer's places."""

from enum import StrEnum

from sqlalchemy import Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from dispatch.kit.db import Base, BigId, Json, geometry_column


class AreaKind(StrEnum):
    """The kinds of area, from the widest to the narrowest."""

    CITY = "city"
    DISTRICT = "district"
    VIRTUAL_DISTRICT = "virtual_district"
    STREET = "street"
    COMMUNITY = "community"
    WORKING_GRID = "working_grid"


class Area(Base):
    """A named area. `code` is the statistical code where there is one, unique within its kind."""

    __tablename__ = "areas"

    kind: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    parent_code: Mapped[str | None]
    synthetic: Mapped[bool] = mapped_column(server_default="false")
    geom: Mapped[str | None] = mapped_column(geometry_column("MULTIPOLYGON"))

    __table_args__ = (Index("ix_areas_geom", "geom", postgresql_using="gist"),)


class UnitGrid(Base):
    """A unit grid (单元网格): 15 digits, whole within one community."""

    __tablename__ = "unit_grids"

    code: Mapped[str] = mapped_column(primary_key=True)
    community_code: Mapped[str] = mapped_column(index=True)
    street_code: Mapped[str]
    district_code: Mapped[str]
    virtual_district_code: Mapped[str | None]
    working_grid_code: Mapped[str] = mapped_column(index=True)
    area_m2: Mapped[float]
    synthetic: Mapped[bool] = mapped_column(server_default="false")
    geom: Mapped[str] = mapped_column(geometry_column("MULTIPOLYGON"))

    __table_args__ = (Index("ix_unit_grids_geom", "geom", postgresql_using="gist"),)


class Place(Base):
    """A road, place, bridge, estate … of the gazetteer, as imported; `data` keeps what its kind needs."""

    __tablename__ = "places"

    id: Mapped[BigId]
    kind: Mapped[str]
    name: Mapped[str]
    aliases: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    district_code: Mapped[str | None]
    data: Mapped[Json] = mapped_column(server_default="{}")
    synthetic: Mapped[bool] = mapped_column(server_default="false")
    geom: Mapped[str] = mapped_column(geometry_column("GEOMETRY"))

    __table_args__ = (
        Index("ix_places_geom", "geom", postgresql_using="gist"),
        Index(
            "ix_places_name",
            "name",
            postgresql_using="gin",
            postgresql_ops={"name": "gin_trgm_ops"},
        ),
    )
