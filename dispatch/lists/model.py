"""Tables of the lists that people arrange: filters with a name, and what somebody's lists look like."""

from datetime import datetime

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, func
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.kit.db import Base, BigId


class SavedList(Base):
    """A filter with a name. `query` is what stands behind `/cases?`, without a page.

    `shared_role` and `shared_department_id` name the desk that has it too; both empty: the owner alone.
    """

    __tablename__ = "saved_lists"

    id: Mapped[BigId]
    owner_id: Mapped[int] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str]
    query: Mapped[str]
    shared_role: Mapped[str | None]
    shared_department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (UniqueConstraint("owner_id", "name"), Index(None, "shared_role"))


class ListSettings(Base):
    """What somebody's lists look like: the columns in their order, and the list that opens first."""

    __tablename__ = "list_settings"

    user_id: Mapped[int] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True
    )
    columns: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    default_list_id: Mapped[int | None] = mapped_column(
        ForeignKey("saved_lists.id", ondelete="SET NULL")
    )
