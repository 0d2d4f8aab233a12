"""A bulletin from its figures to its last line, and a correction with what differs from what was published."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dispatch.bulletins.model import Bulletin, BulletinKind, BulletinRule
from dispatch.bulletins.states import Days
from dispatch.bulletins.writing import hazards, monthly, wechat
from dispatch.bulletins.writing.blocks import Block, day_words, paragraph, sign, table
from dispatch.kit.clock import city_date
from dispatch.kit.db import Json

#: A correction lists so many differences; the text below it has all of them anyhow.
MOST_CHANGES: Final = 60


def title_of(rule: BulletinRule, days: Days, *, corrects: bool) -> str:
    """The title, with the month or the days in it."""
    month = f"{days.first.year}年{days.first.month}月"
    span = f"{day_words(days.first)}—{days.last.month}月{days.last.day}日"
    return rule.title.replace("{month}", month).replace("{days}", span) + (
        "（更正）" if corrects else ""
    )


def blocks_of(bulletin: Bulletin, original: Bulletin | None) -> list[Block]:
    """Everything between the title and the last line. `original`: what it corrects."""
    content, days = bulletin.content, Days(bulletin.first, bulletin.last)
    made = list(_body(bulletin, content, days))
    if original is not None:
        made = [*_correction(bulletin, original, made), *made]
    day = city_date(bulletin.published_at or bulletin.as_of)
    return [*made, sign(content["issuer"], day_words(day))]


def _body(bulletin: Bulletin, content: Json, days: Days) -> Sequence[Block]:
    figures = content["figures"]
    match BulletinKind(bulletin.kind):
        case BulletinKind.MONTHLY:
            return monthly.write(
                figures,
                days,
                issuer=content["issuer"],
                addressees=content["addressees"],
                most=content["most"],
                remarks=bulletin.remarks,
            )
        case BulletinKind.WECHAT:
            return wechat.write(figures, days, content["examples"])
        case BulletinKind.HAZARDS:
            return hazards.write(figures, days)


def _correction(bulletin: Bulletin, original: Bulletin, made: Sequence[Block]) -> Iterator[Block]:
    changes = changes_between(original.content["blocks"], made)
    published = original.published_at
    told = f"（{day_words(city_date(published))}发布）" if published else ""
    reason = bulletin.reason.strip().rstrip("。")
    if not changes:
        yield paragraph(f"《{original.title}》{told}经复核，表中数据没有变化。{reason}。")
        return
    yield paragraph(
        f"《{original.title}》{told}公布后，有{len(changes)}项数据发生变化，原因：{reason}。"
        "现更正如下，更正后的全文附后。"
    )
    yield table(
        "更正对照表",
        ("表", "项目", "栏目", "原公布", "更正为"),
        [
            [change["table"], change["row"], change["column"], change["was"], change["now"]]
            for change in changes[:MOST_CHANGES]
        ],
        widths=(28, 27, 15, 15, 15),
    )


def changes_between(was: Sequence[Block], now: Sequence[Block]) -> list[Json]:
    """What differs in the tables: which table, row and column, and both values."""
    before, after = dict(_cells(was)), dict(_cells(now))
    keys = [*before, *(key for key in after if key not in before)]
    return [
        {
            "table": key[0],
            "row": key[1],
            "column": key[2],
            "was": before.get(key, "—"),
            "now": after.get(key, "—"),
        }
        for key in keys
        if before.get(key) != after.get(key)
    ]


def _cells(blocks: Sequence[Mapping[str, Any]]) -> Iterator[tuple[tuple[str, str, str], Any]]:
    """Every number of every table; what a correction's own table of differences says is none of them."""
    for block in blocks:
        if block["kind"] != "table" or block["caption"] == "更正对照表":
            continue
        name = block["caption"].partition("　")[2] or block["caption"]
        for row in block["rows"]:
            words = 2 if len(row) > 1 and isinstance(row[1], str) and not _is_number(row[1]) else 1
            label = " ".join(str(each) for each in row[:words])
            for head, value in zip(block["heads"][words:], row[words:], strict=True):
                yield (name, label, head), value


def _is_number(cell: str) -> bool:
    return cell[:1].isdigit() or cell == "—"
