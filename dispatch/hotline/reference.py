"""Knowledge, text modules and call-back rules as a process holds them in memory."""

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.hotline.model import CallbackRule, ModuleUse, Snippet, TextModule
from dispatch.kit.reference import Cached


@dataclass(frozen=True)
class SnippetFacts:
    """A snippet in memory."""

    id: int
    kind: str
    title: str
    text: str
    unit: str
    phone: str
    category_id: int | None
    group: str | None
    words: tuple[str, ...]


@dataclass(frozen=True)
class ModuleFacts:
    """A text module in memory."""

    use: str
    word: str
    title: str
    text: str


@dataclass(frozen=True)
class RuleFacts:
    """A call-back rule in memory."""

    id: int
    channel: str | None
    group: str | None
    share: float
    after_hours: float
    most_attempts: int
    pause_hours: float


@dataclass(frozen=True)
class Knowledge:
    """Everything that is in use."""

    snippets: tuple[SnippetFacts, ...]
    modules: tuple[ModuleFacts, ...]
    rules: tuple[RuleFacts, ...]


def _load(session: Session) -> Knowledge:
    snippets = session.scalars(select(Snippet).where(Snippet.active).order_by(Snippet.id)).all()
    modules = session.scalars(
        select(TextModule)
        .where(TextModule.active)
        .order_by(TextModule.use, TextModule.ordinal, TextModule.word)
    ).all()
    rules = session.scalars(
        select(CallbackRule).where(CallbackRule.active).order_by(CallbackRule.id)
    ).all()
    return Knowledge(
        snippets=tuple(
            SnippetFacts(
                each.id,
                each.kind,
                each.title,
                each.text,
                each.unit,
                each.phone,
                each.category_id,
                each.group,
                tuple(each.words),
            )
            for each in snippets
        ),
        modules=tuple(ModuleFacts(each.use, each.word, each.title, each.text) for each in modules),
        rules=tuple(
            RuleFacts(
                each.id,
                each.channel,
                each.group,
                each.share,
                each.after_hours,
                each.most_attempts,
                each.pause_hours,
            )
            for each in rules
        ),
    )


_knowledge = Cached("knowledge", _load)


def knowledge(session: Session) -> Knowledge:
    """What is in use at its present version."""
    return _knowledge.get(session)


def modules_for(session: Session, use: ModuleUse) -> list[ModuleFacts]:
    """The text modules of one use, in their order."""
    return [each for each in knowledge(session).modules if each.use == use]
