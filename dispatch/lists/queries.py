"""Look-ups of saved lists and of what somebody's lists look like."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from dispatch.lists.model import ListSettings, SavedList
from dispatch.people.model import User
from dispatch.people.policy import Person


@dataclass(frozen=True)
class ListFacts:
    """A saved list as one person sees it."""

    id: int
    name: str
    query: str
    shared_role: str | None
    is_own: bool
    owner: str


@dataclass(frozen=True)
class Arranged:
    """The columns in their order (none: the usual ones) and the list that opens first."""

    columns: tuple[str, ...] = ()
    default_list_id: int | None = None


def _seen_by(person: Person) -> ColumnElement[bool]:
    shared = and_(
        SavedList.shared_role.in_([each.value for each in person.roles]),
        or_(
            SavedList.shared_department_id.is_(None),
            SavedList.shared_department_id == person.department_id,
        ),
    )
    return or_(SavedList.owner_id == person.id, shared)


def saved_list(session: Session, list_id: int, person: Person) -> SavedList | None:
    """A list, if it is the person's own or shared with their desk."""
    return session.scalar(select(SavedList).where(SavedList.id == list_id, _seen_by(person)))


def lists_of(session: Session, person: Person) -> Sequence[ListFacts]:
    """The lists that a person finds: their own first, then the desk's, by name."""
    rows = session.execute(
        select(SavedList, User.display_name)
        .join(User, User.id == SavedList.owner_id)
        .where(_seen_by(person))
        .order_by((SavedList.owner_id == person.id).desc(), SavedList.name)
        .limit(200)
    )
    return [
        ListFacts(
            each.id, each.name, each.query, each.shared_role, each.owner_id == person.id, owner
        )
        for each, owner in rows
    ]


def arranged(session: Session, person: Person) -> Arranged:
    """How the person has arranged their lists."""
    row = session.execute(
        select(ListSettings.columns, ListSettings.default_list_id).where(
            ListSettings.user_id == person.id
        )
    ).one_or_none()
    return Arranged() if row is None else Arranged(tuple(row.columns), row.default_list_id)
