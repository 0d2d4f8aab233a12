"""What a bulletin is made of, whichever way it is shown: headings, paragraphs, tables, and its end."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.db import Json

Block = Json
Cell = str | int
_NUMERALS: Final = "一二三四五六七八九十"


def salute(text: str) -> Block:
    """Whom it is addressed to."""
    return {"kind": "salute", "text": text}


def heading(text: str) -> Block:
    """A section's heading."""
    return {"kind": "heading", "text": text}


def sub(text: str) -> Block:
    """A heading inside a section."""
    return {"kind": "sub", "text": text}


def paragraph(text: str) -> Block:
    """A paragraph; its first line is set in by two characters."""
    return {"kind": "paragraph", "text": text}


def note(text: str) -> Block:
    """Small print."""
    return {"kind": "note", "text": text}


def table(
    caption: str,
    heads: Sequence[str],
    rows: Iterable[Sequence[Cell]],
    *,
    widths: Sequence[int],
    total: bool = False,
) -> Block:
    """A table; `widths` are parts of the page's width, words stand left and numbers right.

    `total`: the last row is the sum.
    """
    return {
        "kind": "table",
        "caption": caption,
        "heads": list(heads),
        "rows": [list(row) for row in rows],
        "widths": list(widths),
        "total": total,
    }


def sign(issuer: str, day: str) -> Block:
    """Who publishes it, and on which day."""
    return {"kind": "sign", "issuer": issuer, "day": day}


class Sections:
    """Headings that count themselves: 一、 二、 三、 …"""

    def __init__(self) -> None:
        self._given = 0

    def next(self, text: str) -> Block:
        """The next heading."""
        self._given += 1
        return heading(f"{_NUMERALS[self._given - 1]}、{text}")


class Tables:
    """Captions that count themselves: 表1 表2 …"""

    def __init__(self) -> None:
        self._given = 0

    def next(self, text: str) -> str:
        """The next caption."""
        self._given += 1
        return f"表{self._given}　{text}"


def percent(part: int, whole: int) -> str:
    """A share with two decimals, as the centre writes it; a dash where there is no whole."""
    return f"{100 * part / whole:.2f}%" if whole else "—"


def day_words(day: date) -> str:
    """2026年10月31日."""
    return f"{day.year}年{day.month}月{day.day}日"


def moment_words(at: datetime) -> str:
    """2026-10-31 15:01:13, in the city's time."""
    return f"{at.astimezone(CITY_ZONE):%Y-%m-%d %H:%M:%S}"


def change(now: int, then: int) -> str:
    """How a count moved: 上升5.20%, 下降3.10%, 持平; 无可比数据 where there was nothing."""
    if not then:
        return "无可比数据"
    if now == then:
        return "持平"
    return f"{'上升' if now > then else '下降'}{100 * abs(now - then) / then:.2f}%"


def sums(rows: Iterable[Mapping[str, Any]], names: Sequence[str]) -> dict[str, int]:
    """The sums of the named counts."""
    found = dict.fromkeys(names, 0)
    for row in rows:
        for name in names:
            found[name] += int(row[name])
    return found
