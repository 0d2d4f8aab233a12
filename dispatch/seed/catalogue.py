"""Seed the catalogue: classes, filing conditions, vocabulary, limits, the calendar and the city's rules."""

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

from dispatch.catalogue.model import (
    CalendarDay,
    Category,
    CategoryTerm,
    CitySetting,
    Condition,
    ConditionTerm,
    StageLimit,
    WorkCalendar,
)
from dispatch.seed.files import Row, rows_of
from dispatch.seed.keys import add_rows, read_keys

CALENDAR = {
    "code": "city",
    "name": "柳州市工作时间",
    "hours": [["08:00", "12:00"], ["14:00", "18:00"]],
    "weekdays": [0, 1, 2, 3, 4],
}
#: When patrols walk, and with it the only time in which their tracks may be kept.
PATROL_CALENDAR = {
    "code": "patrol",
    "name": "巡查工作时间",
    "hours": [["07:30", "12:30"], ["13:30", "20:30"]],
    "weekdays": [0, 1, 2, 3, 4, 5, 6],
}
TRUE = "true"


def seed_categories(session: Session, folder: Path) -> int:
    """Both numberings and the extensions; those of `active.csv` are in use."""
    active = {(row["scheme"], row["category"]) for row in rows_of(folder, "catalogue/active.csv")}
    found = [
        {
            "scheme": row["scheme"],
            "code": row["code"],
            "kind": row["kind"],
            "major_code": row["major_code"],
            "major_name": row["major_name"],
            "major_name_en": row["major_english"],
            "minor_code": row["minor_code"],
            "name": row["name"],
            "name_en": row["english_name"],
            "group": row["group"],
            "sign": row["sign"],
            "standing": row["standing"],
            "same_as": row["same_as"],
            "source": row["source"],
            "active": (row["scheme"], row["code"]) in active,
        }
        for row in rows_of(folder, "catalogue/categories.csv")
    ]
    return add_rows(session, Category, found)


def seed_conditions(session: Session, folder: Path) -> int:
    """The filing conditions in the order of the table, numbered within their category."""
    keys, ordinals = read_keys(session), Counter[int | None]()
    found = []
    for row in rows_of(folder, "catalogue/conditions.csv"):
        category = keys.category(row["scheme"], row["category"])
        ordinals[category] += 1
        found.append(_condition(row, category=category, ordinal=ordinals[category]))
    return add_rows(session, Condition, found)


def _condition(row: Row, *, category: int | None, ordinal: int) -> dict[str, Any]:
    return {
        "category_id": category,
        "ordinal": ordinal,
        "text": row["text"],
        "text_en": row["text_en"],
        "key": row["key"],
        "tags": row["tags"].split(),
        "is_default": row["is_default"] == TRUE,
        "severity": row["severity"],
        "limit_value": int(row["limit_value"]),
        "limit_unit": row["limit_unit"],
        "closing": row["closing"],
        "closing_en": row["closing_en"],
        "responsible": row["responsible_unit"],
        "hazard": row["hazard"] == TRUE,
        "standing": row["standing"],
        "source": row["source"],
    }


def seed_vocabulary(session: Session, folder: Path) -> int:
    """The words that speak for a category, and those that speak for a condition."""
    keys = read_keys(session)
    terms = [
        {
            "term": row["term"],
            "category_id": keys.category(row["scheme"], row["category"]),
            "weight": float(row["weight"]),
        }
        for row in rows_of(folder, "catalogue/terms.csv")
    ]
    hints = [
        {"term": row["term"], "key": row["condition"], "weight": float(row["weight"])}
        for row in rows_of(folder, "catalogue/condition_terms.csv")
    ]
    return add_rows(session, CategoryTerm, terms) + add_rows(session, ConditionTerm, hints)


def seed_stage_limits(session: Session, folder: Path) -> int:
    """How long each stage may take."""
    found = [
        {
            "stage": row["stage"],
            "severity": row["severity"],
            "limit_value": int(row["limit_value"]),
            "limit_unit": row["limit_unit"],
        }
        for row in rows_of(folder, "catalogue/stage_limits.csv")
    ]
    return add_rows(session, StageLimit, found)


def seed_calendar(session: Session, folder: Path) -> int:
    """The working hours, and the days that depart from the national calendar."""
    days = [
        {
            "calendar_code": CALENDAR["code"],
            "day": date.fromisoformat(row["date"]),
            "working": row["kind"] == "work",
            "reason": row["name"],
        }
        for row in rows_of(folder, "calendar_overrides.csv")
    ]
    return add_rows(session, WorkCalendar, [CALENDAR, PATROL_CALENDAR]) + add_rows(
        session, CalendarDay, days
    )


def seed_settings(session: Session, folder: Path) -> int:
    """The rules of this city; numbers as numbers."""
    found = [
        {"name": row["key"], "value": _value(row["value"]), "explanation": row["description"]}
        for row in rows_of(folder, "settings.csv")
    ]
    return add_rows(session, CitySetting, found)


def _value(text: str) -> Any:
    """A JSON value where the text is one, else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text
