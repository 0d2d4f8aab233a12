"""Store a message and its case in one statement: intake lives from few round trips."""

from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import TextClause, text
from sqlalchemy.orm import Session

from dispatch.cases.states import Stage, Verb
from dispatch.catalogue.reference import city_setting
from dispatch.intake.schemas import Report
from dispatch.kit.clock import city_day
from dispatch.kit.config import settings
from dispatch.kit.db import SRID, Json


@dataclass(frozen=True)
class Prepared:
    """A report with everything that could be worked out about it. Degrees are CGCS2000."""

    report: Report
    body_hash: bytes | None
    longitude: float | None
    latitude: float | None
    place_confidence: float | None
    place_radius_m: float | None
    place_explanation: Json
    areas: Json
    category_id: int | None
    group: str | None
    category_source: str | None
    category_confidence: float | None
    category_reason: str | None
    condition_id: int | None
    severity: str
    limit_value: int | None
    limit_unit: str | None
    hazard: bool
    review_reason: str | None
    stage_due_at: datetime | None


@dataclass(frozen=True)
class Stored:
    """The case that was made."""

    case_id: int
    public_id: str
    number: str
    message_id: int


#: The message, the day's next serial, the case, its place, its reporter, its history and its event.
#: Without a row in `message` (the same message again) nothing of it happens.
_STORE = text(
    f"""
WITH message AS (
  INSERT INTO intake_messages
    (channel, source, dedupe_key, body_hash, payload, raw, received_at, status, case_id)
  VALUES (:channel, :source, :dedupe_key, :body_hash, CAST(:payload AS jsonb), :raw, :at, 'done',
          nextval(pg_get_serial_sequence('cases', 'id')))
  ON CONFLICT (channel, source, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING
  RETURNING id, case_id
), drawn AS MATERIALIZED (
  SELECT next_case_serial(CAST(:day AS text))::text AS digits FROM message
), serial AS (
  SELECT lpad(digits, greatest(4, length(digits)), '0') AS serial FROM drawn
), made AS (
  INSERT INTO cases (
    id, public_id, number, stage, stage_since, stage_due_at, channel, description, review_reason,
    geom, place_confidence, place_radius_m, grid_code, working_grid, community_code, street_code, district_code,
    virtual_district_code, category_id, category_source, category_confidence, category_reason,
    condition_id, "group", severity, limit_value, limit_unit, hazard, part_code, reported_by_id,
    created_at, updated_at)
  SELECT message.case_id, :day || '-' || serial, CAST(:number_start AS text) || serial || '号',
    '{Stage.REPORTED}', :at, :stage_due_at, :channel, :description, :review_reason,
    CASE WHEN CAST(:longitude AS float8) IS NULL THEN NULL
         ELSE ST_SetSRID(ST_MakePoint(:longitude, :latitude), {SRID}) END,
    :place_confidence, :radius_m, :grid_code, :working_grid, :community_code, :street_code, :district_code,
    :virtual_district_code, :category_id, :category_source, :category_confidence, :category_reason,
    :condition_id, :group, :severity, :limit_value, :limit_unit, :hazard, :part_code,
    :reported_by_id, :at, :at
  FROM message, serial
  RETURNING id, public_id, number
), place AS (
  INSERT INTO case_places
    (case_id, source, text, longitude, latitude, crs, radius_m, explanation, at, by_id)
  SELECT id, :place_source, :address, :given_longitude, :given_latitude, :crs, :radius_m,
    CAST(:explanation AS jsonb), :at, :reported_by_id
  FROM made
), reporter AS (
  INSERT INTO case_reporters (case_id, name, phone, openid, on_behalf_of, at)
  SELECT id, :contact_name, :contact_phone, :openid, :on_behalf_of, :at FROM made
  WHERE coalesce(:contact_name, :contact_phone, :openid, :on_behalf_of) IS NOT NULL
), abroad AS (
  INSERT INTO case_foreign_numbers (number, source, case_id)
  SELECT :foreign_number, :foreign_source, id FROM made
  WHERE CAST(:foreign_number AS text) IS NOT NULL
  ON CONFLICT DO NOTHING
), history AS (
  INSERT INTO case_history
    (case_id, version, at, verb, actor_id, actor, role, from_stage, to_stage, note, changes)
  SELECT id, 1, :at, '{Verb.REPORT}', :reported_by_id, :actor, :role, NULL, '{Stage.REPORTED}',
    :note, CAST(:changes AS jsonb)
  FROM made
), event AS (
  INSERT INTO outbox (name, payload)
  SELECT 'case.reported', jsonb_build_object(
    'case_id', id, 'public_id', public_id, 'number', number, 'version', 1,
    'stage', '{Stage.REPORTED}', 'verb', '{Verb.REPORT}', 'department_id', NULL,
    'district_code', CAST(:district_code AS text), 'working_grid', CAST(:working_grid AS text),
    'channel', CAST(:channel AS text), 'at', CAST(:at_text AS text))
  FROM made
)
SELECT made.id, made.public_id, made.number, message.id AS message_id FROM made, message
"""  # noqa: S608 - only constants of our own are put in; every value is bound
)


