# ruff: noqa: S608 - put together from constants of our own; every value is bound
"""The rows of a demonstration's past: deeds first, then the cases as these deeds left them, and what hangs on them."""

from typing import Final


def _late(at: str, due: str) -> str:
    """What a deed keeps of a stage that was left too late."""
    return f"CASE WHEN {at} > {due} THEN jsonb_build_object('stage_overdue', jsonb_build_array(NULL, {due})) ELSE '{{}}' END"


#: Every deed that a case may have had, in the order of a life; those that happened get their version by time.
_STEPS: Final = f"""
CREATE TEMP TABLE past_steps ON COMMIT DROP AS
SELECT c.id AS case_id, row_number() OVER (PARTITION BY c.id ORDER BY h.at, h.seq) AS version, h.at, h.verb,
  h.actor_id, coalesce(h.actor, '平台') AS actor, CASE WHEN h.actor IS NULL THEN 'system' ELSE h.role END AS role,
  h.from_stage, h.to_stage, h.note, h.changes
FROM past_lived c
CROSS JOIN LATERAL (SELECT CASE side WHEN 'return' THEN rival_id ELSE department_id END AS unit_id,
  CASE side WHEN 'return' THEN rival_manager_id ELSE manager_id END AS person_id,
  CASE side WHEN 'return' THEN rival_manager ELSE manager END AS person) f
CROSS JOIN LATERAL (VALUES
  (1, c.at, 'report', CASE channel WHEN 'inspector' THEN inspector_id END,
    CASE channel WHEN 'camera' THEN '视频智能识别' WHEN 'inspector' THEN inspector ELSE '市民' END,
    CASE channel WHEN 'camera' THEN 'camera' WHEN 'inspector' THEN 'inspector' ELSE 'reporter' END,
    NULL, 'reported', NULL, '{{}}'::jsonb, true),
  (2, asked_at, 'request-verification', agent_id, agent, 'agent', 'reported', 'verifying', '需现场核实',
    '{{}}', verified AND fate IN ('closed', 'voided', 'not_filed')),
  (3, looked_at, 'verify', inspector_id, inspector, 'inspector', 'verifying', 'reported', '情况属实',
    {_late("looked_at", "asked_at + interval '30 minutes'")},
    verified AND fate IN ('closed', 'voided', 'not_filed')),
  (4, accepted_at, 'accept', agent_id, agent, 'agent', 'reported', 'accepted', NULL,
    CASE WHEN late_accept AND NOT verified THEN {_late("accepted_at", "c.at + interval '15 minutes'")}
      ELSE '{{}}' END, fate IN ('closed', 'voided', 'not_filed')),
  (4, asked_at, 'reject', agent_id, agent, 'agent', 'reported', 'rejected', '不属于城市管理范围,已告知反映人',
    '{{}}', fate = 'rejected'),
  (4, asked_at, 'link-duplicate', agent_id, agent, 'agent', 'reported', 'duplicate', '与先前的上报是同一问题',
    jsonb_build_object('duplicate_of_id', jsonb_build_array(NULL, of_id)), fate = 'duplicate'),
  (4, asked_at, 'handle-on-the-spot', inspector_id, inspector, 'inspector', 'reported', 'checked',
    '现场已劝导清理', '{{}}', fate = 'spot'),
  (5, filed_at, 'file', leader_id, leader, 'shift_leader', 'accepted', 'filed', NULL, {_late("filed_at", "accepted_at + CASE severity WHEN 'urgent' THEN interval '10 minutes' ELSE interval '15 minutes' END")}, goes),
  (5, filed_at, 'void', leader_id, leader, 'shift_leader', 'accepted', 'voided', '重复录入', '{{}}',
    fate = 'voided'),
  (5, filed_at, 'reject', leader_id, leader, 'shift_leader', 'accepted', 'rejected', '现场未见此问题', '{{}}',
    fate = 'not_filed'),
  (6, dispatched_at, 'dispatch', dispatcher_id, dispatcher, 'dispatcher', 'filed', 'dispatched', c.reason,
    {_late("dispatched_at", "filed_at + CASE severity WHEN 'urgent' THEN interval '10 minutes' ELSE interval '15 minutes' END")}
    || jsonb_build_object('department_id', jsonb_build_array(NULL, unit_id), 'due_at',
      jsonb_build_array(NULL, first_due_at), 'clock_started_at', jsonb_build_array(NULL, dispatched_at)), goes),
  (7, dispatched_at + (first_event - dispatched_at) * .12, 'acknowledge', person_id, person, 'manager',
    'dispatched', 'dispatched', NULL, '{{}}', goes),
  (8, dispatched_at + (first_event - dispatched_at) * .35, 'start', person_id, person, 'manager',
    'dispatched', 'dispatched', NULL, '{{}}', goes AND side <> 'return'),
  (9, p1, 'return', person_id, person, 'manager', 'dispatched', 'filed', '不在本单位管养范围',
    jsonb_build_object('department_id', jsonb_build_array(unit_id, NULL), 'return_count', '[0, 1]'::jsonb,
      'due_at', jsonb_build_array(first_due_at, NULL)), side = 'return'),
  (10, p2, 'dispatch', dispatcher_id, dispatcher, 'dispatcher', 'filed', 'dispatched', c.reason,
    jsonb_build_object('department_id', jsonb_build_array(NULL, department_id), 'due_at',
      jsonb_build_array(NULL, due_at)), side = 'return'),
  (11, p2 + (handled_at - p2) * .2, 'acknowledge', manager_id, manager, 'manager', 'dispatched', 'dispatched',
    NULL, '{{}}', side = 'return'),
  (12, p1 - interval '40 minutes', 'suspend', manager_id, manager, 'manager', 'dispatched', 'dispatched',
    '连日降雨,无法施工', '{{}}', side = 'suspension'),
  (13, p1, 'approve-suspension', dispatcher_id, dispatcher, 'dispatcher', 'dispatched', 'suspended', NULL,
    jsonb_build_object('due_at', jsonb_build_array(first_due_at, NULL)), side = 'suspension'),
  (14, p2, 'resume', NULL, NULL, NULL, 'suspended', 'dispatched', NULL,
    jsonb_build_object('due_at', jsonb_build_array(NULL, due_at)), side = 'suspension'),
  (15, p1, 'report-done', manager_id, manager, 'manager', 'dispatched', 'handled', '已处理', '{{}}',
    side = 'check'),
  (16, p2, 'check', inspector_id, inspector, 'inspector', 'handled', 'dispatched', '现场仍有残留,请返工',
    jsonb_build_object('rework_count', '[0, 1]'::jsonb, 'due_at', jsonb_build_array(first_due_at, due_at)),
    side = 'check'),
  (17, dispatched_at + (handled_at - dispatched_at) * .5, 'extend', manager_id, manager, 'manager',
    'dispatched', 'dispatched', '需开挖路面,等交警审批占道', '{{}}', longer),
  (18, dispatched_at + (handled_at - dispatched_at) * .55, 'approve-extension', dispatcher_id, dispatcher,
    'dispatcher', 'dispatched', 'dispatched', NULL, jsonb_build_object('extension_count', '[0, 1]'::jsonb,
      'due_at', jsonb_build_array(first_due_at, due_at)), longer),
  (19, due_at + (handled_at - due_at) * .5, 'urge', dispatcher_id, dispatcher, 'dispatcher', 'dispatched',
    'dispatched', '已超期,请尽快处理并反馈', '{{"urge_count": [0, 1]}}', late AND r_minute < .35),
  (20, handled_at, 'report-done', manager_id, manager, 'manager', 'dispatched', 'handled', result,
    jsonb_build_object('result', jsonb_build_array(NULL, result)), stage IN ('handled', 'checked', 'closed')),
  (21, checked_at, 'check', inspector_id, inspector, 'inspector', 'handled', 'checked', NULL,
    {_late("checked_at", "handled_at + CASE severity WHEN 'urgent' THEN interval '30 minutes' ELSE interval '2 hours' END")},
    stage IN ('checked', 'closed')),
  (22, CASE fate WHEN 'spot' THEN asked_at + interval '30 minutes' ELSE closed_at END, 'close', leader_id,
    leader, 'shift_leader', 'checked', 'closed', NULL, '{{"outcome": [null, "fixed"]}}', stage = 'closed'),
  (23, closed_at + interval '20 hours', 'appeal', manager_id, manager, 'manager', 'closed', 'closed',
    '当日全城停电抢修,无法按期处置', '{{}}', appeals),
  (24, closed_at + interval '44 hours', 'decide-appeal', (SELECT id FROM past_staff WHERE role = 'supervisor' AND n = 1), '监督长', 'supervisor', 'closed',
    'closed', CASE WHEN r_rate < .06 THEN '情况属实,予以免计' ELSE '理由不足,维持' END,
    CASE WHEN r_rate < .06 THEN '{{"exempt": [false, true]}}'::jsonb ELSE '{{}}' END, appeals)
) AS h(seq, at, verb, actor_id, actor, role, from_stage, to_stage, note, changes, happened)
WHERE h.happened AND (stage IN ('handled', 'checked', 'closed') OR h.seq < 20) AND h.at < :now
"""

