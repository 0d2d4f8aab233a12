"""The first sheet of an Excel workbook as rows of text."""

from collections.abc import Iterator
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

from dispatch.kit.errors import invalid


def workbook_rows(path: Path) -> Iterator[list[str]]:
    """Every row, the heads first. Raises InvalidInput for what is no workbook."""
    try:
        rows = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    except (CalamineError, OSError, IndexError) as error:
        raise invalid(
            "file",
            "无法读取工作簿,请用 Excel 另存为 .xlsx",
            "The workbook cannot be read: save it as .xlsx once more",
            code="bad_file",
        ) from error
    for row in rows:
        yield [_cell(value) for value in row]


def _cell(value: object) -> str:
    """A cell as text: a telephone number that Excel took for a number keeps its digits."""
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value)
