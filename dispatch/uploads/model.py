"""The table of uploaded files, their reports and how far each is."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, SmallInteger, func, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.kit.db import Base, BigId, Json
from dispatch.uploads.states import UploadStatus


class UploadKind(StrEnum):
    """What a file brings."""

    GRID = "grid"
    PARTS = "parts"
    FACILITIES = "facilities"
    PLACES = "places"
    PEOPLE = "people"
    CAMERAS = "cameras"


class Upload(Base):
    """A file, how it is to be read, what the check found, and what came of it.

    `beat_at` is written while somebody works on it; when it is old, that process has died.
    """

    __tablename__ = "uploads"

    id: Mapped[BigId]
    kind: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=UploadStatus.WAITING.value)
    file_key: Mapped[str] = mapped_column(unique=True)
    file_name: Mapped[str]
    file_bytes: Mapped[int]
    options: Mapped[Json] = mapped_column(server_default="{}")
    report: Mapped[Json | None]
    refusal: Mapped[Json | None] = mapped_column(comment="why it could not be read: zh, en")
    step: Mapped[str] = mapped_column(server_default="")
    percent: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    attempts: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    beat_at: Mapped[datetime | None]
    by_id: Mapped[int | None]
    by_name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    finished_at: Mapped[datetime | None]

    __table_args__ = (
        Index(None, "kind", "id"),
        Index(
            "ix_uploads_under_way",
            "beat_at",
            postgresql_where=text("status IN ('waiting', 'checking', 'to_apply', 'applying')"),
        ),
    )
