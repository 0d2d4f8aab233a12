"""Following a report: found by its link, shown in plain words, rated when it is closed."""

import re
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import ValidationError
from sqlalchemy.orm import Session

from dispatch.cases.commands import rate_report
from dispatch.cases.deadlines import Light
from dispatch.cases.model import Case
from dispatch.cases.queries import photos_of
from dispatch.cases.states import Stage
from dispatch.intake.api import RatingIn
from dispatch.intake.follow import FollowOut, follow, report_for
from dispatch.intake.tokens import check_token
from dispatch.kit import clock
from dispatch.kit.config import settings
from dispatch.kit.errors import DomainError, InvalidInput
from dispatch.kit.http import Db, status_of
from dispatch.web.parts.forms import Form
from dispatch.web.parts.lamps import lamp_of
from dispatch.web.parts.page import go, show

router = APIRouter(include_in_schema=False)

Pair = tuple[str, str]
ReportToken = Annotated[str, Query(max_length=64)]
SCORES: Final[dict[int, Pair]] = {
    5: ("非常满意", "very content"),
    4: ("满意", "content"),
    3: ("一般", "so-so"),
    2: ("不满意", "not content"),
    1: ("很不满意", "not at all content"),
}
#: What each stage means to the one who reported.
MEANINGS: Final[dict[Stage, Pair]] = {
    Stage.REPORTED: ("已收到，工作人员正在查看。", "It has arrived and is being looked at."),
    Stage.VERIFYING: ("巡查员正在去现场核实。", "An inspector is on the way to look."),
    Stage.ACCEPTED: ("已受理，正在立案。", "It is accepted and being filed."),
    Stage.FILED: (
        "已立案，正在确定由谁处理。",
        "It is filed; the responsible unit is being found.",
    ),
    Stage.DISPATCHED: ("责任单位正在处理。", "The responsible unit is working on it."),
    Stage.SUSPENDED: ("因客观原因暂缓，到期会恢复。", "It is put off for a reason and will go on."),
    Stage.HANDLED: ("单位已处理，等待巡查员核查。", "The unit is done; an inspector will check."),
    Stage.CHECKED: ("核查通过，即将结案。", "The check was passed; it will soon be closed."),
    Stage.CLOSED: (
        "已办结。没有解决的话，请在下面告诉我们。",
        "It is closed. Not fixed? Tell us below.",
    ),
    Stage.REJECTED: (
        "这件事不在受理范围，原因见办理过程。",
        "It is not ours to handle; see below why.",
    ),
    Stage.VOIDED: ("案件已作废。", "The case was voided."),
    Stage.DUPLICATE: ("已并入另一案件。", "It was linked to another case."),
}
THANKS: Final[dict[str, Pair]] = {
    "rated": ("谢谢您的评价", "Thank you for rating"),
    "reopened": ("已重新办理，请继续关注进度", "It is taken up again; please keep following it"),
}
UNKNOWN: Final = (
    "没有找到。请核对编号和查询码，最好直接贴上整个链接",
    "Nothing was found. Check number and code, or paste the whole link",
)
INCOMPLETE: Final = InvalidInput(
    "incomplete_rating",
    "请选择是否解决和满意程度",
    "Say whether it is fixed and how content you are",
)
_NUMBER: Final = re.compile(r"(\d{4})第(\d{4})(\d{4,9})号")
_ID: Final = re.compile(r"\d{8}-\d{4,9}")
_CODE: Final = re.compile(r"token=([\w-]{10,64})")


def _id_in(text: str) -> str | None:
    if found := _NUMBER.search(text):
        return f"{found[1]}{found[2]}-{found[3]}"
    plain = _ID.search(text)
    return plain[0] if plain else None


@router.get("/track")
def find(
    request: Request,
    number: Annotated[str, Query(max_length=400)] = "",
    code: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The form for those who have the number and the code; a link pasted whole works as well."""
    report_id, pasted = _id_in(number), _CODE.search(number)
    token = code.strip() or (pasted[1] if pasted else "")
    if report_id and check_token(report_id, token):
        return go(f"/track/{report_id}?token={token}")
    problems = {"number": UNKNOWN} if number else {}
    return show(
        request,
        "citizen/find.html",
        status=404 if problems else 200,
        number=number,
        code=code,
        problems=problems,
        example=f"{settings().number_prefix}2026第11210001号",
    )


def _promised(report: FollowOut) -> bool:
    return report.due_at is not None and report.stage in (Stage.DISPATCHED, Stage.SUSPENDED)


def _page(
    session: Session,
    request: Request,
    found: Case,
    token: str,
    *,
    thanks: Pair | None = None,
    given: dict[str, str] | None = None,
    problem: DomainError | None = None,
) -> Response:
    report = follow(session, found, at=clock.now())
    return show(
        request,
        "citizen/track.html",
        status=status_of(problem) if problem else 200,
        headers={"Cache-Control": "no-store"},
        report=report,
        token=token,
        thanks=thanks,
        scores=SCORES,
        given={"fixed": "", "score": "", "comment": "", **(given or {})},
        problems={"form": (problem.zh, problem.en)} if problem else {},
        category=(report.category or "", report.category_en or report.category or ""),
        saying=MEANINGS[report.stage],
        promised=_promised(report),
        shown=lamp_of(report.light if _promised(report) else Light.NONE, due_at=report.due_at),
        photos=photos_of(session, found),
    )


@router.get("/track/{report_id}")
def follow_report(
    session: Db, request: Request, report_id: str, token: ReportToken, said: str = ""
) -> Response:
    """Where it stands, who has it, until when, and what happened."""
    found = report_for(session, report_id, token)
    return _page(session, request, found, token, thanks=THANKS.get(said))


@router.post("/track/{report_id}/rating")
def rate(session: Db, request: Request, report_id: str, posted: Form) -> Response:
    """Rate it; "not fixed" takes it up again. The token of the report is what a forger lacks."""
    token = posted.get("token")
    found = report_for(session, report_id, token)
    given = {name: posted.get(name) for name in ("fixed", "score", "comment")}
    try:
        body = RatingIn.model_validate({**given, "token": token})
    except ValidationError:
        return _page(session, request, found, token, given=given, problem=INCOMPLETE)
    try:
        with session.begin_nested():
            rate_report(
                session,
                found,
                score=body.score,
                fixed=body.fixed,
                comment=body.comment or None,
                at=clock.now(),
            )
    except DomainError as error:
        return _page(session, request, found, token, given=given, problem=error)
    return go(f"/track/{report_id}?token={token}&said={'rated' if body.fixed else 'reopened'}")
