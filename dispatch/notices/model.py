"""Tables of notices: the texts, who is told of what, how each way is used, what was sent, and the staff's own bell."""

from datetime import datetime, time
from enum import StrEnum

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.kit.db import Base, BigId, Json


class NoticeStatus(StrEnum):
    """How far a notice is."""

    PENDING = "pending"
    SENT = "sent"
    SKIPPED = "skipped"
    DEAD = "dead"


class RobotKind(StrEnum):
    """Whose group robot it is."""

    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"


class NoticeTemplate(Base):
    """A text for an event, an audience, a way and a language. A change is a new version; old ones stay.

    `external_id` and the lines of `body` are what WeChat's or a gateway's registered template needs.
    """

    __tablename__ = "notice_templates"

    id: Mapped[BigId]
    event: Mapped[str]
    audience: Mapped[str]
    way: Mapped[str]
    language: Mapped[str]
    version: Mapped[int] = mapped_column(server_default="1")
    active: Mapped[bool] = mapped_column(server_default="true")
    subject: Mapped[str] = mapped_column(server_default="")
    body: Mapped[str]
    external_id: Mapped[str] = mapped_column(server_default="")
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    changed_by: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        UniqueConstraint("event", "audience", "way", "language", "version"),
        Index(
            "uq_notice_templates_active",
            "event",
            "audience",
            "way",
            "language",
            unique=True,
            postgresql_where=text("active"),
        ),
    )


class NoticeRule(Base):
    """On this event tell this audience by this way.

    `otherwise`: only those whom the ways before it (smaller `rank`) could not reach.
    `case_channel` NULL: however the case came in. `urgent`: quiet hours do not hold it back.
    """

    __tablename__ = "notice_rules"

    id: Mapped[BigId]
    event: Mapped[str]
    audience: Mapped[str]
    way: Mapped[str]
    rank: Mapped[int] = mapped_column(server_default="1")
    otherwise: Mapped[bool] = mapped_column(server_default="false")
    case_channel: Mapped[str | None]
    urgent: Mapped[bool] = mapped_column(server_default="false")
    active: Mapped[bool] = mapped_column(server_default="true")

    __table_args__ = (
        Index(
            "uq_notice_rules_event_audience_way_case_channel",
            "event",
            "audience",
            "way",
            text("coalesce(case_channel, '')"),  # NULLS NOT DISTINCT is not in PostgreSQL 14
            unique=True,
        ),
    )


class NoticeChannel(Base):
    """How a way is used: whether at all, when it is quiet, how often it is tried, and how it fares.

    After failures of the provider's own in a row nothing is sent before `open_until`.
    """

    __tablename__ = "notice_channels"

    way: Mapped[str] = mapped_column(primary_key=True)
    enabled: Mapped[bool] = mapped_column(server_default="true")
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    max_attempts: Mapped[int] = mapped_column(server_default="6")
    max_length: Mapped[int] = mapped_column(
        server_default="0", comment="segments of an SMS, characters elsewhere; 0: no limit"
    )
    failures: Mapped[int] = mapped_column(server_default="0")
    open_until: Mapped[datetime | None]


class Notice(Base):
    """One notice by one way to one recipient: what was said, to whom (masked), what the provider answered.

    `dedupe_key` makes it one however often the job runs. `address` is kept only while it is needed;
    `recipient_hash` stays, so that what was sent to somebody can be found by who knows the address.
    """

    __tablename__ = "notices"

    id: Mapped[BigId]
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    event: Mapped[str]
    event_id: Mapped[int | None] = mapped_column(BigInteger)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    audience: Mapped[str]
    way: Mapped[str]
    language: Mapped[str] = mapped_column(server_default="zh")
    template_id: Mapped[int | None] = mapped_column(ForeignKey("notice_templates.id"))
    robot_id: Mapped[int | None] = mapped_column(
        ForeignKey("notice_robots.id", ondelete="SET NULL")
    )
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    recipient_hash: Mapped[bytes] = mapped_column(LargeBinary)
    recipient: Mapped[str] = mapped_column(comment="masked")
    address: Mapped[str | None] = mapped_column(comment="until it has arrived")
    subject: Mapped[str] = mapped_column(server_default="")
    body: Mapped[str]
    extra: Mapped[Json] = mapped_column(server_default="{}")
    status: Mapped[str] = mapped_column(server_default=NoticeStatus.PENDING.value)
    urgent: Mapped[bool] = mapped_column(server_default="false")
    attempts: Mapped[int] = mapped_column(server_default="0")
    next_attempt_at: Mapped[datetime | None]
    provider: Mapped[str] = mapped_column(server_default="")
    answer: Mapped[str | None] = mapped_column(comment="the provider's, or why it was not sent")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_notices_due", "way", "next_attempt_at", postgresql_where=text("status = 'pending'")
        ),
        Index("ix_notices_dead", "id", postgresql_where=text("status = 'dead'")),
        Index(None, "case_id"),
        Index("ix_notices_recipient", "recipient_hash", text("id DESC")),
        Index(None, "created_at"),
    )


class StaffNotice(Base):
    """A line behind the bell of one person. `link` leads where it is to be dealt with."""

    __tablename__ = "staff_notices"

    id: Mapped[BigId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    event: Mapped[str]
    event_id: Mapped[int | None] = mapped_column(BigInteger)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    subject: Mapped[str]
    body: Mapped[str] = mapped_column(server_default="")
    link: Mapped[str] = mapped_column(server_default="")
    urgent: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    read_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("event_id", "user_id"),
        Index("ix_staff_notices_latest", "user_id", text("id DESC")),
        Index("ix_staff_notices_unread", "user_id", postgresql_where=text("read_at IS NULL")),
        Index(None, "created_at"),
    )


class NoticePreference(Base):
    """An event that a person does not want behind the bell."""

    __tablename__ = "notice_preferences"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    event: Mapped[str]

    __table_args__ = (PrimaryKeyConstraint("user_id", "event"),)


class NoticeOptOut(Base):
    """Somebody who wants no more notices by a way (退订), known by the hash of the address only."""

    __tablename__ = "notice_opt_outs"

    way: Mapped[str]
    recipient_hash: Mapped[bytes] = mapped_column(LargeBinary)
    recipient: Mapped[str] = mapped_column(comment="masked")
    source: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (PrimaryKeyConstraint("way", "recipient_hash"),)


class NoticeRobot(Base):
    """A robot in a chat group of a department, or of the centre. Its address holds its key: both are sealed."""

    __tablename__ = "notice_robots"

    id: Mapped[BigId]
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    url_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    secret_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    enabled: Mapped[bool] = mapped_column(server_default="true")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
