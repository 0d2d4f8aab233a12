"""How cases are found: the indexes of their table, most of them over the few that are still in work."""

from sqlalchemy import Index, text

#: What is still in work, as the partial indexes say it; about one case in a hundred.
IS_OPEN = text(
    "stage IN ('reported', 'verifying', 'accepted', 'filed', 'dispatched', 'suspended', 'handled',"
    " 'checked')"
)


#: What a unit has on its hands: a handling clock that runs.
IS_DISPATCHED = text("stage = 'dispatched'")


def indexes() -> tuple[Index, ...]:
    """The indexes of the table `cases`; those of `IS_OPEN` stay small however many years are kept."""
    return (*_of_lists(), *_of_clocks())


def _of_lists() -> tuple[Index, ...]:
    return (
        Index("ix_cases_geom", "geom", postgresql_using="gist"),
        Index("ix_cases_created", "created_at", "id"),
        Index("ix_cases_stage_created", "stage", "created_at", "id"),
        Index("ix_cases_department_stage", "department_id", "stage", "created_at", "id"),
        Index("ix_cases_working_grid_stage", "working_grid", "stage", "created_at"),
        Index("ix_cases_district", "district_code", "created_at", "id"),
        Index("ix_cases_category_recent", "category_id", text("created_at DESC")),
        Index("ix_cases_department_created", "department_id", "created_at", "id"),
        Index("ix_cases_grid", "grid_code", "created_at", "id"),
        Index("ix_cases_updated", "updated_at", "id"),
        Index("ix_cases_open_created", "created_at", "id", postgresql_where=IS_OPEN),
        Index("ix_cases_open_due", "due_at", "id", postgresql_where=IS_OPEN),
        Index("ix_cases_open_stage_due", "stage_due_at", "id", postgresql_where=IS_OPEN),
        # how far a unit is and what it has on its hands: counted from the index alone
        Index(
            "ix_cases_in_hand",
            "department_id",
            "stage",
            "due_at",
            postgresql_include=[
                "id",
                "clock_started_at",
                "acknowledged_at",
                "assigned_at",
                "started_at",
                "crew_id",
                "assignee_id",
            ],
            postgresql_where=text("stage IN ('dispatched', 'suspended', 'handled')"),
        ),
        Index(
            "ix_cases_inspector",
            "inspector_id",
            "created_at",
            "id",
            postgresql_where=text("inspector_id IS NOT NULL"),
        ),
        Index(
            "ix_cases_reported_by",
            "reported_by_id",
            "created_at",
            "id",
            postgresql_where=text("reported_by_id IS NOT NULL"),
        ),
        # what the public map counts: answered by the index alone
        Index(
            "ix_cases_open_places",
            "longitude",
            "latitude",
            postgresql_include=["group", "hazard", "stage"],
            postgresql_where=text(
                "stage IN ('accepted', 'checked', 'dispatched', 'filed', 'handled', 'reported',"
                " 'suspended', 'verifying')"
            ),
        ),
    )


def _of_clocks() -> tuple[Index, ...]:
    """What the clock looks for every few seconds."""
    return (
        Index(
            "ix_cases_warn",
            "warn_at",
            postgresql_where=text("warned_at IS NULL AND stage = 'dispatched'"),
        ),
        Index(
            "ix_cases_due",
            "due_at",
            postgresql_where=text("overdue_at IS NULL AND stage = 'dispatched'"),
        ),
        Index(
            "ix_cases_stage_due",
            "stage_due_at",
            postgresql_where=text("stage_overdue_at IS NULL AND stage_due_at IS NOT NULL"),
        ),
        Index(
            "ix_cases_suspended",
            "suspended_until",
            postgresql_where=text("suspended_until IS NOT NULL"),
        ),
        # dangers that nobody has made safe: few, and asked for by when their clocks began
        Index(
            "ix_cases_unsafe",
            "clock_started_at",
            postgresql_where=text(
                "hazard AND made_safe_at IS NULL AND stage IN ('filed', 'dispatched', 'suspended')"
            ),
        ),
    )
