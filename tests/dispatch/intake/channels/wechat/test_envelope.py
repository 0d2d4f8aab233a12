"""Who may call the address, in which mode, and with which key."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.intake.channels.wechat.crypto import cipher_of
from dispatch.intake.channels.wechat.signature import is_fresh, sign
from dispatch.intake.model import IntakeMessage
from tests.dispatch.intake.channels.wechat.test_messages import BOMB
from tests.factories.city import NOW, City
from tests.factories.wechat import (
    APP_ID,
    KEY,
    OLD_KEY,
    TOKEN,
    Follower,
    Wechat,
    opened,
    wechat_server,
    words_of,
)

pytestmark = pytest.mark.usefixtures("city")


@pytest.fixture
def server(session: Session, city: City) -> Wechat:
    return wechat_server(session, at=NOW)


def test_the_console_checks_the_address(server: Wechat) -> None:
    answer = server.client.get("/channels/wechat", params=server.query(echostr="5837623"))
    assert (answer.status_code, answer.text) == (200, "5837623")


def test_a_check_with_another_token_is_refused(server: Wechat) -> None:
    query = server.query(echostr="5837623") | {"signature": sign("other", "1", "2")}
    answer = server.client.get("/channels/wechat", params=query)
    assert answer.status_code == 403
    assert answer.json()["code"] == "bad_signature"


@pytest.mark.parametrize("minutes", [-6, 6])
def test_an_old_or_future_signature_is_refused(server: Wechat, minutes: int) -> None:
    query = server.query(echostr="x")
    server.at += timedelta(minutes=minutes)
    assert server.client.get("/channels/wechat", params=query).status_code == 403
    assert server.client.post("/channels/wechat", params=query, content="x").status_code == 403


@pytest.mark.parametrize("written", ["", "-1", "1e9", "١٢٣", "9" * 40, "12 "])
def test_a_timestamp_that_is_none_is_not_fresh(written: str) -> None:
    assert not is_fresh(written, at=NOW)


def test_plain_mode(server: Wechat) -> None:
    assert "井盖" in Follower(server).says("帮助")


def test_a_plain_message_with_a_wrong_signature_leaves_nothing(
    server: Wechat, session: Session
) -> None:
    answer = server.post(Follower(server).xml("text", Content="帮助"), signature="0" * 40)
    assert answer.status_code == 403
    assert session.scalars(select(IntakeMessage)).all() == []


def test_safe_mode_there_and_back(server: Wechat) -> None:
    answer = server.post_safe(Follower(server).xml("text", Content="帮助"))
    assert answer.status_code == 200
    assert "井盖" in opened(answer)
    assert "井盖" not in answer.text


def test_a_message_under_the_previous_key_is_answered_with_it(server: Wechat) -> None:
    answer = server.post_safe(Follower(server).xml("text", Content="帮助"), key=OLD_KEY)
    assert "井盖" in opened(answer, key=OLD_KEY)


def test_a_safe_message_with_a_wrong_signature_is_refused(server: Wechat) -> None:
    body = "<xml><Encrypt>AAAA</Encrypt></xml>"
    answer = server.post(body, encrypt_type="aes", msg_signature=sign("other", "x"))
    assert answer.status_code == 403


def test_a_safe_message_for_another_account_is_kept_unread(
    server: Wechat, session: Session
) -> None:
    answer = server.post_safe(Follower(server).xml("text", Content="x"), app_id="wxother")
    assert answer.status_code == 422
    kept = session.scalars(select(IntakeMessage)).one()
    assert (kept.status, kept.error_code) == ("failed", "undecipherable")


def test_compatible_mode_is_answered_encrypted(server: Wechat) -> None:
    follower = Follower(server)
    xml = follower.xml("text", Content="帮助")
    query = server.query(encrypt_type="aes")
    encrypted = cipher_of(KEY, app_id=APP_ID).encrypt(xml.encode())
    body = xml.replace("</xml>", f"<Encrypt>{encrypted}</Encrypt></xml>")
    query["msg_signature"] = sign(TOKEN, query["timestamp"], query["nonce"], encrypted)
    answer = server.client.post("/channels/wechat", params=query, content=body.encode())
    assert "井盖" in opened(answer)


def test_plain_mode_can_be_switched_off(session: Session) -> None:
    server = wechat_server(session, at=NOW, wechat_encrypted_only=True)
    answer = server.post(Follower(server).xml("text", Content="帮助"))
    assert (answer.status_code, answer.json()["code"]) == (403, "encryption_required")
    assert "井盖" in opened(server.post_safe(Follower(server).xml("text", Content="帮助")))


@pytest.mark.parametrize(
    "missing",
    [
        {"wechat_token": ""},
        {"wechat_app_id": ""},
        {"wechat_encoding_aes_key": "too short"},
    ],
)
def test_without_settings_the_channel_says_which(session: Session, missing: dict[str, str]) -> None:
    server = wechat_server(session, at=NOW, **missing)
    answer = server.post("<xml/>")
    assert (answer.status_code, answer.json()["code"]) == (503, "not_configured")
    assert "DISPATCH_WECHAT_" in answer.json()["title"]


def test_an_encrypted_message_without_a_key_says_so(session: Session) -> None:
    server = wechat_server(session, at=NOW, wechat_encoding_aes_key="", wechat_previous_aes_key="")
    answer = server.post_safe(Follower(server).xml("text", Content="帮助"))
    assert (answer.status_code, answer.json()["code"]) == (503, "not_configured")


def test_an_entity_bomb_is_refused_and_kept(server: Wechat, session: Session) -> None:
    answer = server.post(BOMB)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_xml")
    kept = session.scalars(select(IntakeMessage)).one()
    assert (kept.status, kept.raw) == ("failed", BOMB.encode())


def test_an_unsigned_entity_bomb_is_not_even_kept(server: Wechat, session: Session) -> None:
    assert server.post(BOMB, msg_signature="0" * 40).status_code in {403, 422}
    assert session.scalars(select(IntakeMessage)).all() == []


def test_too_large_a_body_is_refused(server: Wechat) -> None:
    answer = server.post("x" * (256 * 1024 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


def test_silence_is_the_word_success(server: Wechat) -> None:
    answer = server.post(Follower(server).xml("event", Event="unsubscribe"))
    assert answer.text == "success"
    assert words_of(answer) == ""
