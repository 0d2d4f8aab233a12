"""Lists of other platforms: files as offices make them, columns that are remembered, each number once."""

import io
from datetime import timedelta

import pytest
import xlsxwriter
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseReporter, Channel, ForeignNumber
from dispatch.hotline.commands.imports import (
    AT_ONCE,
    WAITING,
    keep_list,
    set_columns,
    start_import,
    sweep_lists,
    take_rows,
)
from dispatch.hotline.imports.reading import Table, read_table
from dispatch.hotline.model import ImportBatch, ImportRow, ImportSource, ImportState, RowState
from dispatch.hotline.queries.imports import counts_of
from dispatch.kit.errors import Conflict, InvalidInput
from dispatch.kit.outbox import OutboxRow
from tests.factories.cases import report
from tests.factories.city import NOW, City

HEADERS = ("工单编号", "诉求内容", "事发地址", "来电人", "来电号码")
ROW = ["LZ-1", "井盖不见了", "龙潭医院", "王女士", "13800001234"]
CSV = "\r\n".join(",".join(line) for line in (HEADERS, ROW)) + "\r\n"


def book(*lines: tuple[object, ...]) -> bytes:
    stream = io.BytesIO()
    made = xlsxwriter.Workbook(stream, {"in_memory": True})
    sheet = made.add_worksheet()
    for number, line in enumerate(lines):
        sheet.write_row(number, 0, line)
    made.close()
    return stream.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_text_file_is_read_in_the_encodings_of_offices(encoding: str) -> None:
    table = read_table(CSV.encode(encoding))
    assert (table.headers, table.rows) == (HEADERS, [ROW])


def test_a_spreadsheet_gives_telephone_numbers_without_a_point() -> None:
    table = read_table(book(HEADERS, ("LZ-1", "井盖不见了", "龙潭医院", "王女士", 13800001234)))
    assert (table.headers, table.rows) == (HEADERS, [ROW])


@pytest.mark.parametrize(
    "data", [b"", b"\0\1\2", b"PK\x03\x04broken", b"\xd0\xcf\x11\xe0broken", "只有表头".encode()]
)
def test_what_is_no_table_is_refused_with_a_reason(data: bytes) -> None:
    with pytest.raises(InvalidInput) as refused:
        read_table(data)
    assert refused.value.fields[0].name == "file"


def test_columns_without_a_name_or_with_the_same_are_told_apart() -> None:
    assert read_table(b"a,,a\n1,2,3\n").headers == ("a", "第2列", "a(2)")


def give(session: Session, city: City, *rows: list[str], source: str = "12345") -> ImportBatch:
    return keep_list(
        session,
        Table(HEADERS, list(rows)),
        source=source,
        channel=Channel.TRANSFER,
        file_name="转办.csv",
        by=city["agent"],
        at=NOW,
    )


def run(session: Session, batch: ImportBatch) -> None:
    start_import(session, batch.id, at=NOW)
    while batch.state == ImportState.RUNNING:
        take_rows(session, batch.id, at=NOW)


def states(session: Session, batch: ImportBatch) -> list[tuple[str, str]]:
    rows = session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id)).all()
    return [(row.foreign_number or "", row.state) for row in sorted(rows, key=lambda r: r.row)]


def test_each_number_becomes_one_case_however_often_it_is_imported(
    session: Session, city: City
) -> None:
    other = ["LZ-2", "路边有垃圾", "柳州饭店", "", ""]
    first = give(session, city, ROW, other, ROW)
    run(session, first)
    assert states(session, first) == [
        ("LZ-1", RowState.TAKEN),
        ("LZ-2", RowState.TAKEN),
        ("LZ-1", RowState.REPEATED),
    ]
    second = give(session, city, [*ROW[:1], "井盖还是没装", *ROW[2:]])
    run(session, second)
    row = session.scalars(select(ImportRow).where(ImportRow.batch_id == second.id)).one()
    cases = session.scalars(select(Case).order_by(Case.id)).all()
    assert (row.state, row.case_id, bool(row.zh)) == (RowState.REPEATED, cases[0].id, True)
    assert [(case.channel, case.description) for case in cases] == [
        (Channel.TRANSFER, ROW[1]),
        (Channel.TRANSFER, "路边有垃圾"),
    ]
    numbers = session.scalars(select(ForeignNumber).order_by(ForeignNumber.number)).all()
    assert [(each.number, each.source, each.case_id) for each in numbers] == [
        ("LZ-1", "12345", cases[0].id),
        ("LZ-2", "12345", cases[1].id),
    ]
    assert cases[0].category_id == city.manhole.id
    caller = session.scalars(select(CaseReporter).where(CaseReporter.case_id == cases[0].id)).one()
    assert (caller.name, caller.phone) == ("王女士", "13800001234")


