"""Tables of intake: every message as it came, the policies, and what WeChat and cameras need."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.kit.db import Base, BigId, Json, geometry_column


class IntakeStatus(StrEnum):
    """What became of a message."""

    RECEIVED = "received"
    DONE = "done"
    IGNORED = "ignored"
    FAILED = "failed"


class IntakeMessage(Base):
    """A message as it came in, kept whole, so that it can be read again and played again."""

    __tablename__ = "intake_messages"

    id: Mapped[BigId]
    channel: Mapped[str]
    source: Mapped[str] = mapped_column(server_default="")
    dedupe_key: Mapped[str | None]
    body_hash: Mapped[bytes | None] = mapped_column(LargeBinary)
    payload: Mapped[Json | None]
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(server_default=func.now())
    status: Mapped[str] = mapped_column(server_default=IntakeStatus.RECEIVED.value)
    case_id: Mapped[int | None] = mapped_column(BigInteger, index=True)
    error_code: Mapped[str | None]
    error: Mapped[str | None]
    answer: Mapped[Json | None] = mapped_column(comment="what a retry is told again")
    replay_of_id: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        Index(
            "uq_intake_messages_dedupe",
            "channel",
            "source",
            "dedupe_key",
            unique=True,
            postgresql_where=text("dedupe_key IS NOT NULL"),
        ),
        Index(
            "ix_intake_messages_transfer",
            "dedupe_key",
            postgresql_where=text("channel = 'transfer' AND dedupe_key IS NOT NULL"),
        ),
        Index(
            "ix_intake_messages_open",
            "received_at",
            postgresql_where=text("status IN ('received', 'failed')"),
        ),
        Index(None, "channel", "id"),
        Index(
            "ix_intake_messages_not_done",
            "status",
            "id",
            postgresql_where=text("status <> 'done'"),
        ),
    )


class PolicyAction(StrEnum):
    """How far a report goes without a hand, each including the ones before it except the first two."""

    REVIEW = "review"
    VERIFY = "verify"
    ACCEPT = "accept"
    FILE = "file"
    DISPATCH = "dispatch"


class IntakePolicy(Base):
    """From `min_confidence` on, what to do with a report of this channel and category.

    What is NULL does not matter; the most specific row that holds wins.
    """

    __tablename__ = "intake_policies"

    id: Mapped[BigId]
    channel: Mapped[str | None]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    group: Mapped[str | None]
    min_confidence: Mapped[float]
    action: Mapped[str]
    explanation: Mapped[str] = mapped_column(server_default="")
    explanation_en: Mapped[str] = mapped_column(server_default="")


class DuplicateRule(Base):
    """How near in metres and hours two reports of one minor class are the same thing."""

    __tablename__ = "duplicate_rules"

    id: Mapped[BigId]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    group: Mapped[str | None]
    distance_m: Mapped[float]
    hours: Mapped[float]


class WechatConversation(Base):
    """The messages of one follower until they make a report."""

    __tablename__ = "wechat_conversations"

    id: Mapped[BigId]
    app_id: Mapped[str]
    openid: Mapped[str]
    texts: Mapped[list[Any]] = mapped_column(server_default="[]")
    places: Mapped[list[Any]] = mapped_column(server_default="[]")
    media: Mapped[list[Any]] = mapped_column(server_default="[]")
    started_at: Mapped[datetime]
    last_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    case_id: Mapped[int | None] = mapped_column(BigInteger)

    __table_args__ = (
        Index(
            "uq_wechat_conversations_open",
            "app_id",
            "openid",
            unique=True,
            postgresql_where=text("finished_at IS NULL"),
        ),
        Index(None, "last_at"),
        Index(
            "ix_wechat_conversations_idle",
            "last_at",
            postgresql_where=text("finished_at IS NULL"),
        ),
    )


class WechatMedia(Base):
    """A picture or voice that WeChat keeps for three days only: to be fetched before then."""

    __tablename__ = "wechat_media"

    id: Mapped[BigId]
    media_id: Mapped[str] = mapped_column(unique=True)
    conversation_id: Mapped[int] = mapped_column(ForeignKey("wechat_conversations.id"), index=True)
    kind: Mapped[str]
    url: Mapped[str | None]
    received_at: Mapped[datetime]
    fetched_at: Mapped[datetime | None]
    photo_id: Mapped[str | None] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(server_default="0")
    last_error: Mapped[str | None]
    next_attempt_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_wechat_media_due",
            "next_attempt_at",
            postgresql_where=text("next_attempt_at IS NOT NULL"),
        ),
    )


class Camera(Base):
    """A camera, where it looks, and below which confidence its alarms wait for a person."""

    __tablename__ = "cameras"

    id: Mapped[BigId]
    source: Mapped[str]
    code: Mapped[str]
    name: Mapped[str]
    address: Mapped[str] = mapped_column(server_default="")
    min_confidence: Mapped[float | None]
    enabled: Mapped[bool] = mapped_column(server_default="true")
    synthetic: Mapped[bool] = mapped_column(server_default="false")
    geom: Mapped[str] = mapped_column(geometry_column("POINT"))

    __table_args__ = (UniqueConstraint("source", "code"),)


class CameraDevice(Base):
    """A device that has proved who it is by GA/T 1400's registration, and where it calls from."""

    __tablename__ = "camera_devices"

    device_id: Mapped[str] = mapped_column(primary_key=True)
    address: Mapped[str]
    registered_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class CameraType(Base):
    """What a vendor's type code means here; no category: known, but nothing for us."""

    __tablename__ = "camera_types"

    id: Mapped[BigId]
    source: Mapped[str]
    type_code: Mapped[str]
    label: Mapped[str]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    condition_id: Mapped[int | None] = mapped_column(ForeignKey("conditions.id"))

    __table_args__ = (UniqueConstraint("source", "type_code"),)


class CameraScene(Base):
    """One scene before one camera: however many alarms it raises, it is one case."""

    __tablename__ = "camera_scenes"

    id: Mapped[BigId]
    source: Mapped[str]
    camera_code: Mapped[str]
    type_code: Mapped[str]
    case_id: Mapped[int | None] = mapped_column(BigInteger)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    alarms: Mapped[int] = mapped_column(server_default="1")

    __table_args__ = (
        Index(
            "uq_camera_scenes_open",
            "source",
            "camera_code",
            "type_code",
            unique=True,
            postgresql_where=text("ended_at IS NULL"),
        ),
        Index("ix_camera_scenes_camera", "source", "camera_code", text("last_at DESC")),
    )
