"""Tables of a case: the case, where it is, who reported it, what happened, and who had it."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Text,
    Uuid,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.cases.indexes import indexes
from dispatch.kit.db import Base, BigId, Json, geometry_column


class Channel(StrEnum):
    """How a report came in."""

    WEB = "web"
    WECHAT = "wechat"
    APP = "app"
    PHONE = "phone"
    TRANSFER = "transfer"
    MEDIA = "media"
    INSPECTOR = "inspector"
    CAMERA = "camera"


class PhotoKind(StrEnum):
    """Which moment a photo shows."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class RequestKind(StrEnum):
    """What a department may ask for."""

    EXTENSION = "extension"
    SUSPENSION = "suspension"
    APPEAL = "appeal"


class RequestStatus(StrEnum):
    """How such a request stands."""

    PENDING = "pending"
    GRANTED = "granted"
    REFUSED = "refused"


class Case(Base):
    """One case (案卷). `version` goes up with every deed; `pauses` lists [from, to or null, reason].

    `due_at` and `warn_at` belong to the handling limit, `stage_due_at` to the stage's own limit (while
    a unit has it: to its acknowledgement). `warned_at` and `overdue_at` say when the clock told of it
    and stay, unless the due time was put right by a correction or a calendar; those of the stage are
    the present stage's. Done on time is `clock_stopped_at < due_at`; `exempt` leaves the facts alone.
    """

    __tablename__ = "cases"
    #: An UPDATE returns what the database computes; else the next look at it would cost a query.
    __mapper_args__ = {"eager_defaults": True}  # noqa: RUF012 - SQLAlchemy's own spelling

    id: Mapped[BigId]
    public_id: Mapped[str] = mapped_column(unique=True)
    number: Mapped[str] = mapped_column(unique=True)
    version: Mapped[int] = mapped_column(server_default="1")
    stage: Mapped[str]
    stage_since: Mapped[datetime]
    stage_due_at: Mapped[datetime | None]
    stage_warned_at: Mapped[datetime | None]
    stage_overdue_at: Mapped[datetime | None]
    channel: Mapped[str]
    description: Mapped[str]
    review_reason: Mapped[str | None]

    geom: Mapped[str | None] = mapped_column(geometry_column("POINT"), deferred=True)
    longitude: Mapped[float | None] = mapped_column(Computed("ST_X(geom)", persisted=True))
    latitude: Mapped[float | None] = mapped_column(Computed("ST_Y(geom)", persisted=True))
    place_confidence: Mapped[float | None]
    place_radius_m: Mapped[float | None] = mapped_column(
        comment="how far off the point may be; NULL: given as a point"
    )
    grid_code: Mapped[str | None]
    working_grid: Mapped[str | None]
    community_code: Mapped[str | None]
    street_code: Mapped[str | None]
    district_code: Mapped[str | None]
    virtual_district_code: Mapped[str | None]

    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    category_source: Mapped[str | None]
    category_confidence: Mapped[float | None]
    category_reason: Mapped[str | None]
    condition_id: Mapped[int | None] = mapped_column(ForeignKey("conditions.id"))
    group: Mapped[str | None]
    severity: Mapped[str] = mapped_column(server_default="normal")
    hazard: Mapped[bool] = mapped_column(server_default="false")
    part_code: Mapped[str | None]

    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    inspector_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    crew_id: Mapped[int | None] = mapped_column(ForeignKey("crews.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    acknowledged_at: Mapped[datetime | None]
    assigned_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    settled_at: Mapped[datetime | None] = mapped_column(comment="a ruling gave the unit the case")
    limit_value: Mapped[int | None]
    limit_unit: Mapped[str | None]
    limit_rule_id: Mapped[int | None] = mapped_column(
        comment="the row of limit_rules that gave the limit; NULL: the filing condition's own"
    )
    clock_started_at: Mapped[datetime | None]
    clock_stopped_at: Mapped[datetime | None]
    pauses: Mapped[list[Any]] = mapped_column(server_default="[]")
    warn_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    warned_at: Mapped[datetime | None]
    overdue_at: Mapped[datetime | None]
    suspended_until: Mapped[datetime | None]
    remaining_s: Mapped[float | None] = mapped_column(
        comment="seconds of the limit's own time left when the clock was paused"
    )
    warn_remaining_s: Mapped[float | None]
    open_requests: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")

    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    stands_alone: Mapped[bool] = mapped_column(
        server_default="false", comment="somebody looked: it is none of the cases nearby"
    )
    decided_by_id: Mapped[int | None] = mapped_column(
        ForeignKey("users.id"), comment="who accepted or rejected it, while that can be taken back"
    )
    reporters_count: Mapped[int] = mapped_column(server_default="1")
    made_safe_at: Mapped[datetime | None]
    return_count: Mapped[int] = mapped_column(server_default="0")
    rework_count: Mapped[int] = mapped_column(server_default="0")
    extension_count: Mapped[int] = mapped_column(server_default="0")
    urge_count: Mapped[int] = mapped_column(server_default="0")
    reopen_count: Mapped[int] = mapped_column(server_default="0")
    exempt: Mapped[bool] = mapped_column(
        server_default="false",
        comment="appeal granted: statistics leave its lateness and returns out, the facts stay",
    )
    result: Mapped[str | None]
    outcome: Mapped[str | None]
    rating: Mapped[int | None]
    reported_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        *indexes(),
        CheckConstraint("version >= 1", name="version_positive"),
    )


class CaseNumber(Base):
    """Where a day's case numbers start from, by the day in the city (YYYYMMDD); see `next_case_serial`."""

    __tablename__ = "case_numbers"

    day: Mapped[str] = mapped_column(primary_key=True)
    base: Mapped[int]


class CasePlace(Base):
    """A description of the place as somebody gave it: words, a point in its own system, or both."""

    __tablename__ = "case_places"

    id: Mapped[BigId]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    source: Mapped[str]
    text: Mapped[str | None]
    longitude: Mapped[float | None]
    latitude: Mapped[float | None]
    crs: Mapped[str | None]
    radius_m: Mapped[float | None]
    explanation: Mapped[Json] = mapped_column(server_default="{}")
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))


