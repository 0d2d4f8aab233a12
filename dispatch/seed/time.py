"""Seed what time is counted and told by: classes of areas, limits by rule, units' calendars, the ladders."""

from datetime import date, time
from pathlib import Path

from sqlalchemy.orm import Session

from dispatch.catalogue.commands import settle_calendars
from dispatch.catalogue.model import AreaClass, ClassedArea, LimitRule, WorkCalendar
from dispatch.kit import clock
from dispatch.ladders.model import LadderStep
from dispatch.people.policy import SYSTEM
from dispatch.seed.files import rows_of
from dispatch.seed.keys import add_rows, read_keys

TRUE = "true"


def seed_area_classes(session: Session, folder: Path) -> int:
    """The classes of areas, and which areas are of which."""
    classes = [
        {**row, "position": int(row["position"])}
        for row in rows_of(folder, "time/area_classes.csv")
    ]
    areas = [dict(row) for row in rows_of(folder, "time/classed_areas.csv")]
    return add_rows(session, AreaClass, classes) + add_rows(session, ClassedArea, areas)


def seed_limit_rules(session: Session, folder: Path) -> int:
    """Where a limit departs from the filing condition's own."""
    keys, found = read_keys(session), []
    for row in rows_of(folder, "time/limit_rules.csv"):
        category = keys.category(row["scheme"], row["category"])
        found.append(
            {
                "category_id": category,
                "condition_id": keys.condition(category, row["condition"]),
                "department_id": keys.department(row["department"]),
                "area_class": row["area_class"] or None,
                "severity": row["severity"] or None,
                "limit_value": int(row["limit_value"]),
                "limit_unit": row["limit_unit"],
                "valid_from": date.fromisoformat(row["valid_from"]),
                "valid_to": date.fromisoformat(row["valid_to"]) if row["valid_to"] else None,
                "explanation": row["explanation"],
            }
        )
    return add_rows(session, LimitRule, found)


def seed_calendars(session: Session, folder: Path) -> int:
    """The calendars of units that work at other hours, and the first version of every calendar."""
    keys = read_keys(session)
    found = [
        {
            "code": row["code"],
            "name": row["name"],
            "department_id": keys.department(row["department"]),
            "hours": [each.split("-") for each in row["hours"].split()],
            "weekdays": [int(each) for each in row["weekdays"].split()],
            "keeps_holidays": row["keeps_holidays"] == TRUE,
        }
        for row in rows_of(folder, "time/calendars.csv")
    ]
    added = add_rows(session, WorkCalendar, found)
    settle_calendars(session, by=SYSTEM, reason="初始设置", at=clock.now(), is_first=True)
    return added


def seed_ladders(session: Session, folder: Path) -> int:
    """Who is told, step by step, of what runs out of time."""
    found = [
        {
            "ladder": row["ladder"],
            "clock": row["clock"],
            "level": int(row["level"]),
            "light": row["light"],
            "beyond": int(row["beyond"]),
            "beyond_unit": row["beyond_unit"],
            "audience": row["audience"],
            "way": row["way"],
            "repeat_minutes": int(row["repeat_minutes"]) if row["repeat_minutes"] else None,
            "quiet_from": _hour(row["quiet_from"]),
            "quiet_until": _hour(row["quiet_until"]),
        }
        for row in rows_of(folder, "time/ladder_steps.csv")
    ]
    return add_rows(session, LadderStep, found)


def _hour(text: str) -> time | None:
    return time.fromisoformat(text) if text else None
