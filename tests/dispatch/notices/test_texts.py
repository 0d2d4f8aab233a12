"""Texts: what may stand in them, what is left out, how long an SMS is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.kit.errors import InvalidInput
from dispatch.notices import texts
from dispatch.notices.events import AUDIENCES, TELLINGS


def test_unknown_placeholder_is_named_with_those_that_can_be_used() -> None:
    with pytest.raises(InvalidInput) as caught:
        texts.check("编号 {nummer}", event="case.closed", audience="reporter", field="body")

    (problem,) = caught.value.fields
    assert "{nummer}" in problem.zh
    assert "{number}" in problem.zh
    assert "{reporters}" not in problem.zh


@pytest.mark.parametrize("name", ["by", "why", "severity"])
def test_citizen_is_not_told_what_is_the_offices_own(name: str) -> None:
    with pytest.raises(InvalidInput):
        texts.check(f"{{{name}}}", event="case.closed", audience="reporter", field="body")
    texts.check(f"{{{name}}}", event="case.closed", audience="managers", field="body")


def test_why_is_said_where_a_report_is_not_accepted() -> None:
    texts.check("[[原因:{why}]]", event="case.rejected", audience="reporter", field="body")


@pytest.mark.parametrize("text", ["{number", "number}", "[[{due}", "{due}]]", "{{number}}"])
def test_lone_bracket_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        texts.check(text, event="case.closed", audience="managers", field="body")


def test_what_is_not_known_takes_its_sentence_with_it() -> None:
    text = "已派给{department}[[,预计{due}前完成]]。"

    assert texts.fill(text, {"department": "市政", "due": ""}) == "已派给市政。"
    assert texts.fill(text, {"department": "市政", "due": "17:00"}) == (
        "已派给市政,预计17:00前完成。"
    )


@given(st.text())
def test_what_a_citizen_wrote_is_never_read_as_a_placeholder(what: str) -> None:
    filled = texts.fill("{what}", {"what": what + "{link}", "link": "secret"})

    assert filled == (what + "{link}").strip()


@pytest.mark.parametrize(
    ("text", "segments", "is_unicode"),
    [
        ("a" * 160, 1, False),
        ("a" * 161, 2, False),
        ("€" * 80, 1, False),
        ("€" * 81, 2, False),
        ("井" * 70, 1, True),
        ("井" * 71, 2, True),
        ("井" * 134, 2, True),
        ("井" * 135, 3, True),
        ("😀" * 36, 2, True),
    ],
)
def test_sms_are_counted_as_they_are_paid(text: str, segments: int, is_unicode: bool) -> None:
    found = texts.sms_length(text)

    assert (found.segments, found.is_unicode) == (segments, is_unicode)


def test_every_event_has_somebody_who_can_be_told() -> None:
    assert all(telling.audiences for telling in TELLINGS.values())
    assert {each for telling in TELLINGS.values() for each in telling.audiences} == set(AUDIENCES)
