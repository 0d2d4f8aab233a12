"""Lists that were imported: which, how far, and what became of their rows."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.hotline.model import ImportBatch, ImportRow, ImportSource, RowState
from dispatch.kit.errors import NotFound
from dispatch.people.model import User

LISTED: Final = 30
ROWS: Final = 50


def sources(session: Session) -> Sequence[ImportSource]:
    """Every platform whose lists have come in."""
    return session.scalars(select(ImportSource).order_by(ImportSource.name)).all()


def batches(session: Session) -> Sequence[tuple[ImportBatch, str]]:
    """The latest lists with who gave them."""
    return session.execute(
        select(ImportBatch, User.display_name)
        .join(User, User.id == ImportBatch.by_id)
        .order_by(ImportBatch.id.desc())
        .limit(LISTED)
    ).all()


def batch_of(session: Session, batch_id: int, *, lock: bool = False) -> ImportBatch:
    """One list; NotFound when there is none."""
    query = select(ImportBatch).where(ImportBatch.id == batch_id)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound("no_such_import", "没有这次导入", "There is no such import")
    return found


def counts_of(session: Session, batch_id: int) -> dict[RowState, int]:
    """How many rows of a list came to what."""
    rows = session.execute(
        select(ImportRow.state, func.count())
        .where(ImportRow.batch_id == batch_id)
        .group_by(ImportRow.state)
    )
    found = {RowState(state): count for state, count in rows}
    return {state: found.get(state, 0) for state in RowState}


def rows_of(
    session: Session,
    batch_id: int,
    *,
    state: RowState | None = None,
    after: int = 0,
    limit: int = ROWS,
) -> Sequence[tuple[ImportRow, str | None]]:
    """Rows behind row `after` in their order, with the id of the case that each made."""
    query = (
        select(ImportRow, Case.public_id)
        .outerjoin(Case, Case.id == ImportRow.case_id)
        .where(ImportRow.batch_id == batch_id, ImportRow.row > after)
    )
    if state is not None:
        query = query.where(ImportRow.state == state)
    return session.execute(query.order_by(ImportRow.row).limit(limit)).all()
