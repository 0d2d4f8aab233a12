"""Call-backs: who to ring now, what to say, and what they said."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases import present, queries
from dispatch.cases.commands.reveal import reveal_reporters
from dispatch.cases.model import Case
from dispatch.hotline.commands.callbacks import Try, note_attempt
from dispatch.hotline.model import Callback, CallOutcome, ModuleUse
from dispatch.hotline.queries.callbacks import Waiting, attempts_of, callbacks_due
from dispatch.hotline.reference import knowledge, modules_for
from dispatch.kit import clock
from dispatch.kit.errors import DomainError, invalid
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go
from dispatch.web.parts.shell import desk_page
from dispatch.web.parts.times import local_instant

router = Router(include_in_schema=False)

Pair = tuple[str, str]
Agent = Annotated[Person, Depends(require(Permission.AGENT_DESK))]
OUTCOMES: Final[dict[CallOutcome, Pair]] = {
    CallOutcome.REACHED: ("已联系上", "reached"),
    CallOutcome.NOT_REACHED: ("未联系上", "not reached"),
    CallOutcome.LATER: ("约定时间再打", "try later"),
    CallOutcome.DECLINED: ("不愿评价", "declined"),
}
#: What was said that the next page tells once.
_NUMBER: Final = 2**62


def _page(
    session: Session,
    request: Request,
    login: Login,
    *,
    wanted: int,
    said: str = "",
    refused: DomainError | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    person, now = login.person, clock.now()
    waiting = callbacks_due(session, person, at=now)
    hand = next((each for each in waiting if each.callback.id == wanted), None)
    hand = hand or next(iter(waiting), None)
    cases = present.cases_out(session, [each.case for each in waiting], person=person, at=now)
    return desk_page(
        request,
        session,
        login,
        "agent/callbacks.html",
        status=status_of(refused) if refused else 200,
        waiting=list(zip(waiting, cases, strict=True)),
        hand=_in_hand(session, person, hand, now) if hand else None,
        outcomes=OUTCOMES,
        said=OUTCOMES.get(CallOutcome(said)) if said in set(CallOutcome) else None,
        refused=(refused.zh, refused.en) if refused else None,
        typed=typed or {},
    )


def _in_hand(session: Session, person: Person, hand: Waiting, at: datetime) -> dict[str, Any]:
    """The call in hand: whom, about what, what to say, and what was tried. Looking is audited."""
    callback, case = hand.callback, hand.case
    report = session.get_one(Case, callback.report_id)
    reporters = reveal_reporters(session, report, by=person)
    whom = next((row for row, _ in reporters if row.case_id == report.id and row.phone), None)
    shown = present.cases_out(session, [case], person=person, at=at)[0]
    category = shown.category.name if shown.category else "问题"
    rules = {each.id: each for each in knowledge(session).rules}
    return {
        "callback": callback,
        "case": shown,
        "report": report,
        "whom": whom,
        "photos": queries.photos_of(session, case),
        "result": case.result,
        "closed_at": case.closed_at,
        "rule": rules.get(callback.rule_id or 0),
        "scripts": [
            (each.title, _filled(each.text, what=category, number=report.number))
            for each in modules_for(session, ModuleUse.CALLBACK)
        ],
        "attempts": [
            (attempt, name, OUTCOMES[CallOutcome(attempt.outcome)])
            for attempt, name in attempts_of(session, callback)
        ],
    }


def _filled(text: str, *, what: str, number: str) -> str:
    return text.replace("{what}", what).replace("{number}", number)


@router.get("/agent/callbacks")
def list_callbacks(
    session: Db,
    request: Request,
    _person: Agent,
    login: CurrentLogin,
    call: Annotated[int, Query(ge=0, le=_NUMBER)] = 0,
    said: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The calls to be made now, and the one in hand."""
    return _page(session, request, login, wanted=call, said=said)


@router.post("/agent/callbacks/{callback_id}")
def keep_result(
    session: Db,
    request: Request,
    person: Agent,
    login: CurrentLogin,
    callback_id: int,
    posted: Form,
) -> Response:
    """Keep how the call ended and go on to the next."""
    try:
        with session.begin_nested():
            callback = _keep(session, person, callback_id, posted)
    except DomainError as error:
        return _page(
            session, request, login, wanted=callback_id, refused=error, typed=posted.fields
        )
    return go(
        f"/agent/callbacks?said={posted.get('outcome')}&call={_next(session, person, callback)}"
    )


def _next(session: Session, person: Person, callback: Callback) -> int:
    due = callbacks_due(session, person, at=clock.now())
    return next((each.callback.id for each in due if each.callback.id != callback.id), 0)


def _keep(session: Session, person: Person, callback_id: int, posted: Posted) -> Callback:
    given, score = posted.get("outcome"), posted.get("score")
    if given not in set(CallOutcome):
        raise invalid("outcome", "请选择通话结果", "Say how the call ended")
    told = Try(
        outcome=CallOutcome(given),
        score=int(score) if score in {"1", "2", "3", "4", "5"} else None,
        fixed={"yes": True, "no": False}.get(posted.get("fixed")),
        note=posted.get("note")[:500],
        again_at=local_instant(posted.get("again_at")),
    )
    return note_attempt(session, callback_id, told, by=person, at=clock.now())
