"""The state of the wall as it is drawn: names for codes, addresses for numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy.orm import Session

from dispatch.cases.states import STAGE_LABELS, VERB_LABELS, Stage, Verb
from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import departments
from dispatch.jurisdiction.model import AreaKind
from dispatch.jurisdiction.reference import area_names
from dispatch.supervision.queries.wall import FLOW, SPANS, InWork, Wall, late_by
from dispatch.web.parts import labels
from dispatch.web.parts.lamps import LAMPS

Pair = tuple[str, str]
FLOW_WORDS: Final[Mapping[str, Pair]] = {
    "reported": ("上报", "reported"),
    "filed": ("立案", "filed"),
    "dispatched": ("派遣", "dispatched"),
    "handled": ("处置", "handled"),
    "closed": ("结案", "closed"),
}
SPAN_WORDS: Final[Mapping[str, Pair]] = {
    "accept": ("受理", "accept"),
    "file": ("立案", "file"),
    "dispatch": ("派遣", "dispatch"),
    "handle": ("处置", "handle"),
    "check": ("核查", "check"),
    "close": ("结案", "close"),
}
AGO_WORDS: Final[Mapping[str, Pair]] = {
    "yesterday": ("昨日", "yesterday"),
    "week": ("上周", "last week"),
    "year": ("去年", "last year"),
}
LIGHTS: Final = ("green", "yellow", "red", "paused", "none")
ROWS: Final = 6


@dataclass(frozen=True)
class Against:
    """A number up to the last full ten minutes against the same on an earlier day."""

    words: Pair
    then: int
    change: float | None


@dataclass(frozen=True)
class Big:
    """One of the numbers in large type."""

    key: str
    words: Pair
    count: int
    hour: int
    against: Sequence[Against]
    address: str


@dataclass(frozen=True)
class Bar:
    """A line with a bar: a name, a number, the whole it belongs to, the share of the longest."""

    name: Pair
    count: int
    more: tuple[int, ...]
    share: int
    address: str


@dataclass(frozen=True)
class Line:
    """Something that happened."""

    id: int
    at: datetime
    public_id: str
    verb: Pair
    category: Pair
    place: str
    unit: str
    shape: str
    light: str


def cases(**asked: str) -> str:
    """The address of a list of cases."""
    return "/cases?" + urlencode(asked)


def behind(**asked: str) -> str:
    """The address of the cases behind a figure."""
    return "/supervisor/figure?" + urlencode(asked)


def _change(now: int, then: int) -> float | None:
    return 100 * (now - then) / then if then else None


def big_numbers(state: Wall, district: str | None) -> list[Big]:
    """The five of the day's flow, of the city or of a district."""
    whose = {"subject": "district", "key": district} if district else {}
    found = []
    for name in FLOW:
        flow = state.flow[name]
        found.append(
            Big(
                name,
                FLOW_WORDS[name],
                flow.today,
                flow.hour,
                [
                    Against(words, flow.until_slot[key], _change(flow.until_slot["today"], flow.until_slot[key]))
                    for key, words in AGO_WORDS.items()
                ],
                behind(of=name, days="1", **whose),
            )
        )  # fmt: skip
    return found


def overdue(state: Wall) -> tuple[int, int]:
    """How many cases in work are overdue, of how many."""
    return (
        sum(row.cases for row in state.in_work if row.light == "red"),
        sum(row.cases for row in state.in_work),
    )


def _share(count: int, most: int) -> int:
    return round(100 * count / most) if most else 0


def channel_bars(state: Wall) -> list[Bar]:
    """What came in by which channel: today, this hour, yesterday by now."""
    rows = sorted(state.channels.items(), key=lambda each: -each[1][0])
    most = max((max(today, then) for _, (today, _, then) in rows), default=0)
    return [
        Bar(
            labels.word(labels.CHANNELS, name),
            today,
            (hour, then),
            _share(today, most),
            cases(queue="all", days="1", channel=name),
        )
        for name, (today, hour, then) in rows
    ]


