"""The weekly digest of the WeChat account: the counts, and cases that show what came of a message."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dispatch.bulletins.states import Days
from dispatch.bulletins.writing.blocks import (
    Block,
    day_words,
    heading,
    moment_words,
    note,
    paragraph,
    sub,
)
from dispatch.kit.db import Json

_NUMERALS: Final = "一二三四五六七八九十"


@dataclass(frozen=True)
class Example:
    """A case of the week as it is told: nobody's name, and words that an editor has read."""

    case_id: int
    number: str
    title: str
    said_at: datetime
    said: str
    answered_at: datetime
    unit: str
    answer: str


def write(found: Json, days: Days, examples: Iterable[Json]) -> list[Block]:
    """The whole digest but for its end."""
    rest = found["filed"] - found["closed"]
    made = [
        paragraph(
            f"{day_words(days.first)}—{day_words(days.last)}“柳州是我家”微信平台共受理应答市民咨询投诉类信息"
            f"{found['messages']}条，立案{found['filed']}件，已办结回复{found['closed']}件"
            + ("，其余案件正在处理中。" if rest else "。")
        )
    ]
    for number, each in enumerate(examples):
        made += [
            heading(f"案例{_NUMERALS[number]}"),
            sub(each["title"]),
            paragraph(f"案件编号：{each['number']}"),
            paragraph(f"{each['said_at']}市民向“柳州是我家”公众微信平台反映：{each['said']}"),
            paragraph(f"{each['answered_at']}{each['unit']}回复：{each['answer']}"),
        ]
    made.append(note("统计口径：立案、办结为本周内微信渠道上报的案件截至统计时间的情况。"))
    return made


def told(example: Example) -> Json:
    """An example as it is kept with the draft, for an editor to change."""
    return {
        "case_id": example.case_id,
        "number": example.number,
        "title": example.title,
        "said_at": moment_words(example.said_at),
        "said": example.said,
        "answered_at": moment_words(example.answered_at),
        "unit": example.unit,
        "answer": example.answer,
    }
