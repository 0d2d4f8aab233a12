"""A bulletin as Excel: its words on the first sheet, then a sheet for each table, with numbers as numbers."""

import io
from collections.abc import Sequence
from typing import Any, Final

import xlsxwriter

from dispatch.bulletins.writing.blocks import Block

_FORBIDDEN: Final = str.maketrans(dict.fromkeys("[]:*?/\\", "·"))
#: Characters of a sheet's width that a hundredth of the page is.
_PER_WIDTH: Final = 1.1


def excel_of(title: str, blocks: Sequence[Block], *, issuer: str) -> bytes:
    """The bytes of the workbook."""
    held = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(held, options) as book:
        book.set_properties({"title": title, "author": issuer})
        _words(book, title, blocks)
        tables = [block for block in blocks if block["kind"] == "table"]
        for number, block in enumerate(tables, 1):
            _sheet(book, block, number)
    return held.getvalue()


def _words(book: Any, title: str, blocks: Sequence[Block]) -> None:
    sheet = book.add_worksheet("正文")
    sheet.set_column(0, 0, 110)
    sheet.set_paper(9)
    strong = book.add_format({"bold": True, "font_size": 16, "text_wrap": True, "align": "center"})
    heading = book.add_format({"bold": True, "font_size": 12})
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    sheet.write_string(0, 0, title, strong)
    row = 2
    for block in blocks:
        if block["kind"] == "sign":
            words = f"{block['issuer']}　{block['day']}"
        else:
            words = f"（见“{_name(block)}”）" if block["kind"] == "table" else block["text"]
        sheet.write_string(row, 0, words, heading if block["kind"] in {"heading", "sub"} else plain)
        row += 1


def _name(block: Block) -> str:
    return str(block["caption"]).partition("　")[2] or str(block["caption"])


def _sheet(book: Any, block: Block, number: int) -> None:
    name = _name(block).translate(_FORBIDDEN)[:26]
    sheet = book.add_worksheet(f"{number} {name}")
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.freeze_panes(2, 1)
    sheet.repeat_rows(0, 1)
    thin = {"border": 1}
    formats = {
        "title": book.add_format({"bold": True, "font_size": 13}),
        "head": book.add_format({**thin, "bold": True, "align": "center"}),
        "text": book.add_format(thin),
        "count": book.add_format({**thin, "num_format": "#,##0"}),
        "share": book.add_format({**thin, "num_format": "0.00%"}),
        "number": book.add_format({**thin, "num_format": "0.00"}),
    }
    sheet.write_string(0, 0, block["caption"], formats["title"])
    for column, (head, width) in enumerate(zip(block["heads"], block["widths"], strict=True)):
        sheet.set_column(column, column, max(8, width * _PER_WIDTH))
        sheet.write_string(1, column, head, formats["head"])
    for line, row in enumerate(block["rows"], 2):
        for column, value in enumerate(row):
            _write(sheet, line, column, value, formats)


def _write(sheet: Any, line: int, column: int, value: str | int, formats: dict[str, Any]) -> None:
    if isinstance(value, int):
        sheet.write_number(line, column, value, formats["count"])
    elif value.endswith("%") and value[:-1].replace(".", "", 1).isdigit():
        sheet.write_number(line, column, round(float(value[:-1]) / 100, 6), formats["share"])
    elif value.count(".") == 1 and value.replace(".", "", 1).isdigit():
        sheet.write_number(line, column, float(value), formats["number"])
    else:
        sheet.write_string(line, column, value, formats["text"])
