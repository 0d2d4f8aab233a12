"""What an administrator may not write into the catalogue, the calendars and the city's settings."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.catalogue.model import Condition, Severity
from dispatch.kit.errors import invalid
from dispatch.kit.worktime import Unit

Pair = tuple[str, str]
_CODE: Final = re.compile(r"[a-z0-9_]{1,64}")


@dataclass(frozen=True)
class SettingKind:
    """What a setting of the city may hold: a number from `least` on, one of some words, or a text."""

    name: Pair
    least: float | None = None
    most: float | None = None
    whole: bool = False
    choices: tuple[tuple[str, Pair], ...] = ()


_POSTS: Final = (
    ("shift_leader", ("值班长", "shift leader")),
    ("agent", ("坐席员", "agent")),
    ("agent,shift_leader", ("坐席员或值班长", "agent or shift leader")),
    ("dispatcher", ("派遣员", "dispatcher")),
    ("dispatcher,shift_leader", ("派遣员或值班长", "dispatcher or shift leader")),
)
#: The settings; one that is not here is called by its name and keeps the type that it has.
SETTINGS: Final[dict[str, SettingKind]] = {
    "filing_role": SettingKind(("谁立案", "who files"), choices=_POSTS),
    "closing_role": SettingKind(("谁结案", "who closes"), choices=_POSTS),
    "reopen_days": SettingKind(("结案后可重开天数", "days to reopen"), 0, 365, whole=True),
    "max_extensions": SettingKind(("延期次数上限", "extensions"), 0, 10, whole=True),
    "max_suspension_days": SettingKind(("挂账天数上限", "days suspended"), 1, 1000, whole=True),
    "max_extension_share": SettingKind(
        ("延期上限(原时限的倍数,0 为不限)", "longest extension, in limits; 0: any"), 0, 20
    ),
    "yellow_share": SettingKind(("黄灯起点", "yellow light from"), 0.1, 0.99),
    "part_owner_distance_m": SettingKind(("按部件找权属的距离", "metres to a part"), 0, 200),
    "camera_scene_minutes": SettingKind(("同一画面合并分钟", "minutes of a scene"), 1, 1440),
    "anonymise_after_days": SettingKind(
        ("结案后脱敏天数", "days to anonymise"), 1, 3650, whole=True
    ),
    "wechat_quiet_minutes": SettingKind(("微信静默分钟", "quiet minutes"), 1, 240, whole=True),
    "wechat_follow_up_minutes": SettingKind(("微信补充分钟", "minutes to add"), 0, 240, whole=True),
    "place_radius_m": SettingKind(("可采用的位置误差", "metres a place may be off"), 1, 5000),
    "place_conflict_m": SettingKind(("坐标与地址相距上限", "metres to the words"), 1, 20000),
    "duplicate_place_radius_m": SettingKind(("可并案的位置误差", "metres to link"), 1, 5000),
    "duplicate_confidence": SettingKind(("可并案的置信度", "confidence to link"), 0, 1),
    "part_suggest_distance_m": SettingKind(("提示部件的距离", "metres to suggest"), 0, 200),
    "part_suggest_confidence": SettingKind(("提示部件的置信度", "confidence then"), 0, 1),
    "notices_keep_days": SettingKind(
        ("通知保存天数", "days notices are kept"), 7, 3650, whole=True
    ),
    "case_number_prefix": SettingKind(("案卷编号前缀", "beginning of case numbers")),
    "city_name": SettingKind(("城市名", "name of the city")),
    "city_code": SettingKind(("城市代码", "code of the city")),
    "service_name": SettingKind(("服务名称", "name of the service")),
    "dispute_returns": SettingKind(
        ("回退几次算争议", "returns that make a dispute"), 1, 10, whole=True
    ),
    "export_row_limit": SettingKind(
        ("一次导出的行数上限", "rows of an export"), 100, 1_000_000, whole=True
    ),
    "public_photos": SettingKind(("公开照片(1 是,0 否)", "photos in public; 1: yes"), 0, 1, True),
    "import_keep_days": SettingKind(
        ("导入文件保留天数", "days that files to import are kept"), 1, 365, whole=True
    ),
    "hotspot_days": SettingKind(("热点查找天数", "days searched for hot spots"), 7, 365, True),
    "hotspot_metres": SettingKind(("热点邻近距离", "metres that are near"), 100, 5000),
    "hotspot_false_share": SettingKind(("热点误报比例", "share of false finds"), 0.001, 0.5),
    "hotspot_least_cases": SettingKind(
        ("重复至少几件才算", "cases that make a repeat"), 2, 100, whole=True
    ),
    "patrol_calendar": SettingKind(("巡查所用日历", "calendar of patrols")),
    "patrol_point_seconds": SettingKind(
        ("轨迹点间隔秒数", "seconds between points"), 5, 600, whole=True
    ),
    "patrol_point_metres": SettingKind(
        ("轨迹点间距", "metres between points"), 5, 1000, whole=True
    ),
    "patrol_accuracy_m": SettingKind(
        ("轨迹点误差上限", "metres a point may be off"), 10, 1000, whole=True
    ),
    "patrol_keep_days": SettingKind(("轨迹保存天数", "days tracks are kept"), 1, 365, whole=True),
    "patrol_shift_hours": SettingKind(
        ("自动签退小时数", "hours until signed out"), 1, 24, whole=True
    ),
    "patrol_walk_kmh": SettingKind(("步行速度", "walking, km an hour"), 1, 15),
    "patrol_ebike_kmh": SettingKind(("电动车速度", "by e-bike, km an hour"), 5, 45),
    "patrol_minutes_at_task": SettingKind(
        ("每个任务现场分钟", "minutes at a task"), 1, 240, whole=True
    ),
}
_BETWEEN: Final = re.compile(r"[\s,,;;、]+")
_HOURS: Final = re.compile(r"(\d{2}:\d{2})\s*[-–—~至]\s*(\d{2}:\d{2})")


def setting_value(name: str, given: str, *, now: Any) -> Any:
    """What was typed for a setting, as its kind wants it. Raises InvalidInput."""
    kind = SETTINGS.get(name)
    if kind is None:
        return _like(given, now)
    if kind.choices:
        if given not in {value for value, _ in kind.choices}:
            raise invalid("value", "请从列表中选择", "Choose from the list")
        return given
    if kind.least is None:
        return _like(given, now)
    number = _like(given, 1 if kind.whole else 1.0)
    least, most = kind.least or 0, kind.most if kind.most is not None else number
    if not least <= number <= most:
        raise invalid(
            "value", f"应在 {least:g} 到 {most:g} 之间", f"It must be from {least:g} to {most:g}"
        )
    return number


def _like(given: str, now: Any) -> Any:
    if isinstance(now, bool) or not isinstance(now, int | float):
        if not given:
            raise invalid("value", "请填写", "Fill this in")
        return given
    try:
        return type(now)(given)
    except ValueError:
        words = (
            ("请填写整数", "Give a whole number")
            if isinstance(now, int)
            else ("请填写数字", "Give a number")
        )
        raise invalid("value", *words) from None


def check_limit(_session: Session, values: Mapping[str, Any]) -> None:
    """A limit is a whole number of a unit of time. Raises InvalidInput."""
    if values["limit_unit"] not in set(Unit):
        raise invalid("limit_unit", "请选择时限单位", "Choose the unit of the limit")


def check_stage_limit(session: Session, values: Mapping[str, Any]) -> None:
    """A danger does not keep office hours. Raises InvalidInput."""
    check_limit(session, values)
    if values["stage"] == "make_safe" and Unit(values["limit_unit"]).is_worked:
        raise invalid(
            "limit_unit",
            "排险时限须连续计算,请用分钟、小时或天",
            "Making safe runs on continuously: use minutes, hours or days",
        )


def check_limit_rule(session: Session, values: Mapping[str, Any]) -> None:
    """A rule's condition belongs to its category, and it ends after it begins. Raises InvalidInput."""
    check_limit(session, values)
    condition = session.get(Condition, values["condition_id"] or 0)
    if values["condition_id"] is not None and (
        condition is None or condition.category_id != values["category_id"]
    ):
        raise invalid(
            "condition_id",
            "这一立案条件不属于所选类别,请重新选择",
            "This filing condition belongs to another category: choose again",
        )
    begins, ends = values["valid_from"], values["valid_to"]
    if begins is not None and ends is not None and ends <= begins:
        raise invalid("valid_to", "停用日期应晚于生效日期", "It must end after it begins")


