"""Triggers that raise the version of a set of reference data whenever one of its tables changes."""

from alembic import op

SETS = {
    "areas": ("areas",),
    "grid": ("unit_grids",),
    "gazetteer": ("places",),
    "catalogue": (
        "categories",
        "conditions",
        "category_terms",
        "condition_terms",
        "stage_limits",
    ),
    "calendar": ("work_calendars", "calendar_days"),
    "settings": ("city_settings",),
    "departments": ("departments", "department_names"),
    "routing": ("routing_rules",),
    "policies": ("intake_policies", "duplicate_rules"),
    "cameras": ("cameras", "camera_types"),
}

_FUNCTION = """
CREATE FUNCTION raise_reference_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE reference_sets SET version = version + 1, changed_at = now() WHERE name = TG_ARGV[0];
  RETURN NULL;
END $$
"""


def create() -> None:
    """A row for each set, and a statement trigger on each of its tables."""
    op.execute(_FUNCTION)
    for name, tables in SETS.items():
        op.execute(f"INSERT INTO reference_sets (name) VALUES ('{name}')")  # noqa: S608 - our own names
        for table in tables:
            op.execute(
                f"CREATE TRIGGER {table}_version AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE "
                f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION raise_reference_version('{name}')"
            )


def drop() -> None:
    """Take the triggers away again."""
    op.execute("DROP FUNCTION raise_reference_version() CASCADE")
