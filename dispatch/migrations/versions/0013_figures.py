"""Figures: what is known of each case, rollups, checks of them, and the rules and results of evaluation."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables; what has happened so far is counted by `dispatch figures rebuild`, or bit by bit."""
    op.create_table(
        "figure_cases",
        sa.Column("case_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("hazard_sign", sa.Text(), nullable=True),
        sa.Column("grid_code", sa.Text(), nullable=True),
        sa.Column("working_grid", sa.Text(), nullable=True),
        sa.Column("community_code", sa.Text(), nullable=True),
        sa.Column("street_code", sa.Text(), nullable=True),
        sa.Column("district_code", sa.Text(), nullable=True),
        sa.Column("virtual_district_code", sa.Text(), nullable=True),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rejected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("not_filed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("linked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("spot_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("dispatched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("handled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("awaits_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("light", sa.Text(), nullable=False),
        sa.Column("stage_late", sa.Boolean(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("exempt", sa.Boolean(), nullable=False),
        sa.Column("right_first", sa.Boolean(), nullable=False),
        sa.Column("reworks", sa.SmallInteger(), nullable=False),
        sa.Column("extensions", sa.SmallInteger(), nullable=False),
        sa.Column("suspensions", sa.SmallInteger(), nullable=False),
        sa.Column("appeals", sa.SmallInteger(), nullable=False),
        sa.Column("tardy", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("returned_by", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("returned_on", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column("deed_verbs", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("deed_users", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("deed_days", postgresql.ARRAY(sa.Date()), nullable=False),
        sa.Column("deed_late", postgresql.ARRAY(sa.Boolean()), nullable=False),
        sa.Column("deed_right", postgresql.ARRAY(sa.Boolean()), nullable=False),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_figure_cases")),
    )
    op.create_index(
        "ix_figure_cases_awaits",
        "figure_cases",
        ["awaits_at"],
        unique=False,
        postgresql_where=sa.text("awaits_at IS NOT NULL"),
    )
    op.create_index(
        "ix_figure_cases_moments",
        "figure_cases",
        [
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
            "last_at",
        ],
        unique=False,
        postgresql_using="brin",
        postgresql_with={"pages_per_range": 32, "autosummarize": "on"},
    )
    op.create_table(
        "figure_checks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("cases", sa.BigInteger(), nullable=False),
        sa.Column("wrong_cases", sa.BigInteger(), nullable=False),
        sa.Column("wrong_counts", sa.BigInteger(), nullable=False),
        sa.Column(
            "examples", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_checks")),
    )
    op.create_table(
        "figure_days",
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("cut", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("part", sa.Text(), nullable=False),
        sa.Column("reported", sa.Integer(), server_default="0", nullable=False),
        sa.Column("valid", sa.Integer(), server_default="0", nullable=False),
        sa.Column("accepted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("accepted_on_time", sa.Integer(), server_default="0", nullable=False),
        sa.Column("rejected", sa.Integer(), server_default="0", nullable=False),
        sa.Column("verified", sa.Integer(), server_default="0", nullable=False),
        sa.Column("verified_on_time", sa.Integer(), server_default="0", nullable=False),
        sa.Column("filed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("filed_on_time", sa.Integer(), server_default="0", nullable=False),
        sa.Column("missed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("not_filed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("voided", sa.Integer(), server_default="0", nullable=False),
        sa.Column("linked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("on_the_spot", sa.Integer(), server_default="0", nullable=False),
        sa.Column("dispatched", sa.Integer(), server_default="0", nullable=False),
        sa.Column("dispatched_on_time", sa.Integer(), server_default="0", nullable=False),
        sa.Column("dispatched_right", sa.Integer(), server_default="0", nullable=False),
        sa.Column("handled", sa.Integer(), server_default="0", nullable=False),
        sa.Column("checked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("checked_on_time", sa.Integer(), server_default="0", nullable=False),
        sa.Column("closed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("closed_promptly", sa.Integer(), server_default="0", nullable=False),
        sa.Column("to_handle", sa.Integer(), server_default="0", nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("on_time", sa.Integer(), server_default="0", nullable=False),
        sa.Column("overdue", sa.Integer(), server_default="0", nullable=False),
        sa.Column("exempted", sa.Integer(), server_default="0", nullable=False),
        sa.Column("settled", sa.Integer(), server_default="0", nullable=False),
        sa.Column("settled_on_time", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reworked", sa.Integer(), server_default="0", nullable=False),
        sa.Column("extended", sa.Integer(), server_default="0", nullable=False),
        sa.Column("suspended", sa.Integer(), server_default="0", nullable=False),
        sa.Column("appealed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("returned", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint(
            "subject", "cut", "day", "key", "part", name=op.f("pk_figure_days")
        ),
    )
    op.create_table(
        "figure_marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("settled_id", sa.BigInteger(), nullable=False),
        sa.Column("bound_id", sa.BigInteger(), nullable=False),
        sa.Column("bound_xid", sa.BigInteger(), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_figure_marks")),
    )
    op.create_table(
        "figure_now",
        sa.Column("stage", sa.Text(), nullable=False),
        sa.Column("light", sa.Text(), nullable=False),
        sa.Column("district_code", sa.Text(), nullable=False),
        sa.Column("virtual_district_code", sa.Text(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cases", sa.Integer(), server_default="0", nullable=False),
        sa.Column("stage_late", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint(
            "stage",
            "light",
            "district_code",
            "virtual_district_code",
            "department_id",
            name=op.f("pk_figure_now"),
        ),
    )
    op.create_table(
        "figure_posts",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("done", sa.Integer(), server_default="0", nullable=False),
        sa.Column("on_time", sa.Integer(), server_default="0", nullable=False),
        sa.Column("right", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("day", "verb", "user_id", name=op.f("pk_figure_posts")),
    )
    op.create_table(
        "figure_slots",
        sa.Column("slot", sa.DateTime(timezone=True), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("reported", sa.Integer(), server_default="0", nullable=False),
        sa.Column("filed", sa.Integer(), server_default="0", nullable=False),
        sa.Column("dispatched", sa.Integer(), server_default="0", nullable=False),
        sa.Column("handled", sa.Integer(), server_default="0", nullable=False),
        sa.Column("closed", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("slot", "channel", name=op.f("pk_figure_slots")),
    )
    op.create_table(
        "figure_spots",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("grid_code", sa.Text(), nullable=False),
        sa.Column("category_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("reported", sa.Integer(), server_default="0", nullable=False),
        sa.Column("hazards", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("day", "grid_code", "category_id", name=op.f("pk_figure_spots")),
    )
    op.create_table(
        "evaluation_entries",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("component", sa.Text(), nullable=False),
        sa.Column("value", sa.Double(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_evaluation_entries_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_entries")),
    )
    op.create_index(
        op.f("ix_evaluation_entries_subject_since_until"),
        "evaluation_entries",
        ["subject", "since", "until"],
        unique=False,
    )
    op.create_table(
        "evaluation_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("components", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("bands", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_evaluation_rules_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_rules")),
    )
    op.create_index(
        op.f("ix_evaluation_rules_subject_valid_from"),
        "evaluation_rules",
        ["subject", "valid_from"],
        unique=False,
    )
    op.create_table(
        "evaluation_periods",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_evaluation_periods_by_id")),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["evaluation_rules.id"], name=op.f("fk_evaluation_periods_rule_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_evaluation_periods")),
    )
    op.create_index(
        op.f("ix_evaluation_periods_subject_since_until"),
        "evaluation_periods",
        ["subject", "since", "until"],
        unique=True,
    )
    op.create_table(
        "evaluation_results",
        sa.Column("period_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("parts", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("grade", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["period_id"],
            ["evaluation_periods.id"],
            name=op.f("fk_evaluation_results_period_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("period_id", "key", name=op.f("pk_evaluation_results")),
    )
    op.execute(
        "INSERT INTO figure_marks (name, settled_id, bound_id, bound_xid) VALUES ('history', 0, 0, 0)"
    )


def downgrade() -> None:
    """Figures can be made again from the history; published results are lost."""
    op.drop_table("evaluation_results")
    op.drop_table("evaluation_periods")
    op.drop_table("evaluation_rules")
    op.drop_table("evaluation_entries")
    op.drop_table("figure_spots")
    op.drop_table("figure_slots")
    op.drop_table("figure_posts")
    op.drop_table("figure_now")
    op.drop_table("figure_marks")
    op.drop_table("figure_days")
    op.drop_table("figure_checks")
    op.drop_table("figure_cases")