def check_condition(session: Session, values: Mapping[str, Any]) -> None:
    """A condition has words, a haste and a limit. Raises InvalidInput."""
    check_limit(session, values)
    if values["severity"] not in set(Severity):
        raise invalid("severity", "请选择紧急程度", "Choose how urgent it is")
    if not values["text"].strip():
        raise invalid("text", "请填写立案条件", "Write the condition")


def check_reason(_session: Session, values: Mapping[str, Any]) -> None:
    """A reason has a code that can stand in an address. Raises InvalidInput."""
    code = values.get("code")
    if code is not None and not _CODE.fullmatch(code):
        raise invalid(
            "code",
            "代码只用小写字母、数字和下划线,如 other_owner",
            "A code has small letters, figures and underscores only, like other_owner",
        )


def next_ordinal(session: Session, category_id: int) -> int:
    """The number of a category's next condition."""
    last = session.scalars(
        select(Condition.ordinal)
        .where(Condition.category_id == category_id)
        .order_by(Condition.ordinal.desc())
        .limit(1)
    ).first()
    return (last or 0) + 1


def hours_of(text: str) -> list[list[str]]:
    """`08:00-12:00 14:00-18:00` as periods in order. Raises InvalidInput."""
    periods = [[a, b] for a, b in _HOURS.findall(text)]
    try:
        bounds = [time.fromisoformat(each) for period in periods for each in period]
    except ValueError:
        bounds = []
    fine = bounds and all(a < b for a, b in pairwise(bounds))
    if not fine or _BETWEEN.sub("", _HOURS.sub("", text)):
        raise invalid(
            "hours",
            "请写成 08:00-12:00 14:00-18:00,前后相接、不重叠",
            "Write 08:00-12:00 14:00-18:00, in order and apart",
        )
    return periods