def statement() -> TextClause:
    """The statement itself, for measuring what the database alone can do."""
    return _STORE


def store(session: Session, made: Prepared, *, at: datetime) -> Stored | None:
    """Store the report as a message and a case; None when this message is stored already."""
    prefix = city_setting(session, "case_number_prefix", settings().number_prefix)
    row = session.execute(_STORE, _values(made, at, prefix=prefix)).one_or_none()
    return None if row is None else Stored(row.id, row.public_id, row.number, row.message_id)


def _values(made: Prepared, at: datetime, *, prefix: str) -> Json:
    report, day = made.report, city_day(at)
    by = report.reported_by
    return {
        "channel": report.channel,
        "source": report.source,
        "dedupe_key": report.dedupe_key,
        "body_hash": made.body_hash,
        "payload": orjson.dumps(report.payload).decode(),
        "raw": report.raw,
        "at": at,
        "at_text": at.isoformat(),
        "day": day,
        "number_start": f"{prefix}{day[:4]}第{day[4:]}",
        "stage_due_at": made.stage_due_at,
        "description": report.description,
        "review_reason": made.review_reason,
        "longitude": made.longitude,
        "latitude": made.latitude,
        "place_confidence": made.place_confidence,
        **made.areas,
        "category_id": made.category_id,
        "category_source": made.category_source,
        "category_confidence": made.category_confidence,
        "category_reason": made.category_reason,
        "condition_id": made.condition_id,
        "group": made.group,
        "severity": made.severity,
        "limit_value": made.limit_value,
        "limit_unit": made.limit_unit,
        "hazard": made.hazard,
        "part_code": report.part_code,
        "reported_by_id": by.id if by else None,
        "place_source": report.place_source,
        "address": report.address,
        "given_longitude": report.longitude,
        "given_latitude": report.latitude,
        "crs": report.crs if report.longitude is not None else None,
        "radius_m": made.place_radius_m,
        "explanation": orjson.dumps(made.place_explanation).decode(),
        "contact_name": report.contact_name,
        "contact_phone": report.contact_phone,
        "openid": report.openid,
        "on_behalf_of": report.on_behalf_of,
        "actor": by.name if by else _SENDERS.get(report.channel, "市民"),
        "role": ",".join(sorted(by.roles)) if by else _CAPACITIES.get(report.channel, "reporter"),
        "foreign_number": report.foreign_number,
        "foreign_source": report.platform,
        "note": report.review_reason,
        "changes": "{}",
    }


_SENDERS = {"camera": "视频智能识别", "transfer": "12345 转办"}
_CAPACITIES = {"camera": "camera", "transfer": "platform"}
