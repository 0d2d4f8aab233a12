"""How a follower's own cases stand, in a citizen's words."""

from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseReporter
from dispatch.cases.states import Stage
from dispatch.departments.reference import department_name
from dispatch.intake.channels.wechat import words
from dispatch.intake.tokens import track_url
from dispatch.kit.clock import CITY_ZONE

#: How many of the latest cases are told of.
LATEST = 3


def progress_of(session: Session, *, openid: str, number: str | None, at: datetime) -> str:
    """The state of the follower's latest cases, or of the one with this number or id if it is theirs."""
    mine = select(CaseReporter.case_id).where(CaseReporter.openid == openid)
    query = select(Case).where(Case.id.in_(mine)).order_by(Case.id.desc())
    if number is not None:
        found = session.scalars(
            query.where(or_(Case.public_id == number, Case.number == number)).limit(1)
        ).all()
        return _told(session, found[0], at=at) if found else words.NOT_YOURS
    cases = session.scalars(query.limit(LATEST)).all()
    return "\n\n".join(_told(session, case, at=at) for case in cases) or words.NO_CASES


def _told(session: Session, case: Case, *, at: datetime) -> str:
    main = session.get(Case, case.duplicate_of_id) if case.duplicate_of_id else None
    lines = [f"案件 {case.number}", _beginning(case.description), _standing(session, case, at=at)]
    if main is not None:
        lines.append(f"合并到案件 {main.number}:{_standing(session, main, at=at)}")
    lines.append(track_url(case.public_id))
    return "\n".join(lines)


def _beginning(description: str) -> str:
    line = description.replace("\n", " ")
    return line if len(line) <= 30 else line[:29] + "…"


def _standing(session: Session, case: Case, *, at: datetime) -> str:
    return words.STAGE_WORDS[Stage(case.stage)].format(
        unit=department_name(session, case.department_id) or "责任单位",
        due=_promise(case.due_at, at=at),
    )


def _promise(due_at: datetime | None, *, at: datetime) -> str:
    if due_at is None:
        return ",正在处理"
    if due_at < at:
        return ",处理时间较预计有所延后,正在催办"
    local, today = due_at.astimezone(CITY_ZONE), at.astimezone(CITY_ZONE).date()
    day = "今天" if local.date() == today else f"{local.month}月{local.day}日"
    return f",预计{day} {local:%H:%M} 前处理"
