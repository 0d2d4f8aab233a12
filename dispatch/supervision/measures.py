"""What is counted: every measure with the moment whose day it counts on and when it counts, as one table.

The columns of the rollups, the statements that fill them and docs/evaluation.md are written from it.
`f` in a condition is a row of `figure_cases`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

Pair = tuple[str, str]


class Subject(StrEnum):
    """Whom a figure is about. A unit grid's figures are kept by the month, all others by the day."""

    CITY = "city"
    DISTRICT = "district"
    VIRTUAL_DISTRICT = "virtual_district"
    STREET = "street"
    COMMUNITY = "community"
    WORKING_GRID = "working_grid"
    UNIT_GRID = "unit_grid"
    DEPARTMENT = "department"


class Cut(StrEnum):
    """What a figure is divided by; its parts are channels, category ids, signs of groups or area codes."""

    ALL = "all"
    CHANNEL = "channel"
    CATEGORY = "category"
    HAZARD = "hazard"
    DISTRICT = "district"


@dataclass(frozen=True)
class Measure:
    """A count of cases: on the day of which moment, under which condition, in which words."""

    name: str
    moment: str
    when: str
    words: Pair
    explained: str


def _m(name: str, moment: str, when: str, zh: str, en: str, explained: str) -> Measure:
    return Measure(name, moment, when, (zh, en), explained)


def _tardy(stage: str) -> str:
    return f"NOT '{stage}' = ANY (f.tardy)"


#: The channels of the public: what comes by them patrol could have found itself.
PUBLIC: Final = ("web", "wechat", "app", "phone", "transfer", "media")
_PUBLIC = "f.channel IN ({})".format(", ".join(f"'{each}'" for each in PUBLIC))
_JUDGED = "judged_at"

MEASURES: Final[tuple[Measure, ...]] = (
    _m("reported", "reported_at", "true", "上报数", "reported", "收到的上报,每案一次"),
    _m(
        "valid",
        "reported_at",
        "f.filed_at IS NOT NULL AND f.voided_at IS NULL",
        "有效上报数",
        "validly reported",
        "其中后来立案且未作废的",
    ),
    _m("accepted", "accepted_at", "true", "受理数", "accepted", "受理,撤回的不计"),
    _m(
        "accepted_on_time",
        "accepted_at",
        _tardy("accept"),
        "按时受理数",
        "accepted on time",
        "未超受理时限",
    ),
    _m("rejected", "rejected_at", "true", "不予受理数", "not accepted", "受理前退回,未再受理"),
    _m("verified", "verified_at", "true", "核实数", "verified", "监督员已反馈核实结果"),
    _m(
        "verified_on_time",
        "verified_at",
        _tardy("verify"),
        "按时核实数",
        "verified on time",
        "未超核实时限",
    ),
    _m("filed", "filed_at", "true", "立案数", "filed", "立案,每案一次"),
    _m("filed_on_time", "filed_at", _tardy("file"), "按时立案数", "filed on time", "未超立案时限"),
    _m("missed", "filed_at", _PUBLIC, "漏报数", "missed", "立案中由公众先报、巡查未报的"),
    _m("not_filed", "not_filed_at", "true", "不立案数", "not filed", "受理后不予立案"),
    _m("voided", "voided_at", "true", "作废数", "voided", "作废,仍作废的"),
    _m("linked", "linked_at", "true", "并案数", "linked", "并入其他案件"),
    _m("on_the_spot", "spot_at", "true", "自行处置数", "handled on the spot", "巡查当场处置"),
    _m("dispatched", "dispatched_at", "true", "派遣数", "dispatched", "首次派遣"),
    _m(
        "dispatched_on_time",
        "dispatched_at",
        _tardy("dispatch"),
        "按时派遣数",
        "dispatched on time",
        "每次派遣都未超派遣时限",
    ),
    _m(
        "dispatched_right",
        "dispatched_at",
        "f.right_first",
        "准确派遣数",
        "right first time",
        "首次派遣后未被单位回退",
    ),
    _m("handled", "handled_at", "true", "处置数", "handled", "单位报处理完毕,未被返工"),
    _m("checked", "checked_at", "true", "核查数", "checked", "核查反馈,最后一次"),
    _m(
        "checked_on_time",
        "checked_at",
        _tardy("check"),
        "按时核查数",
        "checked on time",
        "每次核查都未超核查时限",
    ),
    _m("closed", "closed_at", "true", "结案数", "closed", "结案,重新办理的不计"),
    _m(
        "closed_promptly",
        "closed_at",
        _tardy("close"),
        "及时结案数",
        "closed promptly",
        "核查后未超结案时限",
    ),
    _m(
        "to_handle",
        _JUDGED,
        "true",
        "应处置数",
        "to handle",
        "处置完毕的,加上已超时未处置的;计入两者中较早的一日",
    ),
    _m(
        "done",
        _JUDGED,
        "f.handled_at IS NOT NULL",
        "应处置中已处置数",
        "of these handled",
        "应处置数中现已处置的",
    ),
    _m(
        "on_time",
        _JUDGED,
        "f.handled_at IS NOT NULL AND (NOT f.late OR f.exempt)",
        "按时处置数",
        "handled on time",
        "时限内处置;申诉成立的视同按时",
    ),
    _m(
        "overdue",
        _JUDGED,
        "f.late AND NOT f.exempt",
        "超时数",
        "overdue",
        "到期未处置,无论其后是否处置;申诉成立的免计",
    ),
    _m("exempted", _JUDGED, "f.late AND f.exempt", "免计数", "exempted", "超时但申诉成立"),
    _m(
        "settled",
        _JUDGED,
        "f.closed_at IS NOT NULL",
        "应结案中已结案数",
        "of these closed",
        "应结案数(=应处置数)中现已结案的",
    ),
    _m(
        "settled_on_time",
        _JUDGED,
        "f.closed_at IS NOT NULL AND (NOT f.late OR f.exempt)",
        "按时结案数",
        "closed on time",
        "其中处置未超时的",
    ),
    _m("reworked", _JUDGED, "f.reworks > 0", "返工数", "reworked", "至少返工一次的案件"),
    _m("extended", _JUDGED, "f.extensions > 0", "延期数", "extended", "至少获准延期一次的案件"),
    _m("suspended", _JUDGED, "f.suspensions > 0", "挂账数", "suspended", "至少挂账一次的案件"),
    _m("appealed", _JUDGED, "f.appeals > 0", "申诉数", "appealed", "提出过申诉的案件"),
    _m("returned", "", "", "回退数", "returned", "单位回退的次数,计入回退单位和回退日"),
)
BY_NAME: Final[Mapping[str, Measure]] = {each.name: each for each in MEASURES}
NAMES: Final = tuple(BY_NAME)


