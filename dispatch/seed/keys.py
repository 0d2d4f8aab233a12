"""From the codes that seed tables use to the ids that the database gave."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, literal, select
from sqlalchemy.orm import Session

from dispatch.catalogue.model import Category, Condition
from dispatch.departments.model import Department
from dispatch.kit.db import Base


@dataclass(frozen=True)
class Keys:
    """Ids by code. An empty code stands for nothing and gives None; an unknown one is a KeyError."""

    categories: dict[tuple[str, str], int]
    conditions: dict[tuple[int, str], int]
    departments: dict[str, int]

    def category(self, scheme: str, code: str) -> int | None:
        """The id of a category of a numbering."""
        return self.categories[scheme, code] if code else None

    def condition(self, category_id: int | None, key: str) -> int | None:
        """The id of a category's condition with this key."""
        return self.conditions[category_id, key] if category_id is not None and key else None

    def department(self, code: str) -> int | None:
        """The id of a department."""
        return self.departments[code] if code else None


def read_keys(session: Session) -> Keys:
    """The ids that the database holds now."""
    categories = session.execute(select(Category.scheme, Category.code, Category.id)).tuples()
    conditions = session.execute(
        select(Condition.category_id, Condition.key, Condition.id)
    ).tuples()
    departments = session.execute(select(Department.code, Department.id)).tuples()
    return Keys(
        categories={(scheme, code): found for scheme, code, found in categories},
        conditions={(category, key or ""): found for category, key, found in conditions},
        departments=dict(departments.all()),
    )


def is_empty(session: Session, model: type[Base]) -> bool:
    """Whether a table holds nothing yet."""
    return session.execute(select(literal(1)).select_from(model).limit(1)).first() is None


def add_rows(session: Session, model: type[Base], rows: list[dict[str, Any]]) -> int:
    """Insert rows in one go; how many."""
    if rows:
        session.execute(insert(model), rows)
    return len(rows)
