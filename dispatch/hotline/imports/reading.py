"""A file as a table of texts: CSV in the encodings that offices use, and the spreadsheets of Excel and WPS."""

import csv
import io
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from dispatch.kit.errors import InvalidInput, TooLarge, invalid

MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 80
LONGEST: Final = 4000
#: What a spreadsheet may grow to when it is unpacked.
MOST_UNPACKED: Final = 200 * 1024 * 1024
_ZIP, _OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
Cell = object


@dataclass(frozen=True)
class Table:
    """The names of the columns, and the rows below them as texts."""

    headers: tuple[str, ...]
    rows: list[list[str]]


def read_table(data: bytes) -> Table:
    """The table in a file. Raises InvalidInput for what is none, TooLarge for what is too long."""
    lines = _spreadsheet(data) if data.startswith((_ZIP, _OLE)) else _csv(data)
    filled = [line for line in lines if any(line)]
    if not filled:
        raise _unreadable("文件是空的", "the file is empty")
    headers, rows = filled[0], filled[1:]
    if len(rows) > MOST_ROWS:
        raise TooLarge(
            "too_many_rows",
            f"一次最多导入 {MOST_ROWS} 行,这个文件有 {len(rows)} 行;请拆成几个文件",
            f"At most {MOST_ROWS} rows at a time, this file has {len(rows)}: split it",
        )
    if not rows:
        raise _unreadable("只有表头,没有数据行", "it has a header and no rows")
    width = len(headers)
    return Table(_unique(headers), [(row + [""] * width)[:width] for row in rows])


def _unique(headers: Sequence[str]) -> tuple[str, ...]:
    """Names of columns, numbered where there is none or it comes twice."""
    seen: dict[str, int] = {}
    made = []
    for number, name in enumerate(headers, 1):
        plain = name or f"第{number}列"
        seen[plain] = seen.get(plain, 0) + 1
        made.append(plain if seen[plain] == 1 else f"{plain}({seen[plain]})")
    return tuple(made)


def _unreadable(zh: str, en: str) -> InvalidInput:
    return invalid(
        "file",
        f"文件不能读取:{zh};请用 CSV 或 Excel(.xlsx、.xls)",
        f"The file cannot be read: {en}. Give CSV or Excel (.xlsx, .xls)",
        code="unreadable_file",
    )


def _csv(data: bytes) -> list[list[str]]:
    text = _text(data)
    if "\0" in text:
        raise _unreadable("不是文本", "it is no text")
    first = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=first.count)
    try:
        read = csv.reader(io.StringIO(text), delimiter=delimiter)
        return [_line(row) for row in read]
    except csv.Error as error:
        raise _unreadable(str(error), str(error)) from error


def _text(data: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _unreadable("文字编码不明", "its encoding is unknown")


def _spreadsheet(data: bytes) -> list[list[str]]:
    try:
        if data.startswith(_ZIP):
            with zipfile.ZipFile(io.BytesIO(data)) as packed:
                unpacked = sum(each.file_size for each in packed.infolist())
            if unpacked > MOST_UNPACKED:
                raise TooLarge("too_large", "表格解压后过大", "The spreadsheet unpacks to too much")
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        if not book.sheet_names:
            raise _unreadable("没有工作表", "it has no sheet")
        rows = book.get_sheet_by_index(0).to_python(nrows=MOST_ROWS + 2)
    except PasswordError as error:
        raise _unreadable("有密码", "it is protected by a password") from error
    except (CalamineError, zipfile.BadZipFile) as error:
        raise _unreadable("不是完整的表格", "it is no whole spreadsheet") from error
    return [_line(row) for row in rows]


def _line(cells: Iterable[Cell]) -> list[str]:
    return [_cell(each) for each in list(cells)[:MOST_COLUMNS]]


def _cell(value: Cell) -> str:
    """A cell as somebody would type it: numbers of telephones without a point, times to the minute."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    if isinstance(value, date | time | timedelta):
        return str(value)
    return str(value).replace("\0", "").strip()[:LONGEST]
