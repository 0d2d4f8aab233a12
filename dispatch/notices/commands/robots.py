"""The group robots an administrator keeps: added, changed, taken away; each audited with old and new."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.departments.reference import departments
from dispatch.kit.errors import Conflict, NotFound, invalid
from dispatch.kit.sealing import masked, seal
from dispatch.notices.commands.recording import record
from dispatch.notices.model import NoticeRobot, RobotKind
from dispatch.people.policy import Person


@dataclass(frozen=True)
class RobotChange:
    """A group robot; an empty `url` or `secret` leaves the one that is there."""

    name: str
    kind: str
    department_id: int | None
    url: str = ""
    secret: str = ""
    enabled: bool = True


def save_robot(
    session: Session, change: RobotChange, *, robot_id: int | None, by: Person, reason: str
) -> NoticeRobot:
    """Add or change a robot. Raises InvalidInput, NotFound, Conflict for a name that is taken."""
    _check_robot(session, change, is_new=robot_id is None)
    taken = session.scalar(select(NoticeRobot.id).where(NoticeRobot.name == change.name))
    if taken is not None and taken != robot_id:
        raise Conflict(
            "name_taken", "已有同名的群机器人,请换一个名称", "There is a robot of this name already"
        )
    robot = NoticeRobot() if robot_id is None else session.get(NoticeRobot, robot_id)
    if robot is None:
        raise NotFound("robot_not_found", "没有这个群机器人", "There is no such robot")
    robot.name, robot.kind, robot.enabled = change.name, change.kind, change.enabled
    robot.department_id = change.department_id
    if change.url:
        robot.url_sealed = seal(change.url)
    if change.secret:
        robot.secret_sealed = seal(change.secret)
    session.add(robot)
    session.flush()
    host = urlsplit(change.url).hostname if change.url else None
    new = {
        "name": change.name,
        "kind": change.kind,
        "department_id": change.department_id,
        "enabled": change.enabled,
        "host": host,
        "secret": masked(change.secret) if change.secret else None,
    }
    record(
        session,
        "notice_robot_saved",
        f"notice-robot:{robot.id}",
        by=by,
        reason=reason,
        changes={"new": new},
    )
    return robot


def remove_robot(session: Session, robot_id: int, *, by: Person, reason: str) -> None:
    """Take a robot away; what it was told stays in the log."""
    robot = session.get(NoticeRobot, robot_id)
    if robot is None:
        raise NotFound("robot_not_found", "没有这个群机器人", "There is no such robot")
    name = robot.name
    session.delete(robot)
    session.flush()
    record(
        session,
        "notice_robot_removed",
        f"notice-robot:{robot_id}",
        by=by,
        reason=reason,
        changes={"old": {"name": name}},
    )


def _check_robot(session: Session, change: RobotChange, *, is_new: bool) -> None:
    if not change.name.strip() or len(change.name) > 60:
        raise invalid("name", "请填写名称,最多 60 字", "Give it a name of at most 60 characters")
    if change.kind not in set(RobotKind):
        raise invalid("kind", "请选择企业微信、钉钉或飞书", "Choose WeCom, DingTalk or Feishu")
    if change.department_id is not None and change.department_id not in departments(session):
        raise invalid("department", "没有这个部门", "There is no such department")
    if not change.url and not is_new:
        return
    parts = urlsplit(change.url)
    if parts.scheme not in {"https", "http"} or not parts.hostname or len(change.url) > 1000:
        raise invalid(
            "url",
            "请粘贴群机器人的完整 Webhook 地址,以 https:// 开头",
            "Paste the robot's whole webhook address, beginning with https://",
        )
