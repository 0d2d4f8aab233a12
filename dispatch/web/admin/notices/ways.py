"""Ways and robots: quiet hours and limits of each way, the robots of chat groups, who wants no notices."""

from datetime import time
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.departments.reference import departments
from dispatch.kit.errors import NotFound, invalid
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.notices import commands, queries
from dispatch.notices.commands import ChannelChange, RobotChange
from dispatch.notices.events import WAYS, Way
from dispatch.notices.model import NoticeRobot, RobotKind
from dispatch.notices.providers import provider_of
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.admin.frame import (
    Filled,
    a_number,
    a_reason,
    admin_page,
    attempt,
    filled,
    maybe_id,
)
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Editor = Annotated[Person, Depends(require(Permission.NOTICES_EDIT))]
ROBOTS: Final = [
    (RobotKind.WECOM.value, ("企业微信", "WeCom")),
    (RobotKind.DINGTALK.value, ("钉钉", "DingTalk")),
    (RobotKind.FEISHU.value, ("飞书", "Feishu")),
]


@router.get("/admin/notices/ways")
def show_ways(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """Each way with its quiet hours and how it fares."""
    return _ways(session, request, login)


@router.post("/admin/notices/ways/{way}")
def save_way(
    way: Way, session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """Set how a way is used."""

    def deed() -> Any:
        change = ChannelChange(
            enabled=posted.get("enabled") == "yes",
            quiet_from=_time(posted, "quiet_from"),
            quiet_until=_time(posted, "quiet_until"),
            max_attempts=int(a_number(posted, "max_attempts", least=1, most=20)),
            max_length=int(a_number(posted, "max_length", least=0, most=10_000)),
        )
        return commands.save_channel(session, way, change, by=person, reason=a_reason(posted))

    tried = attempt(session, deed)
    if tried.error is not None:
        return _ways(session, request, login, tried.again(posted), at=way, status=tried.status)
    return go("/admin/notices/ways?said=saved")


def _time(posted: Posted, name: str) -> time | None:
    given = posted.get(name)
    if not given:
        return None
    try:
        return time.fromisoformat(given)
    except ValueError:
        raise invalid(name, "请填写时刻,如 21:00", "Give a time such as 21:00") from None


def _ways(
    session: Session,
    request: Request,
    login: Login,
    form: Filled | None = None,
    *,
    at: Way | None = None,
    status: int = 200,
) -> Response:
    rows = queries.all_channels(session)
    names = ("enabled", "quiet_from", "quiet_until", "max_attempts", "max_length")
    shown = {}
    for way in Way:
        row = rows.get(way.value)
        values = {name: getattr(row, name, None) for name in names}
        for name in ("quiet_from", "quiet_until"):
            values[name] = f"{values[name]:%H:%M}" if values[name] else ""
        shown[way] = form if form is not None and at is way else filled(values)
    return admin_page(
        request,
        session,
        login,
        "admin/notices/ways.html",
        status=status,
        ways=shown,
        names=WAYS,
        rows=rows,
        senders={way: provider_of(way) for way in Way},
        dead=queries.count_dead(session),
    )


@router.get("/admin/notices/robots")
def show_robots(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """The robots, and the form for another."""
    return _robots(session, request, login, filled({"enabled": True}))


@router.get("/admin/notices/robots/{robot_id}")
def show_robot(
    robot_id: int, session: Db, request: Request, _person: Editor, login: CurrentLogin
) -> Response:
    """The same, with one of them in the form."""
    row = next((each for each in queries.all_robots(session) if each.id == robot_id), None)
    if row is None:
        raise NotFound("robot_not_found", "没有这个群机器人", "There is no such robot")
    names = {"name": row.name, "kind": row.kind, "enabled": row.enabled}
    form = filled({**names, "department": row.department_id})
    return _robots(session, request, login, form, row=row)


@router.post("/admin/notices/robots")
def save_robot(
    session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """Add or change a robot."""
    robot_id = maybe_id(posted, "robot_id")

    def deed() -> NoticeRobot:
        change = RobotChange(
            name=posted.get("name"),
            kind=posted.get("kind"),
            department_id=maybe_id(posted, "department"),
            url=posted.get("url"),
            secret=posted.get("secret"),
            enabled=posted.get("enabled") == "yes",
        )
        return commands.save_robot(
            session, change, robot_id=robot_id, by=person, reason=a_reason(posted)
        )

    tried = attempt(session, deed)
    if tried.error is not None:
        form = tried.again(posted)
        row = session.get(NoticeRobot, robot_id) if robot_id else None
        return _robots(session, request, login, form, row=row, status=tried.status)
    return go("/admin/notices/robots?said=saved")


@router.post("/admin/notices/robots/{robot_id}/remove")
def remove_robot(robot_id: int, session: Db, person: Editor, posted: Form) -> Response:
    """Take a robot away."""
    reason = posted.get("reason") or "删除"
    commands.remove_robot(session, robot_id, by=person, reason=reason)
    return go("/admin/notices/robots?said=closed")


def _robots(
    session: Session,
    request: Request,
    login: Login,
    form: Filled,
    *,
    row: NoticeRobot | None = None,
    status: int = 200,
) -> Response:
    units = departments(session)
    return admin_page(
        request,
        session,
        login,
        "admin/notices/robots.html",
        subject=f"notice-robot:{row.id}" if row else None,
        status=status,
        filled=form,
        row=row,
        robots=queries.all_robots(session),
        kinds=ROBOTS,
        kind_names=dict(ROBOTS),
        unit_names={each.id: each.name for each in units.values()},
        units=[(each.id, each.name) for each in units.values() if each.active],
        dead=queries.count_dead(session),
    )
