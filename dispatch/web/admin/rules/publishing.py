"""The tables of what is published: when each kind of bulletin is made and in whose name, and the open data sets."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from dispatch.bulletins.model import BulletinKind, BulletinRule
from dispatch.kit.errors import invalid
from dispatch.opendata.model import Cadence, OpenDataset
from dispatch.web.admin.rules.table import Column, Table
from dispatch.web.parts.bulletins import KINDS

C = Column
CADENCES: Final[dict[str, tuple[str, str]]] = {
    Cadence.DAILY: ("每天", "daily"),
    Cadence.WEEKLY: ("每周", "weekly"),
    Cadence.MONTHLY: ("每月", "monthly"),
}
#: After a week's end a digest is made within the next one.
MOST_DAYS: Final = {BulletinKind.WECHAT: 7}


def check_rule(_session: Session, row: Mapping[str, Any]) -> None:
    """Raise InvalidInput for a day on which the bulletin could not be made."""
    most = MOST_DAYS.get(BulletinKind(row["kind"]), 28)
    if row["day"] > most:
        raise invalid("day", f"日期应在 1 到 {most} 之间", f"The day is from 1 to {most}")


PUBLISHING: Final[tuple[Table, ...]] = (
    Table(
        "bulletins",
        ("通报", "Bulletins"),
        (
            "每种通报何时自动编制、以谁的名义、是否不经人工直接发布；标题中的 {month}、{days} 会换成月份或日期。",
            "When each kind of bulletin is written, in whose name, and whether it needs a hand; {month} and {days} in a title become the month or the days.",
        ),
        BulletinRule,
        (
            C("kind", ("种类", "kind"), "choice", fixed=True, choices=KINDS),
            C("enabled", ("自动编制", "written by itself"), "tick"),
            C("day", ("日", "day"), "whole", need=True, least=1, most=28),
            C("hour", ("时", "hour"), "whole", need=True, most=23),
            C("publishes", ("直接发布", "published at once"), "tick"),
            C("public", ("向公众公开", "for everybody"), "tick"),
            C("title", ("标题", "title"), need=True, hidden=True),
            C("issuer", ("发布单位", "issued by"), need=True, hidden=True),
            C("addressees", ("主送", "addressed to"), "area", hidden=True),
            C(
                "most",
                ("高发列几项", "lines of a ranking"),
                "whole",
                need=True,
                most=50,
                hidden=True,
            ),
            C(
                "begins",
                ("一周从周几开始（0 为周一）", "first day of the week (0: Monday)"),
                "whole",
                most=6,
                hidden=True,
            ),
        ),
        identity=("kind",),
        search=("title",),
        check=check_rule,
        can_add=False,
        can_remove=False,
    ),
    Table(
        "open-data",
        ("开放数据", "Open data"),
        (
            "向公众开放哪些数据集、多久更新一次；停用的不再公开，文件保留。",
            "Which data sets are for everybody, and how often they are made; what is not in use is not shown, its files stay.",
        ),
        OpenDataset,
        (
            C("code", ("代码", "code"), fixed=True),
            C("title", ("名称", "title"), need=True),
            C("title_en", ("英文名称", "English title"), need=True, hidden=True),
            C("about", ("说明", "about"), "area", need=True, hidden=True),
            C("about_en", ("英文说明", "about, in English"), "area", need=True, hidden=True),
            C("keywords", ("关键词", "keywords"), hidden=True),
            C("licence", ("许可地址", "address of the licence"), need=True, hidden=True),
            C("cadence", ("更新", "made"), "choice", need=True, choices=CADENCES),
            C("enabled", ("公开", "for everybody"), "tick"),
        ),
        identity=("code",),
        search=("title", "code"),
        can_add=False,
        can_remove=False,
    ),
)
