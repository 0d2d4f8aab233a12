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
    means: Pair


def _m(name: str, moment: str, when: str, words: Pair, means: Pair) -> Measure:
    return Measure(name, moment, when, words, means)


def _tardy(stage: str) -> str:
    return f"NOT '{stage}' = ANY (f.tardy)"


#: The channels of the public: what comes by them patrol could have found itself.
PUBLIC: Final = ("web", "wechat", "app", "phone", "transfer", "media")
_PUBLIC = "f.channel IN ({})".format(", ".join(f"'{each}'" for each in PUBLIC))
_JUDGED = "judged_at"

MEASURES: Final[tuple[Measure, ...]] = (
    _m(
        "reported",
        "reported_at",
        "true",
        ("上报数", "reported"),
        ("收到的上报，每案一次", "reports taken in, each case once"),
    ),
    _m(
        "valid",
        "reported_at",
        "f.filed_at IS NOT NULL AND f.voided_at IS NULL",
        ("有效上报数", "validly reported"),
        ("当日上报中后来立案且未作废的", "of the day's reports those filed later and not voided"),
    ),
    _m(
        "accepted",
        "accepted_at",
        "true",
        ("受理数", "accepted"),
        ("受理；撤回的不计", "accepted; taken back does not count"),
    ),
    _m(
        "accepted_on_time",
        "accepted_at",
        _tardy("accept"),
        ("按时受理数", "accepted on time"),
        ("受理时未超受理时限", "accepted within the stage's limit"),
    ),
    _m(
        "rejected",
        "rejected_at",
        "true",
        ("不予受理数", "not accepted"),
        ("受理前退回，至今未再受理", "turned away before acceptance, and still so"),
    ),
    _m(
        "verified",
        "verified_at",
        "true",
        ("核实数", "verified"),
        ("监督员已反馈核实结果", "an inspector has told what is there"),
    ),
    _m(
        "verified_on_time",
        "verified_at",
        _tardy("verify"),
        ("按时核实数", "verified on time"),
        ("反馈时未超核实时限", "told within the stage's limit"),
    ),
    _m(
        "filed",
        "filed_at",
        "true",
        ("立案数", "filed"),
        ("立案，每案一次", "filed, each case once"),
    ),
    _m(
        "filed_on_time",
        "filed_at",
        _tardy("file"),
        ("按时立案数", "filed on time"),
        ("立案时未超立案时限", "filed within the stage's limit"),
    ),
    _m(
        "missed",
        "filed_at",
        _PUBLIC,
        ("漏报数", "missed"),
        ("立案中由公众先报、巡查未报的", "filed cases that the public reported and patrol had not"),
    ),
    _m(
        "not_filed",
        "not_filed_at",
        "true",
        ("不立案数", "not filed"),
        ("受理后不予立案，至今如此", "accepted but not filed, and still so"),
    ),
    _m(
        "voided",
        "voided_at",
        "true",
        ("作废数", "voided"),
        ("作废，至今如此", "voided, and still so"),
    ),
    _m(
        "linked",
        "linked_at",
        "true",
        ("并案数", "linked"),
        ("并入其他案件", "linked to another case"),
    ),
    _m(
        "on_the_spot",
        "spot_at",
        "true",
        ("自行处置数", "handled on the spot"),
        ("监督员当场处置", "handled by the inspector on the spot"),
    ),
    _m(
        "dispatched",
        "dispatched_at",
        "true",
        ("派遣数", "dispatched"),
        ("首次派遣，每案一次", "dispatched for the first time, each case once"),
    ),
    _m(
        "dispatched_on_time",
        "dispatched_at",
        _tardy("dispatch"),
        ("按时派遣数", "dispatched on time"),
        ("每次派遣都未超派遣时限", "never dispatched beyond the stage's limit"),
    ),
    _m(
        "dispatched_right",
        "dispatched_at",
        "f.right_first",
        ("准确派遣数", "right first time"),
        ("派遣后未被任何单位回退", "no unit gave the case back"),
    ),
    _m(
        "handled",
        "handled_at",
        "true",
        ("处置数", "handled"),
        ("单位报处理完毕且未被返工", "reported done, and not sent back for rework"),
    ),
    _m(
        "checked",
        "checked_at",
        "true",
        ("核查数", "checked"),
        ("核查反馈，以最后一次为准", "checked; the last check counts"),
    ),
    _m(
        "checked_on_time",
        "checked_at",
        _tardy("check"),
        ("按时核查数", "checked on time"),
        ("每次核查都未超核查时限", "never checked beyond the stage's limit"),
    ),
    _m(
        "closed",
        "closed_at",
        "true",
        ("结案数", "closed"),
        ("结案；重新办理的不计", "closed; reopened cases do not count"),
    ),
    _m(
        "closed_promptly",
        "closed_at",
        _tardy("close"),
        ("及时结案数", "closed promptly"),
        ("核查后未超结案时限", "closed within the stage's limit after the check"),
    ),
    _m(
        "to_handle",
        _JUDGED,
        "true",
        ("应处置数", "to handle"),
        (
            "已处置的加上已超时未处置的，计入两者中较早的一日",
            "handled, or overdue and unhandled; on the day of whichever came first",
        ),
    ),
    _m(
        "done",
        _JUDGED,
        "f.handled_at IS NOT NULL",
        ("应处置中已处置数", "of these handled"),
        ("应处置数中现已处置的", "of those to handle, the ones handled by now"),
    ),
    _m(
        "on_time",
        _JUDGED,
        "f.handled_at IS NOT NULL AND (NOT f.late OR f.exempt)",
        ("按时处置数", "handled on time"),
        (
            "时限内处置；申诉成立的视同按时",
            "handled before its time ran out; a granted appeal counts as on time",
        ),
    ),
    _m(
        "overdue",
        _JUDGED,
        "f.late AND NOT f.exempt",
        ("超时数", "overdue"),
        (
            "到期未处置，无论其后是否处置；申诉成立的免计",
            "not handled when its time ran out, handled later or not; a granted appeal exempts",
        ),
    ),
    _m(
        "exempted",
        _JUDGED,
        "f.late AND f.exempt",
        ("免计数", "exempted"),
        ("超时但申诉成立", "overdue, but the appeal was granted"),
    ),
    _m(
        "settled",
        _JUDGED,
        "f.closed_at IS NOT NULL",
        ("应结案中已结案数", "of these closed"),
        (
            "应结案数（与应处置数相同）中现已结案的",
            "of those to close (the same as those to handle), the ones closed by now",
        ),
    ),
    _m(
        "settled_on_time",
        _JUDGED,
        "f.closed_at IS NOT NULL AND (NOT f.late OR f.exempt)",
        ("按时结案数", "closed on time"),
        ("其中处置未超时的", "of these, handled on time"),
    ),
    _m(
        "reworked",
        _JUDGED,
        "f.reworks > 0",
        ("返工数", "reworked"),
        ("应结案数中至少返工一次的", "of those to close, sent back for rework at least once"),
    ),
    _m(
        "extended",
        _JUDGED,
        "f.extensions > 0",
        ("延期数", "extended"),
        ("应处置数中至少获准延期一次的", "of those to handle, extended at least once"),
    ),
    _m(
        "suspended",
        _JUDGED,
        "f.suspensions > 0",
        ("挂账数", "suspended"),
        ("应处置数中至少挂账一次的", "of those to handle, suspended at least once"),
    ),
    _m(
        "appealed",
        _JUDGED,
        "f.appeals > 0",
        ("申诉数", "appealed"),
        ("应处置数中提出过申诉的", "of those to handle, appealed at least once"),
    ),
    _m(
        "returned",
        "",
        "",
        ("回退数", "returned"),
        (
            "单位回退的次数，计入回退的单位和当日",
            "times a unit gave a case back, for that unit, on that day",
        ),
    ),
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
