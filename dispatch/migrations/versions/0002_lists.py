"""Lists: indexes for what is open and for every order, words to search in, filters that people save."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from dispatch.migrations import case_words

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_OPEN = (
    "stage IN ('reported', 'verifying', 'accepted', 'filed', 'dispatched', 'suspended', 'handled',"
    " 'checked')"
)
#: Columns that go together: a unit has its own categories, a working grid its own street.
_TOGETHER = {
    "st_cases_areas": ("dependencies, mcv", "district_code, street_code, working_grid"),
    "st_cases_units": ("mcv", 'department_id, "group"'),
    "st_cases_units_categories": ("mcv", "department_id, category_id"),
    "st_cases_units_areas": ("mcv", "department_id, district_code, street_code"),
}
#: Name → columns and condition, all on `cases`.
_INDEXES: dict[str, tuple[list[str], str | None]] = {
    "ix_cases_department_created": (["department_id", "created_at", "id"], None),
    "ix_cases_grid": (["grid_code", "created_at", "id"], None),
    "ix_cases_updated": (["updated_at", "id"], None),
    "ix_cases_open_created": (["created_at", "id"], _OPEN),
    "ix_cases_open_due": (["due_at", "id"], _OPEN),
    "ix_cases_open_stage_due": (["stage_due_at", "id"], _OPEN),
    "ix_cases_inspector": (["inspector_id", "created_at", "id"], "inspector_id IS NOT NULL"),
    "ix_cases_reported_by": (["reported_by_id", "created_at", "id"], "reported_by_id IS NOT NULL"),
}


def upgrade() -> None:
    for name, (keys, condition) in _INDEXES.items():
        op.create_index(
            name, "cases", keys, postgresql_where=sa.text(condition) if condition else None
        )
    for name, (kinds, columns) in _TOGETHER.items():
        op.execute(f"CREATE STATISTICS {name} ({kinds}) ON {columns} FROM cases")
        op.execute(f"ALTER STATISTICS {name} SET STATISTICS 1000")
    op.create_index(
        "ix_case_reporters_phone_end",
        "case_reporters",
        [sa.func.reverse(sa.text("phone")).label("phone_end")],
        postgresql_ops={"phone_end": "text_pattern_ops"},
    )
    case_words.create_grams()
    op.create_table(
        "case_texts",
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_texts_case_id")),
        sa.PrimaryKeyConstraint("case_id", name=op.f("pk_case_texts")),
    )
    case_words.create()
    op.create_index(
        "ix_case_texts_grams",
        "case_texts",
        [sa.text("text_grams(words)")],
        postgresql_using="gin",
    )
    _create_lists()


def _create_lists() -> None:
    op.create_table(
        "saved_lists",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=False), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("shared_role", sa.Text(), nullable=True),
        sa.Column("shared_department_id", sa.BigInteger(), nullable=True),
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
        sa.ForeignKeyConstraint(
            ["owner_id"], ["users.id"], name=op.f("fk_saved_lists_owner_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["shared_department_id"],
            ["departments.id"],
            name=op.f("fk_saved_lists_shared_department_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_lists")),
        sa.UniqueConstraint("owner_id", "name", name=op.f("uq_saved_lists_owner_id_name")),
    )
    op.create_index(op.f("ix_saved_lists_shared_role"), "saved_lists", ["shared_role"])
    op.create_table(
        "list_settings",
        sa.Column("user_id", sa.BigInteger(), nullable=False),
        sa.Column("columns", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("default_list_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_list_settings_user_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["default_list_id"],
            ["saved_lists.id"],
            name=op.f("fk_list_settings_default_list_id"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_list_settings")),
    )


def downgrade() -> None:
    op.drop_table("list_settings")
    op.drop_table("saved_lists")
    case_words.drop()
    op.drop_table("case_texts")
    case_words.drop_grams()
    op.drop_index("ix_case_reporters_phone_end", table_name="case_reporters")
    for name in reversed(_TOGETHER):
        op.execute(f"DROP STATISTICS {name}")
    for name in reversed(_INDEXES):
        op.drop_index(name, table_name="cases")
