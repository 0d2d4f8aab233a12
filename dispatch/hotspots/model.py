"""Tables of hot spots: a search over a span of days, and what it found, each with its evidence and cases."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.kit.db import Base, BigId, Json


class FindingKind(StrEnum):
    """What is looked for."""

    CLUSTER = "cluster"
    PLACE = "place"
    PART = "part"
    RISING = "rising"
    RETURNS = "returns"
    RENEWAL = "renewal"


class HotspotSearch(Base):
    """A search: the days it looked at, with which settings, and when it was done."""

    __tablename__ = "hotspot_searches"

    id: Mapped[BigId]
    first: Mapped[date]
    last: Mapped[date]
    begun_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    settings: Mapped[Json]
    tested: Mapped[Json] = mapped_column(
        server_default="{}", comment="how many candidates each kind had"
    )
    error: Mapped[str | None]

    __table_args__ = (Index(None, "done_at"),)


class HotspotFinding(Base):
    """Something that a search found; `evidence` holds the figures that speak for it."""

    __tablename__ = "hotspot_findings"

    id: Mapped[BigId]
    search_id: Mapped[int] = mapped_column(ForeignKey("hotspot_searches.id", ondelete="CASCADE"))
    kind: Mapped[str]
    rank: Mapped[int]
    subject: Mapped[str] = mapped_column(
        comment="code of the grid, part, category or pair of units"
    )
    district_code: Mapped[str | None]
    longitude: Mapped[float | None]
    latitude: Mapped[float | None]
    evidence: Mapped[Json]
    cases: Mapped[int]
    case_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), comment="the latest of them")

    __table_args__ = (Index(None, "search_id", "kind", "rank"),)
