"""From the codes that seed tables use to the ids that the database gave."""

from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import insert, literal, select
from sqlalchemy.orm import Session

from dispatch.catalogue.model import Category, Condition
from dispatch.departments.model import Department
from dispatch.kit.db import Base
from dispatch.kit.errors import NotFound

K = TypeVar("K")


@dataclass(frozen=True)
class Keys:
    """Ids by code. An empty code stands for nothing and gives None; an unknown one is NotFound."""

    categories: dict[tuple[str, str], int]
    conditions: dict[tuple[int, str], int]
    departments: dict[str, int]

    def category(self, scheme: str, code: str) -> int | None:
        """The id of a category of a numbering."""
        return _id(self.categories, (scheme, code), f"{scheme}:{code}") if code else None

    def condition(self, category_id: int | None, key: str) -> int | None:
        """The id of a category's condition with this key."""
        if category_id is None or not key:
            return None
        return _id(self.conditions, (category_id, key), key)

    def department(self, code: str) -> int | None:
        """The id of a department."""
        return _id(self.departments, code, code) if code else None


def _id(ids: dict[K, int], key: K, code: str) -> int:
    try:
        return ids[key]
    except KeyError as error:
        raise NotFound(
            "seed_refers_to_nothing",
            f"种子数据引用了数据库中没有的 {code}:库中已有自己的数据,请自行导入其余各表,或换一个空库",
            f"The seed data refers to {code}, which the database lacks: it holds data of its own, "
            "so import the other tables yourself, or start with an empty database",
        ) from error


def read_keys(session: Session) -> Keys:
    """The ids that the database holds now."""
    categories = session.execute(select(Category.scheme, Category.code, Category.id))
    conditions = session.execute(select(Condition.category_id, Condition.key, Condition.id))
    departments = session.execute(select(Department.code, Department.id))
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
