"""The inventory of parts: manholes, poles, lines and the rest, with their owners."""

from datetime import date

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.kit.db import Base, BigId, geometry_column


class Part(Base):
    """One part. `code` has 16 characters: 6 district, 2 major, 2 minor, 6 serial."""

    __tablename__ = "parts"

    id: Mapped[BigId]
    code: Mapped[str] = mapped_column(unique=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"))
    name: Mapped[str]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    maintainer_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    governing_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    grid_code: Mapped[str | None] = mapped_column(index=True)
    condition: Mapped[str] = mapped_column(server_default="good")
    accuracy: Mapped[str] = mapped_column(server_default="C")
    installed_on: Mapped[date | None]
    source: Mapped[str] = mapped_column(server_default="")
    synthetic: Mapped[bool] = mapped_column(server_default="false")
    geom: Mapped[str] = mapped_column(geometry_column("POINT"))

    __table_args__ = (
        Index("ix_parts_geom", "geom", postgresql_using="gist"),
        Index(None, "category_id"),
        Index(None, "owner_id", "code"),
    )
