# ruff: noqa: S608 - statements are put together from constants of our own; every value is bound
"""How figures follow from the history: statements that turn cases into facts, facts into counts.

A case's facts are worked out from all its history at once, and what it adds to the rollups follows
from its facts alone. So a change is counted by taking away what the old facts added and adding what
the new ones do: each change counts exactly once, however often a case is looked at.
"""

from typing import Final

from sqlalchemy import text

from dispatch.cases.states import OPEN
from dispatch.supervision.measures import MEASURES, NAMES, POSTS, Cut, Subject
from dispatch.supervision.model import figure_cases

ZONE: Final = "Asia/Shanghai"
_DEEDS: Final = ", ".join(f"'{verb}'" for verbs in POSTS.values() for verb in verbs)
#: Stages that can be left too late, by the stage's name in `stage_limits`.
_TARDY: Final = {
    "reported": "accept",
    "verifying": "verify",
    "accepted": "file",
    "filed": "dispatch",
    "handled": "check",
    "checked": "close",
}
_LEFT: Final = ", ".join(f"'{stage}'" for stage in _TARDY)
#: The stages of a case in work, as SQL has them.
OPEN_STAGES: Final = ", ".join(f"'{stage}'" for stage in sorted(OPEN))
_SIGNS: Final = "'manhole', 'pole', 'lamp', 'line'"
COLUMNS: Final = tuple(column.name for column in figure_cases.columns)


def day_of(moment: str) -> str:
    """The day in the city that a moment falls on, as SQL."""
    return f"({moment} AT TIME ZONE '{ZONE}')::date"


#: For sums over a month: they are to be made in memory.
ROOMY: Final = text("SET LOCAL work_mem = '256MB'")
#: Compiling a statement of this size takes longer than running it.
PLAINLY: Final = text("SET LOCAL jit = off")
#: For the first few rows of an order: they are to be read in it, not gathered and sorted.
IN_ORDER: Final = (
    text("SET LOCAL enable_bitmapscan = off"),
    text("SET LOCAL enable_sort = off"),
    PLAINLY,
)
AS_EVER: Final = (
    text("SET LOCAL enable_bitmapscan TO DEFAULT"),
    text("SET LOCAL enable_sort TO DEFAULT"),
)
#: Cases that have changed since they were counted, or whose time has run out since. Bound: `settled_id`,
#: `at`, `most`.
CHANGED: Final = """
SELECT case_id FROM (
  SELECT h.case_id FROM case_history h LEFT JOIN figure_cases f USING (case_id)
  WHERE h.id > :settled_id AND (f.version IS NULL OR h.version > f.version)
  UNION
  SELECT case_id FROM figure_cases WHERE awaits_at <= :at
) found LIMIT :most
"""
#: Every case reported in a span of time. Bound: `since`, `until`.
REPORTED: Final = (
    "SELECT id AS case_id FROM cases WHERE created_at >= :since AND created_at < :until"
)

