"""Which inspector has which working grid, from which day to which."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from dispatch.kit.errors import NotFound, invalid
from dispatch.people.model import AssignmentStatus, GridAssignment, User


def assign_grids(
    session: Session,
    user: User,
    grids: Iterable[str],
    *,
    day: date,
    until: date | None = None,
) -> None:
    """From `day` on the user has these working grids and no others (until before `until`).

    What is planned for later and not among them is dropped. The caller has locked the user, says to
    the audit log what changed, and carries `day` = today over at once.
    """
    if until is not None and until <= day:
        raise invalid("until", "结束日期应晚于开始日期", "The end must lie after the beginning")
    wanted = set(grids)
    held = _open_assignments(session, user)
    known = {each.working_grid for each in held}
    for each in held:
        if each.working_grid in wanted:
            continue
        if each.valid_from >= day and each.status == AssignmentStatus.PLANNED:
            session.delete(each)
        elif each.valid_to is None or each.valid_to > day:
            each.valid_to = max(day, each.valid_from)
    # grids that were written to the user without an assignment come to an end like any other
    stray = set(user.working_grids) - known - wanted
    for grid in sorted(stray):
        session.add(
            GridAssignment(
                user_id=user.id,
                working_grid=grid,
                valid_from=day,
                valid_to=day,
                status=AssignmentStatus.HOLDS,
            )
        )
    lasting = {each.working_grid for each in held if each.valid_to is None or each.valid_to > day}
    for grid in sorted(wanted - (lasting & wanted)):
        session.add(
            GridAssignment(user_id=user.id, working_grid=grid, valid_from=day, valid_to=until)
        )
    session.flush()
    _carry_over(session, user, day=day)


def add_assignment(
    session: Session, user: User, grid: str, *, day: date, until: date | None, today: date
) -> GridAssignment:
    """One more working grid for a user from `day` on; what begins today holds at once."""
    if day < today:
        raise invalid("from", "开始日期不能早于今天", "It cannot begin before today")
    if until is not None and until <= day:
        raise invalid("until", "结束日期应晚于开始日期", "The end must lie after the beginning")
    for each in _open_assignments(session, user):
        if each.working_grid != grid:
            continue
        ends = each.valid_to or date.max
        if each.valid_from < (until or date.max) and day < ends:
            raise invalid(
                "user",
                "这段时间内该巡查员已负责此网格",
                "The inspector has this working grid in that time already",
            )
    made = GridAssignment(user_id=user.id, working_grid=grid, valid_from=day, valid_to=until)
    session.add(made)
    session.flush()
    _carry_over(session, user, day=today)
    return made


def end_assignment(
    session: Session, assignment_id: int, *, day: date, today: date
) -> GridAssignment:
    """An assignment ends on `day`, the first on which it no longer holds. Raises NotFound."""
    found = session.get(GridAssignment, assignment_id, with_for_update=True)
    if found is None or found.status == AssignmentStatus.ENDED:
        raise NotFound("no_such_assignment", "这项安排已经结束", "This assignment is over already")
    if day < today:
        raise invalid("until", "结束日期不能早于今天", "It cannot end before today")
    found.valid_to = max(day, found.valid_from)
    session.flush()
    _carry_over(session, session.get_one(User, found.user_id, with_for_update=True), day=today)
    return found


def apply_due_assignments(session: Session, *, day: date) -> int:
    """Carry over to the users what begins or ends by this day; how many users changed."""
    due = select(GridAssignment.user_id).where(
        or_(
            (GridAssignment.status == AssignmentStatus.PLANNED)
            & (GridAssignment.valid_from <= day),
            (GridAssignment.status != AssignmentStatus.ENDED) & (GridAssignment.valid_to <= day),
        )
    )
    users = session.scalars(
        select(User).where(User.id.in_(due)).order_by(User.id).with_for_update()
    ).all()
    for user in users:
        _carry_over(session, user, day=day)
    return len(users)


def _open_assignments(session: Session, user: User) -> list[GridAssignment]:
    return list(
        session.scalars(
            select(GridAssignment).where(
                GridAssignment.user_id == user.id, GridAssignment.status != AssignmentStatus.ENDED
            )
        )
    )


def _carry_over(session: Session, user: User, *, day: date) -> None:
    """What begins is added to the user's grids, what ends is taken away, nothing else is touched."""
    assignments = _open_assignments(session, user)
    ending = [each for each in assignments if each.valid_to is not None and each.valid_to <= day]
    holding = [each for each in assignments if each not in ending and each.valid_from <= day]
    for each in ending:
        each.status = AssignmentStatus.ENDED
    for each in holding:
        each.status = AssignmentStatus.HOLDS
    kept = {each.working_grid for each in holding}
    gone = {each.working_grid for each in ending} - kept
    user.working_grids = sorted((set(user.working_grids) - gone) | kept)
    session.flush()
