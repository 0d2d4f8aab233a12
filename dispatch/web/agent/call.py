"""A call being written down: typed in one column, the rest fills by itself, kept with every pause."""

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from pydantic import ValidationError
from sqlalchemy.orm import Session

from dispatch.cases import present
from dispatch.cases.commands import find_case
from dispatch.cases.model import Case, Photo
from dispatch.catalogue.reference import catalogue
from dispatch.hotline.commands.drafts import (
    FIELDS,
    add_photos,
    begin_call,
    drop_photo,
    keep_call,
    put_call_away,
    register_call,
)
from dispatch.hotline.model import CallDraft, ModuleUse
from dispatch.hotline.queries.drafts import draft_of, drafts_of, photo_ids
from dispatch.hotline.queries.promise import promised_at
from dispatch.hotline.reference import modules_for
from dispatch.intake.api import STAFF_CHANNELS, channel_for
from dispatch.intake.commands.understand import condition_of
from dispatch.intake.queries import message_by_key
from dispatch.intake.schemas import Receipt, StaffReportIn
from dispatch.kit import clock
from dispatch.kit.errors import Conflict, DomainError, NotFound
from dispatch.kit.files import media
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.agent.side import side_of
from dispatch.web.parts import labels
from dispatch.web.parts.drafts import complaints_of
from dispatch.web.parts.forms import Form
from dispatch.web.parts.page import go, show
from dispatch.web.parts.shell import desk_page
from dispatch.web.parts.sounds import sound_of

router = Router(include_in_schema=False)

Pair = tuple[str, str]
Agent = Annotated[Person, Depends(require(Permission.AGENT_DESK))]
#: Channels that an agent writes down, the usual first.
CHANNELS: Final = [each for each in labels.CHANNELS if each in STAFF_CHANNELS]


def _source(person: Person) -> str:
    return f"user:{person.id}"


def _typed(draft: CallDraft) -> dict[str, str]:
    """Every field, empty where nothing was typed."""
    return {name: str(draft.fields.get(name, "")) for name in FIELDS}


def _tab(draft: CallDraft) -> str:
    """What a tab is called: where, else what, else who."""
    told = (draft.fields.get(name, "") for name in ("address", "description", "contact_phone"))
    return next(filter(None, told), "")[:14]


def _page(
    session: Session,
    request: Request,
    login: Login,
    draft: CallDraft,
    problems: dict[str, Pair] | None = None,
    *,
    status: int = 200,
) -> Response:
    person = login.person
    categories = [each for each in catalogue(session).by_id.values() if each.active]
    return desk_page(
        request,
        session,
        login,
        "agent/call.html",
        status=status,
        draft=draft,
        fields=_typed(draft),
        photos=photo_ids(draft),
        tab=_tab(draft),
        tabs=[(each, _tab(each)) for each in drafts_of(session, person)],
        problems=problems or {},
        channels=CHANNELS,
        categories=[(each, *sound_of(each.name)) for each in categories],
        modules=modules_for(session, ModuleUse.CALL),
        side=side_of(session, person, draft.fields, at=clock.now()),
    )


