"""Cursors: there and back, and what is none."""

import pytest

from dispatch.kit import paging
from dispatch.kit.errors import InvalidInput


def test_pages_follow_each_other_until_the_last() -> None:
    rows = list(range(25))
    seen: list[int] = []
    cursor: str | None = None
    for _ in range(3):
        after = paging.decode_id(cursor)
        rest = [row for row in rows if after is None or row > after]
        shown, cursor = paging.cut(rest[: 10 + 1], 10, key=lambda row: row)
        seen += shown
    assert seen == rows
    assert cursor is None


def test_key_of_several_parts_comes_back() -> None:
    cursor = paging.encode("2026-11-21T08:00:00Z", 7)
    assert paging.decode(cursor, parts=2) == ["2026-11-21T08:00:00Z", 7]
    shown, following = paging.cut([(1, "a"), (2, "b")], 1, key=lambda row: row)
    assert list(shown) == [(1, "a")]
    assert paging.decode(following, parts=2) == [1, "a"]


@pytest.mark.parametrize("cursor", ["x", "%%%", "bnVsbA", paging.encode("a", 1), "é"])
def test_what_is_no_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        paging.decode_id(cursor)
    assert refused.value.code == "invalid_cursor"


def test_word_is_no_id() -> None:
    with pytest.raises(InvalidInput):
        paging.decode_id(paging.encode("seven"))
