"""Tables of what is published: bulletins with their frozen figures, and what an administrator sets for each kind."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.bulletins.states import BulletinKind, BulletinStatus
from dispatch.kit.db import Base, BigId, Json

__all__ = ["Bulletin", "BulletinKind", "BulletinRule", "BulletinStatus"]


class Bulletin(Base):
    """A bulletin of a span of days: its figures and words as they were at `as_of`.

    A published one is frozen (a trigger refuses changes); what turns out otherwise later is published
    as a correction of it, which names what differs.
    """

    __tablename__ = "bulletins"

    id: Mapped[BigId]
    kind: Mapped[str]
    first: Mapped[date]
    last: Mapped[date]
    status: Mapped[str] = mapped_column(server_default=BulletinStatus.DRAFT.value)
    title: Mapped[str]
    content: Mapped[Json]
    remarks: Mapped[str] = mapped_column(
        server_default="", comment="what the centre adds in its own words"
    )
    as_of: Mapped[datetime]
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    made_by: Mapped[str]
    published_at: Mapped[datetime | None]
    published_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    published_by: Mapped[str | None]
    corrects_id: Mapped[int | None] = mapped_column(ForeignKey("bulletins.id"), index=True)
    reason: Mapped[str] = mapped_column(server_default="", comment="why it was corrected")
    files: Mapped[Json] = mapped_column(server_default="{}")
    files_error: Mapped[str | None]

    __table_args__ = (
        CheckConstraint("last >= first", name="span"),
        Index(
            "uq_bulletins_original",
            "kind",
            "first",
            "last",
            unique=True,
            postgresql_where=text("corrects_id IS NULL"),
        ),
        Index("ix_bulletins_listed", "last", "id"),
    )


class BulletinRule(Base):
    """What an administrator sets for a kind: when it is made, whether it is published at once, its words."""

    __tablename__ = "bulletin_rules"

    kind: Mapped[str] = mapped_column(primary_key=True)
    enabled: Mapped[bool] = mapped_column(server_default="true")
    day: Mapped[int] = mapped_column(
        comment="monthly: day of the next month; weekly: days after the week's end"
    )
    hour: Mapped[int]
    begins: Mapped[int] = mapped_column(
        server_default="0", comment="weekly: the first day of the week, Monday is 0"
    )
    publishes: Mapped[bool] = mapped_column(
        server_default="false", comment="published without a hand"
    )
    title: Mapped[str]
    issuer: Mapped[str]
    addressees: Mapped[str] = mapped_column(server_default="")
    most: Mapped[int] = mapped_column(server_default="10", comment="how many lines a ranking has")
    public: Mapped[bool] = mapped_column(
        server_default="true", comment="everybody may read what is published"
    )

    __table_args__ = (CheckConstraint("hour BETWEEN 0 AND 23", name="hour"),)
