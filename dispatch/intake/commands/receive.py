"""The one path of every channel into a case: understand, look for the same thing, store, link."""

import hashlib
from contextlib import suppress
from datetime import datetime

import orjson
from sqlalchemy import update
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.commands.act import perform
from dispatch.cases.deadlines import accept_due
from dispatch.cases.model import Case, Photo
from dispatch.cases.queries.search import case_with_number
from dispatch.cases.states import Stage, Verb
from dispatch.catalogue.model import Severity
from dispatch.intake import phrases
from dispatch.intake.commands.store import Prepared, Stored, store
from dispatch.intake.commands.understand import Classed, Placed, classify, place
from dispatch.intake.queries import Likely, is_comparable, likely_duplicates, message_by_key
from dispatch.intake.schemas import Receipt, Report
from dispatch.intake.tokens import report_token, track_url
from dispatch.kit.errors import Conflict, Field, invalid
from dispatch.people.model import Role
from dispatch.people.policy import SYSTEM


def receive(session: Session, report: Report, *, at: datetime) -> Receipt:
    """Make a case of a report and answer with its receipt; the same message again gets the same one.

    A person's report is always kept: what could not be worked out becomes the reason why an agent
    looks at it. A machine's is refused with InvalidInput when it is outside the city or of no known
    category. Raises Conflict when a `dedupe_key` comes again with another
    content, or another platform's number that a case bears already.
    """
    if report.foreign_number and not report.by_machine:
        _refuse_known_number(session, report)
    placed = place(session, report)
    classed = classify(session, report, placed)
    if report.by_machine:
        _refuse_what_a_machine_can_mend(report, placed, classed)
    made = _prepared(session, report, placed, classed, at=at)
    chosen = report.same_as is not None or report.stands_alone
    likely = None if chosen else _same_thing(session, placed, classed, at=at)
    stored = store(session, made, at=at)
    if stored is None:
        return _again(session, report, made.body_hash)
    if report.photos:
        _attach(session, report, stored)
    if report.stands_alone:
        _let_stand_alone(session, stored)
    if report.handled_on_the_spot:
        _handled(session, report, stored, at=at)
    elif report.same_as is not None:
        _join_chosen(session, report, stored, at=at)
    elif likely is not None:
        _join(session, stored, likely, at=at)
    else:
        return _first_receipt(made, stored)
    return _receipt(session, session.get_one(Case, stored.case_id), repeated=False)


def _refuse_known_number(session: Session, report: Report) -> None:
    """What another platform knows by one number is one case, whichever way it came the first time."""
    number = report.foreign_number or ""
    case_id = case_with_number(session, number, source=report.platform)
    if case_id is None or _is_repeated(session, report):
        return
    case = session.get_one(Case, case_id)
    raise Conflict(
        "number_known",
        f"{report.platform} 的编号 {number} 已登记为案件 {case.number},请在该案件上补充",
        f"{number} of {report.platform} is case {case.number} already; add to that one",
        [
            Field(
                "foreign_number",
                f"已登记为案件 {case.public_id}",
                f"is case {case.public_id} already",
            )
        ],
    )


def _is_repeated(session: Session, report: Report) -> bool:
    return report.dedupe_key is not None and (
        message_by_key(
            session,
            channel=report.channel,
            source=report.source,
            dedupe_key=report.dedupe_key,
        )
        is not None
    )


def _handled(session: Session, report: Report, stored: Stored, *, at: datetime) -> None:
    """The inspector has mended it already: it only waits to be closed."""
    by = report.reported_by or SYSTEM
    act(session, stored.case_id, Verb.HANDLE_ON_THE_SPOT, by=by, at=at)


def _join(session: Session, stored: Stored, likely: Likely, *, at: datetime) -> None:
    """Tie the report to the case that is there; one that was finished meanwhile lets it stand alone."""
    body = {"of": likely.public_id, "note": likely.words}
    with suppress(Conflict):
        act(session, stored.case_id, Verb.LINK_DUPLICATE, by=SYSTEM, at=at, body=body)


def _join_chosen(session: Session, report: Report, stored: Stored, *, at: datetime) -> None:
    """Tie the report to the case that somebody chose. Staff are told when that one is finished."""
    staff = report.reported_by
    by = staff if staff is not None and staff.has(Role.AGENT, Role.SHIFT_LEADER) else SYSTEM
    case = session.get_one(Case, stored.case_id, with_for_update=True)
    body = {"of": report.same_as, "note": None if by is staff else phrases.SAME()}
    try:
        with session.begin_nested():
            perform(session, case, Verb.LINK_DUPLICATE, by=by, at=at, body=body)
            session.flush()
    except Conflict:
        if by is staff:
            raise


def _let_stand_alone(session: Session, stored: Stored) -> None:
    session.execute(
        update(Case)
        .where(Case.id == stored.case_id)
        .values(stands_alone=True)
        .execution_options(synchronize_session=False)
    )


