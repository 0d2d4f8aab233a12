"""People from a table, and who has which working grid from which day."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.kit import audit, clock
from dispatch.kit.errors import InvalidInput, NotFound
from dispatch.people import commands
from dispatch.people.imports import PeopleTable, import_people, read_people
from dispatch.people.model import AssignmentStatus, GridAssignment, Role, User
from dispatch.people.policy import SYSTEM
from tests.factories.people import add_department, add_user

HEAD = "账号,姓名,岗位,手机,部门\n"
TODAY, NEXT, LATER = date(2026, 11, 23), date(2026, 12, 1), date(2027, 1, 1)


def table(tmp_path: Path, text: str, *, encoding: str = "utf-8-sig") -> PeopleTable:
    path = tmp_path / "people.csv"
    path.write_bytes(text.encode(encoding))
    return read_people(path)


def person(session: Session, username: str) -> User:
    return session.scalars(select(User).where(User.username == username)).one()


def test_new_people_come_in_and_known_ones_are_changed(session: Session, tmp_path: Path) -> None:
    add_department(session, "works-x", name="城建处")
    add_user(session, Role.AGENT, username="old.hand")
    rows = "old.hand,老手,坐席、值班长,,\nnew.hand,新手,部门主管,13800001234,城建处\n"

    report = import_people(
        session, table(tmp_path, HEAD + rows, encoding="gb18030"), by=SYSTEM, at=clock.now()
    )

    assert (report.inserted, report.updated, report.refused) == (1, 1, [])
    assert sorted(person(session, "old.hand").roles) == [Role.AGENT, Role.SHIFT_LEADER]
    new = person(session, "new.hand")
    assert (new.roles, new.password_hash) == ([Role.MANAGER], "")
    subject = f"user:{person(session, 'old.hand').id}"
    assert audit.changes_of(session, subject)[0].action == "user_edited"


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("王五,王五,坐席员,,", "用户名"),
        ("wang.wu,王五,国王,,", "没有岗位“国王”"),
        ("wang.wu,王五,部门主管,,火星管理处", "没有部门“火星管理处”"),
        ("first.one,再来一次,坐席员,,", "重复"),
    ],
    ids=["name", "role", "unit", "twice"],
)
def test_a_row_that_cannot_be_used_is_named_and_the_others_go_in(
    session: Session, tmp_path: Path, row: str, said: str
) -> None:
    given = table(tmp_path, f"{HEAD}first.one,第一,坐席员,,\n{row}\n")
    report = import_people(session, given, by=SYSTEM, at=clock.now())
    assert report.inserted == 1
    (refused,) = report.refused
    assert refused.row == 3
    assert said in refused.zh


def test_a_table_without_its_columns_is_refused_whole(session: Session, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        import_people(session, table(tmp_path, "账号,手机\nx,1\n"), by=SYSTEM, at=clock.now())
    assert refused.value.code == "no_such_column"


def test_a_workbook_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "people.xlsx"
    path.write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(InvalidInput) as refused:
        read_people(path)
    assert refused.value.code == "bad_file"


def test_a_grid_of_the_future_begins_and_ends_on_its_day(session: Session) -> None:
    user = add_user(session, Role.INSPECTOR, working_grids=["G1"])
    commands.add_assignment(session, user, "G2", day=NEXT, until=LATER, today=TODAY)
    assert user.working_grids == ["G1"]
    assert commands.apply_due_assignments(session, day=TODAY) == 0
    assert commands.apply_due_assignments(session, day=NEXT) == 1
    assert user.working_grids == ["G1", "G2"]
    commands.apply_due_assignments(session, day=LATER)
    assert user.working_grids == ["G1"]
    (row,) = session.scalars(select(GridAssignment).where(GridAssignment.user_id == user.id))
    assert row.status == AssignmentStatus.ENDED


def test_two_assignments_of_one_grid_do_not_overlap(session: Session) -> None:
    user = add_user(session, Role.INSPECTOR)
    commands.add_assignment(session, user, "G2", day=NEXT, until=LATER, today=TODAY)
    with pytest.raises(InvalidInput):
        commands.add_assignment(session, user, "G2", day=TODAY, until=None, today=TODAY)
    with pytest.raises(InvalidInput):
        commands.add_assignment(session, user, "G3", day=date(2026, 11, 1), until=None, today=TODAY)
    commands.add_assignment(session, user, "G2", day=LATER, until=None, today=TODAY)


def test_an_assignment_ends_once(session: Session) -> None:
    user = add_user(session, Role.INSPECTOR)
    made = commands.add_assignment(session, user, "G2", day=TODAY, until=None, today=TODAY)
    assert user.working_grids == ["G2"]
    commands.end_assignment(session, made.id, day=TODAY, today=TODAY)
    assert user.working_grids == []
    with pytest.raises(NotFound):
        commands.end_assignment(session, made.id, day=TODAY, today=TODAY)
