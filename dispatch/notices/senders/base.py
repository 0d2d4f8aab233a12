"""What a way out takes and gives back: one message with its own key, and a verdict."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from dispatch.notices.events import Way

#: Seconds that a sender may take for one message.
TIMEOUT_S = 10.0
LONGEST_ANSWER = 300
_TOKEN = re.compile(r"(token=)[\w-]+")


class Verdict(StrEnum):
    """What came of a message.

    LATER: the provider was not there, try again. UNREACHABLE: this person not by this way (no
    follower, said no, out of time); another way may do. REFUSED: it will never be taken.
    """

    SENT = "sent"
    LATER = "later"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"


@dataclass(frozen=True)
class Sending:
    """A message under way. `key` is the same at every attempt, for providers that can tell by it."""

    key: str
    way: Way
    address: str
    subject: str
    body: str
    language: str = "zh"
    external_id: str = ""
    link: str = ""
    robot_kind: str = ""
    secret: str = ""


@dataclass(frozen=True)
class Outcome:
    """The verdict, the provider's words (never a key or an address), and when it asked to be tried again.

    `is_down`: it says something of the provider, not of the message; then the way is left alone for a while.
    """

    verdict: Verdict
    answer: str = ""
    retry_after: float | None = None
    is_down: bool = field(default=False)


class Sender(Protocol):
    """A way out. Never raises for what the other side does.

    `knows_keys`: the provider can tell a key that it has had, so that what came of several messages
    may be noted together; without that each is noted before the next one is sent.
    """

    name: str
    knows_keys: bool

    def send(self, sending: Sending) -> Outcome:
        """Hand one message over and wait for the answer."""
        ...


def hide_tokens(text: str) -> str:
    """The text with the tokens of its links taken out, for logs and pages."""
    return _TOKEN.sub(r"\1…", text)


def lines_of(body: str) -> Mapping[str, str]:
    """`name: value` lines of a registered template's body, by name."""
    pairs = (line.replace(":", ":", 1).partition(":") for line in body.splitlines())
    return {name.strip(): value.strip() for name, sign, value in pairs if sign and name.strip()}
