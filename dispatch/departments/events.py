"""Facts about departments."""

from datetime import date

from dispatch.kit.outbox import Event


def closed(department_id: int, *, to_id: int | None, by: str, day: date) -> Event:
    """A unit was closed; what it had goes to `to_id`, or back to the dispatchers."""
    payload = {"department_id": department_id, "to_id": to_id, "by": by, "day": day.isoformat()}
    return Event("department.closed", payload)