# case by case through the index: the planner, who cannot know how few there are, would read everything
_TOLD: Final = f"""
SELECT touched.case_id, t.* FROM touched CROSS JOIN LATERAL (
SELECT max(version) AS version, max(at) AS told_at,
  max(at) FILTER (WHERE verb = 'accept' AND version > reset) AS accepted_at,
  max(at) FILTER (WHERE verb = 'reject') AS rejected_at,
  coalesce(max(version) FILTER (WHERE verb = 'reject' AND from_stage = 'accepted'), 0)
    = max(version) FILTER (WHERE verb = 'reject') AS after_acceptance,
  max(at) FILTER (WHERE verb = 'verify') AS verified_at,
  max(at) FILTER (WHERE verb = 'file' AND version > reset) AS filed_at,
  max(at) FILTER (WHERE verb = 'void') AS voided_at,
  max(at) FILTER (WHERE verb = 'link-duplicate') AS linked_at,
  max(at) FILTER (WHERE verb = 'handle-on-the-spot' AND version > reset) AS spot_at,
  min(at) FILTER (WHERE verb = 'dispatch' AND version > reset) AS dispatched_at,
  max(at) FILTER (WHERE verb = 'report-done' AND version > reset) AS handled_at,
  max(at) FILTER (WHERE verb = 'check' AND version > reset) AS checked_at,
  max(at) FILTER (WHERE verb = 'close') AS closed_at,
  count(*) FILTER (WHERE verb = 'return' AND role <> 'system') AS returns,
  count(*) FILTER (WHERE verb = 'rework' OR (verb = 'check' AND to_stage = 'dispatched')) AS reworks,
  count(*) FILTER (WHERE verb = 'approve-extension') AS extensions,
  count(*) FILTER (WHERE verb = 'approve-suspension') AS suspensions,
  count(*) FILTER (WHERE verb = 'appeal') AS appeals,
  coalesce(array_agg(DISTINCT CASE from_stage {
    " ".join(f"WHEN '{stage}' THEN '{name}'" for stage, name in _TARDY.items())
} END) FILTER (WHERE changes ? 'stage_overdue'
    AND from_stage IN ({_LEFT})), '{{}}') AS tardy,
  coalesce(array_agg((changes -> 'department_id' ->> 0)::bigint ORDER BY version)
    FILTER (WHERE verb = 'return' AND role <> 'system' AND changes -> 'department_id' ->> 0 IS NOT NULL),
    '{{}}') AS returned_by,
  coalesce(array_agg({day_of("at")} ORDER BY version)
    FILTER (WHERE verb = 'return' AND role <> 'system' AND changes -> 'department_id' ->> 0 IS NOT NULL),
    '{{}}') AS returned_on,
  coalesce(array_agg(verb ORDER BY version) FILTER (WHERE is_deed), '{{}}') AS deed_verbs,
  coalesce(array_agg(actor_id ORDER BY version) FILTER (WHERE is_deed), '{{}}') AS deed_users,
  coalesce(array_agg({day_of("at")} ORDER BY version) FILTER (WHERE is_deed), '{{}}') AS deed_days,
  coalesce(array_agg(changes ? 'stage_overdue' ORDER BY version) FILTER (WHERE is_deed), '{{}}')
    AS deed_late,
  coalesce(array_agg(next_return IS NULL OR coalesce(next_dispatch < next_return, false)
    ORDER BY version) FILTER (WHERE is_deed), '{{}}') AS deed_right
FROM (
  SELECT h.*,
    max(version) FILTER (WHERE to_stage = 'reported') OVER () AS reset,
    min(version) FILTER (WHERE verb = 'return' AND role <> 'system') OVER onward AS next_return,
    min(version) FILTER (WHERE verb = 'dispatch') OVER onward AS next_dispatch,
    actor_id IS NOT NULL AND verb IN ({_DEEDS})
      AND (verb <> 'report' OR 'inspector' = ANY (string_to_array(role, ','))) AS is_deed
  FROM case_history h WHERE h.case_id = touched.case_id
  WINDOW onward AS (ORDER BY version ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
) h) t
"""

#: What stands on the case itself: where and what it is, whose, and how its clock stands at `at`.
_STANDING: Final = f"""
SELECT c.id AS case_id, t.version, c.channel, c.category_id,
  CASE WHEN c.hazard AND c."group" IN ({_SIGNS}) THEN c."group" END AS hazard_sign,
  c.grid_code, c.working_grid, c.community_code, c.street_code, c.district_code,
  c.virtual_district_code, c.department_id,
  c.created_at AS reported_at, t.accepted_at,
  CASE WHEN c.stage = 'rejected' AND NOT t.after_acceptance THEN t.rejected_at END AS rejected_at,
  t.verified_at, t.filed_at,
  CASE WHEN c.stage = 'rejected' AND t.after_acceptance THEN t.rejected_at END AS not_filed_at,
  CASE WHEN c.stage = 'voided' THEN t.voided_at END AS voided_at,
  CASE WHEN c.stage = 'duplicate' THEN t.linked_at END AS linked_at,
  t.spot_at, t.dispatched_at,
  CASE WHEN c.stage IN ('handled', 'checked', 'closed') THEN t.handled_at END AS handled_at,
  t.checked_at, CASE WHEN c.stage = 'closed' THEN t.closed_at END AS closed_at,
  c.due_at, c.exempt, t.returns = 0 AS right_first,
  t.reworks, t.extensions, t.suspensions, t.appeals, t.tardy,
  t.told_at,
  t.returned_by, t.returned_on, t.deed_verbs, t.deed_users, t.deed_days, t.deed_late, t.deed_right,
  t.dispatched_at IS NOT NULL AND c.due_at IS NOT NULL
    AND c.stage NOT IN ('voided', 'duplicate', 'rejected')
    AND (c.overdue_at IS NOT NULL
         OR c.due_at <= CASE WHEN c.stage IN ('handled', 'checked', 'closed') THEN t.handled_at
                             WHEN c.stage = 'dispatched' THEN :at END) IS TRUE AS late,
  c.stage = 'dispatched' AS runs, c.stage, c.warn_at, c.stage_due_at,
  c.stage_due_at <= :at IS TRUE AND c.stage IN ({OPEN_STAGES}) AS stage_late,
  CASE WHEN c.stage NOT IN ({OPEN_STAGES}) THEN 'done' WHEN c.clock_started_at IS NULL THEN 'none'
       WHEN c.remaining_s IS NOT NULL AND c.stage IN ('suspended', 'filed') THEN 'paused'
       WHEN c.due_at <= coalesce(c.clock_stopped_at, :at) THEN 'red'
       WHEN c.warn_at <= coalesce(c.clock_stopped_at, :at) THEN 'yellow' ELSE 'green' END AS light
FROM told t CROSS JOIN LATERAL (SELECT * FROM cases WHERE id = t.case_id OFFSET 0) c
"""
_DERIVED: Final = {
    "judged_at": "CASE WHEN late THEN least(due_at, handled_at) ELSE handled_at END",
    "awaits_at": "least(CASE WHEN runs AND light = 'green' THEN warn_at END,"
    " CASE WHEN runs AND light IN ('green', 'yellow') AND NOT late THEN due_at END,"
    f" CASE WHEN stage IN ({OPEN_STAGES}) AND NOT stage_late THEN stage_due_at END)",
    "last_at": "greatest(told_at, CASE WHEN late THEN due_at END)",
}
_FACTS: Final = "SELECT {} FROM standing".format(
    ", ".join(f"{_DERIVED[each]} AS {each}" if each in _DERIVED else each for each in COLUMNS)
)


