"""How counts become points, a score and a grade: plain arithmetic over a rule that an administrator wrote."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dispatch.supervision.measures import Figures

Pair = tuple[str, str]


class Evaluated(StrEnum):
    """Whom a rule scores: units, areas of each level, and the posts of the hall and the street."""

    DEPARTMENT = "department"
    DISTRICT = "district"
    STREET = "street"
    COMMUNITY = "community"
    WORKING_GRID = "working_grid"
    UNIT_GRID = "unit_grid"
    INSPECTOR = "inspector"
    AGENT = "agent"
    SHIFT_LEADER = "shift_leader"
    DISPATCHER = "dispatcher"


class Shape(StrEnum):
    """How a component's number becomes a share of its weight."""

    SHARE = "share"
    REST = "rest"
    PORTION = "portion"
    REST_OF_ALL = "rest_of_all"
    GIVEN = "given"


SHAPES: Mapping[Shape, Pair] = {
    Shape.SHARE: ("{part} ÷ {whole}", "{part} ÷ {whole}"),
    Shape.REST: ("1 − {part} ÷ {whole}", "1 − {part} ÷ {whole}"),
    Shape.PORTION: ("{part} ÷ 同类最多者", "{part} ÷ the most of any peer"),
    Shape.REST_OF_ALL: ("1 − {part} ÷ 同类合计", "1 − {part} ÷ the sum of all peers"),
    Shape.GIVEN: ("另行评定的百分分 ÷ 100", "points out of 100 given elsewhere ÷ 100"),
}


@dataclass(frozen=True)
class Component:
    """A part of a score: its weight in points, and what it is made of."""

    key: str
    words: Pair
    weight: float
    shape: Shape
    part: str = ""
    whole: str = ""

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> "Component":
        """From what a rule keeps."""
        return cls(
            row["key"],
            (row["zh"], row["en"]),
            float(row["weight"]),
            Shape(row["shape"]),
            row.get("part", ""),
            row.get("whole", ""),
        )


@dataclass(frozen=True)
class Rule:
    """A version of a rule as it is counted with."""

    id: int
    components: tuple[Component, ...]
    bands: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class Part:
    """A component's share: what it was divided from, the share (None: nothing to divide), the points."""

    component: Component
    part: float | None
    whole: float | None
    share: float | None
    points: float | None


@dataclass(frozen=True)
class Score:
    """A score with its parts. `scale` is what the points were raised by where a component was left out."""

    figures: Figures
    parts: tuple[Part, ...]
    scale: float
    bonus: float
    points: float | None
    grade: str


@dataclass(frozen=True)
class Peers:
    """What the numbers of all that are scored together come to."""

    most: Mapping[str, int]
    total: Mapping[str, int]

    @classmethod
    def of(cls, rows: Sequence[Figures]) -> "Peers":
        """Over all rows."""
        names = {name for row in rows for name in row}
        return cls(
            {name: max((row[name] for row in rows), default=0) for name in names},
            {name: sum(row[name] for row in rows) for name in names},
        )


def _divided(
    component: Component, figures: Figures, peers: Peers, given: Mapping[str, float]
) -> tuple[float | None, float | None, float | None]:
    """The part, the whole, and the share of the weight that they earn."""
    part: float | None
    whole: float | None
    if component.shape is Shape.GIVEN:
        part, whole = given.get(component.key), 100.0
    else:
        part = float(figures[component.part])
        whole = {
            Shape.PORTION: float(peers.most.get(component.part, 0)),
            Shape.REST_OF_ALL: float(peers.total.get(component.part, 0)),
        }.get(component.shape, float(figures[component.whole]))
    if part is None or not whole:
        return part, whole, None
    share = part / whole
    rest = component.shape in {Shape.REST, Shape.REST_OF_ALL}
    return part, whole, 1 - share if rest else share


def score(
    rule: Rule, figures: Figures, peers: Peers, *, given: Mapping[str, float], bonus: float
) -> Score:
    """The score of one. What nothing can be said of is left out, and the rest is raised to 100 points."""
    parts, weight = [], 0.0
    for component in rule.components:
        part, whole, share = _divided(component, figures, peers, given)
        points = None if share is None else component.weight * share
        weight += component.weight if share is not None else 0.0
        parts.append(Part(component, part, whole, share, points))
    if not weight:
        return Score(figures, tuple(parts), 1.0, bonus, None, "")
    scale = sum(each.weight for each in rule.components) / weight
    points = max(0.0, scale * sum(each.points or 0.0 for each in parts) + bonus)
    points = round(points, 2)
    return Score(figures, tuple(parts), scale, bonus, points, grade_of(rule, points))


def grade_of(rule: Rule, points: float) -> str:
    """The first band, from the best, that the points reach."""
    return next((name for name, least in rule.bands if points >= least), rule.bands[-1][0])
