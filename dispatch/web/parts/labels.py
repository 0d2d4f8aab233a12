"""Words for codes: channels, groups, outcomes and the other choices, each in Chinese and English."""

from collections.abc import Mapping
from typing import Any, Final

from dispatch.cases.model import Channel
from dispatch.cases.states import STAGE_LABELS, VERB_LABELS, Stage, Verb
from dispatch.catalogue.groups import GROUPS as GROUP_NAMES

Pair = tuple[str, str]
THEME_COOKIE: Final = "theme"
THEMES: Final = ("light", "dark")

STAGES: Final[dict[Stage, Pair]] = STAGE_LABELS
VERBS: Final[dict[Verb, Pair]] = VERB_LABELS
CHANNELS: Final[dict[str, Pair]] = {
    Channel.WEB: ("网站", "web"),
    Channel.WECHAT: ("微信", "WeChat"),
    Channel.APP: ("手机应用", "app"),
    Channel.PHONE: ("热线电话", "hotline"),
    Channel.TRANSFER: ("12345 转办", "12345 transfer"),
    Channel.MEDIA: ("媒体", "media"),
    Channel.INSPECTOR: ("巡查上报", "inspector"),
    Channel.CAMERA: ("视频识别", "camera"),
}
#: 井, 杆 and 线 are the centre's priority and have signs of their own.
_SIGNS: Final = {"manhole": "井", "pole": "杆", "lamp": "杆", "line": "线"}
#: Group → sign and name.
GROUPS: Final[dict[str, tuple[str, Pair]]] = {
    code: (_SIGNS.get(code, ""), pair) for code, pair in GROUP_NAMES.items()
}
SEVERITIES: Final[dict[str, Pair]] = {"urgent": ("紧急", "urgent"), "normal": ("一般", "ordinary")}
UNITS: Final[dict[str, Pair]] = {
    "minute": ("分钟", "minutes"),
    "hour": ("小时", "hours"),
    "day": ("天", "days"),
    "work_hour": ("工作时", "work hours"),
    "work_day": ("工作日", "work days"),
}
SOURCES: Final[dict[str, Pair]] = {
    "reporter": ("反映人", "reporter"),
    "staff": ("工作人员", "staff"),
    "camera": ("摄像机", "camera"),
}
OUTCOMES: Final[dict[str, Pair]] = {
    "fixed": ("已解决", "fixed"),
    "not_fixed": ("未解决", "not fixed"),
    "not_found": ("未发现问题", "nothing was found"),
    "other": ("其他", "other"),
}
METHODS: Final[dict[str, Pair]] = {
    "part": ("按部件权属", "by the owner of the part"),
    "nearest_part": ("按最近部件权属", "by the owner of the nearest part"),
    "rule": ("按派遣规则", "by rule"),
    "default": ("按类别缺省", "by the category's default"),
    "desk": ("由派遣员决定", "left to the dispatcher"),
    "manual": ("人工派遣", "by hand"),
    "ruling": ("责权认定", "by a ruling"),
    "assisting": ("协办", "assisting"),
}
REVIEWS: Final[dict[str, Pair]] = {
    "outside_jurisdiction": ("位置不在本市范围", "the place is outside the city"),
    "bad_coordinates": ("坐标无效", "the coordinates are invalid"),
    "no_place": ("没有定位", "no place was found"),
    "place_uncertain": ("位置不确定", "the place is uncertain"),
    "place_conflict": ("坐标与文字不符", "the point and the words differ"),
    "swapped_coordinates": ("经纬度疑似颠倒", "longitude and latitude look swapped"),
    "unknown_category": ("所给类别不存在", "the category given is unknown"),
    "no_category": ("类别不明", "the category is unknown"),
    "low_confidence": ("识别把握不足", "the suggestion is uncertain"),
    "no_confidence": ("没有给出把握", "no confidence was given"),
    "no_department": ("没有确定责任单位", "no unit was found"),
    "verified": ("已核实属实", "verified on the spot"),
    "not_confirmed": ("核实未发现", "not confirmed on the spot"),
}
PHOTO_KINDS: Final[dict[str, Pair]] = {
    "before": ("处理前", "before"),
    "during": ("处理中", "during"),
    "after": ("处理后", "after"),
}
REQUESTS: Final[dict[str, Pair]] = {
    "extension": ("申请延期待批", "an extension is asked for"),
    "suspension": ("申请挂账待批", "a suspension is asked for"),
    "appeal": ("申诉待裁定", "an appeal is to be decided"),
}
ROLES: Final[dict[str, Pair]] = {
    "inspector": ("巡查员", "inspector"),
    "agent": ("坐席员", "agent"),
    "shift_leader": ("值班长", "shift leader"),
    "dispatcher": ("派遣员", "dispatcher"),
    "manager": ("部门主管", "department manager"),
    "handler": ("处置员", "handler"),
    "supervisor": ("监督员", "supervisor"),
    "leader": ("分管领导", "city leader"),
    "admin": ("管理员", "administrator"),
    "system": ("平台", "platform"),
    "reporter": ("市民", "citizen"),
    "camera": ("视频识别", "camera"),
    "platform": ("其他平台", "other platform"),
}


def word(table: Mapping[Any, Pair], code: str | None) -> Pair:
    """The words for a code; a code without words speaks for itself."""
    return table.get(code or "", (code or "", code or ""))


def sign(group: str | None) -> str:
    """The sign of a group, or nothing."""
    found = GROUPS.get(group or "")
    return found[0] if found else ""


def theme_of(given: str | None) -> str:
    """The theme that a cookie names; empty: as the device prefers is light."""
    return given if given in THEMES else "light"