def facts_of(touched: str) -> str:
    """CTEs that end in `fresh`: the facts of the cases that `touched` selects, as of `at`."""
    return (
        f"touched AS MATERIALIZED ({touched}), told AS ({_TOLD}),"
        f" standing AS ({_STANDING}), fresh AS MATERIALIZED ({_FACTS})"
    )


#: What goes together is summed up once; the rollups of a subject follow from the few rows that this gives.
_BASES: Final = {
    "flow": ("channel", "hazard_sign", "district_code", "virtual_district_code"),
    "duty": ("department_id", "category_id", "hazard_sign", "district_code"),
    "area": ("working_grid", "community_code", "street_code"),
    "cell": ("grid_code",),
}
#: From which base: subject, its key, what it is divided by, and the part: the rollups by day.
_DAILY: Final = (
    ("flow", Subject.CITY, "''", Cut.ALL, "''"),
    ("flow", Subject.CITY, "''", Cut.CHANNEL, "m.channel"),
    ("duty", Subject.CITY, "''", Cut.CATEGORY, "m.category_id::text"),
    ("flow", Subject.CITY, "''", Cut.HAZARD, "m.hazard_sign"),
    ("flow", Subject.DISTRICT, "m.district_code", Cut.ALL, "''"),
    ("flow", Subject.DISTRICT, "m.district_code", Cut.CHANNEL, "m.channel"),
    ("flow", Subject.DISTRICT, "m.district_code", Cut.HAZARD, "m.hazard_sign"),
    ("flow", Subject.VIRTUAL_DISTRICT, "m.virtual_district_code", Cut.ALL, "''"),
    ("flow", Subject.VIRTUAL_DISTRICT, "m.virtual_district_code", Cut.CHANNEL, "m.channel"),
    ("flow", Subject.VIRTUAL_DISTRICT, "m.virtual_district_code", Cut.HAZARD, "m.hazard_sign"),
    ("area", Subject.STREET, "m.street_code", Cut.ALL, "''"),
    ("area", Subject.COMMUNITY, "m.community_code", Cut.ALL, "''"),
    ("area", Subject.WORKING_GRID, "m.working_grid", Cut.ALL, "''"),
    ("duty", Subject.DEPARTMENT, "m.department_id::text", Cut.ALL, "''"),
    ("duty", Subject.DEPARTMENT, "m.department_id::text", Cut.CATEGORY, "m.category_id::text"),
    ("duty", Subject.DEPARTMENT, "m.department_id::text", Cut.HAZARD, "m.hazard_sign"),
    ("duty", Subject.DEPARTMENT, "m.department_id::text", Cut.DISTRICT, "m.district_code"),
)
#: Those with many keys are kept by month too, unit grids by month alone.
_MANY: Final = frozenset(
    {
        (Subject.COMMUNITY, Cut.ALL),
        (Subject.WORKING_GRID, Cut.ALL),
        (Subject.DEPARTMENT, Cut.CATEGORY),
        (Subject.DEPARTMENT, Cut.DISTRICT),
    }
)
_MONTHLY: Final = (
    *(each for each in _DAILY if (each[1], each[3]) in _MANY),
    ("cell", Subject.UNIT_GRID, "m.grid_code", Cut.ALL, "''"),
)
#: What is kept by day, and what by month.
DAILY: Final = frozenset((subject, cut) for _, subject, _, cut, _ in _DAILY)
MONTHLY: Final = frozenset((subject, cut) for _, subject, _, cut, _ in _MONTHLY)
_DIMENSIONS: Final = (
    "channel",
    "category_id",
    "hazard_sign",
    "grid_code",
    "working_grid",
    "community_code",
    "street_code",
    "district_code",
    "virtual_district_code",
    "department_id",
)
_MOMENTS: Final = tuple(dict.fromkeys(each.moment for each in MEASURES if each.moment))


