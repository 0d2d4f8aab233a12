"""Messages of the official account: read safely, answered as WeChat reads it."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wechatpy import parse_message

from dispatch.intake.channels.wechat.messages import elements, read, text_reply
from dispatch.kit.errors import InvalidInput

AT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
TEXT = (
    "<xml><ToUserName><![CDATA[gh_city]]></ToUserName><FromUserName><![CDATA[o_abc]]></FromUserName>"
    "<CreateTime>1795399200</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[井盖不见了]]></Content><MsgId>1234567890123456</MsgId></xml>"
)
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><xml><Content>&c;</Content></xml>'
)
EXTERNAL = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    "<xml><Content>&e;</Content></xml>"
)


def test_a_text_message_is_read_as_wechatpy_reads_it() -> None:
    ours, theirs = read(TEXT.encode()), parse_message(TEXT)
    assert ours.openid == theirs.source
    assert ours.account == theirs.target
    assert ours.get("Content") == theirs.content
    assert ours.key == str(theirs.id)
    assert ours.created_at == datetime.fromtimestamp(1795399200, UTC)


def test_an_event_is_known_by_who_when_and_what() -> None:
    event = TEXT.replace("text]]></MsgType>", "event]]></MsgType><Event>subscribe</Event>")
    event = event.replace("<MsgId>1234567890123456</MsgId>", "")
    assert read(event.encode()).key == "o_abc:1795399200:subscribe"


@pytest.mark.parametrize("body", [BOMB, EXTERNAL])
def test_entities_are_refused(body: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        elements(body.encode())
    assert refused.value.code == "invalid_xml"


@pytest.mark.parametrize(
    "body",
    [
        "",
        "<xml>",
        "not xml",
        "<xml></xml>",
        TEXT.replace("1795399200", "soon"),
        TEXT.replace("o_abc", " "),
        TEXT.replace("<xml>", '<?xml version="1.0" encoding="nonsense"?><xml>'),
    ],
)
def test_what_is_no_message_is_refused(body: str) -> None:
    with pytest.raises(InvalidInput):
        read(body.encode())


@given(st.binary(max_size=300))
def test_no_bytes_make_it_fail_in_another_way(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        read(body)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff")))
def test_any_words_reach_the_follower_whole(text: str) -> None:
    reply = elements(text_reply(read(TEXT.encode()), text, at=AT))
    assert reply["Content"] == text
    assert reply["ToUserName"] == "o_abc"
    assert reply["FromUserName"] == "gh_city"
    assert reply["MsgType"] == "text"


@given(st.text(max_size=50))
def test_no_words_make_an_answer_that_cannot_be_read(text: str) -> None:
    assert "Content" in elements(text_reply(read(TEXT.encode()), text, at=AT))


def test_brackets_that_would_end_the_text_do_not() -> None:
    reply = elements(text_reply(read(TEXT.encode()), "a]]><Evil/>]]>b", at=AT))
    assert reply["Content"] == "a]]><Evil/>]]>b"
