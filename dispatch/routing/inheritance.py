"""Rules of a unit that was closed: another unit takes them over, or they end."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.routing.model import RoutingRule


def hand_over_rules(session: Session, department_id: int, *, to_id: int | None, day: date) -> int:
    """End the rules that name a unit on `day`, and let `to_id` have the same from then on; how many."""
    rows = session.scalars(
        select(RoutingRule)
        .where(
            RoutingRule.department_id == department_id,
            RoutingRule.valid_to.is_(None) | (RoutingRule.valid_to > day),
        )
        .with_for_update()
    ).all()
    for row in rows:
        if to_id is not None:
            session.add(
                RoutingRule(
                    category_id=row.category_id,
                    group=row.group,
                    kind=row.kind,
                    area_kind=row.area_kind,
                    area_code=row.area_code,
                    department_id=to_id,
                    valid_from=max(day, row.valid_from),
                    valid_to=row.valid_to,
                    reason=row.reason,
                    source=row.source,
                )
            )
        row.valid_to = max(day, row.valid_from)
    session.flush()
    return len(rows)
