"""The statements that make a demonstration's past: what the draws choose from, the draws, and the rows.

Everything is made up. A case is drawn once (when, where, what, how it ends, how long each step takes);
its clock is counted by the city's real calendars; its history follows from that, and the case as it
stands follows from its history.
"""

from typing import Final

#: Spots by how often something is reported there: those around a few middles of the city come first.
_SPOTS: Final = """
CREATE TEMP TABLE past_spots ON COMMIT DROP AS
WITH cells AS (
  SELECT g.*, ST_PointOnSurface(g.geom) AS point FROM unit_grids g ORDER BY random() LIMIT 2500
), middles AS (SELECT point AS middle FROM cells ORDER BY random() LIMIT 7)
SELECT row_number() OVER (ORDER BY near * (0.4 + random())) AS n, c.code, c.working_grid_code,
  c.community_code, c.street_code, c.district_code, c.virtual_district_code, c.point, p.name
FROM cells c
CROSS JOIN LATERAL (SELECT min(ST_Distance(middle, c.point)) AS near FROM middles) m
CROSS JOIN LATERAL (SELECT name FROM places WHERE kind IN ('place', 'road', 'bridge')
                    ORDER BY geom <-> c.point LIMIT 1) p
"""
#: Categories by how often they are reported; few make most of the cases.
_KINDS: Final = """
CREATE TEMP TABLE past_kinds ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY often) AS n, k.* FROM (
  SELECT k.id, k."group", k.kind, k.name,
    CASE k."group" WHEN 'sanitation' THEN 1 WHEN 'order' THEN 1.2 WHEN 'manhole' THEN 2
      WHEN 'road' THEN 2.2 WHEN 'line' THEN 3 WHEN 'pole' THEN 3 WHEN 'lamp' THEN 3 ELSE 5 END
      * (0.25 + random()) AS often,
    ARRAY(SELECT c.id FROM conditions c WHERE c.category_id = k.id AND c.limit_unit IS NOT NULL
          AND NOT (c.limit_unit = 'work_day' AND c.limit_value > 7)
          ORDER BY c.is_default DESC, c.ordinal) AS conditions
  FROM categories k WHERE k.active) k
WHERE cardinality(conditions) > 0
"""
#: The unit that the rules of routing name for a category and a place: the narrowest rule wins.
_UNITS: Final = """
CREATE TEMP TABLE past_units ON COMMIT DROP AS
SELECT DISTINCT ON (k.id, s.street_code, s.virtual_district_code)
  k.id AS category_id, s.street_code, s.virtual_district_code, r.id AS rule_id, r.department_id, r.reason
FROM past_kinds k
CROSS JOIN (SELECT DISTINCT street_code, district_code, virtual_district_code FROM past_spots) s
JOIN routing_rules r ON (r.category_id IS NULL OR r.category_id = k.id)
  AND (r."group" IS NULL OR r."group" = k."group") AND (r.kind IS NULL OR r.kind = k.kind)
  AND (r.area_code IS NULL OR r.area_kind = 'city'
       OR r.area_code IN (s.street_code, s.district_code, s.virtual_district_code))
ORDER BY k.id, s.street_code, s.virtual_district_code,
  (r.category_id IS NOT NULL) DESC, (r."group" IS NOT NULL) DESC, (r.kind IS NOT NULL) DESC,
  (r.area_kind = 'street') DESC NULLS LAST, (r.area_kind = 'virtual_district') DESC NULLS LAST,
  (r.area_kind = 'district') DESC NULLS LAST, r.id
"""
#: People by post; and of each unit a manager, how slow it is, and the unit that it disputes cases with.
_STAFF: Final = """
CREATE TEMP TABLE past_staff ON COMMIT DROP AS
SELECT u.id, u.display_name AS name, r.role, row_number() OVER (PARTITION BY r.role ORDER BY u.id) AS n,
  count(*) OVER (PARTITION BY r.role) AS among, u.working_grids
FROM users u CROSS JOIN unnest(u.roles) AS r(role) WHERE u.synthetic AND u.active
"""
_INSPECTORS: Final = """
CREATE TEMP TABLE past_inspectors ON COMMIT DROP AS
SELECT DISTINCT ON (grid) grid, id, name FROM past_staff, unnest(working_grids) grid
WHERE role = 'inspector' ORDER BY grid, id
"""
_MANAGERS: Final = """
CREATE TEMP TABLE past_managers ON COMMIT DROP AS
WITH busy AS (
  SELECT department_id, row_number() OVER (ORDER BY count(*) DESC, department_id) AS n, random() AS slow
  FROM past_units GROUP BY 1),
named AS (
  SELECT DISTINCT ON (b.n) b.*, u.id, u.display_name AS name FROM busy b
  LEFT JOIN users u ON u.department_id = b.department_id AND 'manager' = ANY (u.roles) AND u.active
  ORDER BY b.n, u.id)
SELECT a.*, b.department_id AS rival_id, b.id AS rival_manager_id, b.name AS rival_manager
FROM named a JOIN named b ON b.n = a.n + CASE WHEN a.n % 2 = 1 THEN 1 ELSE -1 END
"""
#: Parts that fail again and again: old or damaged ones, where spots are.
_PARTS: Final = """
CREATE TEMP TABLE past_parts ON COMMIT DROP AS
SELECT row_number() OVER () AS n, q.* FROM (
  SELECT p.code, p.geom AS point, k.n AS kind_n, s.n AS spot_n
  FROM parts p JOIN past_kinds k ON k.id = p.category_id JOIN past_spots s ON s.code = p.grid_code
  WHERE p.installed_on < current_date - interval '14 years' OR p.condition = 'damaged'
  ORDER BY random() LIMIT 36) q
"""
PREPARE: Final = (
    "SELECT setseed(0.290)",
    _SPOTS,
    _KINDS,
    _UNITS,
    _STAFF,
    _INSPECTORS,
    _MANAGERS,
    _PARTS,
    "CREATE TEMP TABLE past_work (code text, begins float8, ends float8, before float8, upto float8) ON COMMIT DROP",
    "CREATE TEMP TABLE past_calendars (department_id bigint, code text, work_day float8) ON COMMIT DROP",
    "CREATE TEMP TABLE past_days (day date, cases bigint) ON COMMIT DROP",
    "CREATE TEMP TABLE past_hours (hour int, upto float8) ON COMMIT DROP",
)
WORK: Final = """
INSERT INTO past_work SELECT :code, begins, ends, before, before + ends - begins
FROM unnest(CAST(:begins AS float8[]), CAST(:ends AS float8[]), CAST(:before AS float8[]))
  AS t(begins, ends, before)
"""
CALENDARS: Final = """
INSERT INTO past_calendars
SELECT * FROM unnest(CAST(:units AS bigint[]), CAST(:codes AS text[]), CAST(:days AS float8[]))
"""
DAYS: Final = """
INSERT INTO past_days SELECT * FROM unnest(CAST(:days AS date[]), CAST(:counts AS bigint[]))
"""
HOURS: Final = """
INSERT INTO past_hours SELECT hour - 1, sum(w) OVER (ORDER BY hour) / sum(w) OVER ()
FROM unnest(CAST(:weights AS float8[])) WITH ORDINALITY AS t(w, hour)
"""
#: What is looked up case by case.
READY: Final = (
    "CREATE INDEX ON past_work (code, ends)",
    "CREATE INDEX ON past_work (code, upto)",
    "CREATE INDEX ON past_units (category_id, street_code)",
    "CREATE UNIQUE INDEX ON past_spots (n)",
    "CREATE UNIQUE INDEX ON past_kinds (n)",
    "ANALYZE past_work, past_units, past_spots, past_kinds, past_managers, past_inspectors, past_staff",
)

