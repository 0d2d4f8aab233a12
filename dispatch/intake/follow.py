"""What a reporter may see of their report: the stage, the unit, the time, and what happened, in plain words."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.deadlines import Light, light_of
from dispatch.cases.model import Case, CaseHistory, CaseRating, CaseReporter
from dispatch.cases.queries import history_of, report_by_public_id
from dispatch.cases.states import STAGE_LABELS, Stage, Verb
from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import words_of_unit
from dispatch.intake.tokens import check_token
from dispatch.kit.errors import NotFound


class TimelineOut(BaseModel):
    """A step of the case in words for its reporter."""

    at: datetime
    stage: Stage
    text: str
    text_en: str


class FollowOut(BaseModel):
    """A report for its reporter: no names of staff, nobody else's data."""

    id: str
    number: str
    stage: Stage
    stage_label: str
    stage_label_en: str
    category: str | None
    category_en: str | None
    department: str | None
    department_en: str | None
    due_at: datetime | None
    light: Light
    duplicate_of: str | None
    description: str
    created_at: datetime
    timeline: list[TimelineOut]
    can_rate: bool
    rating: int | None


#: What each deed tells the reporter; deeds that are not here are the office's own affair.
_WORDS: dict[Verb, tuple[str, str]] = {
    Verb.REPORT: ("已收到您的上报", "Your report has been received"),
    Verb.ACCEPT: ("已受理", "Your report has been accepted"),
    Verb.REJECT: ("不予受理", "Your report could not be accepted"),
    Verb.REQUEST_VERIFICATION: ("已派巡查员到现场核实", "An inspector has been sent to look"),
    Verb.VERIFY: ("巡查员已到现场核实", "An inspector has been there"),
    Verb.FILE: ("已立案", "A case has been filed"),
    Verb.VOID: ("案件已作废", "The case has been voided"),
    Verb.LINK_DUPLICATE: ("已有相同案件正在处理,已为您并案", "It is being dealt with already"),
    Verb.HANDLE_ON_THE_SPOT: ("巡查员已现场处置", "An inspector has dealt with it on the spot"),
    Verb.DISPATCH: ("已派给{department}处理", "It has been given to {department}"),
    Verb.RETURN: ("正在重新确定责任单位", "The responsible unit is being found anew"),
    Verb.APPROVE_EXTENSION: ("处理时限已延长", "More time has been granted"),
    Verb.APPROVE_SUSPENSION: ("因客观原因暂缓处理", "It has been put off for a reason"),
    Verb.RESUME: ("已恢复处理", "Work on it goes on"),
    Verb.MAKE_SAFE: ("现场已先行排除危险", "The danger has been removed for now"),
    Verb.REPORT_DONE: ("责任单位已处理完毕,等待核查", "It has been dealt with and will be checked"),
    Verb.CHECK: ("巡查员已核查", "An inspector has checked it"),
    Verb.REWORK: ("核查未通过,已要求返工", "It was not done well and will be done again"),
    Verb.CLOSE: ("已结案,请您评价", "The case is closed; please rate it"),
    Verb.REOPEN: ("已重新办理", "The case has been taken up again"),
}


def report_for(session: Session, public_id: str, token: str) -> Case:
    """The report that this token opens; the same NotFound for a wrong id and a wrong token."""
    found = report_by_public_id(session, public_id) if check_token(public_id, token) else None
    if found is None:
        raise NotFound(
            "report_not_found",
            "没有这个上报,或链接不完整;请使用上报时给您的完整链接",
            "There is no such report, or the link is not complete; use the whole link you were given",
        )
    return found


def follow(session: Session, report: Case, *, at: datetime) -> FollowOut:
    """What the reporter may see; a report that was linked shows how the other case goes on."""
    case = session.get_one(Case, report.duplicate_of_id) if report.duplicate_of_id else report
    category = catalogue(session).by_id.get(case.category_id or 0)
    stage_zh, stage_en = STAGE_LABELS[Stage(case.stage)]
    unit = words_of_unit(session, case.department_id)
    rating = session.scalar(
        select(CaseRating.score).where(
            CaseRating.report_id == report.public_id, CaseRating.round == case.reopen_count
        )
    )
    return FollowOut(
        id=report.public_id,
        number=report.number,
        stage=Stage(case.stage),
        stage_label=stage_zh,
        stage_label_en=stage_en,
        category=category.name if category else None,
        category_en=category.name_en if category else None,
        department=None if case.department_id is None else unit[0],
        department_en=None if case.department_id is None else unit[1],
        due_at=case.due_at,
        light=light_of(case, at=at),
        duplicate_of=case.number if case is not report else None,
        description=report.description,
        created_at=report.created_at,
        timeline=[
            step
            for row in _rows(session, report, case)
            if (step := _step(session, row)) is not None
        ],
        can_rate=case.stage == Stage.CLOSED and rating is None,
        rating=rating,
    )


def notices_wanted(session: Session, report: Case) -> bool | None:
    """Whether the reporter wants to be told how it goes on; None without a way to tell them."""
    row = session.scalar(
        select(CaseReporter)
        .where(CaseReporter.case_id == report.id)
        .order_by(CaseReporter.id.desc())
        .limit(1)
    )
    return row.notify if row is not None and (row.phone or row.openid) else None


def phone_of(session: Session, report: Case) -> str | None:
    """The phone that was left with the report, for deeds on it; never to be shown whole."""
    return session.scalar(
        select(CaseReporter.phone)
        .where(CaseReporter.case_id == report.id, CaseReporter.phone.is_not(None))
        .order_by(CaseReporter.id.desc())
        .limit(1)
    )


def _rows(session: Session, report: Case, case: Case) -> list[CaseHistory]:
    """What happened to the report, and to the case that it was linked to from then on."""
    rows = list(history_of(session, report))
    if case is report:
        return rows
    linked = max(row.version for row in rows if row.verb == Verb.LINK_DUPLICATE)
    own = [row for row in rows if row.version <= linked]
    return own + [row for row in history_of(session, case) if row.at > own[-1].at]


def _step(session: Session, row: CaseHistory) -> TimelineOut | None:
    words = _words(row)
    if words is None:
        return None
    zh, en = words_of_unit(session, _unit_after(row.changes))
    return TimelineOut(
        at=row.at,
        stage=Stage(row.to_stage),
        text=words[0].format(department=zh or "责任单位"),
        text_en=words[1].format(department=en or "the responsible unit"),
    )


def _words(row: CaseHistory) -> tuple[str, str] | None:
    """What a row tells the reporter; a check that was not passed is rework."""
    if row.verb not in set(Verb):
        return None
    verb = Verb(row.verb)
    if verb is Verb.CHECK and row.to_stage == Stage.DISPATCHED:
        verb = Verb.REWORK
    words = _WORDS.get(verb)
    if words is None or verb is not Verb.REJECT or not row.note:
        return words
    # why a report is not accepted is said to the reporter, and it is the only note that is
    note = row.note.replace("{", "{{").replace("}", "}}")
    return f"{words[0]}:{note}", f"{words[1]}: {note}"


def _unit_after(changes: dict[str, Any]) -> int | None:
    after = changes.get("department_id", [None, None])[1]
    return after if isinstance(after, int) else None
