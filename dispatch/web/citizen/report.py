"""Reporting on the web: one form, drawn whole without JavaScript and step by step with it."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import ValidationError
from sqlalchemy.orm import Session

from dispatch.cases.model import Channel
from dispatch.intake.api import ReportIn
from dispatch.intake.commands import receive
from dispatch.intake.follow import follow, report_for
from dispatch.intake.schemas import Receipt, Report
from dispatch.intake.tokens import track_url
from dispatch.jurisdiction.reference import gazetteer
from dispatch.kit import clock
from dispatch.kit.errors import Conflict, DomainError
from dispatch.kit.http import Db, status_of
from dispatch.web.parts.drafts import (
    NOWHERE,
    TWICE,
    Draft,
    complaints_of,
    draft_of,
    empty,
    take_photos,
)
from dispatch.web.parts.forms import TOKEN_FIELD, Form, FormToken, Token, is_ours
from dispatch.web.parts.page import go, show

router = APIRouter(include_in_schema=False)

Pair = tuple[str, str]
FIELDS: Final = (
    "description",
    "address",
    "contact_name",
    "contact_phone",
    "longitude",
    "latitude",
)
STALE: Final = (
    "页面放得太久或浏览器没有保存 Cookie;请再按一次提交",
    "The page is too old or the browser keeps no cookies: press submit once more",
)


def _form(
    request: Request,
    token: FormToken,
    draft: Draft,
    problems: dict[str, Pair] | None = None,
    *,
    status: int = 200,
) -> Response:
    page = show(
        request,
        "citizen/report.html",
        status=status,
        headers={"Cache-Control": "no-store"},
        draft=draft,
        problems=problems or {},
        token_field=TOKEN_FIELD,
        token=token.value,
    )
    return token.give(page)


@router.get("/report")
def ask(request: Request, token: Token) -> Response:
    """The empty form."""
    return _form(request, token, empty(FIELDS))


@router.post("/report")
def send(session: Db, request: Request, posted: Form, token: Token) -> Response:
    """Take the report; on any fault the form comes back with everything that was typed and sent."""
    draft = draft_of(posted, FIELDS)
    if not is_ours(posted, token):
        return _form(request, token, draft, {"form": STALE}, status=403)
    try:
        with session.begin_nested():
            draft = take_photos(session, draft, posted, by=None)
    except DomainError as error:
        problem = {"photos": (error.zh, error.en)}
        return _form(request, token, draft, problem, status=status_of(error))
    problems = _problems(session, draft)
    if problems:
        return _form(request, token, draft, problems, status=422)
    try:
        with session.begin_nested():
            receipt = _receive(session, draft)
    except DomainError as error:
        words, fresh = (error.zh, error.en), draft
        if isinstance(error, Conflict) and error.code == "idempotency_key_reused":
            words, fresh = TWICE, draft.anew()
        return _form(request, token, fresh, {"form": words}, status=status_of(error))
    return go(f"/report/done/{receipt.id}?token={receipt.token}")


def _checked(draft: Draft) -> ReportIn:
    return ReportIn.model_validate(draft.fields)


def _problems(session: Session, draft: Draft) -> dict[str, Pair]:
    try:
        given = _checked(draft)
    except ValidationError as error:
        return complaints_of(error)
    if given.address or given.longitude is not None:
        return {}
    has_place = gazetteer(session).geocode(given.description, limit=1).candidates
    return {} if has_place else {"address": NOWHERE}


def _receive(session: Session, draft: Draft) -> Receipt:
    given = _checked(draft).model_dump()
    return receive(
        session,
        Report(
            channel=Channel.WEB,
            source="page",
            dedupe_key=draft.key,
            payload=dict(draft.fields),
            photos=draft.kept,
            **given,
        ),
        at=clock.now(),
    )


@router.get("/report/done/{report_id}")
def done(
    session: Db, request: Request, report_id: str, token: Annotated[str, Query(max_length=64)]
) -> Response:
    """The number, the promise, and the link that opens it again."""
    found = report_for(session, report_id, token)
    address = track_url(report_id)
    return show(
        request,
        "citizen/done.html",
        headers={"Cache-Control": "no-store"},
        report=follow(session, found, at=clock.now()),
        track_url=address,
        track_path=f"/track/{report_id}?token={token}",
    )
