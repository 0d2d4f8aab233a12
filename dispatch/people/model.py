"""Tables of the people who work here: users, their roles and areas, and their sessions."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, func
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
    synthetic: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index(None, "working_grids", postgresql_using="gin"),)


class UserSession(Base):
    """A log-in that lasts. Only the hash of its secret is kept."""

    __tablename__ = "user_sessions"

    secret_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    csrf_token: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime] = mapped_column(index=True)
    address: Mapped[str | None]
    agent: Mapped[str | None]
