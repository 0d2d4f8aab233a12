"""The monthly bulletin, in the centre's wording and order."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from dispatch.bulletins.states import Days
from dispatch.bulletins.writing import hazards
from dispatch.bulletins.writing.blocks import (
    Block,
    Sections,
    Tables,
    change,
    note,
    paragraph,
    percent,
    salute,
    sums,
    table,
)
from dispatch.cases.model import Channel
from dispatch.kit.db import Json

#: How the centre tells of a channel: what was received, and what came of it.
SOURCES: Final[dict[str, tuple[str, str]]] = {
    Channel.INSPECTOR: ("市容巡查员", "市容巡查员上报{received}件，立案{filed}件，结案{closed}件"),
    Channel.PHONE: (
        "12319热线",
        "12319城市管理服务热线平台受理市民来电{received}个，立案{filed}件，结案{closed}件",
    ),
    Channel.WECHAT: (
        "“柳州是我家”微信",
        "“柳州是我家”公共微信平台应答市民咨询投诉类信息{messages}条，"  # noqa: ISC004
        "受理城市管理问题{received}件，立案{filed}件，结案{closed}件",
    ),
    Channel.TRANSFER: (
        "12345转办",
        "协助12345政府热线转接转办案件{received}件，立案{filed}件，结案{closed}件",
    ),
    Channel.WEB: ("网站举报", "网站举报{received}件，立案{filed}件，结案{closed}件"),
    Channel.CAMERA: ("视频抓拍", "视频抓拍{received}件，立案{filed}件，结案{closed}件"),
    Channel.APP: ("手机应用", "手机应用举报{received}件，立案{filed}件，结案{closed}件"),
    Channel.MEDIA: ("媒体曝光", "媒体曝光{received}件，立案{filed}件，结案{closed}件"),
}
KINDS: Final = (("part", "部件"), ("event", "事件"))
_WAY: Final = ("filed", "closed")


def write(
    found: Json, days: Days, *, issuer: str, addressees: str, most: int, remarks: str
) -> list[Block]:
    """The whole bulletin but for its end."""
    sections, tables = Sections(), Tables()
    month = f"{days.first.month}月份"
    made = [salute(addressees)] if addressees else []
    made.append(
        paragraph(
            f"{issuer}对{month}数字化城市管理系统运行工作情况进行了汇总，现将有关案件处置情况通报如下："
        )
    )
    for each in (
        _sources(found, sections, tables),
        _handling(found, sections, tables),
        _frequent(found, sections, most),
        _remarks(remarks, sections),
        _hazards(found, sections, tables),
        _citizens(found, sections, tables),
        _coverage(found, sections, tables),
    ):
        made += each
    made.append(note(BASIS))
    return made


BASIS: Final = (
    "统计口径：一、二、三部分按本月受理的案件统计，立案、处置、结案为这些案件截至统计时间的情况；"
    "“井线杆”按本月立案统计；满意度按本月结案案件的评价统计；首问责任按本月首次派遣的案件统计，"
    "首次接到案件的单位未回退为落实。按期处置不计申诉成立的超时。"
)


def _sources(found: Json, sections: Sections, tables: Tables) -> Iterator[Block]:
    total = found["total"]
    yield sections.next("案件来源及处置情况")
    told = [
        SOURCES[row["channel"]][1].format(messages=found["messages"], **row)
        for row in found["channels"]
        if row["received"]
    ]
    yield paragraph(
        f"本月，市数字化城市管理系统平台共受理各类城市管理问题{total['received']}件，"
        f"立案{total['filed']}件，结案{total['closed']}件。"
        + (f"其中，{'；'.join(told)}。" if told else "")
    )
    yield paragraph(
        f"受理数与上月（{found['before']['received']}件）相比{change(total['received'], found['before']['received'])}，"
        f"与去年同期（{found['year_before']['received']}件）相比"
        f"{change(total['received'], found['year_before']['received'])}。"
    )
    rows = [_source(SOURCES[row["channel"]][0], row) for row in found["channels"]]
    yield table(
        tables.next("案件来源及处置情况"),
        ("来源", "受理", "立案", "立案率", "结案", "结案率"),
        [*rows, _source("合计", total)],
        widths=(30, 14, 14, 14, 14, 14),
        total=True,
    )


def _source(name: str, row: Json) -> list[str | int]:
    return [
        name,
        row["received"],
        row["filed"],
        percent(row["filed"], row["received"]),
        row["closed"],
        percent(row["closed"], row["filed"]),
    ]


def _of_kind(found: Json, kind: str) -> list[Json]:
    return [row for row in found["categories"] if row["kind"] == kind]


def _handling(found: Json, sections: Sections, tables: Tables) -> Iterator[Block]:
    yield sections.next("部、事件问题立案及处置情况")
    told = []
    for kind, name in KINDS:
        counts = sums(_of_kind(found, kind), _WAY)
        told.append(
            f"{name}问题立案{counts['filed']}件，结案{counts['closed']}件，"
            f"结案率{percent(counts['closed'], counts['filed'])}"
        )
    yield paragraph(f"本月，{'；'.join(told)}。")
    yield table(
        tables.next("部、事件大类立案及结案情况"),
        ("类型", "大类", "立案", "结案", "结案率"),
        [row for kind, name in KINDS for row in _majors(_of_kind(found, kind), name)],
        widths=(14, 38, 16, 16, 16),
    )
    names = ("dispatched", "handled", "on_time", "reworked", "closed")
    for title, rows in (
        ("各城区、新区案件处置情况", [{**row, "unit": row["name"]} for row in found["areas"]]),
        ("各责任单位案件处置情况", found["departments"]),
    ):
        whole = {"unit": "合计", **sums(rows, names)}
        yield table(
            tables.next(title),
            ("单位", "派遣", "处置", "按期处置", "按期处置率", "返工", "结案", "结案率"),
            [_unit(row) for row in (*rows, whole)],
            widths=(28, 9, 9, 12, 14, 8, 9, 11),
            total=True,
        )


def _majors(rows: Sequence[Json], kind: str) -> list[list[str | int]]:
    majors: dict[str, dict[str, int]] = {}
    for row in rows:
        counts = majors.setdefault(row["major"], dict.fromkeys(_WAY, 0))
        for name in _WAY:
            counts[name] += row[name]
    most = sorted(majors.items(), key=lambda item: -item[1]["filed"])
    return [
        [kind, major, counts["filed"], counts["closed"], percent(counts["closed"], counts["filed"])]
        for major, counts in most
        if counts["filed"]
    ]


def _unit(row: Json) -> list[str | int]:
    return [
        row["unit"],
        row["dispatched"],
        row["handled"],
        row["on_time"],
        percent(row["on_time"], row["dispatched"]),
        row["reworked"],
        row["closed"],
        percent(row["closed"], row["dispatched"]),
    ]


def _frequent(found: Json, sections: Sections, most: int) -> Iterator[Block]:
    yield sections.next("部、事件高发问题情况")
    for kind, name in KINDS:
        rows = _of_kind(found, kind)
        top = [row for row in rows if row["filed"]][:most]
        if not top:
            yield paragraph(f"本月没有立案的{name}问题。")
            continue
        filed, whole = sum(row["filed"] for row in top), sum(row["filed"] for row in rows)
        listed = "，".join(f"{row['name']}{row['filed']}件" for row in top)
        yield paragraph(
            f"高发{name}问题有效立案{filed}件，占{name}总立案数{percent(filed, whole)}。其中，{listed}。"
        )


def _remarks(remarks: str, sections: Sections) -> Iterator[Block]:
    if not remarks.strip():
        return
    yield sections.next("现场检查情况")
    for line in remarks.strip().splitlines():
        if line.strip():
            yield paragraph(line.strip())


def _hazards(found: Json, sections: Sections, tables: Tables) -> Iterator[Block]:
    yield sections.next("“井线杆”安全隐患案件处置情况")
    yield paragraph(hazards.summary(found["hazards"], "本月"))
    if found["hazards"]["rows"]:
        yield hazards.listing(found["hazards"], tables.next("“井线杆”安全隐患案件处置情况"))


def _citizens(found: Json, sections: Sections, tables: Tables) -> Iterator[Block]:
    yield sections.next("市民满意度和首问责任落实情况")
    rated = sums(found["ratings"], ("rated", "scores", "satisfied", "fixed"))
    first = sums(found["first_contact"], ("first", "kept"))
    yield paragraph(
        f"本月结案的案件中，市民评价{rated['rated']}件，"
        + (
            f"平均{rated['scores'] / rated['rated']:.2f}分，满意（4分以上）"
            f"{percent(rated['satisfied'], rated['rated'])}，认为已解决"
            f"{percent(rated['fixed'], rated['rated'])}。"
            if rated["rated"]
            else "暂无评分。"
        )
        + f"首次派遣的案件{first['first']}件，首问单位未回退、负责到底{first['kept']}件，"
        f"首问责任落实率{percent(first['kept'], first['first'])}。"
    )
    rows = _joined(found)
    if rows:
        yield table(
            tables.next("各责任单位满意度和首问责任落实情况"),
            ("单位", "评价", "平均分", "满意率", "已解决", "首问", "落实", "落实率"),
            rows,
            widths=(29, 9, 10, 11, 11, 9, 9, 12),
        )


def _joined(found: Json) -> list[list[str | int]]:
    by_unit: dict[Any, Json] = {row["department_id"]: row for row in found["ratings"]}
    return [
        [
            row["unit"],
            rated["rated"] if rated else 0,
            f"{rated['scores'] / rated['rated']:.2f}" if rated else "—",
            percent(rated["satisfied"], rated["rated"]) if rated else "—",
            percent(rated["fixed"], rated["rated"]) if rated else "—",
            row["first"],
            row["kept"],
            percent(row["kept"], row["first"]),
        ]
        for row in found["first_contact"]
        for rated in (by_unit.get(row["department_id"]),)
    ]


def _coverage(found: Json, sections: Sections, tables: Tables) -> Iterator[Block]:
    areas = found["coverage"]["areas"]
    if not areas:
        return
    yield sections.next("巡查员网格覆盖情况")
    whole = sums(areas, ("beats", "grids", "covered"))
    least = "；".join(
        f"{row['working_grid']}（{row['area_name']}，{percent(row['covered'], row['grids'])}）"
        for row in found["coverage"]["least"][:5]
    )
    yield paragraph(
        f"全市{whole['beats']}个责任网格、{whole['grids']}个单元网格，本月巡查到过{whole['covered']}个，"
        f"覆盖率{percent(whole['covered'], whole['grids'])}。覆盖率较低的责任网格：{least}。"
    )
    yield table(
        tables.next("各城区、新区巡查覆盖情况"),
        ("城区", "责任网格", "单元网格", "到过", "覆盖率"),
        [
            [
                row["name"],
                row["beats"],
                row["grids"],
                row["covered"],
                percent(row["covered"], row["grids"]),
            ]
            for row in (*areas, {"name": "合计", **whole})
        ],
        widths=(32, 17, 17, 17, 17),
        total=True,
    )
