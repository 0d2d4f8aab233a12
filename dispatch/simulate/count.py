"""The count in the database against what was sent: the end of every simulation."""

from dataclasses import dataclass

from sqlalchemy import text

from dispatch.kit.db import open_session
from dispatch.simulate.tally import Tally


@dataclass(frozen=True)
class Count:
    """What the database holds of the reports that were answered. Times in seconds."""

    answered: int
    stored: int
    closed_seen: int
    closed_stored: int
    assigned_twice: int
    without_history: int
    delivered: int
    inbox_p50: float | None
    inbox_p99: float | None
    waiting: int

    @property
    def agrees(self) -> bool:
        """Whether nothing is lost, nothing doubled."""
        return (
            self.answered == self.stored
            and self.closed_seen == self.closed_stored
            and self.assigned_twice == 0
            and self.without_history == 0
        )


_COUNT = text("""
WITH mine AS MATERIALIZED (
  SELECT id, stage, created_at, version FROM cases WHERE public_id = ANY(:ids)
), first_inbox AS (
  SELECT mine.id, extract(epoch FROM min(deliveries.delivered_at) - mine.created_at) AS seconds
  FROM mine JOIN deliveries ON deliveries.case_id = mine.id AND deliveries.kind = 'inbox'
  JOIN case_assignments ON case_assignments.id = deliveries.assignment_id
   AND case_assignments.by_id IS NULL
  GROUP BY mine.id, mine.created_at
)
SELECT (SELECT count(*) FROM mine) AS stored,
  (SELECT count(*) FROM mine JOIN cases USING (id) WHERE cases.public_id = ANY(:closed)
     AND cases.closed_at IS NOT NULL) AS closed_stored,
  (SELECT count(*) FROM (SELECT case_id FROM case_assignments JOIN mine ON mine.id = case_id
     WHERE leads AND ended_at IS NULL GROUP BY case_id HAVING count(*) > 1) AS twice)
     AS assigned_twice,
  (SELECT count(*) FROM mine WHERE version <>
     (SELECT count(*) FROM case_history WHERE case_id = mine.id)) AS without_history,
  (SELECT count(*) FROM first_inbox) AS delivered,
  (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY seconds) FROM first_inbox) AS inbox_p50,
  (SELECT percentile_disc(0.99) WITHIN GROUP (ORDER BY seconds) FROM first_inbox) AS inbox_p99,
  (SELECT count(*) FROM outbox WHERE sent_at IS NULL OR confirmed < jobs) AS waiting
""")


def count(tally: Tally) -> Count:
    """Ask the database, by the ids that were answered."""
    with open_session() as session:
        row = session.execute(
            _COUNT, {"ids": list(tally.sent), "closed": sorted(tally.closed)}
        ).one()
    return Count(
        answered=len(tally.sent),
        stored=row.stored,
        closed_seen=len(tally.closed),
        closed_stored=row.closed_stored,
        assigned_twice=row.assigned_twice,
        without_history=row.without_history,
        delivered=row.delivered,
        inbox_p50=None if row.inbox_p50 is None else float(row.inbox_p50),
        inbox_p99=None if row.inbox_p99 is None else float(row.inbox_p99),
        waiting=row.waiting,
    )
