"""Which column is what: guessed from its name, remembered for each platform; and a row as a report."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from pydantic import ValidationError

from dispatch.cases.model import Channel
from dispatch.intake.schemas import Report, ReportIn
from dispatch.kit.errors import Field, InvalidInput
from dispatch.people.policy import Person
from geo.crs import Crs

#: What a row can tell, the fields that it must tell first.
NEEDED: Final = ("foreign_number", "description")
FIELDS: Final = (
    *NEEDED,
    "address",
    "contact_name",
    "contact_phone",
    "category",
    "longitude",
    "latitude",
)
#: The system of the list's coordinates stands beside the columns.
CRS: Final = "crs"
LONGEST_NUMBER: Final = 64
#: How other platforms call them.
_NAMES: Final[Mapping[str, tuple[str, ...]]] = {
    "foreign_number": ("工单编号", "工单号", "受理编号", "流水号", "编号", "单号", "诉求编号"),
    "description": ("诉求内容", "问题描述", "事项内容", "反映内容", "内容", "描述", "诉求描述"),
    "address": ("事发地址", "诉求地址", "问题地址", "发生地点", "地址", "地点", "位置"),
    "contact_name": ("来电人", "诉求人", "联系人", "反映人", "姓名"),
    "contact_phone": ("来电号码", "联系电话", "联系方式", "电话", "手机"),
    "category": ("诉求类别", "问题类别", "类别", "分类"),
    "longitude": ("经度", "longitude", "lng", "lon"),
    "latitude": ("纬度", "latitude", "lat"),
}
#: What is said of a field that cannot be used.
_COMPLAINTS: Final[Mapping[str, tuple[str, str]]] = {
    "description": ("内容为空或超过 2000 字", "the description is empty or over 2,000 characters"),
    "address": ("地址超过 300 字", "the address is over 300 characters"),
    "contact_name": ("姓名超过 50 字", "the name is over 50 characters"),
    "contact_phone": (
        "电话只能有数字、空格和 + - ( ),5 到 20 位",
        "a phone number has 5 to 20 digits, spaces or + - ( )",
    ),
    "category": ("类别超过 64 字", "the category is over 64 characters"),
    "longitude": ("经度和纬度要一起填写且在范围内", "longitude and latitude come together"),
}


def guessed(headers: Sequence[str], remembered: Mapping[str, str]) -> dict[str, str]:
    """For each field the column that it most likely is; empty where none is."""
    made = {CRS: remembered.get(CRS) or Crs.WGS84.value}
    for name in FIELDS:
        known = remembered.get(name, "")
        made[name] = known if known in headers else _like(headers, _NAMES[name])
    return made


def _like(headers: Sequence[str], names: Sequence[str]) -> str:
    exact = next((each for name in names for each in headers if each.strip() == name), "")
    return exact or next((each for name in names for each in headers if name in each), "")


def values_of(
    headers: Sequence[str], cells: Sequence[str], columns: Mapping[str, str]
) -> dict[str, str]:
    """What a row says, by field."""
    by_header = dict(zip(headers, cells, strict=False))
    return {name: by_header.get(columns.get(name, ""), "").strip() for name in FIELDS}


def problem_of(values: Mapping[str, str]) -> InvalidInput | None:
    """Why a row cannot be taken, in both languages; None if it can."""
    try:
        _checked(values)
    except InvalidInput as error:
        return error
    return None


def report_of(
    values: Mapping[str, str], *, crs: str, source: str, channel: str, payload: Any, by: Person
) -> Report:
    """The report that a row makes; raises InvalidInput."""
    given = _checked({**values, "crs": crs})
    return given.report(
        channel=Channel(channel),
        source=source_key(source),
        dedupe_key=values["foreign_number"],
        foreign_number=values["foreign_number"],
        foreign_source=source,
        payload=payload,
        reported_by=by,
    )


def source_key(source: str) -> str:
    """Under which source the messages of a platform stand in the intake log."""
    return f"import:{source}"


def _checked(values: Mapping[str, str]) -> ReportIn:
    number = values.get("foreign_number", "")
    if not number or len(number) > LONGEST_NUMBER:
        raise _refused([("foreign_number", ("编号为空或过长", "the number is empty or too long"))])
    try:
        return ReportIn.model_validate({k: v for k, v in values.items() if k != "foreign_number"})
    except ValidationError as error:
        names = dict.fromkeys(
            str(each["loc"][0]) if each["loc"] else "longitude" for each in error.errors()
        )
        shown = ["longitude" if name == "latitude" else name for name in names]
        other = ("内容有误", "cannot be used")
        raise _refused([(name, _COMPLAINTS.get(name, other)) for name in shown]) from error


def _refused(found: Sequence[tuple[str, tuple[str, str]]]) -> InvalidInput:
    zh, en = ";".join(pair[0] for _, pair in found), "; ".join(pair[1] for _, pair in found)
    return InvalidInput("row_refused", zh, en, [Field(name, *pair) for name, pair in found])
