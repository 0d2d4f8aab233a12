"""The table of hazards of manholes, lines and poles (井线杆), in the centre's wording."""

from dispatch.bulletins.states import Days
from dispatch.bulletins.writing.blocks import Block, note, paragraph, percent, sums, table
from dispatch.kit.db import Json

#: A count that moved by less is about the same; shares, in points.
_SAME_COUNT = 0.02
_SAME_RATE = 1.0


def write(found: Json, days: Days) -> list[Block]:
    """The whole of it but for its end."""
    rows = found["rows"]
    made = [
        paragraph(
            "井盖破损、立杆倒伏、线缆低垂等存在安全隐患的问题，关系市民群众的出行安全，责任单位应该及时处置。"
            f"现公布{days.first.year}年{days.first.month}月安全隐患案件处置情况，"
            "协调督促责任单位及时处置路面安全隐患。"
        ),
        paragraph(summary(found, f"{days.first.month}月")),
    ]
    whole = [row for row in rows if row["handled"] == row["filed"]]
    if whole:
        told = "；".join(
            f"{row['unit']}（立案{row['filed']}件、处置{row['handled']}件）" for row in whole
        )
        made.append(paragraph(f"案件处置率达100%的有{len(whole)}家单位：{told}。"))
    if rows:
        made.append(listing(found, "“井线杆”安全隐患案件处置情况表"))
    made.append(paragraph(outlook(found)))
    made.append(
        note(
            "统计口径：本月立案、未作废的井盖、杆件、路灯、线缆类安全隐患案件；处置为责任单位已报处置完毕。"
        )
    )
    return made


def summary(found: Json, month: str) -> str:
    """How many there were, and how many are handled."""
    counts = sums(found["rows"], ("filed", "handled"))
    return (
        f"{month}，市数字化城市管理系统平台立案巡查上报、市民投诉、媒体曝光等涉及安全隐患类案件"
        f"{counts['filed']}件，已处置{counts['handled']}件，"
        f"处置率{percent(counts['handled'], counts['filed'])}。"
    )


def listing(found: Json, caption: str) -> Block:
    """By responsible unit: filed, handled, rate; the best first, as the centre lists them."""
    names = ("manhole", "line", "pole", "filed", "handled")
    rows = [*found["rows"], {"unit": "合计", **sums(found["rows"], names)}]
    return table(
        caption,
        ("责任单位", "井", "线", "杆", "立案", "处置", "处置率"),
        [
            [row["unit"], *(row[name] for name in names), percent(row["handled"], row["filed"])]
            for row in rows
        ],
        widths=(40, 9, 9, 9, 10, 10, 13),
        total=True,
    )


def outlook(found: Json) -> str:
    """Against the month before: more, fewer or about as many, and what is asked of the units."""
    now, then = sums(found["rows"], ("filed", "handled")), found["before"]
    if not then["filed"]:
        compared = "上月没有此类案件可比"
    else:
        compared = (
            f"本月存在安全隐患的案件与上月（{then['filed']}件）相比数量{_moved(now['filed'], then['filed'])}，"
            f"处置率{_rate_moved(now, then)}"
        )
    return (
        f"{compared}。希望处置率低的单位引起高度重视，督促相关部门加快解决此类问题，"
        "及时消除安全隐患，确保市民出行安全。"
    )


def _moved(now: int, then: int) -> str:
    if abs(now - then) <= _SAME_COUNT * then:
        return "基本持平"
    return "有所上升" if now > then else "有所下降"


def _rate_moved(now: dict[str, int], then: dict[str, int]) -> str:
    if not now["filed"]:
        return "无可比数据"
    points = 100 * (now["handled"] / now["filed"] - then["handled"] / then["filed"])
    if abs(points) < _SAME_RATE:
        return "基本持平"
    return f"{'上升' if points > 0 else '下降'}{abs(points):.2f}个百分点"
