"""Each way out: what goes over the wire, how answers are judged, and that nothing secret is written down."""

import base64
import hashlib
import hmac
import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from dispatch.intake.channels.wechat.client import HttpWechatClient
from dispatch.kit import config
from dispatch.kit.errors import Unavailable
from dispatch.notices.events import Way
from dispatch.notices.senders import choice
from dispatch.notices.senders.base import Sending, Verdict
from dispatch.notices.senders.console import ConsoleSender
from dispatch.notices.senders.http_sms import HttpSmsSender
from dispatch.notices.senders.robots import FORMS, RobotSender
from dispatch.notices.senders.wechat import WechatMessageSender, WechatTemplateSender
from tests.factories.servers import Partner

PHONE = "13812345678"


def sending(way: Way = Way.SMS, **more: Any) -> Sending:
    fields: dict[str, Any] = {
        "key": "notice-7",
        "way": way,
        "address": PHONE,
        "subject": "标题",
        "body": "编号 1:https://x/track/1?token=abcDEF-1",
        **more,
    }
    return Sending(**fields)


# --- SMS -----------------------------------------------------------------------------------------


def gateway(status: int, body: Any = None, *, seen: list[httpx.Request]) -> HttpSmsSender:
    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(status, json=body, headers={"Retry-After": "9"})

    return HttpSmsSender(
        url="https://sms.example.com/send",
        key_id="key",
        secret="topsecret",
        signature="柳州数管",
        transport=httpx.MockTransport(answer),
        seconds=lambda: 1_700_000_000.0,
    )


def test_sms_is_signed_and_carries_its_own_key() -> None:
    seen: list[httpx.Request] = []

    outcome = gateway(200, {"message_id": "m-1"}, seen=seen).send(sending())

    (request,) = seen
    told = json.loads(request.content)
    assert (told["to"], told["signature"], told["id"]) == (PHONE, "柳州数管", "notice-7")
    assert request.headers["Idempotency-Key"] == "notice-7"
    signed = b"1700000000.notice-7." + request.content
    expected = hmac.new(b"topsecret", signed, hashlib.sha256).hexdigest()
    assert request.headers["X-Signature"] == f"sha256={expected}"
    assert (outcome.verdict, outcome.answer) == (Verdict.SENT, "HTTP 200 m-1")


@pytest.mark.parametrize(
    ("status", "verdict", "is_down"),
    [
        (409, Verdict.SENT, False),
        (503, Verdict.LATER, True),
        (429, Verdict.LATER, True),
        (401, Verdict.LATER, True),
        (422, Verdict.REFUSED, False),
    ],
)
def test_answers_of_a_gateway(status: int, verdict: Verdict, is_down: bool) -> None:
    outcome = gateway(status, {"code": "E1", "phone": PHONE}, seen=[]).send(sending())

    assert (outcome.verdict, outcome.is_down) == (verdict, is_down)
    assert PHONE not in outcome.answer


# --- WeChat --------------------------------------------------------------------------------------


class Account:
    """WeChat's API as far as notices use it."""

    def __init__(self, answer: dict[str, Any] | Exception) -> None:
        self.answer = answer
        self.calls: list[tuple[str, dict[str, Any]]] = []

    def call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((path, body))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def test_template_message_has_fields_and_a_key_by_which_a_second_is_dropped() -> None:
    account = Account({"errcode": 0, "msgid": 5})
    body = "thing2:雨水井盖\nthing3: " + "长" * 30

    outcome = WechatTemplateSender(account).send(
        sending(Way.WECHAT_TEMPLATE, body=body, external_id="T1", link="https://x")
    )

    ((path, told),) = account.calls
    assert path == "/cgi-bin/message/template/send"
    assert (told["client_msg_id"], told["template_id"], told["url"]) == (
        "notice-7",
        "T1",
        "https://x",
    )
    assert told["data"]["thing2"] == {"value": "雨水井盖"}
    assert len(told["data"]["thing3"]["value"]) == 20
    assert outcome.verdict is Verdict.SENT


