"""Which handling limit a case has: the rules that depart from the filing condition's own, the most specific first."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.catalogue.model import AreaClass, ClassedArea, LimitRule
from dispatch.departments.reference import departments
from dispatch.kit.reference import Cached

#: What a rule may name beside its category, the weightiest first: of two rules that fit, the one
#: that names the weightier thing is the more specific.
WEIGHTS: Final = {"condition_id": 8, "department_id": 4, "area_class": 2, "severity": 1}
Pair = tuple[str, str]


@dataclass(frozen=True)
class LimitRuleFacts:
    """A rule of a limit; what is None does not matter to it."""

    id: int
    category_id: int
    condition_id: int | None
    department_id: int | None
    area_class: str | None
    severity: str | None
    limit_value: int
    limit_unit: str
    valid_from: date
    valid_to: date | None
    explanation: str
    for_open: bool = False

    @property
    def weight(self) -> int:
        """How specific it is."""
        return sum(weight for name, weight in WEIGHTS.items() if getattr(self, name) is not None)

    def holds_on(self, day: date, until: date | None = None) -> bool:
        """Whether it is in force for a clock that starts on a day; if for open cases, for one that runs `until`."""
        begins = until if self.for_open and until is not None else day
        return self.valid_from <= begins and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True)
class Subject:
    """What a limit is asked for. `units`: the unit and those above it."""

    category_id: int | None
    condition_id: int | None
    severity: str
    area_class: str | None
    units: tuple[int, ...] = ()

    def departs_from(self, rule: LimitRuleFacts) -> str | None:
        """The name of the first thing in which the rule is about something else."""
        fits = {
            "condition_id": rule.condition_id in (None, self.condition_id),
            "department_id": rule.department_id is None or rule.department_id in self.units,
            "area_class": rule.area_class in (None, self.area_class),
            "severity": rule.severity in (None, self.severity),
        }
        return next((name for name, is_so in fits.items() if not is_so), None)


@dataclass(frozen=True)
class Weighed:
    """A rule of the category as it was weighed for a subject: why it did not serve, or that it did."""

    rule: LimitRuleFacts
    chosen: bool
    why_not: str | None


@dataclass(frozen=True)
class _Limits:
    rules: dict[int, list[LimitRuleFacts]]
    classes: dict[str, Pair]
    areas: dict[tuple[str, str], str]


def _load(session: Session) -> _Limits:
    rules: dict[int, list[LimitRuleFacts]] = defaultdict(list)
    names = tuple(LimitRuleFacts.__dataclass_fields__)
    for row in session.execute(select(*(getattr(LimitRule, name) for name in names))):
        rules[row.category_id].append(LimitRuleFacts(*row))
    for found in rules.values():
        found.sort(key=_rank, reverse=True)
    classes = session.execute(select(AreaClass).order_by(AreaClass.position)).scalars()
    return _Limits(
        dict(rules),
        {row.code: (row.name, row.name_en or row.name) for row in classes},
        {
            (row.area_kind, row.area_code): row.class_code
            for row in session.scalars(select(ClassedArea))
        },
    )


_limits = Cached("limits", _load)


def limit_rule(
    session: Session,
    subject: Subject,
    *,
    on: date,
    until: date | None = None,
    draft: LimitRuleFacts | None = None,
    without: int | None = None,
) -> LimitRuleFacts | None:
    """The rule that gives the limit to a clock that starts on a day and runs `until` another.

    None where the filing condition's own holds. A `draft` may be tried in place of the rule `without`.
    """
    rules = _rules(session, subject)
    if draft is not None or without is not None:
        kept = [each for each in rules if each.id != without]
        drafted = [draft] if draft and draft.category_id == subject.category_id else []
        rules = sorted([*kept, *drafted], key=_rank, reverse=True)
    for rule in rules:
        if rule.holds_on(on, until) and subject.departs_from(rule) is None:
            return rule
    return None


def _rank(rule: LimitRuleFacts) -> tuple[int, date, int]:
    return rule.weight, rule.valid_from, rule.id


def rule_by_id(session: Session, rule_id: int) -> LimitRuleFacts | None:
    """A rule as it is now; None when it was taken away."""
    return next((each for each in limits_by_rule(session) if each.id == rule_id), None)


def limits_by_rule(session: Session) -> list[LimitRuleFacts]:
    """Every rule, of whatever category and day."""
    return [each for rules in _limits.get(session).rules.values() for each in rules]


def weighed_rules(session: Session, subject: Subject, *, on: date, until: date) -> list[Weighed]:
    """Every rule of the category, the most specific first, with why it serves or does not.

    `why_not` is `validity`, `less_specific`, or the name of what the rule is about and the case is not.
    """
    chosen = limit_rule(session, subject, on=on, until=until)
    found = []
    for rule in _rules(session, subject):
        why_not = "validity" if not rule.holds_on(on, until) else subject.departs_from(rule)
        is_it = chosen is not None and rule.id == chosen.id
        found.append(Weighed(rule, is_it, None if is_it else why_not or "less_specific"))
    return found


def _rules(session: Session, subject: Subject) -> Sequence[LimitRuleFacts]:
    return _limits.get(session).rules.get(subject.category_id or 0, ())


def area_class_of(session: Session, areas: Sequence[tuple[str, str | None]]) -> str | None:
    """The class of a place, from the areas (kind, code) that it lies in, the narrowest first."""
    known = _limits.get(session).areas
    if not known:
        return None
    found = (known.get((kind, code)) for kind, code in areas if code is not None)
    return next((each for each in found if each is not None), None)


def area_classes(session: Session) -> Mapping[str, Pair]:
    """The names of the classes of areas by code, in the city's order."""
    return _limits.get(session).classes


def units_above(session: Session, department_id: int | None) -> tuple[int, ...]:
    """A unit and those above it."""
    known, chain = departments(session), list[int]()
    while department_id is not None and department_id not in chain:
        chain.append(department_id)
        unit = known.get(department_id)
        department_id = unit.parent_id if unit else None
    return tuple(chain)