#: Words of citizens, patrols and cameras; what the unit answered stands in `result`.
_DESCRIPTION: Final = """
CASE channel WHEN 'inspector' THEN '巡查发现:' WHEN 'camera' THEN '视频识别:' WHEN 'transfer' THEN '市民来电反映:'
  ELSE '' END
|| place || (ARRAY['附近', '门口', '旁边', '路段', '一带'])[1 + floor(r_y * 5)::int] || category
|| CASE split_part(condition, '/', 1) WHEN '坏' THEN '坏了' WHEN '倒' THEN '倒了' WHEN '丢失' THEN '不见了'
  ELSE ',' || split_part(split_part(condition, '，', 1), '或', 1) END
|| CASE WHEN channel IN ('inspector', 'camera') THEN '' ELSE (ARRAY['', ',请尽快处理', ',已经好几天了',
  ',老人小孩经过很危险', ',影响通行', ',希望派人来看看'])[1 + floor(r_words * 6)::int] END
"""
_SERIAL: Final = "lpad(serial::text, 4, '0')"
_CASES: Final = f"""
INSERT INTO cases (id, public_id, number, version, stage, stage_since, stage_due_at, channel, description,
  geom, place_confidence, grid_code, working_grid, community_code, street_code, district_code,
  virtual_district_code, category_id, category_source, category_confidence, condition_id, "group", severity,
  hazard, part_code, department_id, inspector_id, limit_value, limit_unit, clock_started_at,
  clock_stopped_at, pauses, warn_at, due_at, warned_at, overdue_at, remaining_s, warn_remaining_s,
  duplicate_of_id, reporters_count, return_count, rework_count, extension_count, urge_count, exempt, outcome,
  result, rating, reported_by_id, created_at, updated_at, closed_at, acknowledged_at, started_at)
SELECT c.id, to_char(day, 'YYYYMMDD-') || {_SERIAL},
  '柳数管' || to_char(day, 'YYYY') || '第' || to_char(day, 'MMDD') || {_SERIAL} || '号', s.versions, stage,
  CASE stage WHEN 'dispatched' THEN dispatched_at WHEN 'handled' THEN handled_at WHEN 'checked' THEN checked_at
    ELSE s.ended END,
  CASE stage WHEN 'handled' THEN handled_at + CASE severity WHEN 'urgent' THEN interval '30 minutes'
      ELSE interval '2 hours' END WHEN 'checked' THEN checked_at + interval '1 hour' END,
  channel, {_DESCRIPTION}, point, .9, grid_code, working_grid, community_code, street_code, district_code,
  virtual_district_code, category_id, CASE channel WHEN 'camera' THEN 'given' ELSE 'suggested' END,
  .75 + .25 * r_words, CASE WHEN goes THEN condition_id END, "group",
  CASE WHEN goes THEN severity ELSE 'normal' END, goes AND hazard, part_code,
  CASE WHEN goes THEN department_id END, CASE WHEN verified OR goes THEN inspector_id END,
  CASE WHEN goes THEN limit_value END, CASE WHEN goes THEN limit_unit END,
  CASE WHEN goes THEN dispatched_at END, CASE WHEN is_done THEN handled_at END,
  CASE WHEN side IN ('return', 'suspension', 'check')
    THEN jsonb_build_array(jsonb_build_array(p1, p2, side)) ELSE '[]' END,
  CASE WHEN goes THEN warn_at END, CASE WHEN goes THEN due_at END,
  CASE WHEN goes AND warn_at < s.until THEN warn_at END, CASE WHEN goes AND due_at < s.until THEN due_at END,
  CASE WHEN is_done THEN remaining_s END, CASE WHEN is_done THEN greatest(0, remaining_s - limit_s * .2) END,
  of_id, 1 + s.others, (side = 'return')::int, (side = 'check')::int, longer::int,
  (late AND r_minute < .35)::int, appeals AND r_rate < .06, CASE stage WHEN 'closed' THEN 'fixed' END,
  CASE WHEN is_done OR fate = 'spot' THEN result END,
  CASE WHEN is_rated THEN score END, CASE channel WHEN 'inspector' THEN inspector_id END, c.at, s.ended,
  CASE WHEN stage NOT IN ('dispatched', 'handled', 'checked') THEN s.ended END,
  CASE WHEN goes THEN s.acknowledged_at END, CASE WHEN goes THEN s.started_at END
FROM past_lived c CROSS JOIN LATERAL (
  SELECT count(*) AS versions, max(t.at) AS ended, max(t.at) FILTER (WHERE verb = 'acknowledge') AS
    acknowledged_at, max(t.at) FILTER (WHERE verb = 'start') AS started_at,
    CASE WHEN is_done THEN handled_at ELSE CAST(:now AS timestamptz) END AS until,
    (SELECT count(*) FROM past_lived o WHERE o.of_id = c.id) AS others
  FROM past_steps t WHERE t.case_id = c.id) s
ORDER BY c.id
"""
_HISTORY: Final = """
INSERT INTO case_history (case_id, version, at, verb, actor_id, actor, role, from_stage, to_stage, note, changes)
SELECT case_id, version, at, verb, actor_id, actor, role, from_stage, to_stage, note, changes
FROM past_steps ORDER BY at, case_id, version
"""
#: Words of places are kept for the search, which costs more than the rest: those of the last month only.
_PLACES: Final = """
INSERT INTO case_places (case_id, source, text, longitude, latitude, crs, at)
SELECT id, CASE channel WHEN 'camera' THEN 'camera' WHEN 'inspector' THEN 'staff' ELSE 'reporter' END,
  CASE WHEN age < 30 THEN place || '附近' END, ST_X(point), ST_Y(point), 'wgs84', at FROM past_lived
"""
#: Names and numbers that nobody has; nobody is told of anything that is past.
_REPORTERS: Final = """
INSERT INTO case_reporters (case_id, name, phone, at, notify)
SELECT id, (ARRAY['王', '李', '张', '刘', '陈', '韦', '覃', '黄', '莫', '梁'])[1 + floor(r_x * 10)::int]
  || (ARRAY['先生', '女士'])[1 + floor(r_y * 2)::int], '1390000' || lpad(floor(power(r_x, 1.4) * 10000)::text, 4, '0'),
  at, false
FROM past_lived WHERE channel IN ('phone', 'transfer', 'web', 'app') AND age < 90
"""
_ASSIGNMENTS: Final = """
INSERT INTO case_assignments (case_id, department_id, leads, method, rule_id, reason, at, ended_at, end_verb,
  end_reason, end_code, acknowledged_at, started_at, handled_at)
SELECT * FROM (
  SELECT c.id, rival_id, true, 'manual', NULL::bigint, '按以往同类案件派遣', dispatched_at AS at, p1, 'return',
    '不在本单位管养范围', 'not_ours', dispatched_at + (p1 - dispatched_at) * .12, NULL::timestamptz,
    NULL::timestamptz
  FROM past_lived c WHERE side = 'return'
  UNION ALL
  SELECT c.id, c.department_id, true, 'rule', rule_id, coalesce(c.reason, ''),
    CASE side WHEN 'return' THEN p2 ELSE dispatched_at END, CASE c.stage WHEN 'closed' THEN c.closed_at END,
    CASE c.stage WHEN 'closed' THEN 'close' END, CASE c.stage WHEN 'closed' THEN 'fixed' END, NULL,
    k.acknowledged_at, k.started_at, CASE WHEN is_done THEN handled_at END
  FROM past_lived c JOIN cases k ON k.id = c.id WHERE goes
) a ORDER BY at, 1
"""
_REQUESTS: Final = """
INSERT INTO case_requests (case_id, kind, status, until, reason, requested_by_id, requested_at, decided_by_id,
  decided_at)
SELECT id, 'extension', 'approved', due_at, '需开挖路面,等交警审批占道', manager_id,
  dispatched_at + (handled_at - dispatched_at) * .5, dispatcher_id,
  dispatched_at + (handled_at - dispatched_at) * .55 FROM past_lived WHERE longer
UNION ALL
SELECT id, 'suspension', 'approved', p2, '连日降雨,无法施工', manager_id, p1 - interval '40 minutes',
  dispatcher_id, p1 FROM past_lived WHERE side = 'suspension'
UNION ALL
SELECT id, 'appeal', CASE WHEN r_rate < .06 THEN 'approved' ELSE 'refused' END, NULL,
  '当日全城停电抢修,无法按期处置', manager_id, closed_at + interval '20 hours',
  (SELECT id FROM past_staff WHERE role = 'supervisor' AND n = 1), closed_at + interval '44 hours'
FROM past_lived WHERE appeals
"""
_RATINGS: Final = """
INSERT INTO case_ratings (case_id, report_id, round, score, fixed, at)
SELECT c.id, k.public_id, 0, score, score > 2, least(c.closed_at + interval '3 hours', :now)
FROM past_lived c JOIN cases k ON k.id = c.id WHERE is_rated
"""
#: Some of what followers of the WeChat account wrote led to a case; most was answered.
_MESSAGES: Final = """
INSERT INTO intake_messages (channel, source, dedupe_key, payload, received_at, status, case_id)
SELECT 'wechat', 'demo-past', c.id || '-' || m, '{"synthetic": true}',
  c.at - make_interval(secs => 60 * m), 'done', CASE m WHEN 0 THEN c.id END
FROM past_lived c CROSS JOIN generate_series(0, 4) m WHERE channel = 'wechat' AND age < 100
ORDER BY 5
"""
#: Where patrols were in the last two months: each beat by how its inspector walks.
_COVERAGE: Final = """
INSERT INTO patrol_coverage (day, user_id, grid_code, working_grid, points, first_at, last_at)
SELECT d.day, i.id, g.code, g.working_grid_code, 4,
  (d.day + time '09:00') AT TIME ZONE 'Asia/Shanghai', (d.day + time '09:06') AT TIME ZONE 'Asia/Shanghai'
FROM (SELECT *, 0.75 + 0.24 * random() AS diligence FROM past_inspectors) i
JOIN unit_grids g ON g.working_grid_code = i.grid
CROSS JOIN LATERAL (
  SELECT CAST(month AS date) + floor(random() * length)::int AS day, random() AS drawn FROM (VALUES
    (date_trunc('month', CAST(:first AS date)) - interval '1 month', 28),
    (date_trunc('month', CAST(:first AS date)), extract(day FROM CAST(:first AS date))::int)) AS
    m(month, length) WHERE g.code IS NOT NULL) d
WHERE d.drawn < i.diligence AND d.day < :first ON CONFLICT DO NOTHING
"""
ROWS: Final = (
    _STEPS,
    "CREATE INDEX ON past_steps (case_id)",
    "CREATE INDEX ON past_lived (of_id) WHERE of_id IS NOT NULL",
    "ANALYZE past_steps, past_lived",
    _CASES,
    _HISTORY,
    _PLACES,
    _REPORTERS,
    _ASSIGNMENTS,
    _REQUESTS,
    _RATINGS,
    _MESSAGES,
    _COVERAGE,
)
