"""Facts about departments."""

from datetime import date

from dispatch.kit.outbox import Event


def closed(department_id: int, *, to_id: int | None, by: str, day: date) -> Event:
    """A unit was closed; what it had goes to `to_id`, or back to the dispatchers."""
    payload = {"department_id": department_id, "to_id": to_id, "by": by, "day": day.isoformat()}
    return Event("department.closed", payload)


def left(department_id: int, *, day: date) -> Event:
    """A closed unit still has open cases: they are to be taken from it."""
    return Event("department.left", {"department_id": department_id, "day": day.isoformat()})
