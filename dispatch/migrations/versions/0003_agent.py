"""What the agents' desk keeps: calls being written, knowledge, call-backs, imported lists, answers."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

#: Held in memory by every process; see `reference_triggers`.
KNOWLEDGE = ("knowledge_snippets", "text_modules", "callback_rules")


def upgrade() -> None:
    op.create_table(
        "callback_rules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("channel", sa.Text(), nullable=True),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("after_hours", sa.Double(), nullable=False),
        sa.Column("most_attempts", sa.BigInteger(), nullable=False),
        sa.Column("pause_hours", sa.Double(), nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("explanation", sa.Text(), server_default="", nullable=False),
        sa.CheckConstraint("share BETWEEN 0 AND 1", name=op.f("ck_callback_rules_share_range")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_rules")),
    )
    op.create_table(
        "import_sources",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("channel", sa.Text(), server_default="transfer", nullable=False),
        sa.Column(
            "columns", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column(
            "changed_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_import_sources")),
    )
    op.create_table(
        "text_modules",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("ordinal", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("origin", sa.Text(), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_text_modules")),
        sa.UniqueConstraint("use", "word", name=op.f("uq_text_modules_use_word")),
    )
    op.create_table(
        "knowledge_snippets",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("unit", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("group", sa.Text(), nullable=True),
        sa.Column("words", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("active", sa.Boolean(), server_default="true", nullable=False),
        sa.Column("origin", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["category_id"], ["categories.id"], name=op.f("fk_knowledge_snippets_category_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_knowledge_snippets")),
    )
    op.create_table(
        "call_drafts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "fields", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("looked_up", sa.Text(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_call_drafts_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_drafts")),
    )
    op.create_index(
        op.f("ix_call_drafts_user_id_created_at"),
        "call_drafts",
        ["user_id", "created_at"],
        unique=False,
    )
    op.create_table(
        "import_batches",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("headers", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column(
            "columns", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False
        ),
        sa.Column("state", sa.Text(), server_default="mapping", nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_import_batches_by_id")),
        sa.ForeignKeyConstraint(
            ["source"], ["import_sources.name"], name=op.f("fk_import_batches_source")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_batches")),
    )
    op.create_table(
        "wechat_replies",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("notice_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_wechat_replies_by_id")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["wechat_conversations.id"],
            name=op.f("fk_wechat_replies_conversation_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wechat_replies")),
        sa.UniqueConstraint("notice_id", name=op.f("uq_wechat_replies_notice_id")),
    )
    op.create_index(
        op.f("ix_wechat_replies_conversation_id"),
        "wechat_replies",
        ["conversation_id"],
        unique=False,
    )
    op.create_table(
        "callbacks",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("report_id", sa.BigInteger(), nullable=False),
        sa.Column("round", sa.BigInteger(), nullable=False),
        sa.Column("rule_id", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("most_attempts", sa.BigInteger(), nullable=False),
        sa.Column("pause_hours", sa.Double(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_callbacks_case_id")),
        sa.ForeignKeyConstraint(["report_id"], ["cases.id"], name=op.f("fk_callbacks_report_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callbacks")),
        sa.UniqueConstraint("report_id", "round", name=op.f("uq_callbacks_report_id_round")),
    )
    op.create_index(op.f("ix_callbacks_case_id"), "callbacks", ["case_id"], unique=False)
    op.create_index(
        "ix_callbacks_waiting",
        "callbacks",
        ["due_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "import_rows",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("row", sa.BigInteger(), nullable=False),
        sa.Column("cells", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("foreign_number", sa.Text(), nullable=True),
        sa.Column("case_id", sa.BigInteger(), nullable=True),
        sa.Column("zh", sa.Text(), server_default="", nullable=False),
        sa.Column("en", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["batch_id"], ["import_batches.id"], name=op.f("fk_import_rows_batch_id")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_import_rows_case_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_rows")),
        sa.UniqueConstraint("batch_id", "row", name=op.f("uq_import_rows_batch_id_row")),
    )
    op.create_index(
        op.f("ix_import_rows_batch_id_state_row"),
        "import_rows",
        ["batch_id", "state", "row"],
        unique=False,
    )
    op.create_table(
        "callback_attempts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("callback_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", sa.BigInteger(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("score", sa.BigInteger(), nullable=True),
        sa.Column("fixed", sa.Boolean(), nullable=True),
        sa.Column("note", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["users.id"], name=op.f("fk_callback_attempts_by_id")),
        sa.ForeignKeyConstraint(
            ["callback_id"], ["callbacks.id"], name=op.f("fk_callback_attempts_callback_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_callback_attempts")),
    )
    op.create_index(
        op.f("ix_callback_attempts_callback_id"), "callback_attempts", ["callback_id"], unique=False
    )
    op.create_index(
        "ix_case_history_actor",
        "case_history",
        ["actor_id", "at"],
        unique=False,
        postgresql_where=sa.text("actor_id IS NOT NULL"),
    )
    op.add_column(
        "cases",
        sa.Column(
            "stands_alone",
            sa.Boolean(),
            server_default="false",
            nullable=False,
            comment="somebody looked: it is none of the cases nearby",
        ),
    )
    op.add_column(
        "cases",
        sa.Column(
            "decided_by_id",
            sa.BigInteger(),
            nullable=True,
            comment="who accepted or rejected it, while that can be taken back",
        ),
    )
    op.create_foreign_key(
        op.f("fk_cases_decided_by_id"), "cases", "users", ["decided_by_id"], ["id"]
    )
    op.create_index(
        "ix_intake_messages_transfer",
        "intake_messages",
        ["dedupe_key"],
        unique=False,
        postgresql_where=sa.text("channel = 'transfer' AND dedupe_key IS NOT NULL"),
    )
    op.create_index(
        op.f("ix_wechat_conversations_last_at"), "wechat_conversations", ["last_at"], unique=False
    )
    op.create_index(op.f("ix_wechat_media_photo_id"), "wechat_media", ["photo_id"], unique=False)
    op.execute("INSERT INTO reference_sets (name) VALUES ('knowledge')")
    for table in KNOWLEDGE:
        op.execute(
            f"CREATE TRIGGER {table}_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE "
            f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION raise_reference_version('knowledge')"
        )


def downgrade() -> None:
    op.execute("DELETE FROM reference_sets WHERE name = 'knowledge'")
    op.drop_index(op.f("ix_wechat_media_photo_id"), table_name="wechat_media")
    op.drop_index(op.f("ix_wechat_conversations_last_at"), table_name="wechat_conversations")
    op.drop_index(
        "ix_intake_messages_transfer",
        table_name="intake_messages",
        postgresql_where=sa.text("channel = 'transfer' AND dedupe_key IS NOT NULL"),
    )
    op.drop_constraint(op.f("fk_cases_decided_by_id"), "cases", type_="foreignkey")
    op.drop_column("cases", "decided_by_id")
    op.drop_column("cases", "stands_alone")
    op.drop_index(
        "ix_case_history_actor",
        table_name="case_history",
        postgresql_where=sa.text("actor_id IS NOT NULL"),
    )
    op.drop_index(op.f("ix_callback_attempts_callback_id"), table_name="callback_attempts")
    op.drop_table("callback_attempts")
    op.drop_index(op.f("ix_import_rows_batch_id_state_row"), table_name="import_rows")
    op.drop_table("import_rows")
    op.drop_index(
        "ix_callbacks_waiting",
        table_name="callbacks",
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.drop_index(op.f("ix_callbacks_case_id"), table_name="callbacks")
    op.drop_table("callbacks")
    op.drop_index(op.f("ix_wechat_replies_conversation_id"), table_name="wechat_replies")
    op.drop_table("wechat_replies")
    op.drop_table("import_batches")
    op.drop_index(op.f("ix_call_drafts_user_id_created_at"), table_name="call_drafts")
    op.drop_table("call_drafts")
    op.drop_table("knowledge_snippets")
    op.drop_table("text_modules")
    op.drop_table("import_sources")
    op.drop_table("callback_rules")
