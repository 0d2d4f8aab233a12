"""Conditions and rules speak English too; the number that another platform gave a case has its own place."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"
branch_labels = None
depends_on = None

#: What an administrator has written in Chinese and may write in English beside it.
_ENGLISH = (("conditions", "text_en"), ("conditions", "closing_en"), ("routing_rules", "reason_en"))


def upgrade() -> None:
    """English beside the Chinese; numbers of other platforms, with those of the lists taken in so far."""
    for table, column in _ENGLISH:
        op.add_column(table, sa.Column(column, sa.Text(), server_default="", nullable=False))
    # reasons are held in memory with the catalogue from now on
    op.execute(
        "CREATE TRIGGER reasons_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON reasons"
        " FOR EACH STATEMENT EXECUTE FUNCTION raise_reference_version('catalogue')"
    )
    op.create_table(
        "case_foreign_numbers",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("case_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["case_id"], ["cases.id"], name=op.f("fk_case_foreign_numbers_case_id")
        ),
        sa.PrimaryKeyConstraint("number", "source", name=op.f("pk_case_foreign_numbers")),
    )
    op.create_index(op.f("ix_case_foreign_numbers_case_id"), "case_foreign_numbers", ["case_id"])
    op.execute(
        "INSERT INTO case_foreign_numbers (source, number, case_id)"
        " SELECT substr(message.source, 8), message.dedupe_key, message.case_id"
        " FROM intake_messages AS message JOIN cases ON cases.id = message.case_id"
        " WHERE message.source LIKE 'import:%' AND message.dedupe_key IS NOT NULL"
        " ON CONFLICT DO NOTHING"
    )


def downgrade() -> None:
    """The numbers stand in the intake log all the same."""
    op.drop_table("case_foreign_numbers")
    op.execute("DROP TRIGGER reasons_version ON reasons")
    for table, column in reversed(_ENGLISH):
        op.drop_column(table, column)
