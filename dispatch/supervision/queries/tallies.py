# ruff: noqa: S608 - statements are put together from constants of our own; every value is bound
"""What facts add to the rollups of their own: ten minutes, stage times, what is in work, the map, deeds."""

from typing import Final

from dispatch.supervision.model import figure_slots
from dispatch.supervision.queries.reckoning import OPEN_STAGES, any_of, day_of, sums

_FLOW: Final = tuple(
    column.name for column in figure_slots.columns if column.name not in {"slot", "channel"}
)
#: The stages whose times are told, from which moment to which.
TIMES: Final = {
    "accept": ("reported_at", "accepted_at"),
    "file": ("accepted_at", "filed_at"),
    "dispatch": ("filed_at", "dispatched_at"),
    "handle": ("dispatched_at", "handled_at"),
    "check": ("handled_at", "checked_at"),
    "close": ("checked_at", "closed_at"),
}
#: So fine are times told apart: a step is 1/50 of the natural logarithm.
STEPS: Final = 50


def times_of(signed: str) -> str:
    """What signed facts add to how long stages took."""
    rows = ", ".join(
        f"('{stage}', f.{end}, extract(epoch FROM f.{end} - f.{begin})::float8)"
        for stage, (begin, end) in TIMES.items()
    )
    return (
        f"SELECT {day_of('t.left_at')} AS day, t.stage,"
        f" floor({STEPS} * ln(1 + greatest(t.took, 0)))::smallint AS step, sum(f.sign) AS cases"
        f" FROM {signed} f CROSS JOIN LATERAL (VALUES {rows}) AS t(stage, left_at, took)"
        " WHERE t.took IS NOT NULL GROUP BY 1, 2, 3 HAVING sum(f.sign) <> 0"
    )


def slots_of(signed: str) -> str:
    """What signed facts add to the ten minutes of the day."""
    rows = ", ".join(
        f"(date_bin('10 minutes', f.{name}_at, timestamptz '2000-01-01Z'), "
        + ", ".join("f.sign" if each == name else "0" for each in _FLOW)
        + ")"
        for name in _FLOW
    )
    return (
        f"SELECT s.slot, f.channel, {sums(_FLOW, of='s')} FROM {signed} f"
        f" CROSS JOIN LATERAL (VALUES {rows}) AS s(slot, {', '.join(_FLOW)})"
        f" WHERE s.slot IS NOT NULL GROUP BY 1, 2 HAVING {any_of(_FLOW, of='s')}"
    )


def now_of(signed: str) -> str:
    """What signed facts add to what is in work."""
    late = "sum(CASE WHEN f.stage_late THEN f.sign ELSE 0 END)"
    return (
        "SELECT f.stage, f.light, coalesce(f.district_code, '') AS district_code,"
        " coalesce(f.virtual_district_code, '') AS virtual_district_code,"
        " coalesce(f.department_id, 0) AS department_id,"
        f" sum(f.sign) AS cases, {late} AS stage_late FROM {signed} f"
        f" WHERE f.stage IN ({OPEN_STAGES}) GROUP BY 1, 2, 3, 4, 5 HAVING sum(f.sign) <> 0 OR {late} <> 0"
    )


def spots_of(signed: str) -> str:
    """What signed facts add to the map."""
    hazards = "sum(CASE WHEN f.hazard_sign IS NULL THEN 0 ELSE f.sign END)"
    return (
        f"SELECT {day_of('f.reported_at')} AS day, f.grid_code, f.category_id,"
        f" sum(f.sign) AS reported, {hazards} AS hazards FROM {signed} f"
        " WHERE f.grid_code IS NOT NULL AND f.category_id IS NOT NULL GROUP BY 1, 2, 3"
        f" HAVING sum(f.sign) <> 0 OR {hazards} <> 0"
    )


def spot_months_of(signed: str) -> str:
    """What signed facts add to the map, by month and group of categories, and over all groups."""
    hazards = "sum(CASE WHEN f.hazard_sign IS NULL THEN 0 ELSE f.sign END)"
    return (
        f"SELECT g.\"group\", date_trunc('month', {day_of('f.reported_at')})::date AS month, f.grid_code,"
        f" sum(f.sign) AS reported, {hazards} AS hazards FROM {signed} f"
        " JOIN categories k ON k.id = f.category_id"
        ' CROSS JOIN LATERAL (VALUES (\'\'), (k."group")) AS g("group")'
        " WHERE f.grid_code IS NOT NULL GROUP BY 1, 2, 3"
        f" HAVING sum(f.sign) <> 0 OR {hazards} <> 0"
    )


def posts_of(signed: str) -> str:
    """What signed facts add to the deeds of people."""
    right = (
        "CASE d.verb WHEN 'report' THEN f.filed_at IS NOT NULL AND f.voided_at IS NULL"
        " WHEN 'file' THEN f.voided_at IS NULL ELSE d.is_right END"
    )
    counts = (
        "sum(f.sign) AS done",
        "sum(CASE WHEN d.late THEN 0 ELSE f.sign END) AS on_time",
        f'sum(CASE WHEN {right} THEN f.sign ELSE 0 END) AS "right"',
    )
    any_ = " OR ".join(f"{each.rsplit(' AS ', 1)[0]} <> 0" for each in counts)
    return (
        f"SELECT d.day, d.verb, d.user_id, {', '.join(counts)} FROM {signed} f CROSS JOIN LATERAL"
        " unnest(f.deed_days, f.deed_verbs, f.deed_users, f.deed_late, f.deed_right)"
        f" AS d(day, verb, user_id, late, is_right) GROUP BY 1, 2, 3 HAVING {any_}"
    )
