"""Rules, texts and ways as a process holds them in memory, at their present version."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.reference import Cached
from dispatch.notices.events import Audience, Way
from dispatch.notices.model import NoticeChannel, NoticeRule, NoticeTemplate


@dataclass(frozen=True)
class RuleFacts:
    """A rule in force."""

    id: int
    event: str
    audience: Audience
    way: Way
    rank: int
    otherwise: bool
    case_channel: str | None
    urgent: bool


@dataclass(frozen=True)
class TemplateFacts:
    """A text in force."""

    id: int
    way: Way
    language: str
    subject: str
    body: str
    external_id: str


@dataclass(frozen=True)
class ChannelFacts:
    """How a way is used."""

    way: Way
    enabled: bool = True
    quiet_from: time | None = None
    quiet_until: time | None = None
    max_attempts: int = 6
    max_length: int = 0

    def after_quiet(self, at: datetime) -> datetime:
        """The instant itself, or the end of the quiet hours that it falls into (they may span midnight)."""
        begin, end = self.quiet_from, self.quiet_until
        if begin is None or end is None or begin == end:
            return at
        local = at.astimezone(CITY_ZONE)
        now = local.time()
        inside = begin <= now < end if begin < end else now >= begin or now < end
        if not inside:
            return at
        day = local.date() + timedelta(days=1 if begin > end and now >= begin else 0)
        return datetime.combine(day, end, CITY_ZONE)


@dataclass(frozen=True)
class Contents:
    """Everything at one version."""

    rules: dict[str, tuple[RuleFacts, ...]]
    templates: dict[tuple[str, str, str, str], TemplateFacts]
    channels: dict[str, ChannelFacts]

    def template(self, event: str, audience: str, way: str, language: str) -> TemplateFacts | None:
        """The text in this language, else in Chinese."""
        return self.templates.get((event, audience, way, language)) or self.templates.get(
            (event, audience, way, "zh")
        )

    def channel(self, way: Way) -> ChannelFacts:
        """How this way is used; as usual where nobody has said anything."""
        return self.channels.get(way) or ChannelFacts(way)


def _load(session: Session) -> Contents:
    rules: dict[str, list[RuleFacts]] = defaultdict(list)
    active = select(NoticeRule).where(NoticeRule.active)
    for row in session.scalars(active.order_by(NoticeRule.rank, NoticeRule.id)):
        rules[row.event].append(
            RuleFacts(
                id=row.id,
                event=row.event,
                audience=Audience(row.audience),
                way=Way(row.way),
                rank=row.rank,
                otherwise=row.otherwise,
                case_channel=row.case_channel,
                urgent=row.urgent,
            )
        )
    templates = {
        (row.event, row.audience, row.way, row.language): TemplateFacts(
            row.id, Way(row.way), row.language, row.subject, row.body, row.external_id
        )
        for row in session.scalars(select(NoticeTemplate).where(NoticeTemplate.active))
    }
    channels = {
        row.way: ChannelFacts(
            Way(row.way),
            row.enabled,
            row.quiet_from,
            row.quiet_until,
            row.max_attempts,
            row.max_length,
        )
        for row in session.scalars(select(NoticeChannel))
    }
    return Contents({event: tuple(found) for event, found in rules.items()}, templates, channels)


_contents = Cached("notices", _load)


def contents(session: Session) -> Contents:
    """Rules, texts and ways now."""
    return _contents.get(session)
