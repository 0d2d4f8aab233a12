"""What people do to their lists: save, rename, share, delete, choose the one that opens, arrange columns."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dispatch.kit.errors import Conflict, NotAllowed, NotFound, invalid
from dispatch.lists.model import ListSettings, SavedList
from dispatch.lists.queries import saved_list
from dispatch.people.model import Role
from dispatch.people.policy import DEPARTMENTAL, Person

#: So many lists of one's own; the rail of a person is not a filing cabinet.
MOST_LISTS = 50
LONGEST_NAME = 40


def _named(session: Session, owner_id: int, name: str, *, besides: int | None = None) -> str:
    words = " ".join(name.split())
    if not words or len(words) > LONGEST_NAME:
        raise invalid(
            "name",
            f"请给列表起一个不超过 {LONGEST_NAME} 个字的名称",
            f"Give the list a name of at most {LONGEST_NAME} characters",
        )
    taken = session.scalar(
        select(SavedList.id).where(SavedList.owner_id == owner_id, SavedList.name == words)
    )
    if taken is not None and taken != besides:
        raise Conflict(
            "name_taken",
            f"您已有名为“{words}”的列表,请换一个名称",
            f"You have a list called '{words}' already; choose another name",
        )
    return words


def _id_of(person: Person) -> int:
    if person.id is None:
        raise NotAllowed("not_allowed", "没有权限", "Not allowed")
    return person.id


def _shared(person: Person, role: str) -> tuple[str | None, int | None]:
    """The desk that a list is shared with: a post of one's own, in a department within it only."""
    if not role:
        return None, None
    if role not in {each.value for each in person.roles}:
        raise invalid(
            "shared_role",
            "只能与自己的岗位共享",
            "A list is shared with a post of one's own",
        )
    within = Role(role) in DEPARTMENTAL
    return role, person.department_id if within else None


def save_list(
    session: Session,
    *,
    by: Person,
    name: str,
    query: str,
    shared_role: str = "",
    at: datetime,
) -> SavedList:
    """Keep a filter under a name. Raises InvalidInput and Conflict (the name is taken, too many)."""
    owner = _id_of(by)
    count = session.scalar(select(func.count()).where(SavedList.owner_id == owner)) or 0
    if count >= MOST_LISTS:
        raise Conflict(
            "too_many_lists",
            f"最多保存 {MOST_LISTS} 个列表,请先删除不用的",
            f"At most {MOST_LISTS} lists are kept; delete one that is not needed",
        )
    role, department_id = _shared(by, shared_role)
    made = SavedList(
        owner_id=owner,
        name=_named(session, owner, name),
        query=query,
        shared_role=role,
        shared_department_id=department_id,
        created_at=at,
        updated_at=at,
    )
    session.add(made)
    session.flush()
    return made


def change_list(
    session: Session,
    list_id: int,
    *,
    by: Person,
    at: datetime,
    name: str | None = None,
    query: str | None = None,
    shared_role: str | None = None,
) -> SavedList:
    """Rename a list, give it another filter, share it or keep it to oneself; what is None stays."""
    found = _own(session, list_id, by)
    if name is not None:
        found.name = _named(session, found.owner_id, name, besides=found.id)
    if query is not None:
        found.query = query
    if shared_role is not None:
        found.shared_role, found.shared_department_id = _shared(by, shared_role)
    found.updated_at = at
    session.flush()
    return found


def delete_list(session: Session, list_id: int, *, by: Person) -> None:
    """Delete a list of one's own; whoever opened it first opens their queue again."""
    session.delete(_own(session, list_id, by))
    session.flush()


def _own(session: Session, list_id: int, by: Person) -> SavedList:
    found = saved_list(session, list_id, by)
    if found is None:
        raise NotFound("list_not_found", "没有这个列表", "There is no such list")
    if found.owner_id != by.id:
        raise NotAllowed(
            "not_your_list",
            "这是同事共享的列表,只有保存的人能改;您可以另存一份",
            "Only whoever saved a shared list may change it; save a copy of your own",
        )
    return found


def open_first(session: Session, list_id: int | None, *, by: Person) -> None:
    """Let a list (one's own or a shared one) open first; None: the queue of one's post again."""
    if list_id is not None and saved_list(session, list_id, by) is None:
        raise NotFound("list_not_found", "没有这个列表", "There is no such list")
    _set(session, _id_of(by), default_list_id=list_id)


def arrange_columns(session: Session, columns: Sequence[str], *, by: Person) -> None:
    """Remember the columns and their order; none: the usual ones."""
    _set(session, _id_of(by), columns=list(columns))


def _set(session: Session, user_id: int, **values: object) -> None:
    session.execute(
        insert(ListSettings)
        .values(user_id=user_id, **values)
        .on_conflict_do_update(index_elements=["user_id"], set_=values)
    )