#: The draws of a case; `rising` and `repeated` are what the search for hot spots is to find.
_DRAWN: Final = """
CREATE TEMP TABLE past_drawn ON COMMIT DROP AS
WITH spot AS MATERIALIZED (
  SELECT d.day, random() AS r_hour, random() AS r_minute, random() AS r_spot, random() AS r_kind,
    random() AS r_story, random() AS r_channel, random() AS r_end, random() AS r_desk,
    random() AS r_condition, random() AS r_slow, random() AS r_side, random() AS r_rate,
    random() AS r_words, random() AS r_x, random() AS r_y
  FROM past_days d CROSS JOIN LATERAL generate_series(1, d.cases)
), timed AS (
  SELECT s.*, (s.day::timestamp + make_interval(hours => h.hour, secs => 3600 * s.r_minute))
    AT TIME ZONE 'Asia/Shanghai' AS at
  FROM spot s JOIN LATERAL (SELECT hour FROM past_hours WHERE upto >= r_hour ORDER BY upto LIMIT 1) h
    ON true
), channelled AS (
  SELECT t.*, extract(epoch FROM CAST(:now AS timestamptz) - t.at) / 86400 AS age,
    CASE WHEN r_channel < .38 THEN 'inspector' WHEN r_channel < .57 THEN 'phone'
      WHEN r_channel < .75 THEN 'wechat' WHEN r_channel < .86 THEN 'camera'
      WHEN r_channel < .93 THEN 'transfer' WHEN r_channel < .96 THEN 'web'
      WHEN r_channel < .99 THEN 'app' ELSE 'media' END AS channel
  FROM timed t
), ended AS (
  SELECT c.*, CASE WHEN channel = 'inspector' THEN CASE WHEN r_end < .05 THEN 'spot' WHEN r_end < .965
      THEN 'closed' WHEN r_end < .985 THEN 'voided' ELSE 'rejected' END
    WHEN r_end < .80 THEN 'closed' WHEN r_end < .85 THEN 'duplicate' WHEN r_end < .93 THEN 'rejected'
    WHEN r_end < .98 THEN 'not_filed' ELSE 'voided' END AS ending
  FROM channelled c
)
SELECT nextval(pg_get_serial_sequence('cases', 'id')) AS id, e.*,
  row_number() OVER (PARTITION BY day ORDER BY at) AS serial
FROM (SELECT * FROM ended ORDER BY at) e
"""
#: Who reports the same a little later is drawn as the case before; without one it is a case of its own.
_PLACED: Final = """
CREATE TEMP TABLE past_placed ON COMMIT DROP AS
WITH sized AS (SELECT (SELECT count(*) FROM past_spots) AS spots, (SELECT count(*) FROM past_kinds) AS
    kinds, (SELECT count(*) FROM past_parts) AS parts),
told AS (
  SELECT d.*, p.code AS part_code, p.point AS part_point,
    CASE WHEN p.code IS NOT NULL THEN p.spot_n
      WHEN repeated THEN 20 + floor(r_spot * 9)::int
      ELSE 1 + floor(power(r_spot, 2.1) * z.spots)::int END AS spot_n,
    CASE WHEN p.code IS NOT NULL THEN p.kind_n
      WHEN repeated THEN 3 + floor(r_spot * 9)::int WHEN rising THEN 15 + floor(r_kind * 2)::int
      ELSE 1 + floor(power(r_kind, 2.6) * z.kinds)::int END AS kind_n
  FROM (SELECT *, age < 28 AND r_story > .012 AND r_story < .026 AS repeated,
          age < 28 AND r_story > .026 AND r_story < .056 AS rising FROM past_drawn) d
  CROSS JOIN sized z
  LEFT JOIN past_parts p ON r_story < .012 AND p.n = 1 + floor(power(r_kind, 1.7) * z.parts)::int
), before AS (
  SELECT t.*, lag(id) OVER by_time AS id_before, lag(ending) OVER by_time AS ending_before,
    lag(spot_n) OVER by_time AS spot_before, lag(kind_n) OVER by_time AS kind_before
  FROM told t WINDOW by_time AS (ORDER BY at, id)
), settled AS (
  SELECT b.*, CASE WHEN ending = 'duplicate' AND ending_before IS DISTINCT FROM 'closed' THEN 'closed'
      ELSE ending END AS fate,
    ending = 'duplicate' AND ending_before = 'closed' AS same FROM before b
)
SELECT s.id, s.day, s.at, s.serial, s.age, s.channel, s.fate, s.part_code, s.part_point,
  r_desk, r_slow, r_side, r_rate, r_words, r_x, r_y, r_minute,
  CASE WHEN same THEN id_before END AS of_id,
  CASE WHEN same THEN spot_before ELSE spot_n END AS spot_n,
  CASE WHEN same THEN kind_before ELSE kind_n END AS kind_n,
  (SELECT conditions[1 + floor(power(r_condition, 2) * cardinality(conditions))::int] FROM past_kinds
   WHERE n = CASE WHEN same THEN kind_before ELSE kind_n END) AS condition_id
FROM settled s
"""
#: What stands on the case, who does the deeds of the desks, and when these are done.
_DESKED: Final = """
CREATE TEMP TABLE past_desked ON COMMIT DROP AS
SELECT d.*, s.code AS grid_code, s.working_grid_code AS working_grid, s.community_code, s.street_code,
  s.district_code, s.virtual_district_code, s.name AS place,
  coalesce(d.part_point, ST_Translate(s.point, (r_x - .5) * .0002, (r_y - .5) * .0002)) AS point,
  k.id AS category_id, k."group", k.name AS category, o.severity, o.hazard, o.limit_value, o.limit_unit,
  o.text AS condition, u.department_id, u.rule_id, u.reason, m.slow, m.id AS manager_id,
  m.name AS manager, m.rival_id, m.rival_manager_id, m.rival_manager,
  i.id AS inspector_id, i.name AS inspector, a.id AS agent_id, a.name AS agent, l.id AS leader_id,
  l.name AS leader, p.id AS dispatcher_id, p.name AS dispatcher,
  coalesce(c.code, 'city') AS calendar,
  o.limit_value * CASE o.limit_unit WHEN 'minute' THEN 60 WHEN 'hour' THEN 3600 WHEN 'day' THEN 86400
    WHEN 'work_hour' THEN 3600 ELSE coalesce(c.work_day, :work_day) END AS limit_s,
  d.channel <> 'inspector' AND r_side > .86 AS verified, r_desk > .965 AS late_accept,
  d.at + make_interval(secs => 40 + 700 * r_desk) AS asked_at,
  d.at + make_interval(secs => 600 + CASE WHEN r_words > .92 THEN 3300 ELSE 900 END * r_words)
    AS looked_at
FROM past_placed d
JOIN past_spots s ON s.n = d.spot_n JOIN past_kinds k ON k.n = d.kind_n
JOIN conditions o ON o.id = d.condition_id
JOIN past_units u ON u.category_id = k.id AND u.street_code = s.street_code
  AND u.virtual_district_code IS NOT DISTINCT FROM s.virtual_district_code
JOIN past_managers m ON m.department_id = u.department_id
LEFT JOIN past_calendars c ON c.department_id = u.department_id
LEFT JOIN past_inspectors i ON i.grid = s.working_grid_code
LEFT JOIN past_staff a ON a.role = 'agent' AND a.n = 1 + d.id % a.among
LEFT JOIN past_staff l ON l.role = 'shift_leader' AND l.n = 1 + d.id % l.among
LEFT JOIN past_staff p ON p.role = 'dispatcher' AND p.n = 1 + d.id % p.among
"""

