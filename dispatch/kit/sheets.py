"""Tables to take away: CSV that Excel opens, spreadsheets with typed cells, GeoJSON; written row by row."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, Final

import orjson
import xlsxwriter

from dispatch.kit.clock import CITY_ZONE

Cell = str | int | float | bool | datetime | None
Cells = Sequence[Cell]
#: Excel reads a cell that begins with one of these as a formula.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
BOM: Final = "\ufeff"
#: What an Excel sheet holds, without its heading.
MOST_ROWS_OF_A_SHEET: Final = 1_048_575
_CHUNK: Final = 64 * 1024
_TIME: Final = "yyyy-mm-dd hh:mm"


def harmless(value: Cell) -> Cell:
    """Words that a spreadsheet would take for a formula get an apostrophe before them."""
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value


def _as_text(value: Cell) -> Cell:
    if isinstance(value, datetime):
        return value.astimezone(CITY_ZONE).strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(value, bool):
        return "是" if value else "否"
    return harmless(value)


def csv_of(heads: Sequence[str], rows: Iterable[Cells]) -> Iterator[bytes]:
    """A CSV file with a byte-order mark, in pieces of about 64 kB; times are the city's."""
    held = io.StringIO()
    held.write(BOM)
    writer = csv.writer(held)
    writer.writerow(heads)
    for row in rows:
        writer.writerow([_as_text(value) for value in row])
        if held.tell() > _CHUNK:
            yield held.getvalue().encode()
            held.seek(0)
            held.truncate()
    yield held.getvalue().encode()


def spreadsheet_of(
    heads: Sequence[str], widths: Sequence[int], rows: Iterable[Cells], *, title: str
) -> Path:
    """An .xlsx file in a temporary place, for the caller to take away; rows go to disk as they come."""
    with NamedTemporaryFile(suffix=".xlsx", delete=False) as made:
        path = Path(made.name)
    options = {"constant_memory": True, "default_date_format": _TIME, "strings_to_formulas": False}
    with xlsxwriter.Workbook(path, {**options, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet(title)
        sheet.freeze_panes(1, 0)
        for column, width in enumerate(widths):
            sheet.set_column(column, column, width)
        sheet.write_row(0, 0, heads, book.add_format({"bold": True}))
        last = 0
        for last, row in enumerate(rows, 1):
            _write(sheet, last, row)
        sheet.autofilter(0, 0, last, len(heads) - 1)
    return path


def _write(sheet: Any, number: int, row: Cells) -> None:
    for column, value in enumerate(row):
        if isinstance(value, datetime):
            sheet.write_datetime(number, column, value.astimezone(CITY_ZONE).replace(tzinfo=None))
        elif isinstance(value, bool):
            sheet.write_boolean(number, column, value)
        elif isinstance(value, int | float):
            sheet.write_number(number, column, value)
        elif value:
            sheet.write_string(number, column, value)


def pieces_of(path: Path) -> Iterator[bytes]:
    """The bytes of a temporary file; it is gone afterwards."""
    try:
        with path.open("rb") as opened:
            while piece := opened.read(_CHUNK):
                yield piece
    finally:
        path.unlink()


def geojson_of(
    crs: str, features: Iterable[tuple[tuple[float, float] | None, dict[str, Cell]]]
) -> Iterator[bytes]:
    """A GeoJSON FeatureCollection that names its coordinate system, feature by feature."""
    name = orjson.dumps({"type": "name", "properties": {"name": crs}}).decode()
    yield f'{{"type":"FeatureCollection","crs":{name},"features":['.encode()
    held, size, first = [], 0, True
    for place, facts in features:
        geometry = None if place is None else {"type": "Point", "coordinates": place}
        feature = {"type": "Feature", "geometry": geometry, "properties": facts}
        written = (b"\n" if first else b",\n") + orjson.dumps(feature)
        held.append(written)
        size, first = size + len(written), False
        if size > _CHUNK:
            yield b"".join(held)
            held, size = [], 0
    yield b"".join(held) + b"\n]}\n"
