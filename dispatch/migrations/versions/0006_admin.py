"""What the administrator's desk keeps: uploads, dated assignments, contacts, and who is to change a password."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _people()
    _departments()
    _things()
    _uploads()
    op.create_index("ix_audit_log_at", "audit_log", ["at"])
    op.create_index(
        "ix_audit_log_changes",
        "audit_log",
        ["subject", "id"],
        postgresql_where=sa.text("details ? 'changes'"),
    )


def _people() -> None:
    op.add_column(
        "users",
        sa.Column("must_change_password", sa.Boolean(), server_default="false", nullable=False),
    )
    op.add_column("users", sa.Column("last_login_at", sa.DateTime(timezone=True)))
    op.add_column("user_sessions", sa.Column("label", sa.Text()))
    op.create_table(
        "working_grid_assignments",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("working_grid", sa.Text(), nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("status", sa.Text(), server_default="planned", nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_working_grid_assignments_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_grid_assignments")),
    )
    for column in ("user_id", "working_grid"):
        op.create_index(
            op.f(f"ix_working_grid_assignments_{column}"), "working_grid_assignments", [column]
        )
    op.create_index(
        "ix_working_grid_assignments_due",
        "working_grid_assignments",
        ["valid_from", "valid_to"],
        postgresql_where=sa.text("status <> 'ended'"),
    )
    op.execute(
        "INSERT INTO working_grid_assignments (user_id, working_grid, valid_from, status) "
        "SELECT id, unnest(working_grids), created_at::date, 'holds' FROM users"
    )


def _departments() -> None:
    op.add_column("departments", sa.Column("closed_on", sa.Date()))
    op.add_column("departments", sa.Column("merged_into_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_departments_merged_into_id"),
        "departments",
        "departments",
        ["merged_into_id"],
        ["id"],
    )
    op.create_table(
        "department_contacts",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("department_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("post", sa.Text(), server_default="", nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["department_id"],
            ["departments.id"],
            name=op.f("fk_department_contacts_department_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_department_contacts")),
    )
    op.create_index(
        op.f("ix_department_contacts_department_id"), "department_contacts", ["department_id"]
    )


def _things() -> None:
    op.add_column(
        "deliveries",
        sa.Column("note", sa.Text(), comment="why somebody decided not to send it again"),
    )
    op.create_index(
        "ix_deliveries_webhook",
        "deliveries",
        ["id"],
        postgresql_where=sa.text("kind = 'webhook'"),
    )
    op.add_column(
        "facilities", sa.Column("active", sa.Boolean(), server_default="true", nullable=False)
    )
    op.add_column(
        "facility_keys",
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
    )
    op.add_column(
        "facility_keys",
        sa.Column(
            "last_at",
            sa.DateTime(timezone=True),
            comment="when a report last came with this key",
        ),
    )
    op.add_column(
        "facility_keys",
        sa.Column("last_code", sa.Text(), comment="the facility that it was about"),
    )
    op.create_index(op.f("ix_intake_messages_channel_id"), "intake_messages", ["channel", "id"])
    op.create_index(
        "ix_intake_messages_not_done",
        "intake_messages",
        ["status", "id"],
        postgresql_where=sa.text("status <> 'done'"),
    )
    op.create_index(
        "ix_camera_scenes_camera",
        "camera_scenes",
        ["source", "camera_code", sa.literal_column("last_at DESC")],
    )
    op.create_index(op.f("ix_parts_owner_id_code"), "parts", ["owner_id", "code"])


def _uploads() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("file_key", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("file_bytes", sa.BigInteger(), nullable=False),
        sa.Column("options", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("report", postgresql.JSONB()),
        sa.Column("refusal", postgresql.JSONB(), comment="why it could not be read: zh, en"),
        sa.Column("step", sa.Text(), server_default="", nullable=False),
        sa.Column("percent", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("attempts", sa.SmallInteger(), server_default="0", nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True)),
        sa.Column("by_id", sa.BigInteger()),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_uploads")),
        sa.UniqueConstraint("file_key", name=op.f("uq_uploads_file_key")),
    )
    op.create_index(op.f("ix_uploads_kind_id"), "uploads", ["kind", "id"])
    op.create_index(
        "ix_uploads_under_way",
        "uploads",
        ["beat_at"],
        postgresql_where=sa.text("status IN ('waiting', 'checking', 'to_apply', 'applying')"),
    )


def downgrade() -> None:
    op.drop_table("uploads")
    op.drop_index(op.f("ix_parts_owner_id_code"), table_name="parts")
    op.drop_index("ix_camera_scenes_camera", table_name="camera_scenes")
    op.drop_index("ix_intake_messages_not_done", table_name="intake_messages")
    op.drop_index(op.f("ix_intake_messages_channel_id"), table_name="intake_messages")
    for column in ("last_code", "last_at", "created_at"):
        op.drop_column("facility_keys", column)
    op.drop_column("facilities", "active")
    op.drop_index("ix_deliveries_webhook", table_name="deliveries")
    op.drop_column("deliveries", "note")
    op.drop_table("department_contacts")
    op.drop_column("departments", "merged_into_id")
    op.drop_column("departments", "closed_on")
    op.drop_table("working_grid_assignments")
    op.drop_column("user_sessions", "label")
    op.drop_column("users", "last_login_at")
    op.drop_column("users", "must_change_password")
    op.drop_index("ix_audit_log_changes", table_name="audit_log")
    op.drop_index("ix_audit_log_at", table_name="audit_log")
