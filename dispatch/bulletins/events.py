"""Facts about bulletins."""

from dispatch.kit.outbox import Event


def asked(bulletin_id: int) -> Event:
    """The figures of a bulletin are to be counted and put into words."""
    return Event("bulletin.asked", {"bulletin_id": bulletin_id})


def written(bulletin_id: int) -> Event:
    """Its words stand: PDF, Word and Excel are to be made of them."""
    return Event("bulletin.written", {"bulletin_id": bulletin_id})
