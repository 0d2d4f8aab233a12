"""Refusals that are part of the domain, each with a machine code, words in both languages, and no HTTP.

DomainError
├── InvalidInput        what was sent cannot be used; `fields` says which part and how to mend it
├── NotFound            there is no such thing, or this person may not know of it
├── NotAllowed          this person may not do this
├── NotLoggedIn         nobody, or nobody any more
├── Conflict            it would contradict what is there
│   ├── WrongStage      the deed is not possible at this stage; says what is
│   └── StaleVersion    somebody was faster; says what changed
├── TooMany             too many requests; says when to come back
├── TooLarge            more bytes or pixels than are taken
└── Unavailable         a part that this needs is down for now
"""

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Field:
    """One part of the input that cannot be used: where (`contact_phone`), why, in both languages."""

    name: str
    zh: str
    en: str


@dataclass
class DomainError(Exception):
    """A refusal. `zh` and `en` say what is wrong and how to put it right."""

    code: str
    zh: str
    en: str
    fields: list[Field] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.code}: {self.zh} / {self.en}"


class InvalidInput(DomainError):
    """What was sent cannot be used."""


class NotFound(DomainError):
    """There is no such thing, or this person may not know of it."""


class NotAllowed(DomainError):
    """This person may not do this."""


class NotLoggedIn(DomainError):
    """Nobody is logged in, or the session has ended."""


class Conflict(DomainError):
    """It would contradict what is there."""


class WrongStage(Conflict):
    """The deed is not possible at this stage; `extra['allowed']` names what is."""


class StaleVersion(Conflict):
    """Somebody was faster; `extra['version']` and `extra['changes']` say what changed."""


class TooMany(DomainError):
    """Too many requests; `extra['retry_after']` is in seconds."""


class TooLarge(DomainError):
    """More bytes or pixels than are taken."""


class Unavailable(DomainError):
    """A part that this needs is down for now."""


def invalid(name: str, zh: str, en: str, *, code: str = "invalid_input") -> InvalidInput:
    """An `InvalidInput` about one field."""
    return InvalidInput(code, zh, en, [Field(name, zh, en)])