@router.get("/agent/call")
def latest(
    session: Db, person: Agent, phone: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """The call worked on last, or a new one. With `phone` (the telephone system opens this address)
    the call of that number."""
    drafts = drafts_of(session, person)
    if phone:
        same = [each for each in drafts if each.fields.get("contact_phone") == phone]
        if not same:
            same = [begin_call(session, by=person, at=clock.now(), fields={"contact_phone": phone})]
        return go(f"/agent/call/{same[0].id}")
    last = max(drafts, key=lambda each: each.updated_at, default=None)
    draft = last or begin_call(session, by=person, at=clock.now())
    return go(f"/agent/call/{draft.id}")


@router.post("/agent/call")
def begin(session: Db, person: Agent) -> Response:
    """Another call beside those that stand open."""
    drafts = drafts_of(session, person)
    empty = next((each for each in drafts if not each.fields), None)
    return go(f"/agent/call/{(empty or begin_call(session, by=person, at=clock.now())).id}")


@router.get("/agent/call/done/{case_id}")
def done(
    session: Db, request: Request, person: Agent, login: CurrentLogin, case_id: str
) -> Response:
    """The number to read out and the time to promise."""
    now = clock.now()
    case = find_case(session, case_id, by=person)
    master = session.get(Case, case.duplicate_of_id) if case.duplicate_of_id else None
    shown = [case] if master is None else [case, master]
    told = present.cases_out(session, shown, person=person, at=now)
    return desk_page(
        request,
        session,
        login,
        "agent/done.html",
        case=told[0],
        master=told[1] if master else None,
        promised=promised_at(session, master or case, at=now),
        waiting=len(drafts_of(session, person)),
    )


@router.get("/agent/call/{draft_id}")
def show_call(
    session: Db, request: Request, person: Agent, login: CurrentLogin, draft_id: UUID
) -> Response:
    """A call as far as it has been written down."""
    return _page(session, request, login, draft_of(session, person, draft_id))


@router.post("/agent/call/{draft_id}/keep")
def keep(
    session: Db, request: Request, person: Agent, login: CurrentLogin, draft_id: UUID, posted: Form
) -> Response:
    """Keep what is typed, and answer with what it tells."""
    now = clock.now()
    draft = keep_call(session, draft_id, posted.fields, by=person, at=now)
    side = side_of(session, person, draft.fields, at=now)
    return show(
        request, "agent/side.html", login=login, side=side, fields=_typed(draft), tab=_tab(draft)
    )


@router.post("/agent/call/{draft_id}/photos")
def give_photos(
    session: Db, request: Request, person: Agent, login: CurrentLogin, draft_id: UUID, posted: Form
) -> Response:
    """Photos that the caller sent another way: kept with the call, and shown."""
    uploads = posted.files.get("photos", [])
    draft = add_photos(session, draft_id, uploads, by=person, at=clock.now())
    return _photos(request, login, draft)


@router.post("/agent/call/{draft_id}/photos/{photo_id}/away")
def take_photo_back(
    session: Db,
    request: Request,
    person: Agent,
    login: CurrentLogin,
    draft_id: UUID,
    photo_id: UUID,
) -> Response:
    """The call does without this photo."""
    return _photos(request, login, drop_photo(session, draft_id, photo_id, by=person))


@router.get("/agent/call/{draft_id}/photos/{photo_id}", response_class=Response)
def show_photo(session: Db, person: Agent, draft_id: UUID, photo_id: UUID) -> Response:
    """A photo of a call, small, for whoever writes the call down."""
    draft = draft_of(session, person, draft_id)
    photo = session.get(Photo, photo_id) if str(photo_id) in photo_ids(draft) else None
    if photo is None:
        raise NotFound(
            "no_such_photo", "照片已不在，请重新选择", "The photo is gone: choose it again"
        )
    return Response(
        media().get(photo.thumbnail_key),
        media_type="image/jpeg",
        headers={"Cache-Control": "private, max-age=3600"},
    )


def _photos(request: Request, login: Login, draft: CallDraft) -> Response:
    """The photos of a call alone where a script asks, else the page again."""
    if request.headers.get("x-part") != "photos":
        return go(f"/agent/call/{draft.id}")
    return show(
        request, "agent/call_photos.html", login=login, draft=draft, photos=photo_ids(draft)
    )


@router.post("/agent/call/{draft_id}/away")
def put_away(session: Db, person: Agent, draft_id: UUID) -> Response:
    """Nothing comes of this call."""
    put_call_away(session, draft_id, by=person)
    return go("/agent/call")


@router.post("/agent/call/{draft_id}")
def register(
    session: Db, request: Request, person: Agent, login: CurrentLogin, draft_id: UUID, posted: Form
) -> Response:
    """Register it, by itself or with a case that is there; on any fault everything typed stays."""
    now = clock.now()
    try:
        draft = keep_call(session, draft_id, posted.fields, by=person, at=now)
    except NotFound:
        return _registered_before(session, person, draft_id)
    try:
        if uploads := posted.files.get("photos"):
            with session.begin_nested():
                draft = add_photos(session, draft_id, uploads, by=person, at=now)
        if posted.get("look"):
            return _page(session, request, login, draft)
        with session.begin_nested():
            receipt = _register(session, person, draft, same_as=posted.get("same_as"))
    except ValidationError as error:
        return _page(session, request, login, draft, complaints_of(error), status=422)
    except DomainError as error:
        problems: dict[str, Pair] = {each.name: (each.zh, each.en) for each in error.fields}
        shown = problems or {"form": (error.zh, error.en)}
        return _page(session, request, login, draft, shown, status=status_of(error))
    return go(f"/agent/call/done/{receipt.id}")


def _register(session: Session, person: Person, draft: CallDraft, *, same_as: str) -> Receipt:
    said: dict[str, Any] = dict(draft.fields)
    alone = bool(said.pop("alone", ""))
    given = StaffReportIn.model_validate(said)
    report = given.report(
        channel=channel_for(person, given),
        condition_id=condition_of(session, given),
        source=_source(person),
        dedupe_key=draft.id.hex,
        payload={**draft.fields, **({"same_as": same_as} if same_as else {})},
        reported_by=person,
        same_as=same_as or None,
        stands_alone=alone and not same_as,
    )
    return register_call(session, draft, report, at=clock.now())


def _registered_before(session: Session, person: Person, draft_id: UUID) -> Response:
    """The form was sent twice: the same receipt again."""
    for channel in CHANNELS:
        message = message_by_key(
            session, channel=channel, source=_source(person), dedupe_key=draft_id.hex
        )
        case = session.get(Case, message.case_id) if message and message.case_id else None
        if case is not None:
            return go(f"/agent/call/done/{case.public_id}")
    raise Conflict(
        "no_such_draft",
        "这份来电草稿已被放弃;请新开一个来电",
        "This call was put away; begin a new one",
    )