def marks_of(signed: str, *, within: str = "true") -> str:
    """What signed facts add on which day: a row for each day of a case, and each time a unit gave back.

    `within` is a condition on the `day`.
    """
    days = ", ".join(f"{day_of(f'f.{moment}')} AS {moment}_day" for moment in _MOMENTS)
    counts = ", ".join(
        f"CASE WHEN f.{each.moment}_day = d.day AND ({each.when}) THEN f.sign ELSE 0 END AS {each.name}"
        if each.moment
        else f"0 AS {each.name}"
        for each in MEASURES
    )
    keys = ", ".join(f"f.{each}" for each in _DIMENSIONS)
    # the unit that gave back is not the one that has the case now
    back_keys = ", ".join(
        "r.department_id" if each == "department_id" else f"f.{each}" for each in _DIMENSIONS
    )
    back = ", ".join("f.sign" if each == "returned" else "0" for each in NAMES)
    every = ", ".join(f"f.{moment}_day" for moment in _MOMENTS)
    # without `OFFSET 0` each day would be worked out again wherever it is compared
    return (
        f"SELECT {keys}, d.day, {counts} FROM (SELECT f.*, {days} FROM {signed} f OFFSET 0) f"
        f" CROSS JOIN LATERAL (SELECT DISTINCT day FROM unnest(ARRAY[{every}]) AS day"
        f" WHERE day IS NOT NULL AND {within}) d\n"
        f"UNION ALL SELECT {back_keys}, r.day, {back} FROM {signed} f"
        " CROSS JOIN LATERAL unnest(f.returned_by, f.returned_on) AS r(department_id, day)"
        f" WHERE {within}"
    )


def sums(names: tuple[str, ...], *, of: str) -> str:
    """The sum of each."""
    return ", ".join(f"sum({of}.{each}) AS {each}" for each in names)


def any_of(names: tuple[str, ...], *, of: str) -> str:
    """Whether any of the sums is not nothing."""
    return " OR ".join(f"sum({of}.{each}) <> 0" for each in names)


def _summed(
    marks: str, places: tuple[tuple[str, str, str, str, str], ...], *, on: str, of: str
) -> str:
    # sums of small whole numbers are several times faster than those of `numeric`
    small = ", ".join(f"sum(m.{each})::int AS {each}" for each in NAMES)
    parts = []
    for base, columns in _BASES.items():
        rows = ", ".join(
            f"('{subject}', '{cut}', {key}, {part})"
            for its, subject, key, cut, part in places
            if its == base
        )
        if not rows:
            continue
        alike = ", ".join(f"m.{each}" for each in columns)
        parts.append(
            f"SELECT p.subject, p.cut, m.{on}, p.key, p.part, {sums(NAMES, of='m')}"
            f" FROM (SELECT {alike}, {of} AS {on}, {small} FROM {marks} m GROUP BY {alike}, {of}) m"
            f" CROSS JOIN LATERAL (VALUES {rows}) AS p(subject, cut, key, part)"
            " WHERE p.key IS NOT NULL AND p.part IS NOT NULL GROUP BY 1, 2, 3, 4, 5"
            f" HAVING {any_of(NAMES, of='m')}"
        )
    return " UNION ALL ".join(parts)


def days_of(marks: str) -> str:
    """Marks summed up by day for every subject and part that they belong to."""
    return _summed(marks, _DAILY, on="day", of="m.day")


def months_of(marks: str) -> str:
    """Marks summed up by month, for what has many keys."""
    return _summed(marks, _MONTHLY, on="month", of="date_trunc('month', m.day)::date")


#: New facts count, those that they replace no longer do.
SIGNED: Final = (
    "gone AS MATERIALIZED (SELECT f.* FROM touched CROSS JOIN LATERAL"
    " (SELECT * FROM figure_cases WHERE case_id = touched.case_id OFFSET 0) f),"
    " signed AS MATERIALIZED (SELECT fresh.*, 1 AS sign FROM fresh"
    f" UNION ALL SELECT {', '.join(f'gone.{each}' for each in COLUMNS)}, -1 FROM gone)"
)
