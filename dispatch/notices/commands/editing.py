"""What an administrator changes: texts (a new version each time), rules and ways; each audited with old and new."""

from dataclasses import asdict, dataclass
from datetime import datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.kit import audit
from dispatch.kit.errors import Conflict, Field, InvalidInput, NotFound, invalid
from dispatch.notices import texts
from dispatch.notices.commands.recording import columns, record
from dispatch.notices.events import TELLINGS, WAYS_TO, Audience, Way
from dispatch.notices.model import (
    NoticeChannel,
    NoticeRule,
    NoticeTemplate,
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
    old = columns(rule, asdict(change)) if rule.id is not None else None
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
    old = columns(row, asdict(change))
    for name, value in asdict(change).items():
        setattr(row, name, value)
    row.failures, row.open_until = 0, None
    session.add(row)
    session.flush()
    changes = {"old": old, "new": asdict(change)}
    record(session, "notice_way_saved", f"notice-way:{way}", by=by, reason=reason, changes=changes)
    return row
