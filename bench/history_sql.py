"""The statements with which `bench.history` fills a database: what is drawn once, and one step of days."""

#: Reports by the hour of the city's day: mornings and afternoons are busy.
HOURS_OF_A_DAY = (
    4,
    2,
    2,
    1,
    1,
    3,
    9,
    22,
    44,
    52,
    50,
    40,
    26,
    30,
    44,
    48,
    44,
    36,
    28,
    24,
    20,
    16,
    11,
    7,
)

#: What the draws choose from: cells of the grid, categories by how often they occur, the unit for each.
PREPARE = (
    """
CREATE TEMP TABLE h_cells AS
SELECT row_number() OVER (ORDER BY random()) AS n, code, working_grid_code AS working_grid,
       community_code, street_code, district_code, virtual_district_code,
       ST_X(c) AS lon, ST_Y(c) AS lat
FROM (SELECT *, ST_Centroid(geom) AS c FROM unit_grids) g
""",
    "CREATE UNIQUE INDEX ON h_cells (n)",
    """
CREATE TEMP TABLE h_categories AS
SELECT row_number() OVER () AS n, id, "group", kind, name,
       (SELECT array_agg(c.id ORDER BY c.is_default DESC, c.ordinal) FROM conditions c
         WHERE c.category_id = k.id) AS conditions
FROM (SELECT * FROM categories WHERE active
      ORDER BY CASE "group" WHEN 'sanitation' THEN 1 WHEN 'order' THEN 2 WHEN 'manhole' THEN 2
               WHEN 'road' THEN 3 WHEN 'line' THEN 3 WHEN 'pole' THEN 4 ELSE 6 END * random()) k
""",
    "CREATE UNIQUE INDEX ON h_categories (n)",
    """
CREATE TEMP TABLE h_streets AS
SELECT DISTINCT street_code, district_code, virtual_district_code FROM h_cells
""",
    """
CREATE TEMP TABLE h_units AS
SELECT DISTINCT ON (k.id, s.street_code, s.virtual_district_code)
       k.id AS category_id, s.street_code, s.virtual_district_code, r.id AS rule_id,
       r.department_id, r.reason
FROM h_categories k CROSS JOIN h_streets s
JOIN routing_rules r ON (r.category_id IS NULL OR r.category_id = k.id)
  AND (r."group" IS NULL OR r."group" = k."group") AND (r.kind IS NULL OR r.kind = k.kind)
  AND (r.area_code IS NULL OR r.area_kind = 'city'
       OR r.area_code IN (s.street_code, s.district_code, s.virtual_district_code))
ORDER BY k.id, s.street_code, s.virtual_district_code,
         (r.category_id IS NOT NULL) DESC, (r."group" IS NOT NULL) DESC, (r.kind IS NOT NULL) DESC,
         (r.area_kind = 'street') DESC NULLS LAST, (r.area_kind = 'virtual_district') DESC NULLS LAST,
         (r.area_kind = 'district') DESC NULLS LAST, r.id
""",
    "CREATE INDEX ON h_units (category_id, street_code)",
    """
CREATE TEMP TABLE h_places AS
SELECT row_number() OVER (ORDER BY random()) AS n, kind, name FROM places
WHERE kind IN ('road', 'place', 'bridge', 'block')
""",
    "CREATE UNIQUE INDEX ON h_places (n)",
    """
CREATE TEMP TABLE h_staff AS
SELECT u.id, u.display_name, r.role, row_number() OVER (PARTITION BY r.role ORDER BY u.id) AS n,
       count(*) OVER (PARTITION BY r.role) AS among, u.working_grids
FROM users u CROSS JOIN unnest(u.roles) AS r(role)
""",
    """
CREATE TEMP TABLE h_inspectors AS
SELECT DISTINCT ON (g) g AS working_grid, id, display_name
FROM h_staff, unnest(working_grids) g WHERE role = 'inspector' ORDER BY g, id
""",
    "CREATE TEMP TABLE h_hours (hour int, upto float8)",
    "CREATE TEMP TABLE h_days (day date, cases bigint, base bigint)",
    "ANALYZE h_cells, h_categories, h_units, h_places, h_staff, h_inspectors",
)
HOURS = """
INSERT INTO h_hours
SELECT hour - 1, sum(w) OVER (ORDER BY hour) / sum(w) OVER ()
FROM unnest(CAST(%(weights)s AS float8[])) WITH ORDINALITY AS t(w, hour)
"""
DAYS = """
WITH gone AS (DELETE FROM h_days)
INSERT INTO h_days
SELECT day, cases, (SELECT coalesce(max(split_part(public_id, '-', 2)::bigint), 0) FROM cases
                    WHERE public_id BETWEEN to_char(day, 'YYYYMMDD-') AND to_char(day, 'YYYYMMDD.'))
FROM unnest(CAST(%(days)s AS date[]), CAST(%(counts)s AS bigint[])) AS t(day, cases)
"""

