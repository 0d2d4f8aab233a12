"""Atom (RFC 4287) of open cases: what changed in an area, for readers of feeds; nobody can guess an entry's id."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlsplit
from xml.etree.ElementTree import Element, SubElement, tostring

from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.config import settings
from dispatch.web.parts.language import TAGS, Language

ATOM: Final = "http://www.w3.org/2005/Atom"
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
    _text(author, "name", "柳州市城市管理信息中心")
    for each in entries:
        _add(root, each, address=f"{base}/map{tail}")
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True))


def _add(root: Element, entry: Entry, *, address: str) -> None:
    made = SubElement(root, "entry")
    _text(made, "title", entry.title)
    _text(made, "id", f"tag:{urlsplit(settings().base_url).hostname},2026:{_secret(entry)}")
    SubElement(made, "link", {"rel": "alternate", "type": "text/html", "href": address})
    _text(made, "published", _moment(_day(entry.created_at)))
    _text(made, "updated", _moment(max(entry.updated_at, _day(entry.created_at))))
    _text(made, "summary", f"{entry.place} · {entry.created_at.astimezone(CITY_ZONE):%Y-%m-%d}")


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


def _text(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text
