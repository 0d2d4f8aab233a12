"""Tables of the hall's work with the units: rulings on who is responsible, and shifts handed over."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.kit.db import Base, BigId, Json


class ProposalStatus(StrEnum):
    """What becomes of a ruling as a rule for all such cases."""

    NONE = "none"
    PROPOSED = "proposed"
    ADOPTED = "adopted"
    DECLINED = "declined"


class Ruling(Base):
    """A decision on which unit is responsible (责权认定), after others had returned the case.

    `parties` are the units that had it before. Kept as a proposal it names for which area it would
    hold as a rule; `rule_id` is the rule that an administrator made of it.
    """

    __tablename__ = "rulings"

    id: Mapped[BigId]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    department_id: Mapped[int] = mapped_column(ForeignKey("departments.id"))
    parties: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    area_kind: Mapped[str | None]
    area_code: Mapped[str | None]
    words: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime]
    proposal: Mapped[str] = mapped_column(server_default=ProposalStatus.NONE.value)
    rule_id: Mapped[int | None] = mapped_column(ForeignKey("routing_rules.id", ondelete="SET NULL"))
    answered_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    answered_at: Mapped[datetime | None]
    answer: Mapped[str | None]

    __table_args__ = (
        Index("ix_rulings_at", "at"),
        Index("ix_rulings_proposed", "id", postgresql_where=text("proposal = 'proposed'")),
    )


class Handover(Base):
    """The note by which a shift hands over (交接班): how things stood, what to watch, who took over.

    `facts` are the figures at the time of writing; `watch` lists {case, number, what}.
    """

    __tablename__ = "shift_handovers"

    id: Mapped[BigId]
    shift: Mapped[str]
    written_at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str]
    facts: Mapped[Json] = mapped_column(server_default="{}")
    watch: Mapped[list[Any]] = mapped_column(server_default="[]")
    taken_at: Mapped[datetime | None]
    taken_by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    taken_note: Mapped[str | None]

    __table_args__ = (Index("ix_shift_handovers_written", "written_at"),)
