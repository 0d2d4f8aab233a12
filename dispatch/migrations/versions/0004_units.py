"""Units: crews, who works on a case and since when, reasons, rulings, shifts handed over."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def _key() -> sa.Column[int]:
    return sa.Column("id", sa.BigInteger(), sa.Identity(), nullable=False)


def _crews() -> None:
    op.create_table(
        "crews",
        _key(),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text()),
        sa.Column(
            "daily_capacity",
            sa.BigInteger(),
            server_default="8",
            nullable=False,
            comment="cases that it gets done in an ordinary day",
        ),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("synthetic", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("daily_capacity >= 0", name=op.f("ck_crews_capacity_not_negative")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_crews_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_crews")),
        sa.UniqueConstraint("department_id", "name", name=op.f("uq_crews_department_id_name")),
    )
    op.create_table(
        "crew_members",
        sa.Column("crew_id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["crew_id"], ["crews.id"], name=op.f("fk_crew_members_crew_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_crew_members_user_id")),
        sa.PrimaryKeyConstraint("crew_id", "user_id", name=op.f("pk_crew_members")),
    )
    op.create_index(op.f("ix_crew_members_user_id"), "crew_members", ["user_id"])


def _work() -> None:
    for table in ("cases", "case_assignments"):
        op.add_column(table, sa.Column("crew_id", sa.BigInteger()))
        op.add_column(table, sa.Column("assignee_id", sa.BigInteger()))
        for name in ("acknowledged_at", "assigned_at", "started_at"):
            op.add_column(table, sa.Column(name, TIME))
        op.create_foreign_key(op.f(f"fk_{table}_crew_id"), table, "crews", ["crew_id"], ["id"])
        op.create_foreign_key(
            op.f(f"fk_{table}_assignee_id"), table, "users", ["assignee_id"], ["id"]
        )
    op.add_column("cases", sa.Column("settled_at", TIME, comment="a ruling gave the unit the case"))
    op.add_column("case_assignments", sa.Column("handled_at", TIME))
    op.add_column(
        "case_assignments",
        sa.Column("end_code", sa.Text(), comment="the reason's code, where one was chosen"),
    )
    op.create_index(
        "ix_case_assignments_department_at", "case_assignments", ["department_id", "at"]
    )
    op.create_index(
        "ix_case_assignments_returned",
        "case_assignments",
        ["ended_at"],
        postgresql_where=sa.text("end_verb = 'return'"),
    )


def _rulings() -> None:
    op.create_table(
        "rulings",
        _key(),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column("parties", ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.Column("category_id", sa.BigInteger()),
        sa.Column("area_kind", sa.Text()),
        sa.Column("area_code", sa.Text()),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger()),
        sa.Column("at", TIME, nullable=False),
        sa.Column("proposal", sa.Text(), server_default="none", nullable=False),
        sa.Column("rule_id", sa.BigInteger()),
        sa.Column("answered_by_id", sa.BigInteger()),
        sa.Column("answered_at", TIME),
        sa.Column("answer", sa.Text()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_rulings_case_id")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_rulings_department_id")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_rulings_category_id")
        ),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_rulings_by_id")),
        sa.ForeignKeyConstraint(
            ["rule_id"], ["routing_rules.id"], name=op.f("fk_rulings_rule_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["answered_by_id"], ["users.id"], name=op.f("fk_rulings_answered_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rulings")),
    )
    op.create_index(op.f("ix_rulings_case_id"), "rulings", ["case_id"])
    op.create_index("ix_rulings_at", "rulings", ["at"])
    op.create_index(
        "ix_rulings_proposed",
        "rulings",
        ["id"],
        postgresql_where=sa.text("proposal = 'proposed'"),
    )


def _handovers() -> None:
    op.create_table(
        "shift_handovers",
        _key(),
        sa.Column("shift", sa.Text(), nullable=False),
        sa.Column("written_at", TIME, nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("facts", JSONB(), server_default="{}", nullable=False),
        sa.Column("watch", JSONB(), server_default="[]", nullable=False),
        sa.Column("taken_at", TIME),
        sa.Column("taken_by_id", sa.BigInteger()),
        sa.Column("taken_note", sa.Text()),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_shift_handovers_by_id")),
        sa.ForeignKeyConstraint(
            ["taken_by_id"], ["users.id"], name=op.f("fk_shift_handovers_taken_by_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_handovers")),
    )
    op.create_index("ix_shift_handovers_written", "shift_handovers", ["written_at"])


def upgrade() -> None:
    _crews()
    _work()
    op.create_table(
        "reasons",
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("wants_note", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.PrimaryKeyConstraint("verb", "code", name=op.f("pk_reasons")),
    )
    _rulings()
    _handovers()


def downgrade() -> None:
    for table in ("shift_handovers", "rulings", "reasons"):
        op.drop_table(table)
    op.drop_index("ix_case_assignments_returned", "case_assignments")
    op.drop_index("ix_case_assignments_department_at", "case_assignments")
    op.drop_column("cases", "settled_at")
    for name in ("handled_at", "end_code"):
        op.drop_column("case_assignments", name)
    for table in ("cases", "case_assignments"):
        for name in ("crew_id", "assignee_id", "acknowledged_at", "assigned_at", "started_at"):
            op.drop_column(table, name)
    op.drop_table("crew_members")
    op.drop_table("crews")