class CaseText(Base):
    """The words of a case in small letters, description and places; triggers keep them (see `case_words`)."""

    __tablename__ = "case_texts"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    words: Mapped[str]

    __table_args__ = (
        Index("ix_case_texts_grams", text("text_grams(words)"), postgresql_using="gin"),
    )


class ForeignNumber(Base):
    """The number under which another platform (12345, a newspaper, a camera) knows a case."""

    __tablename__ = "case_foreign_numbers"

    number: Mapped[str] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)


class CaseReporter(Base):
    """Who reported: personal data, masked for most roles, looked at only with an audit line."""

    __tablename__ = "case_reporters"

    id: Mapped[BigId]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    name: Mapped[str | None]
    phone: Mapped[str | None] = mapped_column(index=True)
    openid: Mapped[str | None] = mapped_column(index=True)
    on_behalf_of: Mapped[str | None]
    notify: Mapped[bool] = mapped_column(
        server_default="true", comment="wants to be told how it goes on"
    )
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index(
            "ix_case_reporters_phone_end",
            func.reverse(text("phone")).label("phone_end"),
            postgresql_ops={"phone_end": "text_pattern_ops"},
        ),
    )


class CaseHistory(Base):
    """What happened, in order; rows are only ever added (a trigger refuses everything else)."""

    __tablename__ = "case_history"

    id: Mapped[BigId]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    version: Mapped[int]
    at: Mapped[datetime]
    verb: Mapped[str]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    actor: Mapped[str]
    role: Mapped[str]
    from_stage: Mapped[str | None]
    to_stage: Mapped[str]
    note: Mapped[str | None]
    changes: Mapped[Json] = mapped_column(server_default="{}")

    __table_args__ = (
        Index("uq_case_history_case_id_version", "case_id", "version", unique=True),
        Index("ix_case_history_at", "at"),
        Index(
            "ix_case_history_actor", "actor_id", "at", postgresql_where=text("actor_id IS NOT NULL")
        ),
    )


class CaseAssignment(Base):
    """A unit that has or had the case, why it was chosen over which rivals, and how that ended.

    The rows of a case in order are its transfer chain. Of the unit that leads: who worked on it, when
    it was acknowledged, first assigned, first begun and last reported done.
    """

    __tablename__ = "case_assignments"

    id: Mapped[BigId]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    leads: Mapped[bool]
    method: Mapped[str]
    rule_id: Mapped[int | None]
    part_code: Mapped[str | None]
    reason: Mapped[str]
    rivals: Mapped[list[Any]] = mapped_column(server_default="[]")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    acknowledged_at: Mapped[datetime | None]
    assigned_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    handled_at: Mapped[datetime | None]
    crew_id: Mapped[int | None] = mapped_column(ForeignKey("crews.id"))
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    end_verb: Mapped[str | None]
    end_reason: Mapped[str | None]
    end_code: Mapped[str | None] = mapped_column(comment="the reason's code, where one was chosen")

    __table_args__ = (
        Index("ix_case_assignments_department_at", "department_id", "at"),
        Index(
            "ix_case_assignments_returned", "ended_at", postgresql_where=text("end_verb = 'return'")
        ),
        Index(
            "uq_case_assignments_open",
            "case_id",
            "department_id",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
    )


class CaseRequest(Base):
    """A department's request for more time, for a pause, or against a judgement, and the answer."""

    __tablename__ = "case_requests"

    id: Mapped[BigId]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=RequestStatus.PENDING.value)
    until: Mapped[datetime | None]
    reason: Mapped[str]
    requested_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    requested_at: Mapped[datetime]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None]
    decision_note: Mapped[str | None]

    __table_args__ = (
        Index(
            "uq_case_requests_pending",
            "case_id",
            "kind",
            unique=True,
            postgresql_where=text("status = 'pending'"),
        ),
        Index(
            "ix_case_requests_waiting",
            "kind",
            "requested_at",
            "id",
            postgresql_where=text("status = 'pending'"),
        ),
        Index(None, "case_id"),
    )


class Photo(Base):
    """A photo as it is kept: re-encoded, without metadata. Without a case until one takes it.

    When and where (WGS-84) it was taken is what the camera said, as long as it said so.
    """

    __tablename__ = "photos"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(server_default=PhotoKind.BEFORE.value)
    key: Mapped[str]
    thumbnail_key: Mapped[str]
    width: Mapped[int]
    height: Mapped[int]
    size: Mapped[int] = mapped_column(BigInteger)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    taken_at: Mapped[datetime | None]
    longitude: Mapped[float | None]
    latitude: Mapped[float | None]


class CaseRating(Base):
    """What the reporter said after closing; once for each closing (`round` = reopen_count)."""

    __tablename__ = "case_ratings"

    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    report_id: Mapped[str]
    round: Mapped[int]
    score: Mapped[int]
    fixed: Mapped[bool]
    comment: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        PrimaryKeyConstraint("report_id", "round"),
        CheckConstraint("score BETWEEN 1 AND 5", name="score_range"),
        Index(None, "case_id"),
    )
