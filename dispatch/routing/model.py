"""Tables of responsibility: which unit answers for which category in which area."""

from datetime import date

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.kit.db import Base, BigId


class RoutingRule(Base):
    """A rule. What is NULL does not matter to it; the most specific rule that holds wins.

    `area_kind` is city, virtual_district, district, street or community; `valid_to` is the first
    day on which the rule no longer holds.
    """

    __tablename__ = "routing_rules"

    id: Mapped[BigId]
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    group: Mapped[str | None]
    kind: Mapped[str | None]
    area_kind: Mapped[str | None]
    area_code: Mapped[str | None]
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    reason: Mapped[str] = mapped_column(server_default="")
    reason_en: Mapped[str] = mapped_column(server_default="")
    source: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (
        Index(None, "category_id"),
        CheckConstraint("(area_kind IS NULL) = (area_code IS NULL)", name="area_whole"),
    )
