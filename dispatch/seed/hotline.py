"""Seed the agents' desk: knowledge, text modules, call-back rules, the platforms whose lists come in."""

import json
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from dispatch.hotline.model import CallbackRule, ImportSource, Snippet, TextModule
from dispatch.seed.files import rows_of
from dispatch.seed.keys import add_rows

#: These texts are nobody's regulation: the platform suggests them and the centre makes them its own.
ORIGIN: Final = "平台建议"


def seed_snippets(session: Session, folder: Path) -> int:
    """Who does what, what to tell the caller, and whom to call where it is not the centre's business."""
    found = [
        {
            "kind": row["kind"],
            "title": row["title"],
            "text": row["text"],
            "unit": row["unit"],
            "phone": row["phone"],
            "group": row["group"] or None,
            "words": row["words"].split(),
            "origin": ORIGIN,
        }
        for row in rows_of(folder, "hotline/snippets.csv")
    ]
    return add_rows(session, Snippet, found)


def seed_modules(session: Session, folder: Path) -> int:
    """Texts by their short word, in the order of the table."""
    found = [
        {**row, "ordinal": number, "origin": ORIGIN}
        for number, row in enumerate(rows_of(folder, "hotline/text_modules.csv"))
    ]
    return add_rows(session, TextModule, found)


def seed_callback_rules(session: Session, folder: Path) -> int:
    """Which share of which channel is called back."""
    found = [
        {
            "channel": row["channel"] or None,
            "group": row["group"] or None,
            "share": float(row["share"]),
            "after_hours": float(row["after_hours"]),
            "most_attempts": int(row["most_attempts"]),
            "pause_hours": float(row["pause_hours"]),
            "explanation": row["explanation"],
        }
        for row in rows_of(folder, "hotline/callback_rules.csv")
    ]
    return add_rows(session, CallbackRule, found)


def seed_import_sources(session: Session, folder: Path) -> int:
    """The platforms whose lists come in, with their columns as they usually are."""
    found = [
        {"name": row["name"], "channel": row["channel"], "columns": json.loads(row["columns"])}
        for row in rows_of(folder, "hotline/import_sources.csv")
    ]
    return add_rows(session, ImportSource, found)