#: Clocks by the calendars: `p1` to `p2` is the pause of a return, a suspension or a failed check.
_CLOCKED: Final = """
CREATE TEMP TABLE past_clocked ON COMMIT DROP AS
WITH desks AS (
  SELECT d.*, CASE WHEN limit_unit IN ('work_hour', 'work_day') THEN calendar ELSE 'always' END AS rule,
    CASE WHEN verified THEN looked_at ELSE asked_at END + make_interval(
      secs => CASE WHEN verified THEN 240 WHEN late_accept THEN 1300 ELSE 0 END) AS accepted_at,
    CASE WHEN fate <> 'closed' OR age < 20 THEN '' WHEN r_side < .045 THEN 'return'
      WHEN r_side < .06 THEN 'suspension' WHEN r_side < .115 THEN 'check'
      WHEN r_side < .15 THEN 'extension' ELSE '' END AS side
  FROM past_desked d
), dispatched AS (
  SELECT d.*, accepted_at + make_interval(secs => 30 + 540 * r_x + CASE WHEN r_y > .97 THEN 1200 ELSE 0 END)
      AS filed_at,
    accepted_at + make_interval(secs => 60 + 540 * r_x + 500 * r_y
      + CASE WHEN r_y > .97 OR r_x > .975 THEN 1200 ELSE 0 END) AS dispatched_at
  FROM desks d
), paused AS (
  SELECT d.*, w0.work AS began, w0.work + CASE side WHEN 'return' THEN least(limit_s * .3, 3000)
      WHEN 'suspension' THEN limit_s * .25 WHEN 'check' THEN limit_s * (.05 + .4 * r_slow) ELSE 0 END AS x1
  FROM dispatched d CROSS JOIN LATERAL (
    SELECT before + greatest(0, extract(epoch FROM dispatched_at) - begins) AS work FROM past_work
    WHERE code = rule AND ends > extract(epoch FROM dispatched_at) ORDER BY ends LIMIT 1) w0
), resumed AS (
  SELECT p.*, to_timestamp(p1.at) AS p1, to_timestamp(p1.at + CASE side WHEN 'return' THEN 900 + 1800 * r_rate
      WHEN 'suspension' THEN 86400 * (3 + floor(3 * r_rate)) WHEN 'check' THEN 2400 + 4200 * r_rate
      ELSE 0 END) AS p2
  FROM paused p CROSS JOIN LATERAL (
    SELECT begins + x1 - before AS at FROM past_work WHERE code = rule AND upto >= x1 ORDER BY upto LIMIT 1) p1
), counted AS (
  SELECT r.*, w2.work - (x1 - began) AS base, greatest((x1 - began) / limit_s + .05 + CASE side
      WHEN 'check' THEN .6 * r_words ELSE 0 END, CASE WHEN side = 'check' THEN 0 WHEN r_slow > .995 THEN 3
      ELSE .07 + (1 + .4 * slow) * power(r_slow, 1.8) END) AS took
  FROM resumed r CROSS JOIN LATERAL (
    SELECT before + greatest(0, extract(epoch FROM p2) - begins) AS work FROM past_work
    WHERE code = rule AND ends > extract(epoch FROM p2) ORDER BY ends LIMIT 1) w2
), extended AS (
  SELECT c.*, side = 'extension' AND took BETWEEN .6 AND 1.45 AS longer FROM counted c
)
SELECT e.*, to_timestamp(done.at) AS handled_at, to_timestamp(due.at) AS due_at,
  to_timestamp(warn.at) AS warn_at, to_timestamp(first_due.at) AS first_due_at,
  greatest(0, limit_s * CASE WHEN longer THEN 1.5 ELSE 1 END - limit_s * took) AS remaining_s
FROM extended e
CROSS JOIN LATERAL (SELECT begins + base + limit_s * took - before AS at FROM past_work
  WHERE code = rule AND upto >= base + limit_s * took ORDER BY upto LIMIT 1) done
CROSS JOIN LATERAL (
  SELECT begins + base + limit_s * CASE WHEN longer THEN 1.5 ELSE 1 END - before AS at FROM past_work
  WHERE code = rule AND upto >= base + limit_s * CASE WHEN longer THEN 1.5 ELSE 1 END
  ORDER BY upto LIMIT 1) due
CROSS JOIN LATERAL (
  SELECT begins + base + limit_s * CASE WHEN longer THEN 1.2 ELSE .8 END - before AS at FROM past_work
  WHERE code = rule AND upto >= base + limit_s * CASE WHEN longer THEN 1.2 ELSE .8 END
  ORDER BY upto LIMIT 1) warn
CROSS JOIN LATERAL (SELECT begins + began + limit_s - before AS at FROM past_work
  WHERE code = rule AND upto >= began + limit_s ORDER BY upto LIMIT 1) first_due
"""
#: How far each case has come by now.
_LIVED: Final = """
CREATE TEMP TABLE past_lived ON COMMIT DROP AS
WITH checked AS (
  SELECT c.*, fate = 'closed' AS goes, handled_at + make_interval(secs => CASE severity WHEN 'urgent'
      THEN 1800 ELSE 7200 END * (.15 + .94 * r_words)) AS checked_at
  FROM past_clocked c
), closed AS (
  SELECT c.*, checked_at + make_interval(secs => 300 + 3000 * r_x) AS closed_at FROM checked c
)
SELECT c.*, CASE WHEN fate = 'spot' THEN 'closed' WHEN fate = 'not_filed' THEN 'rejected'
    WHEN NOT goes THEN fate WHEN handled_at > :now THEN 'dispatched' WHEN checked_at > :now THEN 'handled'
    WHEN closed_at > :now THEN 'checked' ELSE 'closed' END AS stage,
  goes AND due_at < handled_at AND handled_at < :now AS late,
  goes AND due_at < handled_at AND r_rate < .12 AND closed_at + interval '3 days' < :now AS appeals,
  CASE WHEN p2 > p1 THEN p1 ELSE handled_at END AS first_event, goes AND handled_at <= :now AS is_done,
  fate = 'closed' AND closed_at < :now AND channel IN ('phone', 'wechat', 'web', 'app', 'transfer')
    AND r_desk < .3 AS is_rated,
  5 - floor(power(r_words, CASE WHEN due_at < handled_at THEN 1 ELSE 4 END) * 5)::int AS score,
  (ARRAY['已清理干净', '已修复,恢复使用', '已更换', '已劝离并清扫', '已整改到位,安排专人复查'])[
    1 + floor(r_minute * 5)::int] AS result
FROM closed c
"""
DRAW: Final = (
    _DRAWN,
    _PLACED,
    "ANALYZE past_placed",
    _DESKED,
    "ANALYZE past_desked",
    _CLOCKED,
    _LIVED,
)
