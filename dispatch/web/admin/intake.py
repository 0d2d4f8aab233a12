"""The intake log: every message as it came in, why it failed, and playing it again."""

from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases.model import Channel
from dispatch.cases.queries.held import public_ids_of
from dispatch.intake.channels.replay import replay
from dispatch.intake.model import IntakeMessage, IntakeStatus
from dispatch.intake.queries import MessageFilter, message_by_id, messages_found
from dispatch.kit import audit, clock
from dispatch.kit.errors import NotFound
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.admin import words
from dispatch.web.admin.audit import day_start
from dispatch.web.admin.frame import PAGE, Filled, admin_page, asked, attempt, filled, listing
from dispatch.web.parts.forms import Form
from dispatch.web.parts.labels import CHANNELS
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Reader = Annotated[Person, Depends(require(Permission.INTAKE_LOG))]
STATES: Final = [(each.value, words.MESSAGES[each.value][2]) for each in IntakeStatus]
#: Fields of a message that tell who somebody is; words and places may name people too.
PERSONAL: Final = frozenset(
    {
        "address",
        "contact",
        "contact_name",
        "contact_phone",
        "content",
        "description",
        "fromusername",
        "name",
        "on_behalf_of",
        "openid",
        "phone",
        "reporter",
        "text",
    }
)
MASK: Final = "＊＊＊"
#: Characters of a body that are shown; the rest is a picture.
LONGEST: Final = 20_000


@router.get("/admin/intake")
def show_log(session: Db, request: Request, _person: Reader, login: CurrentLogin) -> Response:
    """The log, newest first."""
    wanted = asked(request, "channel", "status", "error", "since", "until")
    status = wanted["status"]
    rows = messages_found(
        session,
        MessageFilter(
            channel=wanted["channel"],
            status=IntakeStatus(status) if status in set(IntakeStatus) else None,
            error_code=wanted["error"],
            since=day_start(wanted["since"]),
            until=day_start(wanted["until"], days=1),
        ),
        before=wanted.after(int),
        limit=PAGE + 1,
    )
    return admin_page(
        request,
        session,
        login,
        "admin/intake.html",
        listing=listing(wanted, rows, key=lambda row: row.id),
        states=STATES,
        channels=[(each.value, CHANNELS[each.value]) for each in Channel],
        numbers=public_ids_of(session, [row.case_id for row in rows if row.case_id]),
    )


@router.get("/admin/intake/{message_id}")
def show_one(
    message_id: int, session: Db, request: Request, _person: Reader, login: CurrentLogin
) -> Response:
    """One message, personal data masked."""
    return _one(session, request, login, message_id, filled({}))


@router.post("/admin/intake/{message_id}/reveal")
def reveal(
    message_id: int, session: Db, request: Request, person: Reader, login: CurrentLogin
) -> Response:
    """The same with everything in it; that somebody looked is kept."""
    audit.record(
        session,
        "message_revealed",
        subject=f"message:{message_id}",
        actor=person.username or person.name,
        actor_id=person.id,
    )
    return _one(session, request, login, message_id, filled({}), revealed=True)


@router.post("/admin/intake/{message_id}/replay")
def play_again(
    message_id: int,
    session: Db,
    request: Request,
    person: Reader,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Play it again: after a camera was registered, a key put right or a fault mended."""

    def deed() -> list[IntakeMessage]:
        again = posted.get("again") == "yes"
        played = replay(session, message_id, at=clock.now(), again=again)
        audit.record(
            session,
            "message_replayed",
            subject=f"message:{message_id}",
            actor=person.username or person.name,
            actor_id=person.id,
            details={"made": [each.id for each in played]},
        )
        return played

    tried = attempt(session, deed)
    if tried.done is None:
        form = tried.again(posted)
        return _one(session, request, login, message_id, form, status=tried.status)
    return go(f"/admin/intake/{message_id}?said=played")


def masked(value: Any, *, name: str = "") -> Any:
    """A message with what tells of people hidden, however deep it stands."""
    if isinstance(value, dict):
        return {key: masked(each, name=str(key).lower()) for key, each in value.items()}
    if isinstance(value, list):
        return [masked(each, name=name) for each in value]
    return MASK if name in PERSONAL and value not in (None, "") else value


def _one(
    session: Session,
    request: Request,
    login: Login,
    message_id: int,
    form_filled: Filled,
    *,
    revealed: bool = False,
    status: int = 200,
) -> Response:
    found = message_by_id(session, message_id)
    if found is None:
        raise NotFound("message_not_found", "接入日志中没有这条消息", "There is no such message")
    payload = found.payload or {}
    raw = (found.raw or b"")[:LONGEST].decode(errors="backslashreplace") if revealed else ""
    return admin_page(
        request,
        session,
        login,
        "admin/message.html",
        status=status,
        message=found,
        filled=form_filled,
        revealed=revealed,
        payload=words.pretty(payload if revealed else masked(payload)),
        raw=raw,
        answer=words.pretty(found.answer) if found.answer else "",
        numbers=public_ids_of(session, [found.case_id] if found.case_id else []),
    )
