"""The filters of a list said in words, each with the address of the list without it."""

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from dispatch.cases.deadlines import Light
from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import words_of_unit
from dispatch.jurisdiction.model import AreaKind
from dispatch.jurisdiction.reference import area_names
from dispatch.web.parts import labels
from dispatch.web.parts.lamps import LAMPS
from dispatch.web.staff.chosen import FILTERS, Chosen

Pair = tuple[str, str]

SPANS: Final[dict[str, Pair]] = {
    "1": ("今天上报", "reported today"),
    "7": ("最近 7 天上报", "reported in the last 7 days"),
    "30": ("最近 30 天上报", "reported in the last 30 days"),
    "90": ("最近 90 天上报", "reported in the last 90 days"),
    "365": ("最近一年上报", "reported in the last year"),
}
REQUESTS: Final[dict[str, Pair]] = {
    "extension": ("待批延期", "extension asked for"),
    "suspension": ("待批挂账", "suspension asked for"),
    "appeal": ("待裁申诉", "appeal to decide"),
}


@dataclass(frozen=True)
class Chip:
    """A filter: in words, and the address of the list without it."""

    words: Pair
    without: str


def _area(session: Session, code: str, *kinds: AreaKind) -> str:
    names = area_names(session)
    return next((names[kind, code] for kind in kinds if (kind, code) in names), code)


def _stages(given: str) -> Pair:
    found = [labels.word(labels.STAGES, each) for each in given.split(",")]
    return "、".join(zh for zh, _ in found), " or ".join(en for _, en in found)


def _category(session: Session, given: str) -> Pair:
    for each in catalogue(session).by_id.values():
        if given in (each.code, each.name):
            return each.name, each.name_en or each.name
    return given, given


def _light(given: str) -> Pair:
    if given not in set(Light):
        return given, given
    shape, (zh, en) = LAMPS[Light(given)]
    return f"{shape} {zh}", f"{shape} {en}"


def _words(session: Session, name: str, given: str) -> Pair:
    if name == "department":
        zh, en = words_of_unit(session, int(given)) if given.isdecimal() else (given, given)
        return f"责任单位:{zh}", f"unit: {en}"
    if name == "district":
        area = _area(session, given, AreaKind.DISTRICT, AreaKind.VIRTUAL_DISTRICT)
        return f"在{area}", f"in {area}"
    if name == "street":
        area = _area(session, given, AreaKind.STREET)
        return f"在{area}", f"in {area}"
    if name == "category":
        zh, en = _category(session, given)
        return f"小类:{zh}", f"class: {en}"
    return _plain(name, given)


def _plain(name: str, given: str) -> Pair:
    group = labels.GROUPS.get(given)
    said: dict[str, Pair] = {
        "stage": (f"环节:{_stages(given)[0]}", f"stage: {_stages(given)[1]}"),
        "light": (f"时限:{_light(given)[0]}", f"limit: {_light(given)[1]}"),
        "grid": (f"网格:{given}", f"grid: {given}"),
        "channel": (
            f"渠道:{labels.word(labels.CHANNELS, given)[0]}",
            f"channel: {labels.word(labels.CHANNELS, given)[1]}",
        ),
        "hazard": ("有安全隐患", "with a hazard"),
        "request": REQUESTS.get(given, (given, given)),
        "days": SPANS.get(given, (given, given)),
        "since": (f"{given} 起上报", f"reported from {given}"),
        "until": (f"{given} 前(含当日)上报", f"reported until {given}"),
        "bbox": ("在框定的范围内", "inside the window on the map"),
        "q": (f"含“{given}”", f"with “{given}”"),
    }
    if name == "group" and group is not None:
        sign, (zh, en) = group
        return f"大类:{sign} {zh}".replace(": ", ":"), f"group: {en}"
    return said.get(name, (given, given))


def chips_of(session: Session, asked: Chosen) -> list[Chip]:
    """One for each filter that is set, in the order of the form."""
    return [
        Chip(_words(session, name, value), asked.address(**{name: ""}))
        for name in FILTERS
        if (value := asked.given[name])
    ]
