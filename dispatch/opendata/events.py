"""Facts about open data."""

from dispatch.kit.outbox import Event


def asked(code: str) -> Event:
    """Somebody wants a data set made anew."""
    return Event("open_data.asked", {"dataset": code})
