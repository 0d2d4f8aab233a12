"""Departments: a new name begins on its day, a closed unit stays closed, the tree stays a tree."""

from datetime import date

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.departments import commands, queries
from dispatch.departments.commands import Contact, DepartmentChange, Duty
from dispatch.departments.model import Department, DepartmentKind
from dispatch.departments.reference import department_name
from dispatch.kit import audit
from dispatch.kit.errors import Conflict, InvalidInput, StaleVersion
from dispatch.kit.outbox import OutboxRow
from dispatch.kit.reference import forget_all
from dispatch.people.policy import SYSTEM

TODAY = date(2026, 11, 23)
BUREAU = DepartmentChange(DepartmentKind.BUREAU)


def _add(session: Session, code: str, name: str) -> Department:
    return commands.add_department(
        session, code=code, name=name, change=BUREAU, day=date(2026, 1, 1), by=SYSTEM
    )


def test_a_name_of_the_future_begins_on_its_day(session: Session) -> None:
    unit = _add(session, "water", "市水务局")
    day = date(2026, 12, 1)
    commands.rename(session, unit.id, "市水利局", since=day, today=TODAY, by=SYSTEM, seen=None)
    assert unit.name == "市水务局"
    assert commands.apply_due_names(session, day=TODAY) == 0
    assert commands.apply_due_names(session, day=day) == 1
    assert unit.name == "市水利局"
    forget_all()
    assert department_name(session, unit.id, on=date(2026, 11, 30)) == "市水务局"
    assert department_name(session, unit.id, on=day) == "市水利局"
    assert (
        department_name(session, unit.id, on=date(2020, 1, 1)) == "市水利局"
    )  # before it was known


def test_a_name_cannot_begin_before_the_one_before(session: Session) -> None:
    unit = _add(session, "water", "市水务局")
    with pytest.raises(InvalidInput) as refused:
        commands.rename(
            session,
            unit.id,
            "市水利局",
            since=date(2025, 12, 31),
            today=TODAY,
            by=SYSTEM,
            seen=None,
        )
    assert refused.value.fields[0].name == "since"


def test_contacts_and_duties_are_kept_and_told(session: Session) -> None:
    unit = _add(session, "water", "市水务局")
    change = DepartmentChange(
        DepartmentKind.BUREAU,
        contacts=[Contact("张工", "值班", "0772-1")],
        duty_lines=[Duty("排水", "三定方案")],
    )
    seen = audit.version_of(session, "department:water")
    commands.edit_department(session, unit.id, change, by=SYSTEM, seen=seen)
    assert [each.name for each in queries.contacts_of(session, unit.id)] == ["张工"]
    line = audit.changes_of(session, "department:water")[0]
    assert line.details["changes"]["duty_lines"] == [[], ["排水"]]
    with pytest.raises(StaleVersion):
        commands.edit_department(session, unit.id, BUREAU, by=SYSTEM, seen=seen)


def test_a_unit_cannot_stand_below_itself(session: Session) -> None:
    above, unit = _add(session, "city", "市政府"), _add(session, "water", "市水务局")
    below = DepartmentChange(DepartmentKind.BUREAU, parent_id=above.id)
    commands.edit_department(
        session, unit.id, below, by=SYSTEM, seen=audit.version_of(session, "department:water")
    )
    turned = DepartmentChange(DepartmentKind.BUREAU, parent_id=unit.id)
    with pytest.raises(InvalidInput):
        commands.edit_department(
            session, above.id, turned, by=SYSTEM, seen=audit.version_of(session, "department:city")
        )
    with pytest.raises(Conflict, match="has_children"):
        commands.close(session, above.id, into_id=None, day=TODAY, by=SYSTEM, seen=None)


def test_a_closed_unit_says_where_its_cases_go(session: Session) -> None:
    old, new = _add(session, "old", "老部门"), _add(session, "new", "新部门")
    commands.close(session, old.id, into_id=new.id, day=TODAY, by=SYSTEM, seen=None)
    assert (old.active, old.closed_on, old.merged_into_id) == (False, TODAY, new.id)
    event = session.scalars(select(OutboxRow).where(OutboxRow.name == "department.closed")).one()
    assert event.payload["to_id"] == new.id
    with pytest.raises(Conflict, match="closed_already"):
        commands.close(session, old.id, into_id=None, day=TODAY, by=SYSTEM, seen=None)
    commands.reopen(session, old.id, by=SYSTEM)
    assert old.active
