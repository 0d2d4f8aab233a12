"""Facts about uploads."""

from dispatch.kit.outbox import Event


def asked(upload_id: int) -> Event:
    """A file waits to be checked or taken in."""
    return Event("upload.asked", {"upload_id": upload_id})
