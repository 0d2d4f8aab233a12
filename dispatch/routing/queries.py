"""Which unit is responsible and why: the part's owner, else the most specific rule, else a person."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import product
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.catalogue.groups import group_name
from dispatch.catalogue.reference import CategoryFacts, catalogue, city_setting
from dispatch.departments.reference import DepartmentFacts, departments
from dispatch.jurisdiction.model import AreaKind
from dispatch.jurisdiction.reference import Location, area_name
from dispatch.kit.reference import Cached
from dispatch.parts.model import Part
from dispatch.parts.queries import nearest_of, part_by_code
from dispatch.routing import phrases
from dispatch.routing.model import RoutingRule


class Method(StrEnum):
    """By what the unit was found."""

    PART = "part"
    NEAREST_PART = "nearest_part"
    RULE = "rule"
    DEFAULT = "default"
    DESK = "desk"


@dataclass(frozen=True)
class Question:
    """What is to be routed: the category, the place (WGS-84/CGCS2000 degrees) and the part, as known."""

    category: CategoryFacts | None
    on: date
    longitude: float | None = None
    latitude: float | None = None
    location: Location | None = None
    part_code: str | None = None


@dataclass(frozen=True)
class Rival:
    """Another unit that was weighed, and why it came behind."""

    department_id: int
    department: str
    method: Method
    rule_id: int | None
    reason: str


@dataclass(frozen=True)
class Decision:
    """The answer. `department_id` None: a dispatcher decides, and `reason` says why a rule could not."""

    department_id: int | None
    department: str | None
    method: Method
    rule_id: int | None
    part_code: str | None
    reason: str
    rivals: tuple[Rival, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """For the API and for the row that keeps the decision."""
        return {
            "department": None
            if self.department_id is None
            else {"id": self.department_id, "name": self.department},
            "method": self.method.value,
            "rule_id": self.rule_id,
            "part_code": self.part_code,
            "reason": self.reason,
            "rivals": [
                {
                    "department": {"id": each.department_id, "name": each.department},
                    "method": each.method.value,
                    "rule_id": each.rule_id,
                    "reason": each.reason,
                }
                for each in self.rivals
            ],
        }


@dataclass(frozen=True)
class RuleFacts:
    """A rule in memory."""

    id: int
    category_id: int | None
    group: str | None
    kind: str | None
    area_kind: str | None
    area_code: str | None
    department_id: int
    valid_from: date
    valid_to: date | None
    reason: str

    def holds(self, on: date) -> bool:
        """Whether the rule is in force on that day."""
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)

    @property
    def subject_rank(self) -> int:
        """How narrowly the rule says what it is about."""
        if self.category_id is not None:
            return 3
        return 2 if self.group is not None else 1 if self.kind is not None else 0

    @property
    def method(self) -> Method:
        """A rule about no category and no group is what holds by default."""
        return Method.RULE if self.subject_rank >= 2 else Method.DEFAULT

    @property
    def order(self) -> tuple[int, int, int, int]:
        """By this the best rule is the first: subject, area, the younger, the lower id."""
        area = _AREA_RANK.get(self.area_kind, 0)
        return -self.subject_rank, -area, -self.valid_from.toordinal(), self.id

    def covers(self, areas: Mapping[str | None, str | None]) -> bool:
        """Whether the rule reaches a place that lies in these areas."""
        if self.area_kind in (None, AreaKind.CITY):
            return True
        return self.area_code is not None and areas.get(self.area_kind) == self.area_code


#: From the widest to the narrowest; a virtual district overlays real ones and goes before them.
_AREA_RANK: dict[str | None, int] = {
    None: 0,
    AreaKind.CITY: 1,
    AreaKind.DISTRICT: 2,
    AreaKind.VIRTUAL_DISTRICT: 3,
    AreaKind.STREET: 4,
    AreaKind.COMMUNITY: 5,
}

_Key = tuple[int | None, str | None, str | None]


def _load(session: Session) -> dict[_Key, list[RuleFacts]]:
    found: dict[_Key, list[RuleFacts]] = defaultdict(list)
    rows = session.execute(
        select(
            RoutingRule.id,
            RoutingRule.category_id,
            RoutingRule.group,
            RoutingRule.kind,
            RoutingRule.area_kind,
            RoutingRule.area_code,
            RoutingRule.department_id,
            RoutingRule.valid_from,
            RoutingRule.valid_to,
            RoutingRule.reason,
        )
    ).mappings()
    for row in rows:
        rule = RuleFacts(**row)
        found[rule.category_id, rule.group, rule.kind].append(rule)
    return found


_rules = Cached("routing", _load)
#: Rules by what they are about.
RuleBook = Mapping[_Key, Sequence[RuleFacts]]


def rules_with(
    session: Session, draft: RuleFacts | None, *, without: int | None = None
) -> RuleBook:
    """The rules as they would be with a draft among them, and without the one that it takes the place of."""
    found = {
        key: [rule for rule in rules if rule.id != without]
        for key, rules in _rules.get(session).items()
    }
    if draft is not None:
        found.setdefault((draft.category_id, draft.group, draft.kind), []).append(draft)
    return found


def rules_listed(
    session: Session,
    *,
    on: date,
    state: str = "",
    text: str = "",
    department_id: int | None = None,
    after: int | None = None,
    limit: int,
) -> Sequence[RoutingRule]:
    """Rules by their id, from behind one on: those in force, to come or ended, of a unit, by category or reason."""
    asked = select(RoutingRule).order_by(RoutingRule.id).limit(limit)
    ended = RoutingRule.valid_to.is_not(None) & (RoutingRule.valid_to <= on)
    states = {
        "now": (RoutingRule.valid_from <= on) & ~ended,
        "coming": (RoutingRule.valid_from > on) & ~ended,
        "ended": ended,
    }
    if state in states:
        asked = asked.where(states[state])
    if department_id is not None:
        asked = asked.where(RoutingRule.department_id == department_id)
    if text:
        named = [
            each.id for each in catalogue(session).by_id.values() if text in (each.code, each.name)
        ] + [each.id for each in catalogue(session).by_id.values() if text in each.name]
        asked = asked.where(
            RoutingRule.category_id.in_(named)
            | RoutingRule.reason.contains(text, autoescape=True)
            | (RoutingRule.group == text)
            | (RoutingRule.area_code == text)
        )
    if after is not None:
        asked = asked.where(RoutingRule.id > after)
    return session.scalars(asked).all()


def _areas(location: Location | None) -> dict[str | None, str | None]:
    if location is None:
        return {}
    return {
        AreaKind.DISTRICT: location.district_code,
        AreaKind.VIRTUAL_DISTRICT: location.virtual_district_code,
        AreaKind.STREET: location.street_code,
        AreaKind.COMMUNITY: location.community_code,
    }


def rules_for(session: Session, question: Question) -> list[RuleFacts]:
    """The rules in force that fit, the most specific first; of two alike the younger, then the lower id."""
    category = question.category
    if category is None:
        return []
    rules, units = _rules.get(session), departments(session)
    return fitting_rules(rules, units, category, _areas(question.location), on=question.on)


def fitting_rules(
    rules: RuleBook,
    units: Mapping[int, DepartmentFacts],
    category: CategoryFacts,
    areas: Mapping[str | None, str | None],
    *,
    on: date,
) -> list[RuleFacts]:
    """The same from rules that are handed over, such as those that somebody thinks of putting in force."""
    keys = product((category.id, None), (category.group, None), (category.kind, None))
    fitting = [
        rule
        for key in keys
        for rule in rules.get(key, ())
        if rule.holds(on)
        and rule.covers(areas)
        and (unit := units.get(rule.department_id)) is not None
        and unit.active
    ]
    return sorted(fitting, key=lambda rule: rule.order)


def decide(session: Session, question: Question) -> Decision:
    """Who is responsible. Nothing is stored; the same question on the same day has one answer."""
    rules = rules_for(session, question)
    units = departments(session)
    found = _by_part(session, question)
    if found is not None:
        unit, method, part, reason = found
        return Decision(
            department_id=unit.id,
            department=unit.name,
            method=method,
            rule_id=None,
            part_code=part.code,
            reason=reason,
            rivals=_rivals(session, rules, units, beside=unit.id),
        )
    if not rules:
        return Decision(None, None, Method.DESK, None, None, _why_nobody(question))
    best = rules[0]
    return Decision(
        department_id=best.department_id,
        department=units[best.department_id].name,
        method=best.method,
        rule_id=best.id,
        part_code=None,
        reason=_rule_words(session, best),
        rivals=_rivals(session, rules[1:], units, beside=best.department_id),
    )


def _by_part(
    session: Session, question: Question
) -> tuple[DepartmentFacts, Method, Part, str] | None:
    """The owner of the part that was named, else of the nearest part of the class."""
    units = departments(session)
    if question.part_code:
        part = part_by_code(session, question.part_code)
        unit = _owner(part, units)
        if part is not None and unit is not None:
            return unit, Method.PART, part, phrases.OWNER(code=part.code, part=part.name)
    if (
        question.category is None
        or question.category.kind != "part"
        or question.longitude is None
        or question.latitude is None
    ):
        return None
    within = city_setting(session, "part_owner_distance_m", 15.0)
    near = nearest_of(session, question.category.id, question.longitude, question.latitude, within)
    unit = _owner(near.part, units) if near is not None else None
    if near is None or unit is None:
        return None
    words = phrases.NEAREST(
        metres=f"{near.distance_m:.0f}", code=near.part.code, part=near.part.name
    )
    return unit, Method.NEAREST_PART, near.part, words


def _owner(part: Part | None, units: dict[int, DepartmentFacts]) -> DepartmentFacts | None:
    """Who answers for a part: its owner, else who maintains it; a unit that is gone answers for nothing."""
    if part is None:
        return None
    for unit_id in (part.owner_id, part.maintainer_id):
        unit = units.get(unit_id) if unit_id is not None else None
        if unit is not None and unit.active:
            return unit
    return None


def _rivals(
    session: Session,
    rules: Sequence[RuleFacts],
    units: dict[int, DepartmentFacts],
    *,
    beside: int,
) -> tuple[Rival, ...]:
    """The next units in order, each once, at most four."""
    found: dict[int, Rival] = {}
    for rule in rules:
        if rule.department_id != beside and rule.department_id not in found:
            found[rule.department_id] = Rival(
                rule.department_id,
                units[rule.department_id].name,
                rule.method,
                rule.id,
                _rule_words(session, rule),
            )
        if len(found) == 4:
            break
    return tuple(found.values())


def _rule_words(session: Session, rule: RuleFacts) -> str:
    """A rule in words: what it is about, where, and the reason that was written beside it."""
    if rule.category_id is not None:
        subject = catalogue(session).by_id[rule.category_id].name
    elif rule.group is not None:
        subject = phrases.GROUP(group=group_name(rule.group))
    else:
        subject = phrases.KINDS.get(rule.kind or "", phrases.ANYTHING)[0]
    where = phrases.CITY[0]
    if rule.area_kind not in (None, AreaKind.CITY) and rule.area_code is not None:
        where = area_name(session, AreaKind(rule.area_kind), rule.area_code) or rule.area_code
    if not rule.reason:
        return phrases.BARE_RULE(rule=rule.id, area=where, subject=subject)
    return phrases.RULE(rule=rule.id, area=where, subject=subject, why=rule.reason)


def _why_nobody(question: Question) -> str:
    if question.category is None:
        return phrases.NO_CATEGORY()
    return phrases.NO_RULE(subject=question.category.name)


def count_rules_by_department(session: Session, *, on: date) -> dict[int, int]:
    """How many rules that hold on a day name each unit."""
    rows = session.execute(
        select(RoutingRule.department_id, func.count())
        .where(
            RoutingRule.valid_from <= on,
            RoutingRule.valid_to.is_(None) | (RoutingRule.valid_to > on),
        )
        .group_by(RoutingRule.department_id)
    )
    return {row[0]: row[1] for row in rows}
