"""Conversations on WeChat: read the dialogue, answer it, make a case of it, link it, split it."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import uuid4

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases import present
from dispatch.cases.model import Case
from dispatch.cases.placing import point_of
from dispatch.catalogue.reference import catalogue
from dispatch.hotline.commands import talks as deeds
from dispatch.hotline.model import ModuleUse
from dispatch.hotline.queries.places import cases_near
from dispatch.hotline.queries.talks import (
    ANSWERABLE,
    lines_of,
    listed,
    open_talks,
    recent_talks,
    talk_of,
)
from dispatch.hotline.reference import modules_for
from dispatch.intake.channels.wechat.draft import Draft, draft_of
from dispatch.intake.channels.wechat.words import Missing
from dispatch.intake.model import WechatConversation
from dispatch.kit import clock
from dispatch.kit.errors import DomainError, InvalidInput, NotFound
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go
from dispatch.web.parts.shell import desk_page
from geo.crs import Crs

router = Router(include_in_schema=False)

Pair = tuple[str, str]
Agent = Annotated[Person, Depends(require(Permission.AGENT_DESK))]
LACKING: dict[Missing, Pair] = {
    Missing.WHAT: ("没有说明是什么问题", "it is not said what is wrong"),
    Missing.WHERE: ("没有说明地点", "it is not said where"),
    Missing.WHERE_EXACTLY: ("地点不够具体", "the place is not exact enough"),
}
STATUS: dict[str, Pair] = {
    "pending": ("发送中", "being sent"),
    "sent": ("已送达微信", "delivered to WeChat"),
    "skipped": ("未发送", "not sent"),
    "dead": ("发送失败", "could not be sent"),
}
SAID: dict[str, Pair] = {
    "answered": ("已回复", "answered"),
    "finished": ("已提交上报", "reported"),
    "linked": ("已并案", "linked"),
    "split": ("已拆分", "split"),
    "dropped": ("已放弃", "put away"),
}


def _page(
    session: Session,
    request: Request,
    login: Login,
    *,
    wanted: int = 0,
    said: str = "",
    refused: DomainError | None = None,
    typed: str = "",
) -> Response:
    person, now = login.person, clock.now()
    waiting, recent = open_talks(session), recent_talks(session, at=now)
    hand = next((each for each in (*waiting, *recent) if each.id == wanted), None)
    if hand is None and wanted:
        hand = talk_of(session, person, wanted)
    hand = hand or next(iter((*waiting, *recent)), None)
    return desk_page(
        request,
        session,
        login,
        "agent/wechat.html",
        status=status_of(refused) if refused else 200,
        waiting=listed(session, person, waiting),
        recent=listed(session, person, recent),
        talk=_in_hand(session, person, hand) if hand else None,
        modules=modules_for(session, ModuleUse.WECHAT),
        said=SAID.get(said),
        refused=(refused.zh, refused.en) if refused else None,
        typed=typed,
        statuses=STATUS,
        key=uuid4().hex,
    )


def _in_hand(session: Session, person: Person, talk: WechatConversation) -> dict[str, Any]:
    now, draft = clock.now(), draft_of(session, talk)
    case = session.get(Case, talk.case_id) if talk.case_id else None
    shown = present.cases_out(session, [case], person=person, at=now)[0] if case else None
    point = _point(session, draft)
    category = catalogue(session).by_id.get(draft.reading.category_id or 0)
    near = cases_near(session, *point, category=category, at=now) if point else []
    near = [each for each in near if case is None or each.case.id != case.id]
    cards = present.cases_out(session, [each.case for each in near], person=person, at=now)
    return {
        "row": talk,
        "lines": lines_of(session, talk),
        "case": shown,
        "is_open": talk.finished_at is None,
        "can_answer": now - talk.last_at < ANSWERABLE,
        "until": talk.last_at + timedelta(hours=48),
        "category": category,
        "missing": [LACKING[each] for each in draft.missing] if talk.finished_at is None else [],
        "point": point,
        "near": list(zip(cards, near, strict=True)),
    }


def _point(session: Session, draft: Draft) -> tuple[float, float] | None:
    """Where it is in stored degrees: the place that was sent, else what the words say."""
    if draft.place is None:
        return draft.reading.point
    try:
        found = point_of(
            session,
            draft.place["longitude"],
            draft.place["latitude"],
            draft.place.get("crs", Crs.WGS84),
        )
    except InvalidInput:
        return draft.reading.point
    return found.longitude, found.latitude


@router.get("/agent/wechat")
def list_talks(
    session: Db,
    request: Request,
    _person: Agent,
    login: CurrentLogin,
    said: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """The conversations, and the one that waits longest."""
    return _page(session, request, login, said=said)


@router.get("/agent/wechat/{talk_id}")
def show_talk(
    session: Db,
    request: Request,
    _person: Agent,
    login: CurrentLogin,
    talk_id: int,
    said: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """One conversation."""
    return _page(session, request, login, wanted=talk_id, said=said)


@router.post("/agent/wechat/{talk_id}/{deed}")
def do_deed(
    session: Db,
    request: Request,
    person: Agent,
    login: CurrentLogin,
    talk_id: int,
    deed: str,
    posted: Form,
) -> Response:
    """Answer, finish, link, split or put away; a refusal says why and keeps what was typed."""
    try:
        with session.begin_nested():
            said = _do(session, person, talk_id, deed, posted)
    except NotFound:
        raise
    except DomainError as error:
        text = posted.get("text")
        return _page(session, request, login, wanted=talk_id, refused=error, typed=text)
    if said == "dropped":
        return go("/agent/wechat?said=dropped")
    return go(f"/agent/wechat/{talk_id}?said={said}")


def _do(session: Session, person: Person, talk_id: int, deed: str, posted: Posted) -> str:
    now = clock.now()
    if deed == "answer":
        text, key = posted.get("text"), posted.get("key")[:64]
        deeds.answer(session, talk_id, text, key=key, by=person, at=now)
        return "answered"
    if deed == "finish":
        deeds.finish_talk(session, talk_id, by=person, at=now)
        return "finished"
    if deed == "link":
        deeds.link_talk(session, talk_id, posted.get("of"), by=person, at=now)
        return "linked"
    if deed == "split":
        deeds.split_talk(session, talk_id, posted.lists.get("keys", []), by=person, at=now)
        return "split"
    if deed == "drop":
        deeds.put_talk_away(session, talk_id, by=person, at=now)
        return "dropped"
    raise NotFound("no_such_deed", "这里没有这个操作", "There is no such deed here")
