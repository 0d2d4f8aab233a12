"""Tables of figures: what is known of each case, the rollups made from it, and evaluation's rules and results."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.kit.db import Base, BigId, Json
from dispatch.supervision.measures import NAMES

#: The moments of a case that something is counted on.
MOMENTS: Final = (
    "reported_at",
    "accepted_at",
    "rejected_at",
    "verified_at",
    "filed_at",
    "not_filed_at",
    "voided_at",
    "linked_at",
    "spot_at",
    "dispatched_at",
    "handled_at",
    "checked_at",
    "closed_at",
    "judged_at",
)
_AREAS = (
    "grid_code",
    "working_grid",
    "community_code",
    "street_code",
    "district_code",
    "virtual_district_code",
)


def _moment(name: str) -> Column[Any]:
    return Column(name, DateTime(timezone=True), nullable=name != "reported_at")


#: One row a case: all that any measure asks of it, worked out from its history up to `version`.
#: `judged_at` is when it was handled or when its time ran out, whichever came first; `awaits_at` is when
#: its light or its stage's will change next by time alone. `tardy` names the stages left too late; the
#: `deed_` lists hold the deeds of people.
figure_cases: Final = Table(
    "figure_cases",
    Base.metadata,
    Column("case_id", BigInteger, primary_key=True, autoincrement=False),
    Column("version", BigInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("category_id", BigInteger),
    Column("hazard_sign", Text),
    *(Column(each, Text) for each in _AREAS),
    Column("department_id", BigInteger),
    *(_moment(each) for each in MOMENTS),
    Column("last_at", DateTime(timezone=True), nullable=False),
    Column("awaits_at", DateTime(timezone=True)),
    Column("stage", Text, nullable=False),
    Column("light", Text, nullable=False),
    Column("stage_late", Boolean, nullable=False),
    Column("late", Boolean, nullable=False),
    Column("exempt", Boolean, nullable=False),
    Column("right_first", Boolean, nullable=False),
    *(
        Column(each, SmallInteger, nullable=False)
        for each in ("reworks", "extensions", "suspensions", "appeals")
    ),
    Column("tardy", ARRAY(Text), nullable=False),
    Column("returned_by", ARRAY(BigInteger), nullable=False),
    Column("returned_on", ARRAY(Date), nullable=False),
    Column("deed_verbs", ARRAY(Text), nullable=False),
    Column("deed_users", ARRAY(BigInteger), nullable=False),
    Column("deed_days", ARRAY(Date), nullable=False),
    Column("deed_late", ARRAY(Boolean), nullable=False),
    Column("deed_right", ARRAY(Boolean), nullable=False),
    # one small index finds the blocks of any moment: cases lie about in the order of their reports
    Index(
        "ix_figure_cases_moments",
        *MOMENTS,
        "last_at",
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 32, "autosummarize": "on"},
    ),
    Index("ix_figure_cases_awaits", "awaits_at", postgresql_where=text("awaits_at IS NOT NULL")),
)

#: What few cases have: their cases are found among them. Figures of all others stand on most cases.
UNUSUAL: Final = (
    "exempt OR reworks > 0 OR extensions > 0 OR suspensions > 0 OR appeals > 0 OR returned_by <> '{}'"
    " OR rejected_at IS NOT NULL OR not_filed_at IS NOT NULL OR voided_at IS NOT NULL"
    " OR linked_at IS NOT NULL OR spot_at IS NOT NULL"
)
Index("ix_figure_cases_reported", figure_cases.c.reported_at, figure_cases.c.case_id)
Index(
    "ix_figure_cases_unusual",
    figure_cases.c.reported_at,
    figure_cases.c.case_id,
    postgresql_where=text(UNUSUAL),
)
#: The cases of an area or a unit in the order of their reports: what opens from its figures.
for _key in ("department_id", "street_code", "community_code", "working_grid", "grid_code"):
    Index(
        f"ix_figure_cases_{_key.removesuffix('_id').removesuffix('_code')}",
        figure_cases.c[_key],
        figure_cases.c.reported_at,
        figure_cases.c.case_id,
    )

#: Counts by day, subject and what it is divided by.
figure_days: Final = Table(
    "figure_days",
    Base.metadata,
    Column("subject", Text, primary_key=True),
    Column("cut", Text, primary_key=True),
    Column("day", Date, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    *(Column(each, Integer, nullable=False, server_default="0") for each in NAMES),
)

#: The same by month, for what has many keys: so a month, or a year of months, is few rows.
figure_months: Final = Table(
    "figure_months",
    Base.metadata,
    Column("subject", Text, primary_key=True),
    Column("cut", Text, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("part", Text, primary_key=True),
    *(Column(each, Integer, nullable=False, server_default="0") for each in NAMES),
)

#: How long stages took, by the day on which they were left: how many took about so long. A time of `s`
#: seconds stands under `floor(50 ln(1 + s))`: steps of two per cent.
figure_times: Final = Table(
    "figure_times",
    Base.metadata,
    Column("day", Date, primary_key=True),
    Column("stage", Text, primary_key=True),
    Column("step", SmallInteger, primary_key=True, autoincrement=False),
    Column("cases", Integer, nullable=False, server_default="0"),
)

#: What ten minutes brought, by channel.
figure_slots: Final = Table(
    "figure_slots",
    Base.metadata,
    Column("slot", DateTime(timezone=True), primary_key=True),
    Column("channel", Text, primary_key=True),
    *(
        Column(each, Integer, nullable=False, server_default="0")
        for each in ("reported", "filed", "dispatched", "handled", "closed")
    ),
)

#: The cases in work now: how many at which stage, under which light, where and with whom ("" and 0: nobody).
figure_now: Final = Table(
    "figure_now",
    Base.metadata,
    Column("stage", Text, primary_key=True),
    Column("light", Text, primary_key=True),
    Column("district_code", Text, primary_key=True),
    Column("virtual_district_code", Text, primary_key=True),
    Column("department_id", BigInteger, primary_key=True, autoincrement=False),
    *(
        Column(each, Integer, nullable=False, server_default="0")
        for each in ("cases", "stage_late")
    ),
)

#: Where cases were reported, by day, unit grid and category: what maps of hot spots are coloured by.
figure_spots: Final = Table(
    "figure_spots",
    Base.metadata,
    Column("day", Date, primary_key=True),
    Column("grid_code", Text, primary_key=True),
    Column("category_id", BigInteger, primary_key=True, autoincrement=False),
    Column("reported", Integer, nullable=False, server_default="0"),
    Column("hazards", Integer, nullable=False, server_default="0"),
)

#: The same by month and group of categories; the group "" is all of them.
figure_spot_months: Final = Table(
    "figure_spot_months",
    Base.metadata,
    Column("group", Text, primary_key=True),
    Column("month", Date, primary_key=True),
    Column("grid_code", Text, primary_key=True),
    Column("reported", Integer, nullable=False, server_default="0"),
    Column("hazards", Integer, nullable=False, server_default="0"),
)

#: The deeds of people: how many, how many before their stage was due, how many turned out right.
figure_posts: Final = Table(
    "figure_posts",
    Base.metadata,
    Column("day", Date, primary_key=True),
    Column("verb", Text, primary_key=True),
    Column("user_id", BigInteger, primary_key=True, autoincrement=False),
    *(
        Column(each, Integer, nullable=False, server_default="0")
        for each in ("done", "on_time", "right")
    ),
)


class FigureMark(Base):
    """How far the history is counted: up to `settled_id` nothing can come any more.

    `bound_id` takes its place as soon as every transaction with a number below `bound_xid`, which may
    have drawn an id up to there and not committed yet, has ended.
    """

    __tablename__ = "figure_marks"

    name: Mapped[str] = mapped_column(primary_key=True)
    settled_id: Mapped[int]
    bound_id: Mapped[int]
    bound_xid: Mapped[int]
    ran_at: Mapped[datetime | None]


class FigureCheck(Base):
    """A comparison of the figures with the history: what was compared, what differed (and was healed)."""

    __tablename__ = "figure_checks"

    id: Mapped[BigId]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    since: Mapped[date]
    until: Mapped[date]
    cases: Mapped[int]
    wrong_cases: Mapped[int]
    wrong_counts: Mapped[int]
    examples: Mapped[Json] = mapped_column(server_default="{}")
    seconds: Mapped[float]


class EvaluationRule(Base):
    """How a kind of subject is scored from a day on: components with weights, bands of grades.

    A rule is never changed: a new version holds from its day. `components` are objects with `key`,
    `zh`, `en`, `weight`, `shape` (share, rest, portion, rest_of_all, given) and what it is made of
    (`part` and `whole`); `bands` are [grade, from score], the best first.
    """

    __tablename__ = "evaluation_rules"

    id: Mapped[BigId]
    subject: Mapped[str]
    valid_from: Mapped[date]
    components: Mapped[list[Any]]
    bands: Mapped[list[Any]]
    note: Mapped[str] = mapped_column(server_default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index(None, "subject", "valid_from"),)


class EvaluationEntry(Base):
    """A number that people bring to a period: a bonus or malus, or a component scored elsewhere."""

    __tablename__ = "evaluation_entries"

    id: Mapped[BigId]
    subject: Mapped[str]
    key: Mapped[str]
    since: Mapped[date]
    until: Mapped[date]
    component: Mapped[str]
    value: Mapped[float]
    reason: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    ended_at: Mapped[datetime | None]

    __table_args__ = (Index(None, "subject", "since", "until"),)


class EvaluationPeriod(Base):
    """A period that was published: its results stand as they were on that day."""

    __tablename__ = "evaluation_periods"

    id: Mapped[BigId]
    subject: Mapped[str]
    since: Mapped[date]
    until: Mapped[date]
    rule_id: Mapped[int] = mapped_column(ForeignKey("evaluation_rules.id"))
    note: Mapped[str] = mapped_column(server_default="")
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    published_at: Mapped[datetime]

    __table_args__ = (Index(None, "subject", "since", "until", unique=True),)


class EvaluationResult(Base):
    """What one subject had in a published period: its counts, the parts of its score, the grade."""

    __tablename__ = "evaluation_results"

    period_id: Mapped[int] = mapped_column(
        ForeignKey("evaluation_periods.id", ondelete="CASCADE"), primary_key=True
    )
    key: Mapped[str] = mapped_column(primary_key=True)
    counts: Mapped[Json]
    parts: Mapped[list[Any]]
    score: Mapped[float | None]
    grade: Mapped[str]
