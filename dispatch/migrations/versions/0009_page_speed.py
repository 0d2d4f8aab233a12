"""What the pages of the hall and the units count is counted from an index."""

from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One small index over what the units have in hand, one over what they have asked for."""
    op.execute(
        "CREATE INDEX ix_cases_in_hand ON cases (department_id, stage, due_at)"
        " INCLUDE (id, clock_started_at, acknowledged_at, assigned_at, started_at, crew_id, assignee_id)"
        " WHERE stage IN ('dispatched', 'suspended', 'handled')"
    )
    op.execute(
        "CREATE INDEX ix_case_requests_waiting ON case_requests (kind, requested_at, id)"
        " WHERE status = 'pending'"
    )


def downgrade() -> None:
    """Without it the cases themselves are read."""
    op.execute("DROP INDEX ix_case_requests_waiting")
    op.execute("DROP INDEX ix_cases_in_hand")