def test_template_without_wechats_own_number_leaves_it_to_another_way() -> None:
    outcome = WechatTemplateSender(Account({})).send(sending(Way.WECHAT_TEMPLATE, body="a: b"))

    assert outcome.verdict is Verdict.UNREACHABLE


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        (45015, Verdict.UNREACHABLE),
        (43004, Verdict.UNREACHABLE),
        (45009, Verdict.LATER),
        (48001, Verdict.REFUSED),
    ],
)
def test_answers_of_wechat(code: int, verdict: Verdict) -> None:
    assert WechatMessageSender(Account({"errcode": code})).send(sending()).verdict is verdict


def test_wechat_that_does_not_answer_is_asked_later() -> None:
    outcome = WechatMessageSender(Account(Unavailable("x", "不可用", "down"))).send(sending())

    assert (outcome.verdict, outcome.is_down) == (Verdict.LATER, True)


def test_stale_token_is_asked_for_anew_and_text_goes_as_utf8() -> None:
    tokens, bodies = iter(("old", "new")), []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("stable_token"):
            return httpx.Response(200, json={"access_token": next(tokens), "expires_in": 7200})
        bodies.append(request.content)
        stale = request.url.params["access_token"] == "old"
        return httpx.Response(200, json={"errcode": 42001 if stale else 0})

    client = HttpWechatClient(
        app_id="wx",
        app_secret="s",
        base="https://api.example.com",
        transport=httpx.MockTransport(answer),
    )

    assert WechatMessageSender(client).send(sending(body="已修好")).verdict is Verdict.SENT
    assert len(bodies) == 2
    assert "已修好".encode() in bodies[1]


# --- robots --------------------------------------------------------------------------------------


def test_dingtalk_is_signed_as_it_asks() -> None:
    form = FORMS["dingtalk"](
        sending(Way.ROBOT, address="https://d/robot?access_token=t", secret="SEC1"), 1.5
    )

    query = parse_qs(urlsplit(form.url).query)
    digest = hmac.new(b"SEC1", b"1500\nSEC1", hashlib.sha256).digest()
    assert query["timestamp"] == ["1500"]
    assert query["sign"] == [base64.b64encode(digest).decode()]
    assert form.body["markdown"]["title"] == "标题"


def test_feishu_signs_in_the_body() -> None:
    form = FORMS["feishu"](sending(Way.ROBOT, secret="k"), 2.0)

    digest = hmac.new(b"2\nk", b"", hashlib.sha256).digest()
    assert form.body["sign"] == base64.b64encode(digest).decode()


@pytest.fixture
def partner(monkeypatch: pytest.MonkeyPatch) -> Iterator[Partner]:
    monkeypatch.setenv("DISPATCH_WEBHOOK_NETWORKS", "127.0.0.0/8")
    config.settings.cache_clear()
    made = Partner()
    yield made
    made.close()
    config.settings.cache_clear()


def test_robot_is_posted_to_and_its_own_refusal_is_heard(partner: Partner) -> None:
    robot = sending(Way.ROBOT, address=partner.url, robot_kind="wecom")

    assert RobotSender().send(robot).verdict is Verdict.SENT


def test_robot_at_a_private_address_is_not_reached() -> None:
    robot = sending(Way.ROBOT, address="http://169.254.169.254/latest", robot_kind="wecom")

    outcome = RobotSender().send(robot)

    assert outcome.verdict is Verdict.LATER
    assert "169.254.169.254" in outcome.answer


# --- the log, and which sender is chosen -----------------------------------------------------------


def test_log_shows_neither_the_phone_nor_the_token(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        ConsoleSender(Way.SMS).send(sending())

    assert "138****5678" in caplog.text
    assert PHONE not in caplog.text
    assert "abcDEF-1" not in caplog.text


@pytest.mark.parametrize(
    ("environment", "given", "name"),
    [
        ("development", {}, "console"),
        ("production", {}, None),
        ("production", {"SMS_URL": "https://sms.example.com"}, "http"),
        ("production", {"SMS_PROVIDER": "console"}, "console"),
        ("development", {"SMS_PROVIDER": "http"}, None),
    ],
)
def test_settings_choose_the_gateway(
    environment: str, given: dict[str, str], name: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DISPATCH_ENVIRONMENT", environment)
    for key, value in given.items():
        monkeypatch.setenv(f"DISPATCH_{key}", value)
    config.settings.cache_clear()
    choice.sender_for.cache_clear()

    found = choice.sender_for(Way.SMS)

    config.settings.cache_clear()
    choice.sender_for.cache_clear()
    assert (found.name if found else None) == name
