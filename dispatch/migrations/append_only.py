"""Triggers that keep what is only ever added from being changed: history, audit, intake bodies."""

from alembic import op

_FUNCTION = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""
TABLES = ("case_history", "audit_log")


def create() -> None:
    """Refuse UPDATE, DELETE and TRUNCATE on the append-only tables."""
    op.execute(_FUNCTION)
    for table in TABLES:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def drop() -> None:
    """Take the triggers away again (the tables go with their triggers)."""
    op.execute("DROP FUNCTION refuse_change() CASCADE")
