"""Tables of patrols: the texts of consent and who gave it, shifts, points of the track, coverage, and a fix of a phone."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Float, ForeignKey, Index, PrimaryKeyConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.kit.db import Base, BigId, geometry_column


class Ending(StrEnum):
    """Who ended a shift."""

    PERSON = "person"
    CLOCK = "clock"


@dataclass(frozen=True)
class Fix:
    """Where a phone was when: WGS-84 degrees, accuracy as the radius in metres."""

    at: datetime
    longitude: float
    latitude: float
    accuracy_m: float


class ConsentText(Base):
    """A version of what people agree to before their track is kept; texts are never changed."""

    __tablename__ = "patrol_consent_texts"

    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    zh: Mapped[str]
    en: Mapped[str]
    valid_from: Mapped[datetime] = mapped_column(server_default=func.now())


class Consent(Base):
    """That somebody agreed to a version, when, and when they took it back."""

    __tablename__ = "patrol_consents"

    id: Mapped[BigId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    version: Mapped[int] = mapped_column(ForeignKey("patrol_consent_texts.version"))
    given_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_patrol_consents_standing",
            "user_id",
            unique=True,
            postgresql_where=text("withdrawn_at IS NULL"),
        ),
        Index(None, "user_id", "given_at"),
    )


class Shift(Base):
    """A turn of duty from signing in (签到) to signing out (签退); places in WGS-84 degrees if given."""

    __tablename__ = "patrol_shifts"

    id: Mapped[BigId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    started_at: Mapped[datetime]
    start_longitude: Mapped[float | None] = mapped_column(Float)
    start_latitude: Mapped[float | None] = mapped_column(Float)
    start_accuracy_m: Mapped[float | None] = mapped_column(Float)
    start_grid: Mapped[str | None]
    ended_at: Mapped[datetime | None]
    end_longitude: Mapped[float | None] = mapped_column(Float)
    end_latitude: Mapped[float | None] = mapped_column(Float)
    end_accuracy_m: Mapped[float | None] = mapped_column(Float)
    ending: Mapped[str | None]
    synthetic: Mapped[bool] = mapped_column(server_default="false")

    __table_args__ = (
        Index(
            "uq_patrol_shifts_open",
            "user_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index(None, "user_id", "started_at"),
        Index(None, "started_at"),
    )


class TrackPoint(Base):
    """Where an inspector on shift was. Kept for the city's number of days only."""

    __tablename__ = "patrol_points"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    shift_id: Mapped[int] = mapped_column(ForeignKey("patrol_shifts.id"))
    accuracy_m: Mapped[float] = mapped_column(Float)
    grid_code: Mapped[str | None]
    geom: Mapped[str] = mapped_column(geometry_column("POINT"))

    __table_args__ = (
        PrimaryKeyConstraint("user_id", "at"),
        Index(None, "at"),
        Index(None, "shift_id", "at"),
    )


class Coverage(Base):
    """That somebody was in a unit grid on a day, how often seen and between when; outlives the points."""

    __tablename__ = "patrol_coverage"

    day: Mapped[date]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    grid_code: Mapped[str]
    working_grid: Mapped[str]
    points: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]

    __table_args__ = (
        PrimaryKeyConstraint("user_id", "day", "grid_code"),
        Index(None, "working_grid", "day"),
    )