@dataclass(frozen=True)
class Rate:
    """A share: one measure among another; `lower_is_better` for rework, overdue and the like."""

    name: str
    part: str
    whole: str
    words: Pair
    lower_is_better: bool = False


RATES: Final[Mapping[str, Rate]] = {
    each.name: each
    for each in (
        Rate("valid_rate", "valid", "reported", ("有效上报率", "valid report rate")),
        Rate("filing_rate", "filed", "reported", ("立案率", "filing rate")),
        Rate("missed_rate", "missed", "filed", ("漏报率", "missed report rate"), True),
        Rate("verify_on_time_rate", "verified_on_time", "verified", ("按时核实率", "on-time verification rate")),
        Rate("dispatch_on_time_rate", "dispatched_on_time", "dispatched", ("按时派遣率", "on-time dispatch rate")),
        Rate("right_first_rate", "dispatched_right", "dispatched", ("准确派遣率", "right-first-time dispatch rate")),
        Rate("handling_rate", "done", "to_handle", ("处置率", "handling rate")),
        Rate("on_time_rate", "on_time", "to_handle", ("按时处置率", "on-time handling rate")),
        Rate("overdue_rate", "overdue", "to_handle", ("超时率", "overdue rate"), True),
        Rate("closing_rate", "settled", "to_handle", ("结案率", "closing rate")),
        Rate("on_time_closing_rate", "settled_on_time", "to_handle", ("按时结案率", "on-time closing rate")),
        Rate("rework_rate", "reworked", "to_handle", ("返工率", "rework rate"), True),
        Rate("extension_rate", "extended", "to_handle", ("延期率", "extension rate"), True),
        Rate("check_on_time_rate", "checked_on_time", "checked", ("按时核查率", "on-time check rate")),
    )
}  # fmt: skip


@dataclass(frozen=True)
class Span:
    """Days of the city, `until` not any more."""

    since: date
    until: date


class Figures(dict[str, int]):
    """Counts by the name of their measure; what was never counted is 0."""

    def __missing__(self, _name: str) -> int:
        return 0

    def rate(self, name: str) -> float | None:
        """A share by its name, 0 to 1; None where there is nothing to divide by."""
        asked = RATES[name]
        whole = self[asked.whole]
        return self[asked.part] / whole if whole else None

    def plus(self, other: Mapping[str, int]) -> "Figures":
        """The sum of both, measure by measure."""
        return Figures({name: self[name] + other.get(name, 0) for name in {*self, *other}})


#: The posts and, for each verb that counts for them: what "right" means of such a deed.
POSTS: Final[Mapping[str, tuple[str, ...]]] = {
    "inspector": ("report", "verify", "check"),
    "agent": ("accept", "request-verification", "reject"),
    "shift_leader": ("file", "close"),
    "dispatcher": ("dispatch",),
}
