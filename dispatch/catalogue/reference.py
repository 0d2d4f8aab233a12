"""The catalogue as a process holds it in memory: classes, conditions, limits and the city's own rules."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.catalogue.model import (
    Category,
    CategoryTerm,
    CitySetting,
    Condition,
    ConditionTerm,
    Reason,
    StageLimit,
)
from dispatch.catalogue.suggest import Suggester
from dispatch.kit.reference import Cached


@dataclass(frozen=True)
class ConditionFacts:
    """A filing condition: its text, haste and limit. `unit` as in `kit.worktime`."""

    id: int
    category_id: int
    key: str | None
    tags: frozenset[str]
    text: str
    severity: str
    limit_value: int
    limit_unit: str
    closing: str
    hazard: bool
    is_default: bool
    text_en: str = ""
    closing_en: str = ""

    @property
    def words(self) -> tuple[str, str]:
        """The text in Chinese, and in English where somebody has written it."""
        return self.text, self.text_en or self.text

    @property
    def answers(self) -> frozenset[str]:
        """Every key of a text that leads to this condition."""
        return self.tags if self.key is None else self.tags | {self.key}


@dataclass(frozen=True)
class CategoryFacts:
    """A minor class with its conditions. `code` is unique within its scheme (P… parts, E… events)."""

    id: int
    scheme: str
    code: str
    kind: str
    name: str
    name_en: str
    group: str
    sign: str
    major_name: str
    major_name_en: str
    active: bool
    conditions: tuple[ConditionFacts, ...] = ()

    @property
    def words(self) -> tuple[str, str]:
        """The name in Chinese, and in English where the catalogue has one."""
        return self.name, self.name_en or self.name

    @property
    def major(self) -> tuple[str, str]:
        """The major class in Chinese, and in English where the catalogue has it."""
        return self.major_name, self.major_name_en or self.major_name

    def condition_for(self, key: str | None) -> ConditionFacts | None:
        """The condition that answers a text's key; without one, the category's default."""
        if key is not None:
            for condition in sorted(self.conditions, key=lambda each: each.key != key):
                if key in condition.answers:
                    return condition
        return next((each for each in self.conditions if each.is_default), None)


@dataclass(frozen=True)
class Catalogue:
    """Everything at one version. `stage_limits` maps (stage limit's name, severity) to (value, unit)."""

    by_id: dict[int, CategoryFacts]
    conditions: dict[int, ConditionFacts]
    stage_limits: dict[tuple[str, str], tuple[int, str]]
    suggester: Suggester
    _by_code: dict[str, CategoryFacts] = field(repr=False)

    def find(self, given: str) -> CategoryFacts | None:
        """A category by `scheme:code`, by code or by its exact name; of two alike the one in use."""
        return self._by_code.get(given.strip())

    def stage_limit(self, name: str, severity: str) -> tuple[int, str] | None:
        """The limit of a stage for a severity, or None when the city sets none."""
        return self.stage_limits.get((name, severity))


def _conditions(session: Session) -> dict[int, list[ConditionFacts]]:
    found: dict[int, list[ConditionFacts]] = defaultdict(list)
    for row in session.scalars(
        select(Condition).order_by(Condition.category_id, Condition.ordinal)
    ):
        found[row.category_id].append(
            ConditionFacts(
                id=row.id,
                category_id=row.category_id,
                key=row.key,
                tags=frozenset(row.tags),
                text=row.text,
                text_en=row.text_en,
                severity=row.severity,
                limit_value=row.limit_value,
                limit_unit=row.limit_unit,
                closing=row.closing,
                closing_en=row.closing_en,
                hazard=row.hazard,
                is_default=row.is_default,
            )
        )
        session.expunge(row)
    return found


def _categories(session: Session) -> list[CategoryFacts]:
    conditions = _conditions(session)
    return [
        CategoryFacts(
            id=row.id,
            scheme=row.scheme,
            code=row.code,
            kind=row.kind,
            name=row.name,
            name_en=row.name_en,
            group=row.group,
            sign=row.sign,
            major_name=row.major_name,
            major_name_en=row.major_name_en,
            active=row.active,
            conditions=tuple(conditions.get(row.id, ())),
        )
        for row in session.scalars(select(Category).order_by(Category.id))
    ]


def _names(categories: Sequence[CategoryFacts]) -> dict[str, CategoryFacts]:
    """Every way to name a category; of two with the same code the active one wins."""
    names: dict[str, CategoryFacts] = {}
    for category in sorted(categories, key=lambda each: each.active):
        names[category.name] = category
        names[category.code] = category
        names[f"{category.scheme}:{category.code}"] = category
    return names


def _load(session: Session) -> Catalogue:
    categories = _categories(session)
    by_id = {each.id: each for each in categories}
    terms = session.execute(
        select(CategoryTerm.term, CategoryTerm.category_id, CategoryTerm.weight)
    )
    condition_terms = session.execute(
        select(ConditionTerm.term, ConditionTerm.key, ConditionTerm.weight)
    )
    return Catalogue(
        by_id=by_id,
        conditions={each.id: each for category in categories for each in category.conditions},
        stage_limits={
            (row.stage, row.severity): (row.limit_value, row.limit_unit)
            for row in session.scalars(select(StageLimit))
        },
        suggester=Suggester(
            terms=[row for row in terms if by_id[row[1]].active],
            condition_terms=list(condition_terms),
            tags={
                each.id: frozenset().union(*(c.answers for c in each.conditions))
                for each in categories
            },
        ),
        _by_code=_names(categories),
    )


def _load_reasons(session: Session) -> Mapping[str, str]:
    asked = select(Reason.name, Reason.name_en).where(Reason.name_en != "")
    rows = session.execute(asked.order_by(Reason.verb, Reason.code))
    return {row.name: row.name_en for row in rows}


def _settings(session: Session) -> dict[str, Any]:
    return {row.name: row.value for row in session.scalars(select(CitySetting))}


_catalogue = Cached("catalogue", _load)
_city = Cached("settings", _settings)
_reasons = Cached("catalogue", _load_reasons)


def catalogue(session: Session) -> Catalogue:
    """The catalogue at its present version."""
    return _catalogue.get(session)


def english_reasons(session: Session) -> Mapping[str, str]:
    """The reasons that the city offers for deeds, Chinese → English."""
    return _reasons.get(session)


def city_setting(session: Session, name: str, default: Any) -> Any:
    """A rule of the city; `default` holds when an administrator has set none."""
    value = _city.get(session).get(name, default)
    return type(default)(value) if isinstance(default, int | float | str) else value
