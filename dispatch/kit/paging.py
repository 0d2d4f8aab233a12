"""Lists by the page: `?limit=` and `?cursor=` in, `{items, next_cursor}` out."""

import base64
import binascii
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

import orjson
from pydantic import BaseModel, Field

from dispatch.kit.errors import InvalidInput, invalid

T = TypeVar("T")
R = TypeVar("R")

MOST = 200
Limit = Annotated[int, Field(ge=1, le=MOST, description="每页条数 / how many to a page")]
Cursor = Annotated[
    str | None,
    Field(max_length=400, description="上一页的 next_cursor / `next_cursor` of the page before"),
]


class Page(BaseModel, Generic[T]):
    """A page of a list; `next_cursor` is null on the last one."""

    items: list[T]
    next_cursor: str | None = None


def encode(*key: Any) -> str:
    """The sort key of the last row (JSON scalars and times), as an opaque word."""
    return base64.urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def decode(cursor: str | None, *, parts: int = 1) -> list[Any] | None:
    """The sort key in a cursor of `parts` values; None without a cursor. InvalidInput if it is no cursor."""
    if not cursor:
        return None
    try:
        key = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, orjson.JSONDecodeError, ValueError):
        key = None
    if not isinstance(key, list) or len(key) != parts:
        raise bad_cursor()
    return key


def bad_cursor() -> InvalidInput:
    """The refusal of a cursor that no page gave out."""
    return invalid(
        "cursor",
        "翻页标记无效,请从第一页重新开始",
        "This is no cursor; start again without one",
        code="invalid_cursor",
    )


def decode_id(cursor: str | None) -> int | None:
    """The id in a cursor over one whole number."""
    key = decode(cursor)
    if key is None:
        return None
    if not isinstance(key[0], int):
        raise bad_cursor()
    return key[0]


def cut(
    rows: Sequence[R], limit: int, *, key: Callable[[R], Any]
) -> tuple[Sequence[R], str | None]:
    """A page from `limit + 1` rows: the rows to show and the cursor of the next, from their sort key."""
    if len(rows) <= limit:
        return rows, None
    shown = rows[:limit]
    last = key(shown[-1])
    return shown, encode(*last) if isinstance(last, tuple) else encode(last)
