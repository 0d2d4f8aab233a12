"""The log of notices: what was said to whom (masked), what the provider answered, and what is sent again."""

from typing import Annotated, Final

from fastapi import Depends, Request
from fastapi.responses import Response

from dispatch.kit import clock
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.notices import commands, queries
from dispatch.notices.events import AGENT_MESSAGE, AUDIENCES, TELLINGS, WAYS, Way
from dispatch.notices.model import NoticeStatus
from dispatch.notices.queries import LogFilter
from dispatch.notices.senders.base import hide_tokens
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.web.admin.frame import PAGE, admin_page, asked, listing
from dispatch.web.parts.forms import Form
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Editor = Annotated[Person, Depends(require(Permission.NOTICES_EDIT))]
STATUSES: Final = {
    NoticeStatus.PENDING.value: ("待发送", "waiting"),
    NoticeStatus.SENT.value: ("已发送", "sent"),
    NoticeStatus.SKIPPED.value: ("未发送", "not sent"),
    NoticeStatus.DEAD.value: ("发送失败", "given up"),
}
EVENTS: Final = {name: each.name for name, each in TELLINGS.items()} | {
    AGENT_MESSAGE: ("坐席答复", "an agent's answer")
}


@router.get("/admin/notices/log")
def show_log(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """The log, newest first."""
    wanted = asked(request, "q", "status", "way")
    rows = queries.log_of(
        session,
        LogFilter(status=wanted["status"], way=wanted["way"], number=wanted["q"]),
        before=wanted.after(int),
        limit=PAGE + 1,
    )
    return admin_page(
        request,
        session,
        login,
        "admin/notices/log.html",
        listing=listing(wanted, rows, key=lambda row: row[0].id),
        statuses=STATUSES,
        ways=WAYS,
        audiences=AUDIENCES,
        events=EVENTS,
        hide=hide_tokens,
        dead=queries.count_dead(session),
    )


@router.post("/admin/notices/log/resend")
def resend_all(session: Db, person: Editor, posted: Form) -> Response:
    """Send everything again that was given up, or all of a way."""
    way = posted.get("way")
    commands.resend_dead(
        session, way=Way(way) if way in set(Way) else None, by=person, at=clock.now()
    )
    return go("/admin/notices/log?said=sent")


@router.post("/admin/notices/log/{notice_id}/resend")
def resend(notice_id: int, session: Db, person: Editor) -> Response:
    """Send one again."""
    commands.resend(session, notice_id, by=person, at=clock.now())
    return go("/admin/notices/log?said=sent")
