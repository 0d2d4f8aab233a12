"""Safe mode against wechatpy, an independent implementation, in both directions."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from wechatpy.crypto import PrpCrypto
from wechatpy.exceptions import InvalidAppIdException

from dispatch.intake.channels.wechat.crypto import Cipher, Undecipherable, cipher_of

APP_ID = "wx5823bf96d3bd56c7"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
OURS = cipher_of(KEY, app_id=APP_ID)
THEIRS = PrpCrypto(base64.b64decode(KEY + "="))
TEXTS = st.text(max_size=2000)


@given(TEXTS)
def test_wechatpy_reads_what_we_write(text: str) -> None:
    assert THEIRS.decrypt(OURS.encrypt(text.encode()), APP_ID) == text


@given(TEXTS)
def test_we_read_what_wechatpy_writes(text: str) -> None:
    assert OURS.decrypt(THEIRS.encrypt(text, APP_ID).decode()).decode() == text


@given(st.binary(max_size=200))
def test_every_length_of_message_comes_back(message: bytes) -> None:
    assert OURS.decrypt(OURS.encrypt(message)) == message


def test_the_same_message_is_never_encrypted_alike() -> None:
    assert OURS.encrypt(b"same") != OURS.encrypt(b"same")


def test_a_message_for_another_account_is_refused_by_both() -> None:
    theirs = Cipher(OURS.key, "wxanother").encrypt(b"hello")
    with pytest.raises(Undecipherable):
        OURS.decrypt(theirs)
    with pytest.raises(InvalidAppIdException):
        THEIRS.decrypt(theirs, APP_ID)


@given(
    st.one_of(
        st.text(max_size=200),
        st.binary(max_size=300).map(lambda raw: base64.b64encode(raw).decode()),
    )
)
def test_rubbish_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(Undecipherable):
        OURS.decrypt(text)


@settings(max_examples=50)
@given(st.binary(min_size=32, max_size=32))
def test_another_key_opens_nothing(key: bytes) -> None:
    other = Cipher(key, APP_ID)
    if key != OURS.key:
        with pytest.raises(Undecipherable):
            other.decrypt(OURS.encrypt(b"<xml/>"))


@pytest.mark.parametrize("key", ["", "short", "A" * 86, "é" * 43, "*" * 43])
def test_what_is_no_encoding_aes_key_is_refused(key: str) -> None:
    with pytest.raises(ValueError):
        cipher_of(key, app_id=APP_ID)
