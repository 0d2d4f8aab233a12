"""Seed notices: the texts in both languages, who is told of what, and the quiet hours of each way."""

from datetime import time
from pathlib import Path

from sqlalchemy.orm import Session

from dispatch.notices.model import NoticeChannel, NoticeRule, NoticeTemplate
from dispatch.seed.files import rows_of
from dispatch.seed.keys import add_rows

TRUE = "true"


def seed_templates(session: Session, folder: Path) -> int:
    """The texts; every event that a rule names has one in Chinese and one in English."""
    found = [
        {name: row[name] for name in ("event", "audience", "way", "language", "subject", "body")}
        for row in rows_of(folder, "notices/templates.csv")
    ]
    return add_rows(session, NoticeTemplate, found)


def seed_rules(session: Session, folder: Path) -> int:
    """Who is told of what, and by which way."""
    found = [
        {
            "event": row["event"],
            "audience": row["audience"],
            "way": row["way"],
            "rank": int(row["rank"]),
            "otherwise": row["otherwise"] == TRUE,
            "case_channel": row["case_channel"] or None,
            "urgent": row["urgent"] == TRUE,
        }
        for row in rows_of(folder, "notices/rules.csv")
    ]
    return add_rows(session, NoticeRule, found)


def seed_channels(session: Session, folder: Path) -> int:
    """How each way is used."""
    found = [
        {
            "way": row["way"],
            "quiet_from": _hour(row["quiet_from"]),
            "quiet_until": _hour(row["quiet_until"]),
            "max_attempts": int(row["max_attempts"]),
            "max_length": int(row["max_length"]),
        }
        for row in rows_of(folder, "notices/channels.csv")
    ]
    return add_rows(session, NoticeChannel, found)


def _hour(text: str) -> time | None:
    return time.fromisoformat(text) if text else None