def _refuse_what_a_machine_can_mend(report: Report, placed: Placed, classed: Classed) -> None:
    if (report.longitude is None) != (report.latitude is None):
        raise invalid("latitude", "经度和纬度要一起填写", "Give longitude and latitude together")
    if placed.problem == "outside_jurisdiction":
        raise invalid(
            "longitude",
            "坐标不在本市网格范围内,请核对摄像机位置和坐标系",
            "That place is outside the city's grid; check the camera's position and its crs",
            code="outside_jurisdiction",
        )
    if placed.longitude is None:
        raise invalid(
            "longitude",
            "没有位置:请给出坐标,或先登记摄像机的位置",
            "No place: give coordinates, or register where the camera stands",
            code="no_place",
        )
    if classed.problem is not None:
        raise invalid(
            "category",
            "类别不明:请先在类型对照表中登记该类型",
            "No category: register this type in the table of types first",
            code="no_category",
        )


def _prepared(
    session: Session, report: Report, placed: Placed, classed: Classed, *, at: datetime
) -> Prepared:
    category, condition = classed.category, classed.condition
    severity = condition.severity if condition is not None else Severity.NORMAL
    return Prepared(
        report=report,
        body_hash=_hash(report) if report.dedupe_key is not None else None,
        longitude=placed.longitude,
        latitude=placed.latitude,
        place_confidence=placed.confidence,
        place_radius_m=placed.radius_m,
        place_explanation=placed.explanation,
        areas=placed.areas,
        category_id=category.id if category else None,
        group=category.group if category else None,
        category_source=classed.source,
        category_confidence=classed.confidence,
        category_reason=classed.reason,
        condition_id=condition.id if condition else None,
        severity=severity,
        limit_value=condition.limit_value if condition else None,
        limit_unit=condition.limit_unit if condition else None,
        hazard=condition.hazard if condition else False,
        review_reason=report.review_reason or placed.problem or classed.problem,
        stage_due_at=accept_due(session, severity, at=at),
    )


def _hash(report: Report) -> bytes:
    """What was said, whatever the order of its parts."""
    body = report.raw or orjson.dumps(report.payload, option=orjson.OPT_SORT_KEYS)
    return hashlib.sha256(body).digest()


def _same_thing(
    session: Session, placed: Placed, classed: Classed, *, at: datetime
) -> Likely | None:
    if (
        not placed.is_sure
        or classed.category is None
        or classed.problem is not None
        or placed.longitude is None
        or placed.latitude is None
        or not is_comparable(session, radius_m=placed.radius_m, confidence=classed.confidence)
    ):
        return None
    found = likely_duplicates(
        session,
        category=classed.category,
        longitude=placed.longitude,
        latitude=placed.latitude,
        at=at,
    )
    return found[0] if found else None


def _attach(session: Session, report: Report, stored: Stored) -> None:
    session.execute(
        update(Photo)
        .where(Photo.id.in_(report.photos), Photo.case_id.is_(None))
        .values(case_id=stored.case_id)
        .execution_options(synchronize_session=False)
    )


def _again(session: Session, report: Report, body_hash: bytes | None) -> Receipt:
    message = message_by_key(
        session,
        channel=report.channel,
        source=report.source,
        dedupe_key=report.dedupe_key or "",
    )
    if message is None or message.case_id is None:
        raise Conflict(
            "message_in_work",
            "同一消息正在处理,请稍后再试",
            "The same message is being worked on; try again in a moment",
        )
    if message.body_hash != body_hash:
        raise Conflict(
            "idempotency_key_reused",
            "同一 Idempotency-Key 已用于另一内容;新内容请换新的键",
            "This Idempotency-Key was used for another content; use a new key for a new one",
        )
    return _receipt(session, session.get_one(Case, message.case_id), repeated=True)


def _first_receipt(made: Prepared, stored: Stored) -> Receipt:
    """The receipt of a case that has just been stored, without reading it back."""
    return Receipt(
        id=stored.public_id,
        number=stored.number,
        token=report_token(stored.public_id),
        stage=Stage.REPORTED,
        grid_code=made.areas["grid_code"],
        duplicate_of=None,
        duplicate_of_number=None,
        track_url=track_url(stored.public_id),
        case_id=stored.case_id,
        review_reason=made.review_reason,
    )


def _receipt(session: Session, case: Case, *, repeated: bool) -> Receipt:
    master = session.get(Case, case.duplicate_of_id) if case.duplicate_of_id else None
    return Receipt(
        id=case.public_id,
        number=case.number,
        token=report_token(case.public_id),
        stage=case.stage,
        grid_code=case.grid_code,
        duplicate_of=master.public_id if master else None,
        duplicate_of_number=master.number if master else None,
        track_url=track_url(case.public_id),
        case_id=case.id,
        repeated=repeated,
        review_reason=case.review_reason,
    )
