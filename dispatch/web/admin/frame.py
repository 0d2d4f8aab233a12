"""What every page of the administrator's desk is made with: a list, a form, a deed, and who changed what.

A page is a query for its rows, a function that reads its form, one command, and a template of macros
(`admin/macros.html`). The version of what is edited is the last line of the audit log about it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlalchemy.orm import Session

from dispatch.kit import audit
from dispatch.kit.audit import AuditEntry
from dispatch.kit.errors import DomainError, InvalidInput, StaleVersion, invalid
from dispatch.kit.http import status_of
from dispatch.kit.paging import bad_cursor, cut, decode
from dispatch.people.queries import Login
from dispatch.web.admin import words
from dispatch.web.parts.forms import Posted
from dispatch.web.parts.shell import desk_page

Pair = tuple[str, str]
R = TypeVar("R")
T = TypeVar("T")

#: Rows to a page.
PAGE: Final = 50
#: The hidden field with the version that its editor saw.
SEEN: Final = "seen"


# --- lists ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """What a list was asked for: its address, what is looked for and chosen, from where on."""

    path: str
    given: Mapping[str, str]
    cursor: str | None = None

    def __getitem__(self, name: str) -> str:
        return self.given.get(name, "")

    def address(self, **changed: str | None) -> str:
        """This list with something changed, from its beginning unless `cursor` is given."""
        wanted = {name: value for name, value in {**self.given, **changed}.items() if value}
        return f"{self.path}?{urlencode(wanted)}" if wanted else self.path

    def after(self, kind: type[T]) -> T | None:
        """The sort key that the cursor holds; None on the first page."""
        key = decode(self.cursor)
        if key is None:
            return None
        if not isinstance(key[0], kind):
            raise bad_cursor()
        return key[0]

    @property
    def is_narrowed(self) -> bool:
        """Whether anything is looked for or chosen."""
        return any(self.given.values())


def asked(request: Request, *names: str) -> Asked:
    """Read what a list is asked for; an address says no more than the `names` and a cursor."""
    query = request.query_params
    given = {name: query.get(name, "").strip()[:200] for name in names}
    return Asked(request.url.path, given, query.get("cursor") or None)


@dataclass(frozen=True)
class Listing(Generic[R]):
    """A page of a list, and the address of the next."""

    rows: Sequence[R]
    asked: Asked
    following: str | None


def listing(wanted: Asked, rows: Sequence[R], *, key: Callable[[R], Any]) -> Listing[R]:
    """A page from `PAGE + 1` rows; `key` is the sort key of a row."""
    shown, cursor = cut(rows, PAGE, key=key)
    return Listing(shown, wanted, wanted.address(cursor=cursor) if cursor else None)


# --- forms ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Filled:
    """A form as it stands: what the row holds or somebody typed, what is wrong, the version seen."""

    values: Mapping[str, str]
    lists: Mapping[str, Sequence[str]] = field(default_factory=dict)
    problems: Mapping[str, Pair] = field(default_factory=dict)
    others: Sequence[Mapping[str, Any]] = ()
    seen: int = 0

    def __getitem__(self, name: str) -> str:
        return self.values.get(name, "")

    def all(self, name: str) -> Sequence[str]:
        """Everything that a field that may repeat holds."""
        return self.lists.get(name, ())

    def rows(self, *names: str, spare: int = 2) -> list[dict[str, str]]:
        """Fields that repeat side by side, row by row, with empty rows to add more."""
        longest = max((len(self.all(name)) for name in names), default=0)
        found = [
            {name: (self.all(name)[at] if at < len(self.all(name)) else "") for name in names}
            for at in range(longest)
        ]
        kept = [row for row in found if any(row.values())]
        return kept + [dict.fromkeys(names, "")] * spare


def filled(
    values: Mapping[str, object],
    *,
    lists: Mapping[str, Sequence[str]] | None = None,
    seen: int = 0,
) -> Filled:
    """A form with what a row holds."""
    shown = {name: _text(value) for name, value in values.items()}
    return Filled(shown, lists or {}, seen=seen)


def typed(posted: Posted) -> Filled:
    """A form with what was typed."""
    return Filled(posted.fields, posted.lists, seen=seen_in(posted))


def seen_in(posted: Posted) -> int:
    """The version that the editor saw; 0 when the form names none."""
    given = posted.get(SEEN)
    return int(given) if given.isdigit() else 0


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    return f"{value:g}" if isinstance(value, float) else str(value)


# --- reading fields -------------------------------------------------------------------------------


def a_number(posted: Posted, name: str, *, least: float, most: float) -> float:
    """A number in a field, within its bounds; InvalidInput."""
    try:
        found = float(posted.get(name))
    except ValueError:
        found = float("nan")
    if not least <= found <= most:
        raise invalid(
            name,
            f"请填写 {least:g} 到 {most:g} 之间的数",
            f"Give a number from {least:g} to {most:g}",
        )
    return found


def maybe_number(posted: Posted, name: str, *, least: float, most: float) -> float | None:
    """The same; None when the field is empty."""
    return a_number(posted, name, least=least, most=most) if posted.get(name) else None


def a_day(posted: Posted, name: str) -> date:
    """A day in a date field; InvalidInput."""
    try:
        return date.fromisoformat(posted.get(name))
    except ValueError:
        raise invalid(name, "请填写日期", "Give a date") from None


def a_time(posted: Posted, name: str) -> time:
    """A time of day in a field; InvalidInput."""
    try:
        return time.fromisoformat(posted.get(name))
    except ValueError:
        raise invalid(name, "请填写时间,如 22:00", "Give a time of day, like 22:00") from None


def maybe_day(posted: Posted, name: str) -> date | None:
    """The same; None when the field is empty."""
    return a_day(posted, name) if posted.get(name) else None


def maybe_id(posted: Posted, name: str) -> int | None:
    """The id chosen in a list; None when nothing is."""
    given = posted.get(name)
    return int(given) if given.isdigit() else None


def a_reason(posted: Posted, name: str = "reason") -> str:
    """Why somebody does what cannot be undone; InvalidInput when nothing is said."""
    given = posted.get(name)
    if not given:
        raise invalid(name, "请写明原因", "Say why")
    return given[:500]


# --- deeds ---------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Tried(Generic[T]):
    """What came of a deed: its result, or why it was refused."""

    done: T | None
    error: DomainError | None = None

    @property
    def status(self) -> int:
        """The HTTP status of the page that says so."""
        return 200 if self.error is None else status_of(self.error)

    def again(self, posted: Posted) -> Filled:
        """The form with what was typed and what is wrong with it.

        After a conflict it carries the version that the others made: saving again is then a decision.
        """
        form = typed(posted)
        if self.error is None:
            return form
        problems = {each.name: (each.zh, each.en) for each in self.error.fields}
        if not problems:
            problems = {"form": (self.error.zh, self.error.en)}
        if not isinstance(self.error, StaleVersion):
            return replace(form, problems=problems)
        extra = self.error.extra
        return replace(form, problems=problems, others=extra["changes"], seen=extra["version"])


def attempt(session: Session, deed: Callable[[], T]) -> Tried[T]:
    """Do a deed; a refusal undoes it and is told instead of raised. NotFound and the like are raised."""
    try:
        with session.begin_nested():
            return Tried(deed())
    except DomainError as error:
        if status_of(error) not in (409, 413, 422):
            raise
        return Tried(None, error)


def require_fields(posted: Posted, names: Mapping[str, Pair]) -> None:
    """Refuse a form in which one of these fields is empty; the pair is what the field is called."""
    missing = [name for name in names if not posted.get(name)]
    if missing:
        error = InvalidInput("missing", "请填写标出的各项", "Fill in what is marked")
        for name in missing:
            zh, en = names[name]
            error.fields.append(
                invalid(name, f"请填写{zh}", f"Fill in: {en}").fields[0],
            )
        raise error


# --- pages ---------------------------------------------------------------------------------------


def admin_page(
    request: Request,
    session: Session,
    login: Login,
    template: str,
    *,
    subject: str | None = None,
    current: str | None = None,
    status: int = 200,
    **context: Any,
) -> HTMLResponse:
    """Draw a page; with a `subject` of the audit log it tells below who changed what."""
    lines: Sequence[AuditEntry] = () if subject is None else audit.changes_of(session, subject)
    said = words.SAID.get(request.query_params.get("said", ""))
    return desk_page(
        request,
        session,
        login,
        template,
        current=current,
        status=status,
        said=said,
        lines=lines,
        told=words.teller(session),
        words=words,
        seen_field=SEEN,
        **context,
    )
