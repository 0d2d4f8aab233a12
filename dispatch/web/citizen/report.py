"""Reporting on the web: one form, drawn whole without JavaScript and one question a screen with it."""

from typing import Annotated, Final

from fastapi import Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.catalogue.reference import catalogue
from dispatch.intake.alike import understand
from dispatch.kit import clock
from dispatch.kit.errors import Conflict, DomainError
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.web.citizen.alike import Question, question_of
from dispatch.web.citizen.drafts import FIELDS, is_sent, prefilled, problems_of, report_of, send
from dispatch.web.parts import labels
from dispatch.web.parts.drafts import TWICE, Draft, draft_of, take_photos
from dispatch.web.parts.forms import TOKEN_FIELD, Form, FormToken, Token, is_ours
from dispatch.web.parts.page import go, show

router = Router(include_in_schema=False)

Pair = tuple[str, str]
STALE: Final = (
    "页面放得太久或浏览器没有保存 Cookie;请再按一次提交",
    "The page is too old or the browser keeps no cookies: press submit once more",
)


def kinds(session: Session) -> list[tuple[Pair, list[tuple[str, Pair]]]]:
    """Every class in use under the plain name of its group: for those who choose by hand."""
    found: dict[str, list[tuple[str, Pair]]] = {group: [] for group in labels.GROUPS}
    for each in catalogue(session).by_id.values():
        if each.active:
            pair = (each.name, each.name_en or each.name)
            found.setdefault(each.group, []).append((f"{each.scheme}:{each.code}", pair))
    return [(labels.GROUPS[group][1], rows) for group, rows in found.items() if rows]


def _form(
    session: Session,
    request: Request,
    token: FormToken,
    draft: Draft,
    problems: dict[str, Pair] | None = None,
    *,
    status: int = 200,
    about: str = "",
    question: Question | None = None,
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
        kinds=kinds(session),
        about=about,
        question=question,
    )
    return token.give(page)


@router.get("/report")
def ask(
    session: Db,
    request: Request,
    token: Token,
    facility: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The empty form; about a toilet or a parking place, what is known of it is filled in."""
    draft, about = prefilled(session, facility=facility)
    return _form(session, request, token, draft, about=about)


@router.post("/report")
def take(session: Db, request: Request, posted: Form, token: Token) -> Response:
    """Take the report; on any fault the form comes back with everything that was typed and sent."""
    draft = draft_of(posted, FIELDS)
    if not is_ours(posted, token):
        return _form(session, request, token, draft, {"form": STALE}, status=403)
    try:
        with session.begin_nested():
            draft = take_photos(session, draft, posted, by=None)
    except DomainError as error:
        problem = {"photos": (error.zh, error.en)}
        return _form(session, request, token, draft, problem, status=status_of(error))
    problems = problems_of(session, draft)
    if problems:
        return _form(session, request, token, draft, problems, status=422)
    if not draft["asked"] and not is_sent(session, draft):
        question = question_of(understand(session, report_of(draft), at=clock.now()))
        if question.alike:
            return _form(session, request, token, draft, question=question)
    try:
        with session.begin_nested():
            receipt = send(session, draft)
    except DomainError as error:
        words, fresh = (error.zh, error.en), draft
        if isinstance(error, Conflict) and error.code == "idempotency_key_reused":
            words, fresh = TWICE, draft.anew()
        return _form(session, request, token, fresh, {"form": words}, status=status_of(error))
    return go(f"/report/done/{receipt.id}?token={receipt.token}")
