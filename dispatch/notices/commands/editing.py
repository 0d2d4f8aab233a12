"""What an administrator changes: texts (a new version each time), rules, ways, robots; each audited with old and new."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.departments.reference import departments
from dispatch.kit import audit
from dispatch.kit.errors import Conflict, Field, InvalidInput, NotFound, invalid
from dispatch.kit.sealing import masked, seal
from dispatch.notices import texts
from dispatch.notices.events import TELLINGS, WAYS_TO, Audience, Way
from dispatch.notices.model import (
    NoticeChannel,
    NoticeRobot,
    NoticeRule,
    NoticeTemplate,
    RobotKind,
)
from dispatch.notices.reference import contents
from dispatch.notices.senders.base import lines_of
from dispatch.people.policy import Person

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class TemplateKey:
    """Which text: for an event, an audience, a way and a language."""

    event: str
    audience: str
    way: str
    language: str


@dataclass(frozen=True)
class Draft:
    """A text as an administrator typed it."""

    subject: str
    body: str
    external_id: str = ""


def subject_of(key: TemplateKey) -> str:
    """What the audit log calls this text."""
    return f"notice-template:{key.event}/{key.audience}/{key.way}/{key.language}"


def check_key(key: TemplateKey) -> None:
    """Refuse an event, audience or way that there is not, or that do not go together."""
    telling = TELLINGS.get(key.event)
    fits = (
        telling is not None
        and key.audience in set(Audience)
        and Audience(key.audience) in telling.audiences
        and key.way in set(Way)
        and Way(key.way) in WAYS_TO[Audience(key.audience)]
        and key.language in LANGUAGES
    )
    if not fits:
        raise NotFound(
            "no_such_notice",
            "没有这种通知:请从列表中选择事件、对象和方式",
            "There is no such notice; choose event, audience and way from the list",
        )


def check_draft(session: Session, key: TemplateKey, draft: Draft) -> None:
    """Refuse a text that is empty, too long, or has placeholders that cannot be filled in."""
    check_key(key)
    way = Way(key.way)
    if not draft.body.strip():
        raise invalid("body", "请填写内容", "Write the text")
    for field, text in (("subject", draft.subject), ("body", draft.body)):
        texts.check(text, event=key.event, audience=key.audience, field=field)
    if way is Way.IN_APP and not draft.subject.strip():
        raise invalid("subject", "站内通知要有标题", "An in-app notice needs a subject")
    if way is Way.WECHAT_TEMPLATE and not lines_of(draft.body):
        raise invalid(
            "body",
            "模板消息每行写一个字段,如 thing1:{category}",
            "Write one field a line, such as thing1: {category}",
        )
    _check_length(session, way, draft)


def _check_length(session: Session, way: Way, draft: Draft) -> None:
    longest = texts.LONGEST[way]
    if len(draft.body) > longest or len(draft.subject) > texts.LONGEST_SUBJECT:
        raise InvalidInput(
            "too_long",
            "内容太长",
            "The text is too long",
            [
                Field(
                    "body",
                    f"内容最多 {longest} 字,标题最多 {texts.LONGEST_SUBJECT} 字",
                    f"At most {longest} characters, {texts.LONGEST_SUBJECT} in the subject",
                )
            ],
        )
    most = contents(session).channel(way).max_length
    if way is Way.SMS and most:
        filled = texts.say("", draft.body, texts.samples("zh")).body
        found = texts.sms_length(filled)
        if found.segments > most:
            raise invalid(
                "body",
                f"按示例填好后为 {found.characters} 字、{found.segments} 条短信,最多 {most} 条;请缩短",
                f"Filled in it has {found.characters} characters, {found.segments} SMS parts; "
                f"{most} are allowed, shorten it",
            )


def save_template(
    session: Session,
    key: TemplateKey,
    draft: Draft,
    *,
    by: Person,
    at: datetime,
    reason: str,
    seen: int | None = None,
) -> NoticeTemplate:
    """Put a text in force as a new version; the same text again changes nothing.

    Raises InvalidInput, NotFound, and StaleVersion when somebody else has saved it since `seen`.
    """
    check_draft(session, key, draft)
    before = session.scalar(
        select(NoticeTemplate)
        .where(
            NoticeTemplate.event == key.event,
            NoticeTemplate.audience == key.audience,
            NoticeTemplate.way == key.way,
            NoticeTemplate.language == key.language,
            NoticeTemplate.active,
        )
        .with_for_update()
    )
    audit.expect_version(session, subject_of(key), seen)
    old = None if before is None else Draft(before.subject, before.body, before.external_id)
    if before is not None and old == draft:
        return before
    if before is not None:
        before.active = False
        session.flush()
    made = NoticeTemplate(
        event=key.event,
        audience=key.audience,
        way=key.way,
        language=key.language,
        version=_last_version(session, key) + 1,
        subject=draft.subject,
        body=draft.body,
        external_id=draft.external_id,
        changed_at=at,
        changed_by=by.name,
    )
    session.add(made)
    session.flush()
    changes = {"old": None if old is None else asdict(old), "new": asdict(draft)}
    record(session, "notice_template_saved", subject_of(key), by=by, reason=reason, changes=changes)
    return made


def _last_version(session: Session, key: TemplateKey) -> int:
    return (
        session.scalar(
            select(func.max(NoticeTemplate.version)).where(
                NoticeTemplate.event == key.event,
                NoticeTemplate.audience == key.audience,
                NoticeTemplate.way == key.way,
                NoticeTemplate.language == key.language,
            )
        )
        or 0
    )


@dataclass(frozen=True)
class RuleChange:
    """A rule as an administrator sets it."""

    event: str
    audience: str
    way: str
    rank: int = 1
    otherwise: bool = False
    case_channel: str | None = None
    urgent: bool = False
    active: bool = True


def save_rule(
    session: Session, change: RuleChange, *, rule_id: int | None, by: Person, reason: str
) -> NoticeRule:
    """Add or change a rule. Raises InvalidInput where there is no text for it, Conflict for a second one."""
    check_key(TemplateKey(change.event, change.audience, change.way, "zh"))
    if contents(session).template(change.event, change.audience, change.way, "zh") is None:
        raise invalid(
            "way",
            "还没有这种通知的文本,请先写好文本再启用规则",
            "There is no text for this yet; write it before the rule",
        )
    same = select(NoticeRule).where(
        NoticeRule.event == change.event,
        NoticeRule.audience == change.audience,
        NoticeRule.way == change.way,
        NoticeRule.case_channel == change.case_channel
        if change.case_channel
        else NoticeRule.case_channel.is_(None),
    )
    other = session.scalar(same)
    if other is not None and other.id != rule_id:
        raise Conflict(
            "rule_exists",
            "已有同样的规则,请修改那一条",
            "There is such a rule already; change that one",
        )
    rule = _rule(session, rule_id)
    old = _columns(rule, asdict(change)) if rule.id is not None else None
    for name, value in asdict(change).items():
        setattr(rule, name, value)
    session.add(rule)
    session.flush()
    changes = {"old": old, "new": asdict(change)}
    record(
        session,
        "notice_rule_saved",
        f"notice-rule:{rule.id}",
        by=by,
        reason=reason,
        changes=changes,
    )
    return rule


def _rule(session: Session, rule_id: int | None) -> NoticeRule:
    if rule_id is None:
        return NoticeRule()
    found = session.get(NoticeRule, rule_id, with_for_update=True)
    if found is None:
        raise NotFound("rule_not_found", "没有这条规则", "There is no such rule")
    return found


@dataclass(frozen=True)
class ChannelChange:
    """How a way is to be used."""

    enabled: bool
    quiet_from: time | None
    quiet_until: time | None
    max_attempts: int
    max_length: int


def save_channel(
    session: Session, way: Way, change: ChannelChange, *, by: Person, reason: str
) -> NoticeChannel:
    """Set how a way is used from now on. Raises InvalidInput."""
    if (change.quiet_from is None) != (change.quiet_until is None):
        raise invalid(
            "quiet_until",
            "免打扰的开始和结束要一起填写,或都不填",
            "Give both ends of the quiet hours, or neither",
        )
    if not 1 <= change.max_attempts <= 20 or not 0 <= change.max_length <= 10_000:
        raise invalid(
            "max_attempts", "尝试次数为 1–20 次", "Between 1 and 20 attempts are possible"
        )
    row = session.get(NoticeChannel, way.value, with_for_update=True) or NoticeChannel(
        way=way.value, failures=0
    )
    old = _columns(row, asdict(change))
    for name, value in asdict(change).items():
        setattr(row, name, value)
    row.failures, row.open_until = 0, None
    session.add(row)
    session.flush()
    changes = {"old": old, "new": asdict(change)}
    record(session, "notice_way_saved", f"notice-way:{way}", by=by, reason=reason, changes=changes)
    return row


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


def _columns(row: object, names: Mapping[str, Any]) -> dict[str, Any]:
    return {name: getattr(row, name) for name in names}


def record(
    session: Session,
    action: str,
    subject: str,
    *,
    by: Person,
    reason: str,
    changes: Mapping[str, Any],
) -> None:
    """An audit line with the reason, the old and the new. Raises InvalidInput without a reason."""
    if not reason.strip():
        raise invalid("reason", "请填写修改原因", "Say why this is changed")
    told = audit.differences(_plain(changes.get("old") or {}), _plain(changes.get("new") or {}))
    details = {"reason": reason.strip()[:500]}
    audit.changed(session, action, subject=subject, by=by, changes=told, details=details)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: f"{each:%H:%M}" if isinstance(each, time) else each for name, each in values.items()
    }
