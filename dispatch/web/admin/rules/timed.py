"""The tables of time: limits by rule and by stage, classes of areas, days that depart, the ladders of escalation."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from dispatch.catalogue import commands as catalogue_commands
from dispatch.catalogue.limits import area_classes
from dispatch.catalogue.model import (
    AreaClass,
    CalendarDay,
    ClassedArea,
    LimitRule,
    Severity,
    StageLimit,
)
from dispatch.departments.reference import departments
from dispatch.jurisdiction.model import AreaKind
from dispatch.jurisdiction.reference import area_names
from dispatch.kit.errors import invalid
from dispatch.ladders import commands as ladder_commands
from dispatch.ladders.model import BeyondUnit, Clock, Ladder, LadderStep, Light
from dispatch.notices.events import AUDIENCES, GROUPS, WAYS, WAYS_TO, Audience
from dispatch.web.admin.rules import trials
from dispatch.web.admin.rules.table import Column, Pair, Table
from dispatch.web.parts.labels import SEVERITIES, UNITS

#: The tabs that these tables stand among.
FAMILY: Final = "time"
LIMITED_STAGES: Final[dict[str, Pair]] = {
    "accept": ("受理", "accept"),
    "verify": ("核实", "verify"),
    "file": ("立案", "file"),
    "dispatch": ("派遣", "dispatch"),
    "acknowledge": ("部门签收", "acknowledge"),
    "handle": ("处理(无立案条件时)", "handle, where no condition says"),
    "make_safe": ("先行排险", "make safe"),
    "check": ("核查", "check"),
    "close": ("结案", "close"),
}
CLOCKS: Final[dict[str, Pair]] = {
    Clock.HANDLE: ("处理时限", "handling"),
    Clock.MAKE_SAFE: ("先行排险", "making safe"),
    Clock.ACCEPT: ("受理", "accepting"),
    Clock.VERIFY: ("核实", "verifying"),
    Clock.FILE: ("立案", "filing"),
    Clock.DISPATCH: ("派遣", "dispatching"),
    Clock.ACKNOWLEDGE: ("部门签收", "acknowledging"),
    Clock.CHECK: ("核查", "checking"),
    Clock.CLOSE: ("结案", "closing"),
}
LADDERS: Final[dict[str, Pair]] = {
    Ladder.ORDINARY: ("一般案件", "ordinary cases"),
    Ladder.HAZARD: ("井杆线隐患", "hazards of manholes, poles, lines"),
}
LIGHTS: Final[dict[str, Pair]] = {
    Light.YELLOW: ("黄灯亮起", "the yellow light"),
    Light.RED: ("到期", "the due time"),
}
BEYOND: Final[dict[str, Pair]] = {
    BeyondUnit.MINUTE: ("分钟", "minutes"),
    BeyondUnit.HOUR: ("小时", "hours"),
    BeyondUnit.WORK_HOUR: ("工作时", "work hours"),
    BeyondUnit.WORK_DAY: ("工作日", "work days"),
    BeyondUnit.PERCENT: ("% 时限", "% of the limit"),
}
AREA_KINDS: Final[dict[str, Pair]] = {
    AreaKind.DISTRICT: ("城区", "district"),
    AreaKind.VIRTUAL_DISTRICT: ("功能区", "virtual district"),
    AreaKind.STREET: ("街道", "street"),
    AreaKind.COMMUNITY: ("社区", "community"),
    AreaKind.WORKING_GRID: ("责任网格", "working grid"),
    "unit_grid": ("单元网格", "unit grid"),
}
_SEVERITIES: Final = {each.value: SEVERITIES[each] for each in Severity}


def _units(session: Session) -> dict[Any, Pair]:
    known = sorted(departments(session).values(), key=lambda each: each.name)
    return {each.id: each.words for each in known}


def check_area(session: Session, values: Mapping[str, Any]) -> None:
    """An area that is classed exists. Raises InvalidInput."""
    kind, code = values["area_kind"], values["area_code"]
    if kind != "unit_grid" and (kind, code) not in area_names(session):
        raise invalid(
            "area_code",
            "没有这个区域,请填写“单元网格与区域”中的代码",
            "There is no such area: give its code as under unit grids and areas",
        )


def check_step(session: Session, values: Mapping[str, Any]) -> None:
    """A step reaches its audience by its way. Raises InvalidInput."""
    audience = Audience(values["audience"])
    if values["way"] not in WAYS_TO[audience]:
        ways = [WAYS[each] for each in WAYS_TO[audience]]
        raise invalid(
            "way",
            f"{AUDIENCES[audience][0]}只能用:{'、'.join(zh for zh, _ in ways)}",
            f"{AUDIENCES[audience][1]} are reached by: {', '.join(en for _, en in ways)}",
        )
    ladder_commands.check_step(session, values)


C = Column
_LIMIT = (
    C("limit_value", ("时限", "limit"), "whole", need=True, least=1, most=100_000),
    C("limit_unit", ("计时单位", "unit of time"), "choice", need=True, choices=UNITS),
)
TIMED: Final[tuple[Table, ...]] = (
    Table(
        "limit-rules",
        ("时限规则", "Limits by rule"),
        (
            "某类别在某单位、某类区域或某种缓急下另定的处理时限;最具体的一条生效,未列出的按立案条件。生效前先试算;在办案件变不变由您选定。",
            "Where a limit departs from the filing condition's own, by unit, class of area or haste; the most specific one serves. It is tried first; whether open cases are counted by it is yours to choose.",
        ),
        LimitRule,
        (
            C("category_id", ("类别", "category"), "category", need=True),
            C("condition_id", ("立案条件", "condition"), "any_condition"),
            C("department_id", ("责任单位", "unit"), "among", among=_units),
            C("area_class", ("区域类别", "class of area"), "choice", among=area_classes),
            C("severity", ("缓急", "haste"), "choice", choices=_SEVERITIES),
            *_LIMIT,
            C("valid_from", ("生效日期", "from"), "day", need=True),
            C("valid_to", ("停用日期", "until"), "day"),
            C("explanation", ("依据", "rests on"), need=True),
        ),
        search=("explanation",),
        check=catalogue_commands.check_limit_rule,
        family=FAMILY,
        preview=trials.try_limit_rule,
        preview_end=trials.try_without_rule,
        preview_at_once=False,
        tried_first=True,
        reaches=trials.REACHES,
        reach_column="for_open",
        effect=trials.rule_changed,
    ),
    Table(
        "stage-limits",
        ("环节时限", "Limits of stages"),
        (
            "每个环节应在多久内办完;改动先试算,正在这一环节的案件变不变由您选定。排险时限改动后立即适用。",
            "How long each stage may take; a change is tried first, and whether cases that are in the stage are counted by it is yours to choose. That of making safe holds at once.",
        ),
        StageLimit,
        (
            C("stage", ("环节", "stage"), "choice", need=True, fixed=True, choices=LIMITED_STAGES),
            C(
                "severity",
                ("紧急程度", "haste"),
                "choice",
                need=True,
                fixed=True,
                choices=_SEVERITIES,
            ),
            *_LIMIT,
        ),
        identity=("stage", "severity"),
        search=("stage",),
        check=catalogue_commands.check_stage_limit,
        family=FAMILY,
        preview=trials.try_stage,
        preview_at_once=False,
        tried_first=True,
        reaches=trials.REACHES,
        effect=trials.stage_changed,
    ),
    Table(
        "area-classes",
        ("区域类别", "Classes of areas"),
        (
            "例如一类区域(主次干道、窗口地带)时限更短;哪些地方属于哪一类在“区域划分”中指定。",
            "Areas of the first class, say, have shorter limits; which areas these are is set under areas.",
        ),
        AreaClass,
        (
            C("code", ("代码", "code"), need=True, fixed=True),
            C("name", ("名称", "name"), need=True),
            C("name_en", ("英文", "in English")),
            C("position", ("次序", "position"), "whole", need=True, most=10_000),
        ),
        identity=("code",),
        search=("name", "code"),
        can_remove=False,
        family=FAMILY,
    ),
    Table(
        "classed-areas",
        ("区域划分", "Areas by class"),
        (
            "城区、街道、社区或网格属于哪一类区域;一个地点以最小的区域为准。",
            "The class of a district, street, community or grid; the narrowest one that a place lies in counts.",
        ),
        ClassedArea,
        (
            C(
                "area_kind",
                ("范围", "kind"),
                "choice",
                need=True,
                fixed=True,
                choices=AREA_KINDS,
            ),
            C("area_code", ("区域代码", "code"), need=True, fixed=True),
            C("class_code", ("区域类别", "class"), "choice", need=True, among=area_classes),
        ),
        identity=("area_kind", "area_code"),
        search=("area_code",),
        check=check_area,
        family=FAMILY,
    ),
    Table(
        "ladder-steps",
        ("督办阶梯", "Ladders"),
        (
            "案件将到期、到期或超期后逐级告知谁;每级只告知一次,可隔时重复,有人签收即止。改动不会重新起算,也不会重复已走过的级;启用前已到的案件不逐件告知。",
            "Who is told, step by step, when a case runs out of time; each step once, again at intervals until somebody answers for it. An edit neither restarts nor repeats what was done; what had reached a step before it was in use is not told case by case.",
        ),
        LadderStep,
        (
            C("ladder", ("适用", "for"), "choice", need=True, choices=LADDERS),
            C("clock", ("时限", "clock"), "choice", need=True, choices=CLOCKS),
            C("level", ("级", "level"), "whole", need=True, least=1, most=9),
            C("light", ("起点", "from"), "choice", need=True, choices=LIGHTS),
            C("beyond", ("再过", "and then"), "whole", need=True, most=10_000, start="0"),
            C(
                "beyond_unit",
                ("单位", "unit"),
                "choice",
                need=True,
                choices=BEYOND,
                start=BeyondUnit.MINUTE,
            ),
            C(
                "audience",
                ("告知谁", "who is told"),
                "choice",
                need=True,
                choices={
                    each.value: pair
                    for each, pair in AUDIENCES.items()
                    if each is not Audience.REPORTER
                },
            ),
            C(
                "way",
                ("方式", "by"),
                "choice",
                need=True,
                choices={
                    each.value: WAYS[each]
                    for each in WAYS
                    if any(each in WAYS_TO[who] for who in (Audience.MANAGERS, *GROUPS))
                },
                start="in_app",
            ),
            C("repeat_minutes", ("隔多少分钟重复", "again after minutes"), "whole", least=5),
            C("quiet_from", ("免扰自", "quiet from"), "time", hidden=True),
            C("quiet_until", ("免扰至", "quiet until"), "time", hidden=True),
            C("active", ("启用", "in use"), "tick", start="yes"),
        ),
        search=("clock", "audience"),
        check=check_step,
        family=FAMILY,
        preview=trials.try_step,
        preview_at_once=False,
        tried_first=True,
        reaches=trials.BACKLOGS,
        effect=trials.step_changed,
    ),
    Table(
        "calendar-days",
        ("日历例外", "Days that depart"),
        (
            "在法定节假日和调休之外,本市或某单位自己的休息日和上班日;改动后在办案件自动重算。",
            "A city's or a unit's own days off and working days, beside the national holidays; open cases are counted anew.",
        ),
        CalendarDay,
        (
            C("calendar_code", ("日历", "calendar"), need=True, fixed=True),
            C("day", ("日期", "day"), "day", need=True, fixed=True),
            C("working", ("上班", "worked"), "tick"),
            C("reason", ("名称", "name")),
        ),
        identity=("calendar_code", "day"),
        search=("reason", "calendar_code"),
        after=catalogue_commands.settle_calendars,
        family=FAMILY,
        preview=trials.try_day,
        preview_end=trials.try_without_day,
        preview_at_once=False,
        tried_first=True,
    ),
)
