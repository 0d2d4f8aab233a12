# ruff: noqa: S608 - statements are put together from constants of this file
"""Figures at thirty million cases: rollups by month, stage times in steps, and cases found from their figure."""

import sqlalchemy as sa
from alembic import op

# ruff: noqa: S608 - the names are our own
revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

KEYS = ("subject", "cut", "month", "key", "part")
COUNTS = (
    "reported", "valid", "accepted", "accepted_on_time", "rejected", "verified", "verified_on_time",
    "filed", "filed_on_time", "missed", "not_filed", "voided", "linked", "on_the_spot", "dispatched",
    "dispatched_on_time", "dispatched_right", "handled", "checked", "checked_on_time", "closed",
    "closed_promptly", "to_handle", "done", "on_time", "overdue", "exempted", "settled",
    "settled_on_time", "reworked", "extended", "suspended", "appealed", "returned",
)  # fmt: skip
UNUSUAL = (
    "exempt OR reworks > 0 OR extensions > 0 OR suspensions > 0 OR appeals > 0 OR returned_by <> '{}'"
    " OR rejected_at IS NOT NULL OR not_filed_at IS NOT NULL OR voided_at IS NOT NULL"
    " OR linked_at IS NOT NULL OR spot_at IS NOT NULL"
)
#: Index by the column whose cases it holds in the order of their reports.
INDEXES = {
    "ix_figure_cases_department": "department_id",
    "ix_figure_cases_street": "street_code",
    "ix_figure_cases_community": "community_code",
    "ix_figure_cases_working_grid": "working_grid",
    "ix_figure_cases_grid": "grid_code",
}
#: From which moment to which each stage is counted.
TIMES = (
    ("accept", "reported_at", "accepted_at"),
    ("file", "accepted_at", "filed_at"),
    ("dispatch", "filed_at", "dispatched_at"),
    ("handle", "dispatched_at", "handled_at"),
    ("check", "handled_at", "checked_at"),
    ("close", "checked_at", "closed_at"),
)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), server_default="0", nullable=False)


def upgrade() -> None:
    """The tables, filled from those by day; the indexes."""
    op.create_table(
        "figure_months",
        *(
            sa.Column(each, sa.Date() if each == "month" else sa.Text(), nullable=False)
            for each in KEYS
        ),
        *(_count(each) for each in COUNTS),
        sa.PrimaryKeyConstraint(*KEYS, name=op.f("pk_figure_months")),
    )
    op.create_table(
        "figure_times",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("step", sa.SmallInteger(), autoincrement=False, nullable=False),
        _count("cases"),
        sa.PrimaryKeyConstraint("day", "stage", "step", name=op.f("pk_figure_times")),
    )
    op.create_table(
        "figure_spot_months",
        sa.Column("group", sa.Text(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        _count("reported"),
        _count("hazards"),
        sa.PrimaryKeyConstraint("group", "month", "grid_code", name=op.f("pk_figure_spot_months")),
    )
    for statement in _fill():
        op.execute(sa.text(statement))
    op.create_index("ix_figure_cases_reported", "figure_cases", ["reported_at", "case_id"])
    op.create_index(
        "ix_figure_cases_unusual",
        "figure_cases",
        ["reported_at", "case_id"],
        postgresql_where=sa.text(UNUSUAL),
    )
    for name, key in INDEXES.items():
        op.create_index(name, "figure_cases", [key, "reported_at", "case_id"])


def _fill() -> tuple[str, ...]:
    counts = ", ".join(COUNTS)
    sums = ", ".join(f"sum({each})" for each in COUNTS)
    rows = ", ".join(
        f"('{stage}', {end}, extract(epoch FROM {end} - {begin})::float8)"
        for stage, begin, end in TIMES
    )
    return (
        (
            f"INSERT INTO figure_months (subject, cut, month, key, part, {counts})"
            f" SELECT subject, cut, date_trunc('month', day)::date, key, part, {sums} FROM figure_days"
            " WHERE (subject, cut) IN (('community', 'all'), ('working_grid', 'all'),"
            " ('department', 'category'), ('department', 'district'), ('unit_grid', 'all'))"
            " GROUP BY 1, 2, 3, 4, 5"
        ),
        "DELETE FROM figure_days WHERE subject = 'unit_grid'",
        (
            'INSERT INTO figure_spot_months ("group", month, grid_code, reported, hazards)'
            " SELECT g.name, date_trunc('month', s.day)::date, s.grid_code, sum(s.reported), sum(s.hazards)"
            " FROM figure_spots s JOIN categories k ON k.id = s.category_id"
            " CROSS JOIN LATERAL (VALUES (''), (k.\"group\")) AS g(name) GROUP BY 1, 2, 3"
        ),
        (
            "INSERT INTO figure_times (day, stage, step, cases)"
            " SELECT (t.left_at AT TIME ZONE 'Asia/Shanghai')::date, t.stage,"
            " floor(50 * ln(1 + greatest(t.took, 0)))::smallint, count(*) FROM figure_cases"
            f" CROSS JOIN LATERAL (VALUES {rows}) AS t(stage, left_at, took)"
            " WHERE t.took IS NOT NULL GROUP BY 1, 2, 3"
        ),
    )


def downgrade() -> None:
    """Unit grids by month stand among the days again."""
    for name in ("ix_figure_cases_reported", "ix_figure_cases_unusual", *INDEXES):
        op.drop_index(name, "figure_cases")
    counts = ", ".join(COUNTS)
    op.execute(
        f"INSERT INTO figure_days (subject, cut, day, key, part, {counts})"
        f" SELECT subject, cut, month, key, part, {counts} FROM figure_months"
        " WHERE subject = 'unit_grid'"
    )
    op.drop_table("figure_spot_months")
    op.drop_table("figure_times")
    op.drop_table("figure_months")
