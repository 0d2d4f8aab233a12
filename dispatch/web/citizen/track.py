"""Following a report: found by its link, shown in plain words, rated when it is closed."""

import re
from typing import Annotated, Final

from fastapi import Query, Request
from fastapi.responses import Response
from pydantic import ValidationError
from sqlalchemy.orm import Session

from dispatch.cases.commands import rate_report
from dispatch.cases.deadlines import Light
from dispatch.cases.model import Case, Photo, PhotoKind
from dispatch.cases.queries import photos_of
from dispatch.cases.states import OPEN, Stage
from dispatch.intake.api import RatingIn
from dispatch.intake.commands.remark import add_remark, want_notices
from dispatch.intake.finding import id_in, report_by_phone
from dispatch.intake.follow import FollowOut, follow, notices_wanted, phone_of, report_for
from dispatch.intake.tokens import check_token
from dispatch.kit import clock
from dispatch.kit.address import client_address
from dispatch.kit.config import settings
from dispatch.kit.errors import DomainError, InvalidInput, TooMany
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.kit.sealing import fingerprint, masked
from dispatch.notices.commands import opt_in, opt_out
from dispatch.notices.events import Way
from dispatch.notices.queries import has_opted_out
from dispatch.web.parts.drafts import draft_of, take_photos
from dispatch.web.parts.forms import TOKEN_FIELD, Form, form_token
from dispatch.web.parts.lamps import lamp_of
from dispatch.web.parts.page import go, show

router = Router(include_in_schema=False)

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
    "added": ("已补充，谢谢您", "It was added, thank you"),
    "told": ("有进展会告诉您", "We will tell you how it goes on"),
    "quiet": (
        "不再发通知，您随时可以打开这个链接查看",
        "No more notices; you can look here at any time",
    ),
    "no-sms": (
        "不再给这个手机号发短信",
        "This phone gets no more text messages",
    ),
    "sms": ("短信通知已恢复", "Text messages are sent again"),
    "reopened": ("已重新办理，请继续关注进度", "It is taken up again; please keep following it"),
}
UNKNOWN: Final = (
    "没有找到。请核对编号和电话后四位；没有留电话的，请打开上报时给您的链接",
    "Nothing was found. Check the number and the last four digits; without a phone number, use your link",
)
INCOMPLETE: Final = InvalidInput(
    "incomplete_rating",
    "请选择是否解决和满意程度",
    "Say whether it is fixed and how content you are",
)
_CODE: Final = re.compile(r"token=([\w-]{10,64})")


def _asked(
    request: Request, *, number: str = "", problem: Pair | None = None, status: int = 200
) -> Response:
    return show(
        request,
        "citizen/find.html",
        status=status,
        headers={"Cache-Control": "no-store"},
        number=number,
        problems={"number": problem} if problem else {},
        example=f"{settings().number_prefix}2026第11210001号",
    )


