"""Rules that reach open cases, ladders that count from a moment on, and a clock that knows how far it has looked."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

#: What the clock looks for: (index, column, which rows now, which rows before; None: it is new).
INDEXES = (
    (
        "ix_cases_warn",
        "warn_at",
        "warned_at IS NULL AND stage = 'dispatched'",
        "warned_at IS NULL AND warn_at IS NOT NULL",
    ),
    (
        "ix_cases_due",
        "due_at",
        "overdue_at IS NULL AND stage = 'dispatched'",
        "overdue_at IS NULL AND due_at IS NOT NULL",
    ),
    (
        "ix_cases_unsafe",
        "clock_started_at",
        "hazard AND made_safe_at IS NULL AND stage IN ('filed', 'dispatched', 'suspended')",
        None,
    ),
)


def upgrade() -> None:
    """New columns are empty, so no row is written anew; the first look of the clock is at everything."""
    op.create_table(
        "ladder_marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("swept_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "limits",
            postgresql.JSONB(astext_type=sa.Text()),
            server_default="[]",
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_ladder_marks")),
    )
    op.execute("INSERT INTO ladder_marks (name, until) VALUES ('climb', now())")
    op.add_column(
        "ladder_steps",
        sa.Column(
            "counts_from",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="in use, as it is, since then: what had reached it before is not told one by one",
        ),
    )
    op.add_column(
        "limit_rules",
        sa.Column(
            "for_open",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="holds also for cases whose clock had begun before",
        ),
    )
    for name, column, now, before in INDEXES:
        if before is not None:
            op.drop_index(name, table_name="cases")
        op.create_index(name, "cases", [column], postgresql_where=sa.text(now))


def downgrade() -> None:
    """Every look is at everything again, and a rule reaches later clocks only."""
    for name, column, _now, before in reversed(INDEXES):
        op.drop_index(name, table_name="cases")
        if before is not None:
            op.create_index(name, "cases", [column], postgresql_where=sa.text(before))
    op.drop_column("limit_rules", "for_open")
    op.drop_column("ladder_steps", "counts_from")
    op.drop_table("ladder_marks")
