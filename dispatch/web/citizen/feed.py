"""Feeds of open cases, RSS 2.0 and Atom: what changed in an area; nobody can guess an entry's id."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.config import settings
from dispatch.web.parts.language import TAGS, Language

ATOM: Final = "http://www.w3.org/2005/Atom"
AUTHOR: Final = "柳州市城市管理信息中心"
#: An empty feed still has to say when it was updated: when such feeds began.
BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Entry:
    """An open case: what and at which stage, where, since which day, and when its stage changed."""

    public_id: str
    title: str
    place: str
    created_at: datetime
    updated_at: datetime


def atom(title: str, *, query: str, entries: Sequence[Entry], language: Language) -> bytes:
    """The feed of an area; `query` is what its addresses carry."""
    base = settings().base_url
    tail = f"?{query}" if query else ""
    root = Element("feed", {"xmlns": ATOM, "xml:lang": TAGS[language]})
    _text(root, "title", title)
    _text(root, "id", f"{base}/map/feed{tail}")
    SubElement(root, "link", {"rel": "self", "href": f"{base}/map/feed{tail}"})
    SubElement(root, "link", {"rel": "alternate", "type": "text/html", "href": f"{base}/map{tail}"})
    newest = max((each.updated_at for each in entries), default=BEGINNING)
    _text(root, "updated", _moment(newest))
    author = SubElement(root, "author")
    _text(author, "name", AUTHOR)
    for each in entries:
        _add(root, each, address=f"{base}/map{tail}")
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def rss(title: str, *, query: str, entries: Sequence[Entry], language: Language) -> bytes:
    """The same in the format that every reader knows; an entry tells by its title how far it is."""
    base = settings().base_url
    tail = f"?{query}" if query else ""
    root = Element("rss", {"version": "2.0", "xmlns:atom": ATOM})
    channel = SubElement(root, "channel")
    _text(channel, "title", title)
    _text(channel, "link", f"{base}/map{tail}")
    _text(channel, "description", AUTHOR)
    _text(channel, "language", TAGS[language])
    newest = max((each.updated_at for each in entries), default=BEGINNING)
    _text(channel, "lastBuildDate", _old_moment(newest))
    _text(channel, "ttl", "5")
    own = {"rel": "self", "type": "application/rss+xml", "href": f"{base}/map/feed.rss{tail}"}
    SubElement(channel, "atom:link", own)
    for each in entries:
        item = SubElement(channel, "item")
        _text(item, "title", each.title)
        _text(item, "link", f"{base}/map{tail}")
        _text(item, "description", _summary(each))
        SubElement(item, "guid", {"isPermaLink": "false"}).text = _id_of(each)
        _text(item, "pubDate", _old_moment(_day(each.created_at)))
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _add(root: Element, entry: Entry, *, address: str) -> None:
    made = SubElement(root, "entry")
    _text(made, "title", entry.title)
    _text(made, "id", _id_of(entry))
    SubElement(made, "link", {"rel": "alternate", "type": "text/html", "href": address})
    _text(made, "published", _moment(_day(entry.created_at)))
    _text(made, "updated", _moment(max(entry.updated_at, _day(entry.created_at))))
    _text(made, "summary", _summary(entry))


def _id_of(entry: Entry) -> str:
    return f"tag:{urlsplit(settings().base_url).hostname},2026:{_secret(entry)}"


def _summary(entry: Entry) -> str:
    return f"{entry.place} · {entry.created_at.astimezone(CITY_ZONE):%Y-%m-%d}"


def _secret(entry: Entry) -> str:
    """Always the same for a case, and nothing that leads to it."""
    key = settings().secret_key.get_secret_value().encode()
    return hmac.new(key, f"feed:{entry.public_id}".encode(), hashlib.sha256).hexdigest()[:32]


def _day(at: datetime) -> datetime:
    """No more than the day is told of when something was reported."""
    local = at.astimezone(CITY_ZONE)
    return local.replace(hour=0, minute=0, second=0, microsecond=0)


def _moment(at: datetime) -> str:
    return at.astimezone(CITY_ZONE).isoformat(timespec="seconds")


def _old_moment(at: datetime) -> str:
    """As letters write it (RFC 822), which RSS asks for."""
    return format_datetime(at.astimezone(CITY_ZONE))


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
