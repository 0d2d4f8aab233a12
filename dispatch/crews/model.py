"""Tables of crews (班组): a department's people who work together, and who belongs to which."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.kit.db import Base, BigId


class Crew(Base):
    """A crew of a department. One that is no longer active keeps its name for what it did."""

    __tablename__ = "crews"

    id: Mapped[BigId]
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    name: Mapped[str]
    phone: Mapped[str | None]
    daily_capacity: Mapped[int] = mapped_column(
        server_default="8", comment="cases that it gets done in an ordinary day"
    )
    active: Mapped[bool] = mapped_column(server_default="true")
    synthetic: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        UniqueConstraint("department_id", "name"),
        CheckConstraint("daily_capacity >= 0", name="capacity_not_negative"),
    )


class CrewMember(Base):
    """A person of the department in a crew; one may belong to several."""

    __tablename__ = "crew_members"

    crew_id: Mapped[int] = mapped_column(
        ForeignKey("crews.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, index=True)
