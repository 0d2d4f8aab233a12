"""The departments in memory: by id, by code, with the names they bear now."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.departments.model import Department, DepartmentName
from dispatch.kit.errors import InvalidInput, invalid
from dispatch.kit.reference import Cached

Pair = tuple[str, str]


@dataclass(frozen=True)
class DepartmentFacts:
    """What most of the platform needs to know of a unit."""

    id: int
    code: str
    name: str
    name_en: str
    kind: str
    parent_id: int | None
    district_code: str | None
    active: bool

    @property
    def words(self) -> Pair:
        """Its name in Chinese and in English; where nobody gave it an English one, the Chinese."""
        return self.name, self.name_en or self.name


def _load(session: Session) -> dict[int, DepartmentFacts]:
    rows = session.execute(
        select(
            Department.id,
            Department.code,
            Department.name,
            Department.name_en,
            Department.kind,
            Department.parent_id,
            Department.district_code,
            Department.active,
        )
    )
    return {row[0]: DepartmentFacts(*row) for row in rows}


def _load_names(session: Session) -> dict[int, list[tuple[date, str]]]:
    """The names of units that bore more than one, each with its first day, the latest first."""
    rows = session.execute(
        select(DepartmentName.department_id, DepartmentName.valid_from, DepartmentName.name)
    )
    names: dict[int, list[tuple[date, str]]] = defaultdict(list)
    for department_id, since, name in rows:
        names[department_id].append((since, name))
    return {key: sorted(found, reverse=True) for key, found in names.items() if len(found) > 1}


def _load_english(session: Session) -> dict[str, str]:
    """English names by Chinese ones, those of former days too; of two alike the active unit's counts."""
    former = session.execute(
        select(DepartmentName.name, DepartmentName.name_en).order_by(DepartmentName.valid_from)
    )
    present = session.execute(
        select(Department.name, Department.name_en).order_by(Department.active, Department.id)
    )
    return {name: english for rows in (former, present) for name, english in rows if english}


_departments = Cached("departments", _load)
_names = Cached("departments", _load_names)
_english = Cached("departments", _load_english)


def departments(session: Session) -> dict[int, DepartmentFacts]:
    """All units by id."""
    return _departments.get(session)


def department_name(
    session: Session, department_id: int | None, *, on: date | None = None
) -> str | None:
    """The name of a unit: the present one, or the one that it bore on a day, as far as that is known."""
    found = departments(session).get(department_id) if department_id is not None else None
    if found is None or on is None:
        return None if found is None else found.name
    names = (name for since, name in _names.get(session).get(found.id, ()) if since <= on)
    return next(names, found.name)


def unit_words(session: Session, name: str | None) -> Pair | None:
    """A unit's name, present or former, in Chinese and in English; None for what is no such name."""
    english = _english.get(session).get(name or "")
    return None if name is None or english is None else (name, english)


def words_of_unit(session: Session, department_id: int | None) -> Pair:
    """The present name of a unit in Chinese and in English; its id where it is not known."""
    found = departments(session).get(department_id) if department_id is not None else None
    return (str(department_id or ""),) * 2 if found is None else found.words


def department_given(
    session: Session, given: Any, *, field: str, or_closed: bool = False
) -> DepartmentFacts:
    """The unit meant by an id, a code, a name, or an object with one of these.

    Only one that is active, unless `or_closed`: what a closed unit did can still be asked for.
    """
    if isinstance(given, dict):
        given = given.get("id") or given.get("code") or given.get("name")
    for unit in departments(session).values():
        named = given in (unit.id, str(unit.id), unit.code, unit.name)
        if named and (unit.active or or_closed):
            return unit
    raise _unknown(given, field)


def _unknown(given: Any, field: str) -> InvalidInput:
    return invalid(
        field,
        f"没有部门“{given}”,请从部门列表中选择",
        f"There is no department '{given}'; choose one from the list",
    )
