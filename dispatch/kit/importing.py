"""What an import took and what it refused, row by row, in words."""

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from dispatch.kit.errors import InvalidInput

#: How many refused rows are shown of each reason.
SHOWN = 5


class RowRefused(Exception):
    """A row that cannot be used: why, in both languages."""

    def __init__(self, code: str, zh: str, en: str) -> None:
        super().__init__(f"{code}: {zh} / {en}")
        self.code, self.zh, self.en = code, zh, en


@dataclass(frozen=True)
class Refusal:
    """A refused row: its number in the file, and why."""

    row: int
    code: str
    zh: str
    en: str


@dataclass
class ImportReport:
    """The outcome of an import; nothing was written when `written` is false."""

    inserted: int = 0
    updated: int = 0
    refused: list[Refusal] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    written: bool = False

    @property
    def accepted(self) -> int:
        """How many rows were (or would be) taken."""
        return self.inserted + self.updated

    def refuse(self, row: int, why: RowRefused) -> None:
        """Put a row on the list."""
        self.refused.append(Refusal(row, why.code, why.zh, why.en))

    def lines(self) -> list[str]:
        """The report for a terminal: totals, then each reason with some of its rows."""
        head = (
            f"接受 {self.accepted} 行(新增 {self.inserted},更新 {self.updated}),"
            f"拒绝 {len(self.refused)} 行 / {self.accepted} rows accepted "
            f"({self.inserted} new, {self.updated} changed), {len(self.refused)} refused"
        )
        return [head, *self._reasons(), *(f"  ! {note} ×{n}" for note, n in self.notes.items())]

    def _reasons(self) -> list[str]:
        lines = []
        for code, times in Counter(each.code for each in self.refused).most_common():
            some = [each for each in self.refused if each.code == code][:SHOWN]
            lines.append(f"  ✗ {code} ×{times}")
            lines += [
                f"    第 {each.row} 行 / row {each.row}: {each.zh} / {each.en}" for each in some
            ]
        return lines


def require_all(report: ImportReport) -> None:
    """Refuse the whole import when a row was refused."""
    if report.refused:
        first = report.refused[0]
        raise InvalidInput(
            "rows_refused",
            f"有 {len(report.refused)} 行未通过,未导入任何数据;首个为第 {first.row} 行:{first.zh}",
            f"{len(report.refused)} rows were refused and nothing was imported; the first is row "
            f"{first.row}: {first.en}",
        )


def write_refused(path: Path, report: ImportReport) -> None:
    """Write the refused rows as a table that can be opened beside the file."""
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(("row", "code", "zh", "en"))
        table.writerows((each.row, each.code, each.zh, each.en) for each in report.refused)
