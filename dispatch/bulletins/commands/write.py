"""Ask for a bulletin, and write it: its figures are counted now, then put into words."""

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from dispatch.bulletins import events
from dispatch.bulletins.commands.publish import publish_by_rule, record
from dispatch.bulletins.model import Bulletin, BulletinKind, BulletinRule, BulletinStatus
from dispatch.bulletins.queries import figures, listing
from dispatch.bulletins.states import Days
from dispatch.bulletins.writing import counted, wechat
from dispatch.bulletins.writing.scrub import scrub
from dispatch.bulletins.writing.whole import blocks_of, title_of
from dispatch.cases.model import Channel
from dispatch.departments.reference import department_name
from dispatch.kit import outbox
from dispatch.kit.db import Json
from dispatch.kit.errors import Conflict, invalid
from dispatch.people.policy import SYSTEM, Person
from dispatch.supervision.commands.rollup import refresh

#: Characters of a citizen's or a unit's words that a digest quotes.
LONGEST_QUOTE: Final = 200


def ask(session: Session, kind: BulletinKind, days: Days, *, by: Person, at: datetime) -> Bulletin:
    """Have the bulletin of these days written. Raises Conflict where it exists, InvalidInput for days to come."""
    if days.until > at:
        raise invalid(
            "first",
            "这段时间还没有结束，结束后再编制",
            "These days are not over yet: wait until they are",
        )
    if (found := listing.original_of(session, kind, days)) is not None:
        raise Conflict(
            "bulletin_exists",
            "这段时间的通报已经有了；草稿可以重新统计，已发布的可以更正",
            "There is a bulletin of these days: recount the draft, or correct what is published",
            extra={"id": found.id},
        )
    rule = listing.rule_of(session, kind)
    return _begin(session, rule, days, by=by, at=at)


def correct(
    session: Session, bulletin_id: int, *, reason: str, by: Person, at: datetime
) -> Bulletin:
    """Have a correction of a published bulletin written: counted anew, with what differs."""
    published = listing.bulletin_by_id(session, bulletin_id, lock=True)
    if published.status != BulletinStatus.PUBLISHED:
        raise Conflict(
            "not_published",
            "只有已发布的通报才需要更正；草稿请直接修改",
            "Only what is published is corrected; a draft can be edited",
        )
    if not reason.strip():
        raise invalid("reason", "请写明更正的原因", "Say why it is corrected")
    root = published.corrects_id or published.id
    if any(
        each.status != BulletinStatus.PUBLISHED
        for each in listing.corrections_of(session, root, published_only=False)
    ):
        raise Conflict(
            "correction_under_way",
            "已有一份更正草稿，请先发布或作废它",
            "There is a draft of a correction: publish it or put it away first",
        )
    rule = listing.rule_of(session, published.kind)
    days = Days(published.first, published.last)
    made = _begin(session, rule, days, by=by, at=at, corrects=root, reason=reason.strip()[:500])
    made.remarks = published.remarks
    session.flush()
    return made


def recount(session: Session, bulletin_id: int, *, by: Person) -> Bulletin:
    """Have the figures of a draft counted anew; what was edited in its examples is written anew too."""
    found = listing.bulletin_by_id(session, bulletin_id, lock=True)
    if found.status != BulletinStatus.DRAFT:
        raise Conflict("not_a_draft", "只有草稿可以重新统计", "Only a draft can be counted anew")
    found.status, found.files, found.files_error = BulletinStatus.MAKING, {}, None
    record(session, "bulletin_recounted", found, by=by)
    outbox.publish(session, events.asked(found.id))
    session.flush()
    return found


def _begin(
    session: Session,
    rule: BulletinRule,
    days: Days,
    *,
    by: Person,
    at: datetime,
    corrects: int | None = None,
    reason: str = "",
) -> Bulletin:
    made = Bulletin(
        kind=rule.kind,
        first=days.first,
        last=days.last,
        status=BulletinStatus.MAKING,
        title=title_of(rule, days, corrects=corrects is not None),
        content={},
        as_of=at,
        made_by_id=by.id,
        made_by=by.name,
        corrects_id=corrects,
        reason=reason,
    )
    session.add(made)
    session.flush()
    record(session, "bulletin_asked", made, by=by)
    outbox.publish(session, events.asked(made.id))
    session.flush()
    return made


def write(session: Session, bulletin_id: int, *, at: datetime) -> bool:
    """Count and word a bulletin that was asked for; False when that is done already."""
    found = listing.bulletin_by_id(session, bulletin_id, lock=True)
    if found.status != BulletinStatus.MAKING:
        return False
    refresh(session, at=at, wait=True)
    rule = listing.rule_of(session, found.kind)
    days = Days(found.first, found.last)
    found.as_of, found.status = at, BulletinStatus.DRAFT
    content = {
        "figures": _figures(session, rule, days),
        "examples": _examples(session, rule, days),
        "issuer": rule.issuer,
        "addressees": rule.addressees,
        "most": rule.most,
    }
    found.content = content
    original = (
        listing.bulletin_by_id(session, found.corrects_id)
        if found.corrects_id is not None
        else None
    )
    found.content = {**content, "blocks": blocks_of(found, original)}
    session.flush()
    if rule.publishes and found.corrects_id is None:
        publish_by_rule(session, found, at=at)
    else:
        outbox.publish(session, events.written(found.id))
    return True


def _figures(session: Session, rule: BulletinRule, days: Days) -> Json:
    match BulletinKind(rule.kind):
        case BulletinKind.MONTHLY:
            return counted.monthly(session, days)
        case BulletinKind.HAZARDS:
            return counted.hazards(session, days)
        case BulletinKind.WECHAT:
            channels = figures.cuts(session, days)["channels"]
            counts = channels.get(Channel.WECHAT.value, dict.fromkeys(figures.COUNTED, 0))
            return {"messages": figures.wechat_messages(session, days), **counts}


def _examples(session: Session, rule: BulletinRule, days: Days) -> list[Json]:
    """What a citizen wrote is shown to an editor first; what is published without a hand quotes nobody."""
    if BulletinKind(rule.kind) is not BulletinKind.WECHAT or rule.publishes:
        return []
    return [
        wechat.told(
            wechat.Example(
                case_id=row["id"],
                number=row["number"],
                title=f"{row['category'] or '城市管理问题'}已处理",
                said_at=row["created_at"],
                said=scrub(row["description"])[:LONGEST_QUOTE],
                answered_at=row["handled_at"],
                unit=department_name(session, row["department_id"], on=days.last) or counted.NOBODY,
                answer=scrub(row["result"])[:LONGEST_QUOTE],
            )
        )
        for row in listing.examples(session, days, most=rule.most)
    ]


def plan_due(session: Session, *, at: datetime) -> list[int]:
    """Have written what the rules say should be there by now; the ids of what was begun."""
    return [
        ask(session, kind, days, by=SYSTEM, at=at).id for kind, days in listing.due(session, at=at)
    ]
