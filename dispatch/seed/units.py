"""Seed the departments, their names over time and their duties, and the rules that route to them."""

import re
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import update
from sqlalchemy.orm import Session

from dispatch.departments.model import Department, DepartmentDuty, DepartmentName
from dispatch.jurisdiction.model import AreaKind
from dispatch.routing.model import RoutingRule
from dispatch.seed.files import Row, rows_of
from dispatch.seed.keys import Keys, add_rows, read_keys

_BETWEEN_DUTIES = re.compile("[、,;,;]")


def seed_departments(session: Session, folder: Path) -> int:
    """The units, then who stands above whom, then names and duties."""
    units = list(rows_of(folder, "departments/departments.csv"))
    count = add_rows(
        session,
        Department,
        [
            {
                "code": row["code"],
                "name": row["name"],
                "name_en": row["english_name"],
                "kind": row["kind"],
                "district_code": row["district"] or None,
                "duties": row["duties"],
            }
            for row in units
        ],
    )
    keys = read_keys(session)
    session.execute(
        update(Department),
        [
            {"id": keys.department(row["code"]), "parent_id": keys.department(row["parent"])}
            for row in units
            if row["parent"]
        ],
    )
    add_rows(session, DepartmentName, _names(folder, keys))
    add_rows(session, DepartmentDuty, _duties(units, keys))
    return count


def _names(folder: Path, keys: Keys) -> list[dict[str, Any]]:
    return [
        {
            "department_id": keys.department(row["department"]),
            "name": row["name"],
            "name_en": row["english_name"],
            "valid_from": date.fromisoformat(row["valid_from"]),
            "valid_to": _day(row["valid_to"]),
        }
        for row in rows_of(folder, "departments/department_names.csv")
    ]


def _duties(units: list[Row], keys: Keys) -> list[dict[str, Any]]:
    return [
        {"department_id": keys.department(row["code"]), "duty": duty, "source": row["source"]}
        for row in units
        for duty in _BETWEEN_DUTIES.split(row["duties"])
        if duty
    ]


def seed_routing(session: Session, folder: Path) -> int:
    """The rules; one for the whole city names no area."""
    keys = read_keys(session)
    return add_rows(
        session,
        RoutingRule,
        [_rule(row, keys) for row in rows_of(folder, "departments/routing_rules.csv")],
    )


def _rule(row: Row, keys: Keys) -> dict[str, Any]:
    local = row["area_kind"] != AreaKind.CITY
    return {
        "category_id": keys.category(row["scheme"], row["category"]),
        "group": row["group"] or None,
        "kind": row["kind"] or None,
        "area_kind": row["area_kind"] if local else None,
        "area_code": row["area_code"] if local else None,
        "department_id": keys.department(row["department"]),
        "valid_from": date.fromisoformat(row["valid_from"]),
        "valid_to": _day(row["valid_to"]),
        "reason": row["reason"],
        "reason_en": row["reason_en"],
        "source": row["source"],
    }


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
