"""The public map's index of open places, and whether a reporter wants to be told."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

OPEN = (
    "stage IN ('accepted', 'checked', 'dispatched', 'filed', 'handled', 'reported',"
    " 'suspended', 'verifying')"
)


def upgrade() -> None:
    op.add_column(
        "case_reporters",
        sa.Column(
            "notify",
            sa.Boolean(),
            server_default="true",
            nullable=False,
            comment="wants to be told how it goes on",
        ),
    )
    op.create_index(
        "ix_cases_open_places",
        "cases",
        ["longitude", "latitude"],
        postgresql_include=["group", "hazard", "stage"],
        postgresql_where=sa.text(OPEN),
    )


def downgrade() -> None:
    op.drop_index("ix_cases_open_places", table_name="cases")
    op.drop_column("case_reporters", "notify")
