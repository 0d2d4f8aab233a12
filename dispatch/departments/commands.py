"""Deeds on departments: add, change, rename from a day on, close and reopen."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import delete, exists, select, update
from sqlalchemy.orm import Session

from dispatch.departments import events, queries
from dispatch.departments.model import (
    Department,
    DepartmentContact,
    DepartmentDuty,
    DepartmentKind,
    DepartmentName,
)
from dispatch.kit import audit, outbox
from dispatch.kit.audit import Actor
from dispatch.kit.db import Json
from dispatch.kit.errors import Conflict, Field, InvalidInput, NotFound, invalid

EDITED: Final = (
    "name",
    "name_en",
    "kind",
    "parent_id",
    "district_code",
    "duties",
    "phone",
    "active",
    "closed_on",
    "merged_into_id",
)
_CODE: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
LONGEST_NAME: Final = 60
LONGEST_ENGLISH: Final = 120


@dataclass(frozen=True)
class Contact:
    """Somebody whom the centre can call."""

    name: str
    post: str = ""
    phone: str = ""


@dataclass(frozen=True)
class Duty:
    """A line of the area of duty and where it is written."""

    duty: str
    source: str = ""


@dataclass(frozen=True)
class DepartmentChange:
    """What an administrator sets of a unit, save its name; `name_en` is the present name in English."""

    kind: DepartmentKind
    name_en: str = ""
    parent_id: int | None = None
    district_code: str | None = None
    duties: str = ""
    phone: str | None = None
    contacts: Sequence[Contact] = ()
    duty_lines: Sequence[Duty] = ()


def add_department(
    session: Session, *, code: str, name: str, change: DepartmentChange, day: date, by: Actor
) -> Department:
    """A new unit that bears its name from `day` on. Raises InvalidInput, and Conflict for a code taken."""
    if not _CODE.fullmatch(code):
        raise invalid(
            "code",
            "编码为 2 到 40 位小写字母、数字或横线",
            "A code has 2 to 40 small letters, digits or dashes",
        )
    _check_name(name)
    if session.scalar(select(exists().where(Department.code == code))):
        words = f"编码 {code} 已被使用", f"The code {code} is taken"
        raise Conflict("code_taken", *words, [Field("code", *words)])
    _refuse_taken_name(session, name, except_id=None)
    made = Department(code=code, name=name, kind=change.kind)
    session.add(made)
    session.flush()
    session.add(
        DepartmentName(department_id=made.id, name=name, name_en=change.name_en, valid_from=day)
    )
    _write(session, made, change)
    _told(session, "department_added", made, {}, by=by)
    return made


def edit_department(
    session: Session, department_id: int, change: DepartmentChange, *, by: Actor, seen: int
) -> Department:
    """Change a unit. Raises NotFound, InvalidInput and StaleVersion."""
    found = locked(session, department_id)
    audit.expect_version(session, subject_of(found), seen)
    before = _state(session, found)
    if change.parent_id is not None and change.parent_id in queries.below(session, found.id):
        raise invalid(
            "parent",
            "上级部门不能是本部门或其下级",
            "A unit cannot stand below itself or below one of its own",
        )
    _write(session, found, change)
    _told(session, "department_edited", found, before, by=by)
    return found


def rename(
    session: Session,
    department_id: int,
    name: str,
    *,
    name_en: str = "",
    since: date,
    today: date,
    by: Actor,
    seen: int | None,
) -> Department:
    """The unit bears a new name from `since` on; what happened before keeps the old one.

    Raises InvalidInput for a day on or before the beginning of the name before.
    """
    found = locked(session, department_id)
    audit.expect_version(session, subject_of(found), seen)
    _check_name(name)
    _refuse_taken_name(session, name, except_id=found.id)
    names = queries.names_of(session, found.id)
    latest = names[0] if names else None
    if latest is not None and since <= latest.valid_from:
        raise invalid(
            "since",
            f"新名称应晚于现名称的生效日期 {latest.valid_from}",
            f"It must begin after the name before it did: {latest.valid_from}",
        )
    if latest is not None and latest.name == name:
        raise invalid("name", "与现名称相同", "This is the name that it bears")
    if latest is None:
        session.add(
            DepartmentName(
                department_id=found.id,
                name=found.name,
                name_en=found.name_en,
                valid_from=date(2000, 1, 1),
                valid_to=since,
            )
        )
    elif latest.valid_to is None or latest.valid_to > since:
        latest.valid_to = since
    session.add(
        DepartmentName(department_id=found.id, name=name, name_en=name_en, valid_from=since)
    )
    old = found.name
    if since <= today:
        found.name, found.name_en = name, name_en
    session.flush()
    audit.changed(
        session,
        "department_renamed",
        subject=subject_of(found),
        by=by,
        changes={"name": [old, name], "valid_from": [None, since.isoformat()]},
    )
    return found


def apply_due_names(session: Session, *, day: date) -> int:
    """Let units bear the names whose day has come; how many were renamed."""
    rows = session.execute(
        select(Department, DepartmentName.name, DepartmentName.name_en)
        .join(DepartmentName, DepartmentName.department_id == Department.id)
        .where(
            DepartmentName.valid_from <= day,
            DepartmentName.valid_to.is_(None) | (DepartmentName.valid_to > day),
            DepartmentName.name != Department.name,
        )
        .with_for_update(of=Department, key_share=True)
    ).all()
    for department, name, name_en in rows:
        department.name, department.name_en = name, name_en
    session.flush()
    return len(rows)


def close(
    session: Session,
    department_id: int,
    *,
    into_id: int | None,
    day: date,
    by: Actor,
    seen: int | None,
) -> Department:
    """Close a unit today, or merge it into another, which then takes over its open cases and rules.

    Without `into_id` its open cases go back to the dispatchers. Raises Conflict while active units
    stand below it.
    """
    found = locked(session, department_id)
    audit.expect_version(session, subject_of(found), seen)
    if not found.active:
        raise Conflict("closed_already", "该部门已经停用", "This unit is closed already")
    into = None if into_id is None else session.get(Department, into_id)
    if into_id is not None and (into is None or not into.active or into.id == found.id):
        raise invalid("into", "请选择另一个在用的部门", "Choose another unit that is active")
    if session.scalar(select(exists().where(Department.parent_id == found.id, Department.active))):
        words = (
            "还有在用的下级部门，请先调整它们的上级",
            "Active units stand below it: give them another parent first",
        )
        raise Conflict("has_children", *words, [Field("into", *words)])
    before = _state(session, found)
    found.active, found.closed_on, found.merged_into_id = False, day, into_id
    _told(session, "department_closed", found, before, by=by)
    name = by.username or by.name
    outbox.publish(session, events.closed(found.id, to_id=into_id, by=name, day=day))
    return found


def reopen(session: Session, department_id: int, *, by: Actor) -> Department:
    """Let a closed unit work again; what went elsewhere stays there."""
    found = locked(session, department_id)
    if found.active:
        raise Conflict("open_already", "该部门在用", "This unit is active")
    before = _state(session, found)
    found.active, found.closed_on, found.merged_into_id = True, None, None
    _told(session, "department_reopened", found, before, by=by)
    return found


def locked(session: Session, department_id: int) -> Department:
    """The unit of this id, locked until the transaction ends; NotFound."""
    found = session.scalar(
        select(Department)
        .where(Department.id == department_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("department_not_found", "没有这个部门", "There is no such department")
    return found


def subject_of(department: Department) -> str:
    """What the audit log calls a unit."""
    return f"department:{department.code}"


def _write(session: Session, row: Department, change: DepartmentChange) -> None:
    if change.parent_id is not None and session.get(Department, change.parent_id) is None:
        raise invalid("parent", "没有这个上级部门", "There is no such unit")
    row.kind, row.parent_id, row.district_code = (
        change.kind,
        change.parent_id,
        change.district_code,
    )
    row.duties, row.phone = change.duties, change.phone
    _call_in_english(session, row, change.name_en)
    for contact in change.contacts:
        if not contact.name:
            raise InvalidInput(
                "contact_without_name",
                "请填写联系人姓名",
                "Give the contact's name",
                [Field("contacts", "请填写联系人姓名", "Give the contact's name")],
            )
    session.execute(delete(DepartmentContact).where(DepartmentContact.department_id == row.id))
    session.execute(delete(DepartmentDuty).where(DepartmentDuty.department_id == row.id))
    session.add_all(
        DepartmentContact(department_id=row.id, name=each.name, post=each.post, phone=each.phone)
        for each in change.contacts
    )
    session.add_all(
        DepartmentDuty(department_id=row.id, duty=each.duty, source=each.source or None)
        for each in change.duty_lines
    )
    session.flush()


def _call_in_english(session: Session, row: Department, name_en: str) -> None:
    """Its present name in English; the names of other days keep theirs."""
    if len(name_en) > LONGEST_ENGLISH:
        raise invalid(
            "name_en",
            f"英文名称最多 {LONGEST_ENGLISH} 个字符",
            f"An English name has at most {LONGEST_ENGLISH} characters",
        )
    row.name_en = name_en
    session.execute(
        update(DepartmentName)
        .where(DepartmentName.department_id == row.id, DepartmentName.name == row.name)
        .values(name_en=name_en)
    )


def _state(session: Session, row: Department) -> Json:
    contacts = queries.contacts_of(session, row.id)
    return {
        **audit.snapshot(row, EDITED),
        "contacts": [" ".join(filter(None, (c.name, c.post, c.phone))) for c in contacts],
        "duty_lines": [each.duty for each in queries.duties_of(session, row.id)],
    }


def _told(session: Session, action: str, row: Department, before: Json, *, by: Actor) -> None:
    session.flush()
    changes = audit.differences(before, _state(session, row))
    audit.changed(session, action, subject=subject_of(row), by=by, changes=changes)


def _check_name(name: str) -> None:
    if not 2 <= len(name) <= LONGEST_NAME:
        raise invalid(
            "name",
            f"名称应为 2 到 {LONGEST_NAME} 个字",
            f"A name has 2 to {LONGEST_NAME} characters",
        )


def _refuse_taken_name(session: Session, name: str, *, except_id: int | None) -> None:
    other = session.scalar(
        select(Department.id).where(
            Department.name == name, Department.active, Department.id != (except_id or 0)
        )
    )
    if other is not None:
        words = f"已有在用的部门叫“{name}”", f"An active unit is called '{name}' already"
        raise Conflict("name_taken", *words, [Field("name", *words)])
