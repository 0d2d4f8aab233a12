"""Tables of the units that handle cases: a tree, with dated names, duties and the way to reach them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.kit.db import Base, BigId


class DepartmentKind(StrEnum):
    """What sort of unit it is."""

    CENTRE = "centre"
    BUREAU = "bureau"
    DISTRICT = "district"
    STREET_OFFICE = "street_office"
    ENTERPRISE = "enterprise"
    CARRIER = "carrier"


class Department(Base):
    """A unit. Its `id` and `code` stay; its names change (see `DepartmentName`)."""

    __tablename__ = "departments"

    id: Mapped[BigId]
    code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(server_default="")
    kind: Mapped[str]
    parent_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    district_code: Mapped[str | None]
    duties: Mapped[str] = mapped_column(server_default="")
    phone: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default="true")
    closed_on: Mapped[date | None]
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    synthetic: Mapped[bool] = mapped_column(server_default="false")


class DepartmentName(Base):
    """A name for a span of days; `valid_to` is the first day it no longer holds."""

    __tablename__ = "department_names"

    id: Mapped[BigId]
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(server_default="")
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]

    __table_args__ = (UniqueConstraint("department_id", "valid_from"),)


class DepartmentEndpoint(Base):
    """Where a unit's own system takes its cases: a signed webhook with limits of its own."""

    __tablename__ = "department_endpoints"

    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), primary_key=True)
    url: Mapped[str]
    secret_version: Mapped[int] = mapped_column(
        server_default="1", comment="the signing secret is derived from the platform's key and this"
    )
    enabled: Mapped[bool] = mapped_column(server_default="true")
    timeout_s: Mapped[float] = mapped_column(server_default="5")
    rate_per_minute: Mapped[int] = mapped_column(server_default="120")
    max_attempts: Mapped[int] = mapped_column(server_default="8")
    failures: Mapped[int] = mapped_column(server_default="0")
    open_until: Mapped[datetime | None] = mapped_column(
        comment="the circuit is open: nothing is sent before this"
    )
    busy_until: Mapped[datetime | None] = mapped_column(
        comment="somebody is sending; after this time it is taken that they have died"
    )
    next_slot_at: Mapped[datetime | None] = mapped_column(
        comment="the rate: when the next message would be due at an even pace"
    )


class DepartmentContact(Base):
    """Somebody at a unit whom the centre can call."""

    __tablename__ = "department_contacts"

    id: Mapped[BigId]
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"), index=True)
    name: Mapped[str]
    post: Mapped[str] = mapped_column(server_default="")
    phone: Mapped[str] = mapped_column(server_default="")


class DepartmentDuty(Base):
    """A line of a unit's area of duty in words, for people who look for the right unit."""

    __tablename__ = "department_duties"

    id: Mapped[BigId]
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    duty: Mapped[str]
    source: Mapped[str | None]

    __table_args__ = (Index(None, "department_id"),)
