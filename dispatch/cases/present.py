"""A case as it is shown: names for codes, labels for stages, and the deeds that are allowed now."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from dispatch.cases import policy, queries, schemas
from dispatch.cases.commands.act import city_roles
from dispatch.cases.deadlines import light_of
from dispatch.cases.model import Case, CaseAssignment, CaseHistory, CaseReporter, Photo
from dispatch.cases.states import STAGE_LABELS, VERB_LABELS, Stage, Verb, allowed_verbs
from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import department_name, unit_words
from dispatch.jurisdiction.model import AreaKind
from dispatch.jurisdiction.reference import area_name
from dispatch.kit import clock
from dispatch.people.policy import Person


def _department(
    session: Session, department_id: int, *, at: datetime | None
) -> schemas.DepartmentOut:
    """A unit by the name that it bore at a time; the present one while the case is open."""
    on = None if at is None else clock.city_date(at)
    name = department_name(session, department_id, on=on)
    _, english = unit_words(session, name) or ("", "")
    return schemas.DepartmentOut(id=department_id, name=name or str(department_id), name_en=english)


def _holder(session: Session, case: Case) -> schemas.DepartmentOut | None:
    if case.department_id is None:
        return None
    return _department(session, case.department_id, at=case.closed_at)


def _category(session: Session, case: Case) -> schemas.CategoryOut | None:
    found = catalogue(session).by_id.get(case.category_id or 0)
    if found is None:
        return None
    return schemas.CategoryOut(
        scheme=found.scheme,
        code=found.code,
        name=found.name,
        name_en=found.name_en,
        group=found.group,
        source=case.category_source,
        confidence=case.category_confidence,
        reason=case.category_reason,
    )


def _condition(session: Session, case: Case) -> schemas.ConditionOut | None:
    found = catalogue(session).conditions.get(case.condition_id or 0)
    if found is None:
        return None
    return schemas.ConditionOut(
        id=found.id,
        text=found.text,
        text_en=found.text_en,
        key=found.key,
        closing=found.closing,
        closing_en=found.closing_en,
    )


def _worker(worker_id: int | None, names: Mapping[int, str]) -> schemas.WorkerOut | None:
    if worker_id is None:
        return None
    return schemas.WorkerOut(id=worker_id, name=names.get(worker_id, str(worker_id)))


def _place(place: queries.PlaceFacts) -> schemas.PlaceOut:
    return schemas.PlaceOut(
        text=place.text,
        source=place.source,
        longitude=place.longitude,
        latitude=place.latitude,
        crs=place.crs,
    )


def _foreign(case: Case, beside: queries.Beside) -> list[schemas.ForeignOut]:
    return [
        schemas.ForeignOut(source=each.source, number=each.number)
        for each in beside.foreign.get(case.id, ())
    ]


def case_out(
    session: Session, case: Case, *, person: Person, at: datetime, beside: queries.Beside
) -> schemas.CaseOut:
    """One case for one person."""
    assisting = beside.assisting.get(case.id, ())
    stage_zh, stage_en = STAGE_LABELS[Stage(case.stage)]
    return schemas.CaseOut(
        id=case.public_id,
        number=case.number,
        version=case.version,
        stage=Stage(case.stage),
        stage_label=stage_zh,
        stage_label_en=stage_en,
        stage_due_at=case.stage_due_at,
        stage_warned_at=case.stage_warned_at,
        channel=case.channel,
        description=case.description,
        review_reason=case.review_reason,
        places=[_place(each) for each in beside.places.get(case.id, ())],
        foreign_numbers=_foreign(case, beside),
        longitude=case.longitude,
        latitude=case.latitude,
        grid_code=case.grid_code,
        working_grid=case.working_grid,
        community=area_name(session, AreaKind.COMMUNITY, case.community_code),
        street=area_name(session, AreaKind.STREET, case.street_code),
        district=area_name(session, AreaKind.DISTRICT, case.district_code),
        district_code=case.district_code,
        category=_category(session, case),
        condition=_condition(session, case),
        severity=case.severity,
        hazard=case.hazard,
        part_code=case.part_code,
        department=_holder(session, case),
        assisting=[_department(session, each, at=case.closed_at) for each in assisting],
        crew=_worker(case.crew_id, beside.crews),
        assignee=_worker(case.assignee_id, beside.people),
        acknowledged_at=case.acknowledged_at,
        assigned_at=case.assigned_at,
        started_at=case.started_at,
        settled_at=case.settled_at,
        due_at=case.due_at,
        warn_at=case.warn_at,
        light=light_of(case, at=at),
        made_safe_at=case.made_safe_at,
        suspended_until=case.suspended_until,
        open_requests=case.open_requests,
        return_count=case.return_count,
        rework_count=case.rework_count,
        urge_count=case.urge_count,
        duplicate_of=beside.masters.get(case.duplicate_of_id or 0),
        reporters_count=case.reporters_count,
        result=case.result,
        outcome=case.outcome,
        rating=case.rating,
        allowed=allowed_verbs(policy.standing_of(person, case), city=city_roles(session)),
        created_at=case.created_at,
        updated_at=case.updated_at,
        closed_at=case.closed_at,
    )


def cases_out(
    session: Session, cases: Sequence[Case], *, person: Person, at: datetime
) -> list[schemas.CaseOut]:
    """Many cases for one person, with what stands beside them fetched together."""
    found = queries.beside(session, cases)
    return [case_out(session, case, person=person, at=at, beside=found) for case in cases]


def history_out(row: CaseHistory) -> schemas.HistoryOut:
    """A row of the history."""
    label = VERB_LABELS[Verb(row.verb)][0] if row.verb in set(Verb) else row.verb
    return schemas.HistoryOut(
        version=row.version,
        at=row.at,
        verb=row.verb,
        verb_label=label,
        actor=row.actor,
        role=row.role,
        from_stage=row.from_stage,
        to_stage=row.to_stage,
        note=row.note,
        changes=row.changes,
    )


def assignment_out(
    session: Session, row: CaseAssignment, *, people: dict[int, str]
) -> schemas.AssignmentOut:
    """A link of the transfer chain."""
    return schemas.AssignmentOut(
        id=row.id,
        department=_department(session, row.department_id, at=row.at),
        leads=row.leads,
        method=row.method,
        rule_id=row.rule_id,
        part_code=row.part_code,
        reason=row.reason,
        rivals=[schemas.RivalOut.model_validate(each) for each in row.rivals],
        by="平台" if row.by_id is None else people.get(row.by_id, str(row.by_id)),
        at=row.at,
        ended_at=row.ended_at,
        end_verb=row.end_verb,
        end_reason=row.end_reason,
    )


def photo_out(photo: Photo) -> schemas.PhotoOut:
    """A photo with the addresses where it can be fetched by those who may see the case."""
    return schemas.PhotoOut(
        id=photo.id,
        kind=photo.kind,
        url=f"/media/{photo.id}",
        thumbnail_url=f"/media/{photo.id}/thumb",
        at=photo.at,
    )


def reporter_out(row: CaseReporter, channel: str, *, reveal: bool) -> schemas.ReporterOut:
    """A reporter, masked unless `reveal`: 张**, 138****1234."""
    return schemas.ReporterOut(
        name=row.name if reveal else _masked_name(row.name),
        phone=row.phone if reveal else _masked_phone(row.phone),
        on_behalf_of=row.on_behalf_of if reveal else _masked_name(row.on_behalf_of),
        channel=channel,
        at=row.at,
        masked=not reveal,
    )


def _masked_name(name: str | None) -> str | None:
    return name and name[0] + "*" * max(1, len(name) - 1)


def _masked_phone(phone: str | None) -> str | None:
    if not phone:
        return phone
    if len(phone) < 8:
        return "*" * len(phone)
    return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]
