"""Tables of the people who work here: users, their roles and areas, and their sessions."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import Text

from dispatch.kit.db import Base, BigId


class Role(StrEnum):
    """The posts of a management centre; one person may hold several."""

    INSPECTOR = "inspector"
    AGENT = "agent"
    SHIFT_LEADER = "shift_leader"
    DISPATCHER = "dispatcher"
    MANAGER = "manager"
    HANDLER = "handler"
    SUPERVISOR = "supervisor"
    LEADER = "leader"
    ADMIN = "admin"


class User(Base):
    """A person who can log in. `password_hash` is Argon2id; empty means no log-in."""

    __tablename__ = "users"

    id: Mapped[BigId]
    username: Mapped[str] = mapped_column(unique=True)
    password_hash: Mapped[str] = mapped_column(server_default="")
    display_name: Mapped[str]
    phone: Mapped[str | None]
    roles: Mapped[list[str]] = mapped_column(ARRAY(Text))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), index=True)
    district_code: Mapped[str | None]
    working_grids: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    language: Mapped[str] = mapped_column(server_default="zh")
    active: Mapped[bool] = mapped_column(server_default="true")
    must_change_password: Mapped[bool] = mapped_column(server_default="false")
    last_login_at: Mapped[datetime | None]
    synthetic: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index(None, "working_grids", postgresql_using="gin"),)


class UserSession(Base):
    """A log-in that lasts; with a label it is a token for a program. Only its secret's hash is kept."""

    __tablename__ = "user_sessions"

    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    csrf_token: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(index=True)
    address: Mapped[str | None]
    agent: Mapped[str | None]
    label: Mapped[str | None]


class AssignmentStatus(StrEnum):
    """Whether an assignment is still to begin, holds, or is over."""

    PLANNED = "planned"
    HOLDS = "holds"
    ENDED = "ended"


class GridAssignment(Base):
    """An inspector's working grid for a span of days; `valid_to` is the first day it no longer holds.

    `users.working_grids` is what holds today; the clock carries over what begins or ends.
    """

    __tablename__ = "working_grid_assignments"

    id: Mapped[BigId]
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    working_grid: Mapped[str] = mapped_column(index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    status: Mapped[str] = mapped_column(server_default=AssignmentStatus.PLANNED.value)

    __table_args__ = (
        Index(
            "ix_working_grid_assignments_due",
            "valid_from",
            "valid_to",
            postgresql_where=text("status <> 'ended'"),
        ),
    )
