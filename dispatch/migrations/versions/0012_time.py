"""Room for working time, limits by rule, and escalation."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

#: What a change of these tables makes processes read anew: the set of reference data and when.
WATCHED = {
    "limit_rules": ("limits", "INSERT OR UPDATE OR DELETE OR TRUNCATE"),
    "area_classes": ("limits", "INSERT OR UPDATE OR DELETE OR TRUNCATE"),
    "classed_areas": ("limits", "INSERT OR UPDATE OR DELETE OR TRUNCATE"),
    "ladder_steps": ("ladders", "INSERT OR UPDATE OR DELETE OR TRUNCATE"),
    # that its due times are counted is written there too, and changes nothing that is held
    "calendar_versions": ("calendar", "INSERT"),
}


def upgrade() -> None:
    """Tables and columns; the columns of cases have no default, so no row is written anew."""
    op.create_table(
        "area_classes",
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_en", sa.Text(), server_default="", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_area_classes")),
    )
    op.create_table(
        "ladder_steps",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("light", sa.Text(), nullable=False),
        sa.Column("beyond", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("beyond_unit", sa.Text(), server_default="minute", nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), server_default="in_app", nullable=False),
        sa.Column("repeat_minutes", sa.BigInteger(), nullable=True),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.CheckConstraint("beyond >= 0", name=op.f("ck_ladder_steps_beyond_not_negative")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ladder_steps")),
        sa.UniqueConstraint(
            "ladder",
            "clock",
            "level",
            "audience",
            "way",
            name=op.f("uq_ladder_steps_ladder_clock_level_audience_way"),
        ),
    )
    op.create_table(
        "classed_areas",
        sa.Column("area_kind", sa.Text(), nullable=False),
        sa.Column("area_code", sa.Text(), nullable=False),
        sa.Column("class_code", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["class_code"], ["area_classes.code"], name=op.f("fk_classed_areas_class_code")
        ),
        sa.PrimaryKeyConstraint("area_kind", "area_code", name=op.f("pk_classed_areas")),
    )
    op.create_table(
        "calendar_versions",
        sa.Column("calendar_code", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.Text(), server_default="", nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("hours", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("weekdays", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("keeps_holidays", sa.Boolean(), nullable=False),
        sa.Column("days", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("national", sa.Text(), server_default="", nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_calendar_versions_by_id")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_calendar_versions_department_id")
        ),
        sa.PrimaryKeyConstraint("calendar_code", "version", name=op.f("pk_calendar_versions")),
    )
    op.create_index(
        "ix_calendar_versions_unsettled",
        "calendar_versions",
        ["at"],
        unique=False,
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.create_table(
        "limit_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=False),
        sa.Column("condition_id", sa.BigInteger(), nullable=True),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("area_class", sa.Text(), nullable=True),
        sa.Column("severity", sa.Text(), nullable=True),
        sa.Column("limit_value", sa.BigInteger(), nullable=False),
        sa.Column("limit_unit", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column(
            "explanation", sa.Text(), server_default="", nullable=False, comment="on what it rests"
        ),
        sa.CheckConstraint("limit_value > 0", name=op.f("ck_limit_rules_limit_positive")),
        sa.CheckConstraint("valid_to > valid_from", name=op.f("ck_limit_rules_validity")),
        sa.ForeignKeyConstraint(
            ["area_class"], ["area_classes.code"], name=op.f("fk_limit_rules_area_class")
        ),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_limit_rules_category_id")
        ),
        sa.ForeignKeyConstraint(
            ["condition_id"], ["conditions.id"], name=op.f("fk_limit_rules_condition_id")
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_limit_rules_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_limit_rules")),
    )
    op.create_index(
        op.f("ix_limit_rules_category_id"), "limit_rules", ["category_id"], unique=False
    )
    op.create_table(
        "escalations",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("ladder", sa.Text(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("level", sa.BigInteger(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("light", sa.Text(), nullable=False),
        sa.Column(
            "due_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="of the clock, when the step was taken",
        ),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("acknowledged_by_id", sa.BigInteger(), nullable=True),
        sa.Column("acknowledged_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["acknowledged_by_id"], ["users.id"], name=op.f("fk_escalations_acknowledged_by_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_escalations_case_id")),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_escalations_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_escalations")),
    )
    op.create_index(
        "ix_escalations_again",
        "escalations",
        ["next_at"],
        unique=False,
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.create_index(
        "uq_escalations_step",
        "escalations",
        [
            "case_id",
            "clock",
            "since",
            "level",
            "audience",
            "way",
            sa.literal_column("coalesce(department_id, 0)"),
        ],
        unique=True,
    )
    op.create_index("ix_escalations_at", "escalations", ["at"], unique=False)
    op.add_column("cases", sa.Column("stage_warned_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "cases",
        sa.Column(
            "limit_rule_id",
            sa.BigInteger(),
            nullable=True,
            comment="the row of limit_rules that gave the limit; NULL: the filing condition's own",
        ),
    )
    op.alter_column(
        "cases",
        "exempt",
        existing_type=sa.BOOLEAN(),
        comment="appeal granted: statistics leave its lateness and returns out, the facts stay",
        existing_comment="appeal granted",
        existing_nullable=False,
        existing_server_default=sa.text("false"),
    )
    op.add_column("work_calendars", sa.Column("department_id", sa.BigInteger(), nullable=True))
    op.add_column(
        "work_calendars",
        sa.Column("keeps_holidays", sa.Boolean(), server_default="true", nullable=False),
    )
    op.create_unique_constraint(
        op.f("uq_work_calendars_department_id"), "work_calendars", ["department_id"]
    )
    op.create_foreign_key(
        op.f("fk_work_calendars_department_id"),
        "work_calendars",
        "departments",
        ["department_id"],
        ["id"],
    )
    op.execute("INSERT INTO reference_sets (name) VALUES ('limits'), ('ladders')")
    for table, (name, when) in WATCHED.items():
        op.execute(
            f"CREATE TRIGGER {table}_version AFTER {when} "
            f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION raise_reference_version('{name}')"
        )


def downgrade() -> None:
    """Limits are the filing conditions' own again, and nobody is told step by step."""
    op.execute("DELETE FROM reference_sets WHERE name IN ('limits', 'ladders')")

    op.drop_constraint(
        op.f("fk_work_calendars_department_id"), "work_calendars", type_="foreignkey"
    )
    op.drop_constraint(op.f("uq_work_calendars_department_id"), "work_calendars", type_="unique")
    op.drop_column("work_calendars", "keeps_holidays")
    op.drop_column("work_calendars", "department_id")
    op.alter_column(
        "cases",
        "exempt",
        existing_type=sa.BOOLEAN(),
        comment="appeal granted",
        existing_comment="appeal granted: statistics leave its lateness and returns out, the facts stay",
        existing_nullable=False,
        existing_server_default=sa.text("false"),
    )
    op.drop_column("cases", "limit_rule_id")
    op.drop_column("cases", "stage_warned_at")
    op.drop_index("uq_escalations_step", table_name="escalations")
    op.drop_index("ix_escalations_at", table_name="escalations")
    op.drop_index(
        "ix_escalations_again",
        table_name="escalations",
        postgresql_where=sa.text("next_at IS NOT NULL"),
    )
    op.drop_table("escalations")
    op.drop_index(op.f("ix_limit_rules_category_id"), table_name="limit_rules")
    op.drop_table("limit_rules")
    op.drop_index(
        "ix_calendar_versions_unsettled",
        table_name="calendar_versions",
        postgresql_where=sa.text("settled_at IS NULL"),
    )
    op.drop_table("calendar_versions")
    op.drop_table("classed_areas")
    op.drop_table("ladder_steps")
    op.drop_table("area_classes")
