"""The sender of a developer's machine: writes what it would send to the log, the address masked."""

import logging

from dispatch.kit.sealing import masked
from dispatch.notices.events import WAYS, Way
from dispatch.notices.senders.base import Outcome, Sending, Verdict, hide_tokens

log = logging.getLogger(__name__)


class ConsoleSender:
    """Sends nothing anywhere."""

    name = "console"
    knows_keys = True

    def __init__(self, way: Way, *, signature: str = "") -> None:
        self._way = way
        self._signature = f"【{signature}】" if signature else ""

    def send(self, sending: Sending) -> Outcome:
        """Log it."""
        words = " ".join(part for part in (self._signature + sending.subject, sending.body) if part)
        log.info("%s → %s: %s", WAYS[self._way][0], masked(sending.address), hide_tokens(words))
        return Outcome(Verdict.SENT, "log")