@router.get("/track")
def find(
    request: Request,
    number: Annotated[str, Query(max_length=400)] = "",
    code: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The form for those who have the number; a link pasted whole works as well."""
    report_id, pasted = id_in(number), _CODE.search(number)
    token = code.strip() or (pasted[1] if pasted else "")
    if report_id and check_token(report_id, token):
        return go(f"/track/{report_id}?token={token}")
    if number:
        return _asked(request, number=number, problem=UNKNOWN, status=404)
    return _asked(request)


@router.post("/track")
def find_by_phone(session: Db, request: Request, posted: Form) -> Response:
    """By number and the end of the phone number, which no address may carry; or by a pasted link."""
    number = posted.get("number")[:400]
    report_id, pasted = id_in(number), _CODE.search(number)
    if report_id and pasted and check_token(report_id, pasted[1]):
        return go(f"/track/{report_id}?token={pasted[1]}")
    try:
        address = client_address(request.scope)
        found = report_by_phone(session, number, posted.get("phone_end"), address=address)
    except TooMany as error:
        return _asked(request, number=number, problem=(error.zh, error.en), status=status_of(error))
    if found is None:
        return _asked(request, number=number, problem=UNKNOWN, status=404)
    return go(f"/track/{found.id}?token={found.token}")


def _promised(report: FollowOut) -> bool:
    return report.due_at is not None and report.stage in (Stage.DISPATCHED, Stage.SUSPENDED)


def _photos(session: Session, report: Case) -> list[Photo]:
    """One's own, and what was done where the report was linked to another case."""
    own = list(photos_of(session, report))
    if report.duplicate_of_id is None:
        return own
    case = session.get_one(Case, report.duplicate_of_id)
    return own + [each for each in photos_of(session, case) if each.kind != PhotoKind.BEFORE]


def _page(
    session: Session,
    request: Request,
    found: Case,
    token: str,
    *,
    thanks: Pair | None = None,
    given: dict[str, str] | None = None,
    problem: DomainError | None = None,
    about: str = "form",
) -> Response:
    report = follow(session, found, at=clock.now())
    photos = _photos(session, found)
    form = form_token(request)
    phone = phone_of(session, found)
    page = show(
        request,
        "citizen/track.html",
        status=status_of(problem) if problem else 200,
        headers={"Cache-Control": "no-store"},
        report=report,
        token=token,
        thanks=thanks,
        scores=SCORES,
        given={"fixed": "", "score": "", "comment": "", "remark": "", **(given or {})},
        problems={about: (problem.zh, problem.en)} if problem else {},
        token_field=TOKEN_FIELD,
        form_token=form.value,
        category=(report.category or "", report.category_en or report.category or ""),
        saying=MEANINGS[report.stage],
        promised=_promised(report),
        shown=lamp_of(report.light if _promised(report) else Light.NONE, due_at=report.due_at),
        before=[each for each in photos if each.kind == PhotoKind.BEFORE],
        after=[each for each in photos if each.kind != PhotoKind.BEFORE],
        is_open=report.stage in OPEN,
        notices=notices_wanted(session, found),
        phone=masked(phone) if phone else None,
        no_sms=bool(phone) and has_opted_out(session, way=Way.SMS, address=phone or ""),
    )
    return form.give(page)


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


@router.post("/track/{report_id}/remark")
def remark(session: Db, request: Request, report_id: str, posted: Form) -> Response:
    """Add words or photos to a report that is still open."""
    token = posted.get("token")
    found = report_for(session, report_id, token)
    try:
        with session.begin_nested():
            draft = take_photos(
                session, draft_of(posted, ("longitude", "address")), posted, by=None
            )
            text, now = posted.get("remark"), clock.now()
            add_remark(session, found, text=text, photos=draft.kept, at=now)
    except DomainError as error:
        given = {"remark": posted.get("remark")}
        return _page(session, request, found, token, given=given, problem=error, about="remark")
    return go(f"/track/{report_id}?token={token}&said=added")


@router.post("/track/{report_id}/sms")
def choose_sms(session: Db, report_id: str, posted: Form) -> Response:
    """No more text messages to the phone that was left here, whatever the report; or again."""
    token, wanted = posted.get("token"), posted.get("wanted") == "yes"
    phone = phone_of(session, report_for(session, report_id, token))
    if phone and wanted:
        opt_in(session, ways=[Way.SMS], recipient_hash=fingerprint(phone))
    elif phone:
        opt_out(session, ways=[Way.SMS], address=phone, source="web", at=clock.now())
    return go(f"/track/{report_id}?token={token}&said={'sms' if wanted else 'no-sms'}")


@router.post("/track/{report_id}/notices")
def choose_notices(session: Db, report_id: str, posted: Form) -> Response:
    """Be told how it goes on, or not."""
    token = posted.get("token")
    wanted = posted.get("wanted") == "yes"
    want_notices(session, report_for(session, report_id, token), wanted=wanted)
    return go(f"/track/{report_id}?token={token}&said={'told' if wanted else 'quiet'}")
