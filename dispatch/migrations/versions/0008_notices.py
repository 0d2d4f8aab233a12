"""Notices: texts, rules, ways, what was sent, the staff's bell, robots, and who wants none."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

#: What a change of these tables makes processes read anew.
WATCHED = {
    "notice_templates": "UPDATE",
    "notice_rules": "UPDATE",
    # how a way fares is written there at every failure, and is nothing that processes hold
    "notice_channels": "UPDATE OF enabled, quiet_from, quiet_until, max_attempts, max_length",
}


def upgrade() -> None:
    op.create_table(
        "notice_channels",
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("quiet_from", sa.Time(), nullable=True),
        sa.Column("quiet_until", sa.Time(), nullable=True),
        sa.Column("max_attempts", sa.BigInteger(), server_default="6", nullable=False),
        sa.Column(
            "max_length",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="segments of an SMS, characters elsewhere; 0: no limit",
        ),
        sa.Column("failures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("open_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("way", name=op.f("pk_notice_channels")),
    )
    op.create_table(
        "notice_opt_outs",
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("recipient_hash", sa.LargeBinary(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False, comment="masked"),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("way", "recipient_hash", name=op.f("pk_notice_opt_outs")),
    )
    op.create_table(
        "notice_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("rank", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("otherwise", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("case_channel", sa.Text(), nullable=True),
        sa.Column("urgent", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_rules")),
    )
    op.create_index(
        "uq_notice_rules_event_audience_way_case_channel",
        "notice_rules",
        ["event", "audience", "way", sa.literal_column("coalesce(case_channel, '')")],
        unique=True,
    )
    op.create_table(
        "notice_templates",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("external_id", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("changed_by", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_templates")),
        sa.UniqueConstraint(
            "event",
            "audience",
            "way",
            "language",
            "version",
            name=op.f("uq_notice_templates_event_audience_way_language_version"),
        ),
    )
    op.create_index(
        "uq_notice_templates_active",
        "notice_templates",
        ["event", "audience", "way", "language"],
        unique=True,
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "notice_robots",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=True),
        sa.Column("url_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("enabled", sa.Boolean(), server_default="true", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["department_id"], ["departments.id"], name=op.f("fk_notice_robots_department_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_robots")),
        sa.UniqueConstraint("name", name=op.f("uq_notice_robots_name")),
    )
    op.create_index(
        op.f("ix_notice_robots_department_id"), "notice_robots", ["department_id"], unique=False
    )
    op.create_table(
        "notice_preferences",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            ["users.id"],
            name=op.f("fk_notice_preferences_user_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("user_id", "event", name=op.f("pk_notice_preferences")),
    )
    op.create_table(
        "notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("dedupe_key", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("way", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), server_default="zh", nullable=False),
        sa.Column("template_id", sa.BigInteger(), nullable=True),
        sa.Column("robot_id", sa.BigInteger(), nullable=True),
        sa.Column("by_id", sa.BigInteger(), nullable=True),
        sa.Column("recipient_hash", sa.LargeBinary(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False, comment="masked"),
        sa.Column("address", sa.Text(), nullable=True, comment="until it has arrived"),
        sa.Column("subject", sa.Text(), server_default="", nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column(
            "extra", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("status", sa.Text(), server_default="pending", nullable=False),
        sa.Column("urgent", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("next_attempt_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider", sa.Text(), server_default="", nullable=False),
        sa.Column(
            "answer", sa.Text(), nullable=True, comment="the provider's, or why it was not sent"
        ),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_notices_by_id")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_notices_case_id")),
        sa.ForeignKeyConstraint(
            ["robot_id"],
            ["notice_robots.id"],
            name=op.f("fk_notices_robot_id"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["template_id"], ["notice_templates.id"], name=op.f("fk_notices_template_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_notices_dedupe_key")),
    )
    op.create_index(op.f("ix_notices_case_id"), "notices", ["case_id"], unique=False)
    op.create_index(op.f("ix_notices_created_at"), "notices", ["created_at"], unique=False)
    op.create_index(
        "ix_notices_dead",
        "notices",
        ["id"],
        unique=False,
        postgresql_where=sa.text("status = 'dead'"),
    )
    op.create_index(
        "ix_notices_due",
        "notices",
        ["way", "next_attempt_at"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
    )
    op.create_index(
        "ix_notices_recipient",
        "notices",
        ["recipient_hash", sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "staff_notices",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False),
        sa.Column("link", sa.Text(), server_default="", nullable=False),
        sa.Column("urgent", sa.Boolean(), server_default="false", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_staff_notices_case_id")),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_staff_notices_user_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_notices")),
        sa.UniqueConstraint("event_id", "user_id", name=op.f("uq_staff_notices_event_id_user_id")),
    )
    op.create_index(
        op.f("ix_staff_notices_created_at"), "staff_notices", ["created_at"], unique=False
    )
    op.create_index(
        "ix_staff_notices_latest",
        "staff_notices",
        ["user_id", sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_index(
        "ix_staff_notices_unread",
        "staff_notices",
        ["user_id"],
        unique=False,
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.execute("INSERT INTO reference_sets (name) VALUES ('notices')")
    for table, changed in WATCHED.items():
        op.execute(
            f"CREATE TRIGGER {table}_version AFTER INSERT OR {changed} OR DELETE OR TRUNCATE "
            f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION raise_reference_version('notices')"
        )


def downgrade() -> None:
    op.drop_index(
        "ix_staff_notices_unread",
        table_name="staff_notices",
        postgresql_where=sa.text("read_at IS NULL"),
    )
    op.drop_index("ix_staff_notices_latest", table_name="staff_notices")
    op.drop_index(op.f("ix_staff_notices_created_at"), table_name="staff_notices")
    op.drop_table("staff_notices")
    op.drop_index("ix_notices_recipient", table_name="notices")
    op.drop_index(
        "ix_notices_due", table_name="notices", postgresql_where=sa.text("status = 'pending'")
    )
    op.drop_index(
        "ix_notices_dead", table_name="notices", postgresql_where=sa.text("status = 'dead'")
    )
    op.drop_index(op.f("ix_notices_created_at"), table_name="notices")
    op.drop_index(op.f("ix_notices_case_id"), table_name="notices")
    op.drop_table("notices")
    op.drop_table("notice_preferences")
    op.drop_index(op.f("ix_notice_robots_department_id"), table_name="notice_robots")
    op.drop_table("notice_robots")
    op.drop_index(
        "uq_notice_templates_active",
        table_name="notice_templates",
        postgresql_where=sa.text("active"),
    )
    op.drop_table("notice_templates")
    op.drop_table("notice_rules")
    op.drop_table("notice_opt_outs")
    op.drop_table("notice_channels")
    op.execute("DELETE FROM reference_sets WHERE name = 'notices'")
