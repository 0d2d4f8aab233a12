"""Import of people from a table: who is there already is changed, who is new is added without a log-in.

Somebody new gets their first password from an administrator, one by one: a file of passwords would
lie about.
"""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from dispatch.departments.reference import department_given
from dispatch.kit import audit
from dispatch.kit.errors import DomainError, invalid
from dispatch.kit.importing import ImportReport, RowRefused
from dispatch.kit.workbooks import workbook_rows
from dispatch.people import commands, queries
from dispatch.people.commands import UserChange
from dispatch.people.model import Role
from dispatch.people.policy import Person

#: Names of columns as offices write them.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "username": ("username", "用户名", "账号", "登录名"),
    "display_name": ("display_name", "name", "姓名"),
    "phone": ("phone", "电话", "手机", "联系电话"),
    "roles": ("roles", "role", "岗位", "角色"),
    "department": ("department", "部门", "所属部门", "单位"),
    "district": ("district", "区", "区代码"),
    "working_grids": ("working_grids", "grids", "责任网格", "工作网格"),
}
ROLES: Final[Mapping[str, Role]] = {
    **{role.value: role for role in Role},
    **dict.fromkeys(("巡查员", "采集员", "监督员(巡查)"), Role.INSPECTOR),
    **dict.fromkeys(("坐席", "坐席员", "受理员"), Role.AGENT),
    "值班长": Role.SHIFT_LEADER,
    "派遣员": Role.DISPATCHER,
    **dict.fromkeys(("部门主管", "主管"), Role.MANAGER),
    **dict.fromkeys(("处置员", "处置人员"), Role.HANDLER),
    **dict.fromkeys(("监督员", "督查员"), Role.SUPERVISOR),
    **dict.fromkeys(("分管领导", "领导"), Role.LEADER),
    "管理员": Role.ADMIN,
}
MOST_ROWS: Final = 20_000


@dataclass(frozen=True)
class PeopleTable:
    """The rows of a table by the names of its columns."""

    columns: Sequence[str]
    rows: Sequence[Mapping[str, str]]


@dataclass
class _Reader:
    session: Session
    columns: Mapping[str, str | None]
    by: Person
    at: datetime
    report: ImportReport
    seen: set[str] = field(default_factory=set)

    def take(self, row: Mapping[str, str]) -> None:
        """One row; raises RowRefused."""
        username = self._text(row, "username").lower()
        if username in self.seen:
            raise RowRefused(
                "repeated_name", f"用户名 {username} 重复", f"The name {username} comes twice"
            )
        try:
            with self.session.begin_nested():
                self._store(username, self._change(row))
        except DomainError as error:
            raise RowRefused(error.code, error.zh, error.en) from error
        self.seen.add(username)

    def _text(self, row: Mapping[str, str], name: str) -> str:
        column = self.columns[name]
        return row.get(column, "").strip() if column else ""

    def _change(self, row: Mapping[str, str]) -> UserChange:
        unit = self._text(row, "department")
        grids = _parts(self._text(row, "working_grids"))
        return UserChange(
            display_name=self._text(row, "display_name"),
            roles=frozenset(_role(each) for each in _parts(self._text(row, "roles"))),
            phone=self._text(row, "phone") or None,
            department_id=(
                department_given(self.session, unit, field="department").id if unit else None
            ),
            district_code=self._text(row, "district") or None,
            grids=frozenset(grids) if grids else None,
        )

    def _store(self, username: str, change: UserChange) -> None:
        commands.check_username(username)
        commands.check_details(change.display_name, change.phone)
        found = queries.user_by_name(self.session, username)
        if found is None:
            commands.add_user(
                self.session,
                username=username,
                display_name=change.display_name,
                roles=change.roles,
                phone=change.phone,
                department_id=change.department_id,
                district_code=change.district_code,
                working_grids=change.grids or (),
                by=self.by,
                at=self.at,
            )
            self.report.inserted += 1
            return
        seen = audit.version_of(self.session, commands.subject_of(found))
        commands.edit_user(self.session, found.id, change, by=self.by, at=self.at, seen=seen)
        self.report.updated += 1


def import_people(
    session: Session, table: PeopleTable, *, by: Person, at: datetime
) -> ImportReport:
    """Add or change the people of a table; refused rows are reported."""
    lower = {name.strip().lower(): name for name in table.columns}
    columns = {
        ours: next((lower[name] for name in names if name in lower), None)
        for ours, names in FIELDS.items()
    }
    missing = [ours for ours in ("username", "display_name", "roles") if columns[ours] is None]
    if missing:
        zh = "、".join(FIELDS[ours][1 if ours != "display_name" else 2] for ours in missing)
        raise invalid(
            "file",
            f"表格缺少列:{zh}",
            f"The table lacks the columns {', '.join(missing)}",
            code="no_such_column",
        )
    report = ImportReport(written=True)
    reader = _Reader(session, columns, by, at, report)
    for number, row in enumerate(table.rows, start=2):  # the first line holds the names
        try:
            reader.take(row)
        except RowRefused as why:
            report.refuse(number, why)
    return report


def read_people(path: Path) -> PeopleTable:
    """Read a CSV or an XLSX; raises InvalidInput for what is neither."""
    lines = list(workbook_rows(path) if path.suffix.lower() == ".xlsx" else _csv(path))
    if len(lines) > MOST_ROWS:
        raise invalid("file", f"最多 {MOST_ROWS} 行", f"At most {MOST_ROWS} rows")
    if not lines:
        raise invalid("file", "表格是空的", "The table is empty", code="empty_file")
    head, *rest = lines
    return PeopleTable(
        head,
        [dict(zip(head, line, strict=False)) for line in rest if any(map(str.strip, line))],
    )


def _csv(path: Path) -> Iterator[list[str]]:
    data = path.read_bytes()
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            yield from csv.reader(io.StringIO(data.decode(encoding)))
        except UnicodeDecodeError:
            continue
        return
    raise invalid(
        "file",
        "无法识别编码,请存为 UTF-8 的 CSV",
        "The encoding cannot be told: save the CSV as UTF-8",
    )


def _parts(text: str) -> list[str]:
    for sign in ("，", "、", ";", "；", "|", "/"):
        text = text.replace(sign, ",")
    return [each.strip() for each in text.split(",") if each.strip()]


def _role(text: str) -> Role:
    found = ROLES.get(text) or ROLES.get(text.lower())
    if found is None:
        raise invalid(
            "roles",
            f"没有岗位“{text}”,可用:巡查员、坐席员、值班长、派遣员、部门主管、处置员、监督员、管理员",
            f"There is no role '{text}': {', '.join(Role)}",
            code="unknown_role",
        )
    return found
