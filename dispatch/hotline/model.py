"""Tables of the agents' desk: drafts, knowledge, text modules, call-backs, imported lists, answers."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, Uuid, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.kit.db import Base, BigId, Json


class CallDraft(Base):
    """A call while it is being written down; `looked_up` is the number whose earlier cases were shown."""

    __tablename__ = "call_drafts"

    id: Mapped[UUID] = mapped_column(Uuid, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    fields: Mapped[Json] = mapped_column(server_default="{}")
    looked_up: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    updated_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (Index(None, "user_id", "created_at"),)


class SnippetKind(StrEnum):
    """Ours: who does it and what to say. Not ours: whom to call instead."""

    OURS = "ours"
    NOT_OURS = "not_ours"


class Snippet(Base):
    """What an agent should know while somebody speaks. It appears for its category, group or words."""

    __tablename__ = "knowledge_snippets"

    id: Mapped[BigId]
    kind: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    unit: Mapped[str] = mapped_column(server_default="")
    phone: Mapped[str] = mapped_column(server_default="")
    category_id: Mapped[int | None] = mapped_column(ForeignKey("categories.id"))
    group: Mapped[str | None]
    words: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    active: Mapped[bool] = mapped_column(server_default="true")
    origin: Mapped[str] = mapped_column(server_default="")


class ModuleUse(StrEnum):
    """Where a text module is offered."""

    CALL = "call"
    WECHAT = "wechat"
    REJECT = "reject"
    CALLBACK = "callback"


class TextModule(Base):
    """A text that is used again and again, by its short word (`::word`) or, where few, by its number."""

    __tablename__ = "text_modules"

    id: Mapped[BigId]
    use: Mapped[str]
    word: Mapped[str]
    title: Mapped[str]
    text: Mapped[str]
    ordinal: Mapped[int] = mapped_column(server_default="0")
    active: Mapped[bool] = mapped_column(server_default="true")
    origin: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (UniqueConstraint("use", "word"),)


class CallbackRule(Base):
    """Which share (0–1) of closed cases is called back, how long after closing, and how often it is tried.

    What is NULL does not matter; the most specific row that holds wins.
    """

    __tablename__ = "callback_rules"

    id: Mapped[BigId]
    channel: Mapped[str | None]
    group: Mapped[str | None]
    share: Mapped[float]
    after_hours: Mapped[float]
    most_attempts: Mapped[int]
    pause_hours: Mapped[float]
    active: Mapped[bool] = mapped_column(server_default="true")
    explanation: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (CheckConstraint("share BETWEEN 0 AND 1", name="share_range"),)


class CallbackState(StrEnum):
    """Where a call-back stands."""

    WAITING = "waiting"
    REACHED = "reached"
    GIVEN_UP = "given_up"


class Callback(Base):
    """One reporter to be called after closing; once for each closing (`round` = reopen_count)."""

    __tablename__ = "callbacks"

    id: Mapped[BigId]
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    report_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    round: Mapped[int]
    rule_id: Mapped[int | None]
    state: Mapped[str] = mapped_column(server_default=CallbackState.WAITING.value)
    attempts: Mapped[int] = mapped_column(server_default="0")
    most_attempts: Mapped[int]
    pause_hours: Mapped[float]
    due_at: Mapped[datetime]
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("report_id", "round"),
        Index("ix_callbacks_waiting", "due_at", "id", postgresql_where=text("state = 'waiting'")),
    )


class CallOutcome(StrEnum):
    """How a try to call somebody ended."""

    REACHED = "reached"
    NOT_REACHED = "not_reached"
    LATER = "later"
    DECLINED = "declined"


class CallbackAttempt(Base):
    """One try: when, by whom, how it ended, and what the reporter said."""

    __tablename__ = "callback_attempts"

    id: Mapped[BigId]
    callback_id: Mapped[int] = mapped_column(ForeignKey("callbacks.id"), index=True)
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    outcome: Mapped[str]
    score: Mapped[int | None]
    fixed: Mapped[bool | None]
    note: Mapped[str] = mapped_column(server_default="")


class ImportSource(Base):
    """A platform whose lists are imported, and which of its columns is which field here."""

    __tablename__ = "import_sources"

    name: Mapped[str] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(server_default="transfer")
    columns: Mapped[Json] = mapped_column(server_default="{}")
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class ImportState(StrEnum):
    """Where an imported list stands."""

    MAPPING = "mapping"
    RUNNING = "running"
    DONE = "done"


class ImportBatch(Base):
    """One list that was given: its file, the columns as they were understood, and how far it is."""

    __tablename__ = "import_batches"

    id: Mapped[BigId]
    source: Mapped[str] = mapped_column(ForeignKey("import_sources.name"))
    file_name: Mapped[str]
    headers: Mapped[list[str]] = mapped_column(ARRAY(Text))
    columns: Mapped[Json] = mapped_column(server_default="{}")
    state: Mapped[str] = mapped_column(server_default=ImportState.MAPPING.value)
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    total: Mapped[int]
    created_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]


class RowState(StrEnum):
    """What became of a row of a list."""

    WAITING = "waiting"
    TAKEN = "taken"
    JOINED = "joined"
    REPEATED = "repeated"
    REFUSED = "refused"


class ImportRow(Base):
    """A row of a list, its cells in the order of the headers, until it has been taken."""

    __tablename__ = "import_rows"

    id: Mapped[BigId]
    batch_id: Mapped[int] = mapped_column(ForeignKey("import_batches.id"))
    row: Mapped[int]
    cells: Mapped[list[str]] = mapped_column(ARRAY(Text))
    state: Mapped[str] = mapped_column(server_default=RowState.WAITING.value)
    foreign_number: Mapped[str | None]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    zh: Mapped[str] = mapped_column(server_default="")
    en: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (UniqueConstraint("batch_id", "row"), Index(None, "batch_id", "state", "row"))


class WechatReply(Base):
    """What an agent wrote to a follower in a conversation; how far it got stands in its notice."""

    __tablename__ = "wechat_replies"

    id: Mapped[BigId]
    conversation_id: Mapped[int] = mapped_column(ForeignKey("wechat_conversations.id"), index=True)
    text: Mapped[str]
    at: Mapped[datetime]
    by_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    notice_id: Mapped[int | None] = mapped_column(unique=True)
