"""Camera review: the picture with its box, three facts, one key, the next; the last ten can be taken back."""

from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases import present
from dispatch.cases.states import STAGE_LABELS, VERB_LABELS, Stage, Verb
from dispatch.hotline.model import ModuleUse
from dispatch.hotline.queries.waiting import Decided, alarm_of, decided_by, waiting_for
from dispatch.hotline.reference import modules_for
from dispatch.kit import clock
from dispatch.kit.errors import DomainError, NotFound
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.agent import work
from dispatch.web.parts.forms import Form
from dispatch.web.parts.page import go
from dispatch.web.parts.shell import desk_page

router = Router(include_in_schema=False)

Agent = Annotated[Person, Depends(require(Permission.AGENT_DESK))]
DEEDS: Final = frozenset(
    {
        Verb.ACCEPT,
        Verb.REJECT,
        Verb.REQUEST_VERIFICATION,
        Verb.LINK_DUPLICATE,
        Verb.TAKE_BACK,
        Verb.REOPEN,
    }
)
#: What takes a decision back, by the stage that it led to.
UNDO: Final = {
    Stage.ACCEPTED: Verb.TAKE_BACK,
    Stage.REJECTED: Verb.TAKE_BACK,
    Stage.DUPLICATE: Verb.REOPEN,
}
_UNDOING: Final = frozenset(UNDO.values())
#: The strip shows what was decided within this time.
SHIFT: Final = timedelta(hours=12)


def _page(
    session: Session,
    request: Request,
    login: Login,
    *,
    wanted: str,
    said: str = "",
    of: str = "",
    refused: DomainError | None = None,
) -> Response:
    person, now = login.person, clock.now()
    waiting = waiting_for(session, person, camera=True)
    case = work.in_hand(waiting, wanted)
    return desk_page(
        request,
        session,
        login,
        "agent/review.html",
        status=status_of(refused) if refused else 200,
        refused=(refused.zh, refused.en) if refused else None,
        said=work.said_of(said, of),
        count=len(waiting),
        hand=work.details_of(session, person, case) if case else None,
        alarm=alarm_of(session, case) if case else None,
        following=work.after(waiting, case) if case else "",
        strip=_strip(session, person, decided_by(session, person, since=now - SHIFT)),
        reasons=modules_for(session, ModuleUse.REJECT),
    )


def _strip(session: Session, person: Person, decided: list[Decided]) -> list[dict[str, object]]:
    """Past decisions as they are drawn: `undo` is the deed that takes one back, while there is one."""
    cases = [each.case for each in decided]
    shown = present.cases_out(session, cases, person=person, at=clock.now())
    return [
        {
            "case": case,
            "words": VERB_LABELS[each.verb],
            "stage": STAGE_LABELS[case.stage],
            "photo_id": each.photo_id,
            "undo": undo if (undo := UNDO.get(case.stage)) in case.allowed else None,
            "is_undone": case.stage is Stage.REPORTED,
        }
        for case, each in zip(shown, decided, strict=True)
    ]


@router.get("/agent/review")
def look(
    session: Db,
    request: Request,
    _person: Agent,
    login: CurrentLogin,
    case: Annotated[str, Query(max_length=64)] = "",
    said: Annotated[str, Query(max_length=40)] = "",
    of: Annotated[str, Query(max_length=64)] = "",
) -> Response:
    """The alarm in hand."""
    return _page(session, request, login, wanted=case, said=said, of=of)


@router.post("/agent/review/{case_id}/{verb}")
def decide(
    session: Db,
    request: Request,
    person: Agent,
    login: CurrentLogin,
    case_id: str,
    verb: Verb,
    posted: Form,
) -> Response:
    """Decide and go on to the next; or take a decision back and look at it again."""
    if verb not in DEEDS:
        raise NotFound("no_such_deed", "这里没有这个操作", "There is no such deed here")
    refused = work.do(session, person, case_id, verb, posted)
    if refused is not None:
        return _page(session, request, login, wanted=case_id, refused=refused)
    following = case_id if verb in _UNDOING else posted.get("next")
    asked = urlencode({"case": following, "said": verb.value, "of": case_id})
    return go(f"/agent/review?{asked}")