#: The draws of a case: when, where, what, through which channel, and how long each step will take.
_DRAWN = """
CREATE TEMP TABLE h_drawn ON COMMIT DROP AS
WITH spot AS MATERIALIZED (
  SELECT d.day, d.base, random() AS r_hour, random() AS r_minute, random() AS r_cell, random() AS r_cell2,
         random() AS r_category, random() AS r_place, random() AS r_channel, random() AS r_end,
         random() AS r_words, random() AS r_condition, random() AS r_slow, random() AS r_phone,
         random() AS r_rate, random() AS r_x, random() AS r_y
  FROM h_days d CROSS JOIN LATERAL generate_series(1, d.cases)
), timed AS (
  SELECT s.*, (s.day::timestamp + make_interval(hours => h.hour, secs => 3600 * s.r_minute))
              AT TIME ZONE 'Asia/Shanghai' AS at
  FROM spot s JOIN LATERAL (SELECT hour FROM h_hours WHERE upto >= s.r_hour ORDER BY upto LIMIT 1) h
    ON true
)
SELECT nextval(pg_get_serial_sequence('cases', 'id')) AS id, t.*,
       t.base + row_number() OVER (PARTITION BY t.day ORDER BY t.at) AS serial,
       extract(epoch FROM %(now)s - t.at) / 86400 AS age
FROM (SELECT * FROM timed ORDER BY at) t WHERE t.at < %(now)s
"""
#: Reports crowd where few cells are (a power of the draw), and few categories make most of them.
_CASE = """
CREATE TEMP TABLE h_case ON COMMIT DROP AS
WITH sized AS (SELECT (SELECT count(*) FROM h_cells) AS cells, (SELECT count(*) FROM h_categories)
               AS kinds, (SELECT count(*) FROM h_places) AS places),
named AS (
  SELECT d.*, c.code AS grid_code, c.working_grid, c.community_code, c.street_code, c.district_code,
         c.virtual_district_code, c.lon + (r_x - 0.5) * 0.0008 AS lon,
         c.lat + (r_y - 0.5) * 0.0007 AS lat,
         k.id AS category_id, k."group", k.name AS category,
         k.conditions[1 + floor(power(r_condition, 2) * cardinality(k.conditions))::int] AS condition_id,
         p.name AS place, p.kind AS place_kind,
         CASE WHEN r_channel < .24 THEN 'wechat' WHEN r_channel < .44 THEN 'phone'
              WHEN r_channel < .60 THEN 'inspector' WHEN r_channel < .76 THEN 'camera'
              WHEN r_channel < .85 THEN 'web' WHEN r_channel < .92 THEN 'transfer'
              WHEN r_channel < .99 THEN 'app' ELSE 'media' END AS channel,
         CASE WHEN r_end > exp(-age / 8) AND NOT (age < 200 AND r_end < .0015) THEN
              CASE WHEN r_end > .94 THEN 'duplicate' WHEN r_end > .90 THEN 'rejected'
                   WHEN r_end > .885 THEN 'voided' ELSE 'closed' END
              WHEN age > 12 THEN 'suspended'
              WHEN age < .02 OR r_x < .04 THEN 'reported' WHEN r_x < .06 THEN 'verifying'
              WHEN r_x < .08 THEN 'accepted' WHEN r_x < .11 THEN 'filed'
              WHEN r_x < .74 THEN 'dispatched' WHEN r_x < .80 THEN 'suspended'
              WHEN r_x < .92 THEN 'handled' ELSE 'checked' END AS stage
  FROM h_drawn d CROSS JOIN sized z
  JOIN h_cells c ON c.n = 1 + floor(power(r_cell, 2.2) * z.cells)::int
  JOIN h_categories k ON k.n = 1 + floor(power(r_category, 2.8) * z.kinds)::int
  JOIN h_places p ON p.n = 1 + floor(r_place * z.places)::int
), limited AS (
  SELECT n.*, o.severity, o.hazard, o.limit_value, o.limit_unit, o.text AS condition,
         u.department_id, u.rule_id, u.reason,
         o.limit_value * CASE o.limit_unit WHEN 'minute' THEN 60 WHEN 'hour' THEN 3600
           WHEN 'day' THEN 86400 WHEN 'work_hour' THEN 10800 ELSE 121000 END AS limit_s,
         i.id AS inspector_id, i.display_name AS inspector,
         a.id AS agent_id, a.display_name AS agent, l.id AS leader_id, l.display_name AS leader
  FROM named n JOIN conditions o ON o.id = n.condition_id
  LEFT JOIN h_units u ON u.category_id = n.category_id AND u.street_code = n.street_code
    AND u.virtual_district_code IS NOT DISTINCT FROM n.virtual_district_code
  LEFT JOIN h_inspectors i ON i.working_grid = n.working_grid
  LEFT JOIN h_staff a ON a.role = 'agent' AND a.n = 1 + n.id %% a.among
  LEFT JOIN h_staff l ON l.role = 'shift_leader' AND l.n = 1 + n.id %% l.among
)
SELECT *, stage NOT IN ('reported', 'verifying', 'rejected', 'duplicate') AS was_accepted,
       stage IN ('dispatched', 'suspended', 'handled', 'checked', 'closed') AS was_dispatched,
       stage IN ('handled', 'checked', 'closed') AS was_handled,
       at + make_interval(secs => 60 + 900 * r_words) AS accepted_at,
       at + make_interval(secs => 180 + 1500 * r_words) AS filed_at,
       at + make_interval(secs => 240 + 2100 * r_words) AS dispatched_at,
       least(at + make_interval(secs => 300 + 2100 * r_words + limit_s * (.15 + 1.05 * power(r_slow, 2))),
             %(now)s - interval '40 minutes') AS handled_at,
       least(at + make_interval(secs => 2400 + 2100 * r_words + limit_s * (.15 + 1.05 * power(r_slow, 2))
             + 5400 * r_place), %(now)s - interval '20 minutes') AS checked_at,
       least(at + make_interval(secs => 3600 + 2100 * r_words + limit_s * (.15 + 1.05 * power(r_slow, 2))
             + 9000 * r_place), %(now)s - interval '1 minute') AS closed_at,
       at + make_interval(secs => 240 + 2100 * r_words + limit_s) AS due_at,
       at + make_interval(secs => 240 + 2100 * r_words + limit_s * .8) AS warn_at,
       place || (ARRAY['附近', '路口', '门口', '旁边', '公交站', '人行道', '小区南门', '与支路交叉口',
                       '地铁口对面', '菜市场门口'])[1 + floor(r_phone * 10)::int]
             || CASE WHEN place_kind = 'road' THEN (1 + floor(r_rate * 400))::text || '号' ELSE '' END
         AS address
FROM limited
"""
_WORDS = """
(ARRAY['', '市民反映', '来电反映', '巡查发现', '群众投诉', '视频发现'])[1 + floor(r_x * 6)::int]
|| place || (ARRAY['', '附近', '路段', '旁边', '一带'])[1 + floor(r_y * 5)::int]
|| category || (ARRAY['', ',', '出现', '存在', '有'])[1 + floor(r_words * 5)::int]
|| left(condition, 24) || (ARRAY['', ',影响通行', ',存在安全隐患', ',请尽快处理', ',已经好几天了',
   ',老人小孩经过很危险', ',下雨天更严重', ',多次反映没有解决'])[1 + floor(r_rate * 8)::int]
"""
_CASES = f"""
INSERT INTO cases (id, public_id, number, version, stage, stage_since, stage_due_at, channel,
  description, geom, place_confidence, grid_code, working_grid, community_code, street_code,
  district_code, virtual_district_code, category_id, category_source, category_confidence,
  condition_id, "group", severity, hazard, department_id, inspector_id, limit_value, limit_unit,
  clock_started_at, clock_stopped_at, warn_at, due_at, warned_at, overdue_at, suspended_until,
  remaining_s, reporters_count, outcome, result, rating, created_at, updated_at, closed_at)
SELECT id, to_char(day, 'YYYYMMDD') || '-' || lpad(serial::text, greatest(4, length(serial::text)), '0'),
  '柳数管' || to_char(day, 'YYYY') || '第' || to_char(day, 'MMDD')
    || lpad(serial::text, greatest(4, length(serial::text)), '0') || '号',
  CASE stage WHEN 'reported' THEN 1 WHEN 'verifying' THEN 2 WHEN 'accepted' THEN 2 WHEN 'filed' THEN 3
    WHEN 'dispatched' THEN 4 WHEN 'suspended' THEN 5 WHEN 'handled' THEN 5 WHEN 'checked' THEN 6
    WHEN 'closed' THEN 7 ELSE 2 END,
  stage, updated, CASE WHEN stage IN ('reported', 'verifying', 'accepted', 'filed', 'handled', 'checked')
    THEN updated + interval '2 hours' END,
  channel, {_WORDS}, ST_SetSRID(ST_MakePoint(lon, lat), 4490), .9,
  grid_code, working_grid, community_code, street_code, district_code, virtual_district_code,
  category_id, 'suggested', .8 + .2 * r_words, condition_id, "group", severity, hazard,
  CASE WHEN was_dispatched THEN department_id END,
  CASE WHEN was_handled THEN inspector_id END, limit_value, limit_unit,
  CASE WHEN was_dispatched THEN dispatched_at END, CASE WHEN was_handled THEN handled_at END,
  CASE WHEN was_dispatched AND stage <> 'suspended' THEN warn_at END,
  CASE WHEN was_dispatched AND stage <> 'suspended' THEN due_at END,
  CASE WHEN was_dispatched AND warn_at < least(ended, %(now)s) THEN warn_at END,
  CASE WHEN was_dispatched AND due_at < least(ended, %(now)s) THEN due_at END,
  CASE WHEN stage = 'suspended' THEN %(now)s + make_interval(days => 2 + floor(20 * r_rate)::int) END,
  CASE WHEN stage = 'suspended' THEN limit_s * r_slow END,
  CASE WHEN r_phone < .05 THEN 2 + floor(r_rate * 5)::int ELSE 1 END,
  CASE WHEN stage = 'closed' THEN CASE WHEN r_x < .93 THEN 'fixed' WHEN r_x < .97 THEN 'not_found' ELSE 'other' END END,
  CASE WHEN was_handled THEN (ARRAY['已清理干净', '已修复,恢复使用', '已更换', '现场已处置完毕', '已整改到位'])[1 + floor(r_rate * 5)::int] END,
  CASE WHEN stage = 'closed' AND r_rate < .2 THEN 5 - floor(power(r_slow, 3) * 5)::int END,
  at, updated, CASE WHEN stage = 'closed' THEN closed_at
    WHEN stage IN ('rejected', 'duplicate', 'voided') THEN filed_at END
FROM (SELECT *, CASE stage WHEN 'reported' THEN at WHEN 'verifying' THEN accepted_at
        WHEN 'accepted' THEN accepted_at WHEN 'filed' THEN filed_at
        WHEN 'dispatched' THEN dispatched_at WHEN 'suspended' THEN dispatched_at + interval '1 hour'
        WHEN 'handled' THEN handled_at WHEN 'checked' THEN checked_at WHEN 'closed' THEN closed_at
        ELSE filed_at END AS updated,
      CASE WHEN was_handled THEN handled_at ELSE %(now)s END AS ended FROM h_case) c
"""  # noqa: S608 - constants of our own
_PLACES = """
INSERT INTO case_places (case_id, source, text, longitude, latitude, crs, at)
SELECT id, CASE channel WHEN 'camera' THEN 'camera' WHEN 'inspector' THEN 'staff' ELSE 'reporter' END,
  CASE WHEN channel <> 'camera' OR r_y < .5 THEN address END, lon, lat, 'wgs84', at FROM h_case
"""
_REPORTERS = """
INSERT INTO case_reporters (case_id, name, phone, at)
SELECT id, (ARRAY['王', '李', '张', '刘', '陈', '韦', '覃', '黄', '莫', '梁'])[1 + floor(r_phone * 10)::int]
  || (ARRAY['先生', '女士', '师傅', '阿姨'])[1 + floor(r_rate * 4)::int],
  '1' || (ARRAY['38', '39', '50', '77', '86'])[1 + floor(r_x * 5)::int]
  || lpad(floor(power(r_phone, 1.5) * 100000000)::bigint::text, 8, '0'), at
FROM h_case WHERE channel IN ('phone', 'wechat', 'web', 'app', 'transfer')
"""
#: The life of a case, one row a deed; whoever stood at the end of it has all the rows before.
_HISTORY = """
INSERT INTO case_history (case_id, version, at, verb, actor_id, actor, role, from_stage, to_stage, note, changes)
SELECT c.id, h.version, h.at, h.verb, h.actor_id, h.actor, h.role, h.from_stage, h.to_stage, h.note, h.changes
FROM h_case c CROSS JOIN LATERAL (VALUES
  (1, c.at, 'report', NULL::bigint, CASE c.channel WHEN 'camera' THEN '视频智能识别' ELSE '市民' END,
   CASE c.channel WHEN 'camera' THEN 'camera' ELSE 'reporter' END, NULL::text, 'reported', NULL::text, '{}'::jsonb,
   true),
  (2, c.accepted_at, 'accept', c.agent_id, coalesce(c.agent, '平台'), 'agent', 'reported', 'accepted', NULL,
   CASE WHEN c.r_words > .93 THEN
     jsonb_build_object('stage_overdue', jsonb_build_array(NULL, c.at + interval '15 minutes')) ELSE '{}' END,
   c.was_accepted),
  (2, c.accepted_at, 'request-verification', c.agent_id, coalesce(c.agent, '平台'), 'agent', 'reported', 'verifying',
   NULL, '{}', c.stage = 'verifying'),
  (2, c.filed_at, CASE c.stage WHEN 'duplicate' THEN 'link-duplicate' ELSE 'reject' END, c.agent_id,
   coalesce(c.agent, '平台'), 'agent', 'reported', c.stage, '不属于受理范围', '{}',
   c.stage IN ('rejected', 'duplicate')),
  (3, c.filed_at, CASE c.stage WHEN 'voided' THEN 'void' ELSE 'file' END, c.leader_id, coalesce(c.leader, '平台'),
   'shift_leader', 'accepted', CASE c.stage WHEN 'voided' THEN 'voided' ELSE 'filed' END, NULL,
   CASE WHEN c.r_place > .95 THEN
     jsonb_build_object('stage_overdue', jsonb_build_array(NULL, c.accepted_at + interval '15 minutes')) ELSE '{}' END,
   c.was_accepted AND c.stage <> 'accepted'),
  (4, c.dispatched_at, 'dispatch', NULL, '平台', 'system', 'filed', 'dispatched', c.reason,
   jsonb_build_object(
     'department_id', jsonb_build_array(NULL, c.department_id), 'due_at', jsonb_build_array(NULL, c.due_at)), c.was_dispatched),
  (5, c.dispatched_at + interval '1 hour', 'approve-suspension', c.leader_id, coalesce(c.leader, '平台'),
   'shift_leader', 'dispatched', 'suspended', '待材料到场', '{}', c.stage = 'suspended'),
  (5, c.handled_at, 'report-done', NULL, '处置单位', 'handler', 'dispatched', 'handled', NULL, '{}', c.was_handled),
  (6, c.checked_at, 'check', c.inspector_id, coalesce(c.inspector, '平台'), 'inspector', 'handled', 'checked', NULL,
   CASE WHEN c.r_place > .85 THEN
     jsonb_build_object('stage_overdue', jsonb_build_array(NULL, c.handled_at + interval '15 minutes')) ELSE '{}' END,
   c.stage IN ('checked', 'closed')),
  (7, c.closed_at, 'close', c.leader_id, coalesce(c.leader, '平台'), 'shift_leader', 'checked', 'closed', NULL,
   '{"outcome": [null, "fixed"]}', c.stage = 'closed')
) AS h(version, at, verb, actor_id, actor, role, from_stage, to_stage, note, changes, happened)
WHERE h.happened
"""
_ASSIGNMENTS = """
INSERT INTO case_assignments (case_id, department_id, leads, method, rule_id, reason, rivals, at, ended_at, end_verb, end_reason)
SELECT id, department_id, true, 'rule', rule_id, coalesce(reason, ''), '[]', dispatched_at,
  CASE WHEN stage = 'closed' THEN closed_at END, CASE WHEN stage = 'closed' THEN 'close' END,
  CASE WHEN stage = 'closed' THEN 'fixed' END
FROM h_case WHERE was_dispatched AND department_id IS NOT NULL
"""
_RATINGS = """
INSERT INTO case_ratings (case_id, report_id, round, score, fixed, at)
SELECT h.id, c.public_id, 0, c.rating, c.rating > 2, h.closed_at + interval '3 hours'
FROM h_case h JOIN cases c ON c.id = h.id WHERE c.rating IS NOT NULL
"""
_TEXTS = """
INSERT INTO case_texts (case_id, words)
SELECT h.id, lower(c.description || CASE WHEN h.channel <> 'camera' OR h.r_y < .5
                                         THEN E'\\n' || h.address ELSE '' END)
FROM h_case h JOIN cases c ON c.id = h.id
"""
CHUNK = (
    _DRAWN,
    _CASE,
    "ANALYZE h_case",
    _CASES,
    _PLACES,
    _REPORTERS,
    _HISTORY,
    _ASSIGNMENTS,
    _RATINGS,
    _TEXTS,
)
#: The serials of a day go on where the history ends.
FINISH = (
    """
INSERT INTO case_numbers (day, base)
SELECT left(public_id, 8), nextval('case_serials') - count(*) FROM cases
WHERE created_at > now() - interval '2 days' GROUP BY 1
ON CONFLICT DO NOTHING
""",
)