def test_the_same_number_of_another_platform_is_another_case(session: Session, city: City) -> None:
    for source in ("12345", "网络问政"):
        run(session, give(session, city, ["7", "这里很乱", "学院路", "", ""], source=source))
    assert len(session.scalars(select(Case)).all()) == 2


def test_a_number_that_was_typed_in_before_is_the_same_case(session: Session, city: City) -> None:
    typed = report(session, foreign_number="LZ-1", foreign_source="12345")

    batch = give(session, city, ROW)
    run(session, batch)

    row = session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id)).one()
    assert (row.state, row.case_id) == (RowState.REPEATED, typed.case_id)
    assert len(session.scalars(select(Case)).all()) == 1


def test_a_row_that_cannot_be_used_holds_up_no_other_and_keeps_what_it_said(
    session: Session, city: City
) -> None:
    bad = ["LZ-9", "", "学院路", "", "电话不详"]
    batch = give(session, city, bad, ["", "没有编号", "", "", ""], ROW)
    run(session, batch)
    assert [state for _, state in states(session, batch)] == [
        RowState.REFUSED,
        RowState.REFUSED,
        RowState.TAKEN,
    ]
    rows = session.scalars(select(ImportRow).order_by(ImportRow.row)).all()
    assert (rows[0].cells, rows[2].cells) == (bad, [])
    assert "电话" in rows[0].zh
    assert counts_of(session, batch.id)[RowState.REFUSED] == 2


def test_a_list_that_was_never_begun_is_forgotten_in_time(session: Session, city: City) -> None:
    old, begun, new = (give(session, city, ROW) for _ in range(3))
    start_import(session, begun.id, at=NOW)
    old.created_at = begun.created_at = NOW - timedelta(days=31)
    session.flush()

    assert sweep_lists(session, at=NOW) == 1

    left = session.scalars(select(ImportBatch.id).order_by(ImportBatch.id)).all()
    assert left == [begun.id, new.id]
    rows = session.scalars(select(ImportRow.batch_id).order_by(ImportRow.batch_id)).all()
    assert rows == [begun.id, new.id]


def test_rows_near_a_case_that_is_there_are_linked(session: Session, city: City) -> None:
    batch = give(session, city, ROW, ["LZ-3", *ROW[1:]])
    run(session, batch)
    assert [state for _, state in states(session, batch)] == [RowState.TAKEN, RowState.JOINED]


def test_a_long_list_is_taken_in_pieces_each_asked_for_by_an_event(
    session: Session, city: City
) -> None:
    rows = [[f"N-{n}", "这里很乱", "学院路", "", ""] for n in range(AT_ONCE + 5)]
    batch = give(session, city, *rows)
    start_import(session, batch.id, at=NOW)
    assert take_rows(session, batch.id, at=NOW) == AT_ONCE
    assert counts_of(session, batch.id)[RowState.WAITING] == 5
    assert take_rows(session, batch.id, at=NOW) == 5
    assert take_rows(session, batch.id, at=NOW) == 0
    asked = session.scalars(select(OutboxRow).where(OutboxRow.name == WAITING)).all()
    assert (batch.state, len(asked)) == (ImportState.DONE, 2)


def test_the_columns_are_remembered_for_the_platform(session: Session, city: City) -> None:
    batch = give(session, city, ROW)
    assert batch.columns["foreign_number"] == "工单编号"
    changed = {**batch.columns, "address": "", "contact_name": "事发地址", "crs": "gcj02"}
    set_columns(session, batch.id, changed)
    start_import(session, batch.id, at=NOW)
    assert session.get_one(ImportSource, "12345").columns["contact_name"] == "事发地址"
    later = give(session, city, ROW)
    assert (later.columns["contact_name"], later.columns["crs"]) == ("事发地址", "gcj02")
    with pytest.raises(Conflict):
        set_columns(session, batch.id, changed)


def test_an_import_does_not_begin_before_it_is_known_where_the_number_stands(
    session: Session, city: City
) -> None:
    batch = give(session, city, ROW)
    set_columns(session, batch.id, {"description": "诉求内容"})
    with pytest.raises(InvalidInput):
        start_import(session, batch.id, at=NOW)
    assert batch.state == ImportState.MAPPING
