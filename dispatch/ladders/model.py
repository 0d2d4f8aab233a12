"""Tables of escalation: the steps of the ladders as rules, and the steps that were taken for cases."""

from datetime import datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.kit.db import Base, BigId


class Ladder(StrEnum):
    """Which ladder a case climbs: hazards of 井杆线 (manholes, poles, lines) have their own."""

    ORDINARY = "ordinary"
    HAZARD = "hazard"


class Clock(StrEnum):
    """What runs out: the handling limit, the time to make safe, or a stage's own limit."""

    HANDLE = "handle"
    MAKE_SAFE = "make_safe"
    ACCEPT = "accept"
    VERIFY = "verify"
    FILE = "file"
    DISPATCH = "dispatch"
    ACKNOWLEDGE = "acknowledge"
    CHECK = "check"
    CLOSE = "close"


class Light(StrEnum):
    """From which light on a step counts: 80 % used, or all of it."""

    YELLOW = "yellow"
    RED = "red"


class BeyondUnit(StrEnum):
    """What the time beyond the due time is counted in; percent is of the limit itself."""

    MINUTE = "minute"
    HOUR = "hour"
    WORK_HOUR = "work_hour"
    WORK_DAY = "work_day"
    PERCENT = "percent"


class LadderStep(Base):
    """A step: on which ladder and clock, from when on, who is told by which way, how often again.

    In quiet hours it waits for their end, on the hazards' ladder never. `repeat_minutes` NULL: told
    once. What was told of a level to an audience is never told anew because the row was edited.
    """

    __tablename__ = "ladder_steps"

    id: Mapped[BigId]
    ladder: Mapped[str]
    clock: Mapped[str]
    level: Mapped[int]
    light: Mapped[str]
    beyond: Mapped[int] = mapped_column(server_default="0")
    beyond_unit: Mapped[str] = mapped_column(server_default=BeyondUnit.MINUTE.value)
    audience: Mapped[str]
    way: Mapped[str] = mapped_column(server_default="in_app")
    repeat_minutes: Mapped[int | None]
    quiet_from: Mapped[time | None]
    quiet_until: Mapped[time | None]
    active: Mapped[bool] = mapped_column(server_default="true")
    counts_from: Mapped[datetime | None] = mapped_column(
        comment="in use, as it is, since then: what had reached it before is not told one by one"
    )

    __table_args__ = (
        UniqueConstraint("ladder", "clock", "level", "audience", "way"),
        CheckConstraint("beyond >= 0", name="beyond_not_negative"),
    )


class LadderMark(Base):
    """Until when the clock has looked which steps were reached: one row. `limits`: handling limits
    ([value, unit]) that open cases had at the last look at everything, `swept_at`, beside those of rules."""

    __tablename__ = "ladder_marks"

    name: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[datetime]
    swept_at: Mapped[datetime | None]
    limits: Mapped[list[Any]] = mapped_column(server_default="[]")


class Escalation(Base):
    """A step taken for a case: told when and how often, and who of those told has answered for it.

    `times` 0: reached but not told: quiet until `next_at`, or (`next_at` NULL) passed while nobody could
    be told, the case having gone on to the next light.

    `since` is when its clock began: the same step of the same clock is taken once for each unit that has
    the case. `next_at` NULL: not told again, for it was acknowledged, is not repeated, or the case went on.
    """

    __tablename__ = "escalations"

    id: Mapped[BigId]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    ladder: Mapped[str]
    clock: Mapped[str]
    since: Mapped[datetime]
    level: Mapped[int]
    audience: Mapped[str]
    way: Mapped[str]
    light: Mapped[str]
    due_at: Mapped[datetime | None] = mapped_column(comment="of the clock, when the step was taken")
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    at: Mapped[datetime]
    times: Mapped[int] = mapped_column(server_default="1")
    last_at: Mapped[datetime]
    next_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    acknowledged_by: Mapped[str | None]

    __table_args__ = (
        Index(
            "uq_escalations_step",
            "case_id",
            "clock",
            "since",
            "level",
            "audience",
            "way",
            text("coalesce(department_id, 0)"),  # NULLS NOT DISTINCT is not in PostgreSQL 14
            unique=True,
        ),
        Index("ix_escalations_again", "next_at", postgresql_where=text("next_at IS NOT NULL")),
        Index("ix_escalations_at", "at"),
    )
