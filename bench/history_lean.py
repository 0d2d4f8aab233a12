# ruff: noqa: S608 - statements are put together from constants of our own; every value is bound
"""Histories of which the older years are lean: cases and their facts as figures read them, and nothing else.

Thirty million cases with all their texts, places and deeds take some 60 GB and hours. What figures,
maps, drill-downs and bulletins read takes half of it: the row of a case (without description, clock or
number of its own), its facts, and what reporters said. Deeds are not written for these years, so a
check against the history cannot look at them; the facts are those that the deeds of `bench.history`
lead to.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from bench.history_sql import HOURS_OF_A_DAY as HOURS

#: The indexes of cases that figures use; those of lists are not made where years are lean.
INDEXES: Final = (
    "ix_cases_created",
    "ix_cases_stage_created",
)
#: The hours of a day as shares of it, where each ends.
_ENDS: Final = tuple(sum(HOURS[: n + 1]) / sum(HOURS) for n in range(24))
_UPTO: Final = "ARRAY[{}]::float8[]".format(", ".join(f"{each:.9f}" for each in (0.0, *_ENDS)))

_DRAWN: Final = f"""
drawn AS (
  SELECT nextval(pg_get_serial_sequence('cases', 'id')) AS id, d.day, d.base + n AS serial,
         (d.day::timestamp AT TIME ZONE 'Asia/Shanghai')
           + make_interval(secs => 3600 * (hour - 1 + (p - upto[hour]) / (upto[hour + 1] - upto[hour])))
           AS at,
         random() AS r_cell, random() AS r_category, random() AS r_condition, random() AS r_channel,
         random() AS r_end, random() AS r_words, random() AS r_slow, random() AS r_place,
         random() AS r_rate
  FROM (SELECT d.*, n, (n - random()) / d.cases AS p, {_UPTO} AS upto
        FROM h_days d CROSS JOIN LATERAL generate_series(1, d.cases) n ORDER BY d.day, n) d
  CROSS JOIN LATERAL (SELECT least(24, width_bucket(p, upto)) AS hour) h
)"""
#: As `bench.history` makes them; after two months a case is closed, refused, or has been waiting long.
_MADE: Final = """
made AS (
  SELECT d.*, c.code AS grid_code, c.working_grid, c.community_code, c.street_code, c.district_code,
         c.virtual_district_code, c.lon, c.lat, k.id AS category_id, k."group",
         CASE WHEN o.hazard AND k."group" IN ('manhole', 'pole', 'lamp', 'line') THEN k."group" END
           AS hazard_sign,
         o.id AS condition_id, o.severity, o.hazard, u.department_id,
         i.id AS inspector_id, a.id AS agent_id, l.id AS leader_id,
         CASE WHEN r_channel < .24 THEN 'wechat' WHEN r_channel < .44 THEN 'phone'
              WHEN r_channel < .60 THEN 'inspector' WHEN r_channel < .76 THEN 'camera'
              WHEN r_channel < .85 THEN 'web' WHEN r_channel < .92 THEN 'transfer'
              WHEN r_channel < .99 THEN 'app' ELSE 'media' END AS channel,
         CASE WHEN r_end > .94 THEN 'duplicate' WHEN r_end > .90 THEN 'rejected'
              WHEN r_end > .885 THEN 'voided' WHEN r_end < .0002 THEN 'suspended' ELSE 'closed' END
           AS stage,
         at + make_interval(secs => 60 + 900 * r_words) AS accepted_at,
         at + make_interval(secs => 180 + 1500 * r_words) AS filed_at,
         at + make_interval(secs => 240 + 2100 * r_words) AS dispatched_at,
         at + make_interval(secs => 240 + 2100 * r_words + s.limit_s) AS due_at,
         at + make_interval(secs => 300 + 2100 * r_words + s.handling) AS handled_at,
         at + make_interval(secs => 2400 + 2100 * r_words + s.handling + 5400 * r_place) AS checked_at,
         at + make_interval(secs => 3600 + 2100 * r_words + s.handling + 9000 * r_place) AS closed_at
  FROM drawn d
  CROSS JOIN (SELECT (SELECT count(*) FROM h_cells) AS cells, (SELECT count(*) FROM h_categories)
              AS kinds) z
  JOIN h_cells c ON c.n = 1 + floor(power(r_cell, 2.2) * z.cells)::int
  JOIN h_categories k ON k.n = 1 + floor(power(r_category, 2.8) * z.kinds)::int
  JOIN conditions o
    ON o.id = k.conditions[1 + floor(power(r_condition, 2) * cardinality(k.conditions))::int]
  LEFT JOIN h_units u ON u.category_id = k.id AND u.street_code = c.street_code
    AND u.virtual_district_code IS NOT DISTINCT FROM c.virtual_district_code
  LEFT JOIN h_inspectors i ON i.working_grid = c.working_grid
  LEFT JOIN h_staff a ON a.role = 'agent' AND a.n = 1 + d.id % a.among
  LEFT JOIN h_staff l ON l.role = 'shift_leader' AND l.n = 1 + d.id % l.among
  CROSS JOIN LATERAL (SELECT limit_s, limit_s * (.15 + 1.05 * power(r_slow, 2)) AS handling
    FROM (SELECT o.limit_value * CASE o.limit_unit WHEN 'minute' THEN 60 WHEN 'hour' THEN 3600
      WHEN 'day' THEN 86400 WHEN 'work_hour' THEN 10800 ELSE 121000 END AS limit_s) s) s
), told AS MATERIALIZED (
  SELECT m.*, stage IN ('closed', 'suspended') AS went, stage = 'closed' AS ended,
         stage IN ('closed', 'suspended', 'voided') AS taken,
         stage = 'closed' AND due_at < handled_at AS late,
         CASE stage WHEN 'closed' THEN closed_at WHEN 'suspended' THEN dispatched_at + interval '1 hour'
           ELSE filed_at END AS told_at
  FROM made m
)"""
_CASES: Final = """
cases_ AS (
  INSERT INTO cases (id, public_id, number, version, stage, stage_since, channel, description, geom,
    grid_code, working_grid, community_code, street_code, district_code, virtual_district_code,
    category_id, condition_id, "group", severity, hazard, department_id, outcome, created_at, updated_at,
    closed_at)
  SELECT id, name, name, CASE stage WHEN 'closed' THEN 7 WHEN 'suspended' THEN 5 WHEN 'voided' THEN 3
    ELSE 2 END, stage, told_at, channel, '', ST_SetSRID(ST_MakePoint(lon, lat), 4490), grid_code,
    working_grid, community_code, street_code, district_code, virtual_district_code, category_id,
    condition_id, "group", severity, hazard, CASE WHEN went THEN department_id END,
    CASE WHEN ended THEN 'fixed' END, at, told_at, CASE WHEN stage <> 'suspended' THEN told_at END
  FROM (SELECT *, to_char(day, 'YYYYMMDD') || '-'
          || lpad(serial::text, greatest(4, length(serial::text)), '0') AS name FROM told) t
)"""
_RATINGS: Final = """
ratings AS (
  INSERT INTO case_ratings (case_id, report_id, round, score, fixed, at)
  SELECT id, to_char(day, 'YYYYMMDD') || '-' || serial, 0, score, score > 2,
         closed_at + interval '3 hours'
  FROM (SELECT *, 5 - floor(power(r_slow, 3) * 5)::int AS score FROM told) t
  WHERE ended AND r_rate < .2
)"""


#: The deeds that are somebody's: acceptance or refusal, filing, the check, the closing. When there was
#: one, and of it the verb, whose, at which moment, whether too late and whether it turned out right.
_DEEDS: Final[Sequence[tuple[str, Mapping[str, str]]]] = (
    (
        "agent_id IS NOT NULL AND (taken OR stage = 'rejected')",
        {
            "text": "CASE WHEN taken THEN 'accept' ELSE 'reject' END",
            "bigint": "agent_id",
            "date": "CASE WHEN taken THEN accepted_at ELSE filed_at END",
            "late": "taken AND r_words > .93",
        },
    ),
    (
        "leader_id IS NOT NULL AND went",
        {"text": "'file'", "bigint": "leader_id", "date": "filed_at", "late": "r_place > .95"},
    ),
    (
        "inspector_id IS NOT NULL AND ended",
        {
            "text": "'check'",
            "bigint": "inspector_id",
            "date": "checked_at",
            "late": "r_place > .85",
        },
    ),
    (
        "leader_id IS NOT NULL AND ended",
        {"text": "'close'", "bigint": "leader_id", "date": "closed_at", "late": "false"},
    ),
)


def _deeds(what: str) -> str:
    """One entry for each deed of a case, as an array."""
    kind = what if what in {"text", "bigint", "date"} else "bool"
    parts = []
    for when, deed in _DEEDS:
        value = deed.get(what, "true")
        if what == "date":
            value = f"({value} AT TIME ZONE 'Asia/Shanghai')::date"
        parts.append(f"CASE WHEN {when} THEN ARRAY[{value}]::{kind}[] ELSE '{{}}'::{kind}[] END")
    return " || ".join(parts)


_TARDY: Final = """
CASE WHEN taken AND r_words > .93 THEN '{accept}'::text[] ELSE '{}' END
|| CASE WHEN ended AND r_place > .85 THEN '{check}'::text[] ELSE '{}' END
|| CASE WHEN taken AND r_place > .95 THEN '{file}'::text[] ELSE '{}' END
"""
_FACTS: Final = f"""
INSERT INTO figure_cases (case_id, version, channel, category_id, hazard_sign, grid_code, working_grid,
  community_code, street_code, district_code, virtual_district_code, department_id, reported_at,
  accepted_at, rejected_at, filed_at, voided_at, linked_at, dispatched_at, handled_at, checked_at,
  closed_at, judged_at, last_at, stage, light, stage_late, late, exempt, right_first, reworks,
  extensions, suspensions, appeals, tardy, returned_by, returned_on, deed_verbs, deed_users, deed_days,
  deed_late, deed_right)
