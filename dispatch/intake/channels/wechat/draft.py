"""What a conversation has gathered so far, and what it still lacks."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from dispatch.intake.channels.wechat.reading import Reading, read_text
from dispatch.intake.channels.wechat.words import NO_TEXT, Missing
from dispatch.intake.model import WechatConversation
from dispatch.kit.db import Json

#: A description is at most this long (the same as everywhere else in intake).
MAX_TEXT = 2000


@dataclass(frozen=True)
class Draft:
    """The texts in the order in which they were written, the last place given, and what they say."""

    texts: tuple[str, ...]
    place: Json | None
    photos: int
    reading: Reading

    @property
    def description(self) -> str:
        """All texts as one, never empty."""
        return "\n".join(self.texts)[:MAX_TEXT] or NO_TEXT

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What still has to be asked for."""
        lacks: list[Missing] = []
        if not self.reading.tells_a_problem:
            lacks.append(Missing.WHAT)
        if self.place is None and self.reading.point is None:
            lacks.append(Missing.WHERE_EXACTLY if self.reading.is_vague else Missing.WHERE)
        return tuple(lacks)

    @property
    def is_empty(self) -> bool:
        """Whether nothing was said or shown."""
        return not self.texts and self.place is None and not self.photos


def _in_order(items: Iterable[Any]) -> list[Any]:
    return sorted(items, key=lambda item: (item["at"], item["key"]))


def draft_of(session: Session, conversation: WechatConversation) -> Draft:
    """The draft as the conversation stands."""
    texts = tuple(item["text"] for item in _in_order(conversation.texts))
    places = _in_order(conversation.places)
    return Draft(
        texts=texts,
        place=places[-1] if places else None,
        photos=len(conversation.media),
        reading=read_text(session, "\n".join(texts)),
    )