def unit_bars(session: Session, state: Wall) -> list[Bar]:
    """Which units have cases overdue now."""
    known = departments(session)
    rows = [row for row in late_by(state.in_work, "department_id") if row[1]][:ROWS]
    most = max((late for _, late, _ in rows), default=0)
    return [
        Bar(
            known[key].words if key in known else (str(key), str(key)),
            late,
            (whole,),
            _share(late, most),
            cases(queue="overdue", department=str(key)),
        )
        for key, late, whole in rows
    ]


def district_bars(session: Session, state: Wall) -> list[Bar]:
    """Which districts, also virtual ones, have cases overdue now."""
    names = area_names(session)
    real = late_by(state.in_work, "district_code")
    virtual = late_by(state.in_work, "virtual_district_code")
    rows = [
        *((AreaKind.DISTRICT, *row) for row in real),
        *((AreaKind.VIRTUAL_DISTRICT, *row) for row in virtual),
    ]
    most = max((row[2] for row in rows), default=0)
    return [
        Bar(
            (name := names.get((kind, code), code), name),
            late,
            (whole,),
            _share(late, most),
            cases(queue="overdue", district=code),
        )
        for kind, code, late, whole in rows[:7]
    ]


def lights(state: Wall) -> list[tuple[str, str, Pair, int, str]]:
    """How many cases in work stand under which light: key, shape, words, count, address."""
    return [
        (
            key,
            *_lamp(key),
            sum(row.cases for row in state.in_work if row.light == key),
            cases(queue="open", light=key),
        )
        for key in LIGHTS
    ]


def _lamp(key: str) -> tuple[str, Pair]:
    return next(LAMPS[light] for light in LAMPS if light.value == key)


@dataclass(frozen=True)
class Waiting:
    """A queue: how many wait, how many beyond the stage's limit, since when the oldest."""

    words: Pair
    cases: int
    late: int
    oldest: datetime | None
    address: str


def waiting(state: Wall) -> list[Waiting]:
    """How the queues of the hall stand."""
    found = []
    for stage in (Stage.REPORTED, Stage.VERIFYING, Stage.ACCEPTED, Stage.FILED, Stage.HANDLED, Stage.CHECKED):  # fmt: skip
        rows: list[InWork] = [row for row in state.in_work if row.stage == stage]
        found.append(
            Waiting(
                STAGE_LABELS[stage],
                sum(row.cases for row in rows),
                sum(row.stage_late for row in rows),
                state.oldest.get(stage),
                cases(queue="all", stage=stage.value),
            )
        )
    return found


def times(state: Wall) -> list[tuple[Pair, int, Any, Any, Any]]:
    """Stage by stage: words, how many left it today, median and nine in ten, yesterday's median."""
    return [
        (SPAN_WORDS[name], now.cases, _length(now.median), _length(now.p90), _length(then.median))
        for name, (now, then) in ((name, state.times[name]) for name in SPANS)
    ]


def _length(seconds: float | None) -> timedelta | None:
    return None if seconds is None else timedelta(seconds=seconds)


def lines(session: Session, state: Wall) -> list[Line]:
    """What happened last, without a name or a word of anybody."""
    names, known, units = area_names(session), catalogue(session).by_id, departments(session)
    found = []
    for each in state.events:
        category = known.get(each.category_id or 0)
        unit = units.get(each.department_id or 0)
        shape, _ = _lamp(each.light) if each.light in {*LIGHTS, "done"} else ("", ("", ""))
        found.append(
            Line(
                each.id,
                each.at,
                each.public_id,
                VERB_LABELS[Verb(each.verb)] if each.verb in set(Verb) else (each.verb, each.verb),
                (category.name, category.name_en or category.name)
                if category
                else ("类别待定", "no category yet"),
                names.get((AreaKind.STREET, each.street_code or ""), "")
                or names.get((AreaKind.DISTRICT, each.district_code or ""), ""),
                unit.name if unit else "",
                shape,
                each.light,
            )
        )
    return found