SELECT id, CASE stage WHEN 'closed' THEN 7 WHEN 'suspended' THEN 5 WHEN 'voided' THEN 3 ELSE 2 END,
  channel, category_id, hazard_sign, grid_code, working_grid, community_code, street_code,
  district_code, virtual_district_code, CASE WHEN went THEN department_id END, at,
  CASE WHEN taken THEN accepted_at END, CASE WHEN stage = 'rejected' THEN filed_at END,
  CASE WHEN went THEN filed_at END, CASE WHEN stage = 'voided' THEN filed_at END,
  CASE WHEN stage = 'duplicate' THEN filed_at END, CASE WHEN went THEN dispatched_at END,
  CASE WHEN ended THEN handled_at END, CASE WHEN ended THEN checked_at END,
  CASE WHEN ended THEN closed_at END,
  CASE WHEN late THEN due_at WHEN ended THEN handled_at END, told_at, stage,
  CASE WHEN stage = 'suspended' THEN 'paused' ELSE 'done' END, false, late, false, true, 0, 0,
  CASE WHEN stage = 'suspended' THEN 1 ELSE 0 END, 0, {_TARDY}, '{{}}', '{{}}',
  {_deeds("text")}, {_deeds("bigint")}, {_deeds("date")}, {_deeds("late")}, {_deeds("right")}
FROM told
"""
#: One step of days.
CHUNK: Final = f"WITH {_DRAWN}, {_MADE}, {_CASES}, {_RATINGS} {_FACTS}"
