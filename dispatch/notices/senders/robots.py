"""Robots in chat groups: WeCom (企业微信), DingTalk (钉钉) and Feishu (飞书), each in its own form."""

import base64
import hashlib
import hmac
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

import orjson

from dispatch.kit.posting import Answer, post
from dispatch.notices.model import RobotKind
from dispatch.notices.senders.base import (
    LONGEST_ANSWER,
    TIMEOUT_S,
    Outcome,
    Sending,
    Verdict,
)

#: More than is allowed in a minute, or busy.
_LATER = frozenset({-1, 45009, 45033, 130101, 9499, 11232})


@dataclass(frozen=True)
class Form:
    """What is posted, and where to."""

    url: str
    body: dict[str, Any]


def _text(sending: Sending) -> str:
    return "\n".join(part for part in (sending.subject, sending.body) if part)


def _wecom(sending: Sending, _seconds: float) -> Form:
    heading = f"**{sending.subject}**\n" if sending.subject else ""
    return Form(
        sending.address,
        {"msgtype": "markdown", "markdown": {"content": heading + sending.body}},
    )


def _dingtalk(sending: Sending, seconds: float) -> Form:
    url = sending.address
    if sending.secret:
        stamp = str(int(seconds * 1000))
        signed = f"{stamp}\n{sending.secret}".encode()
        digest = hmac.new(sending.secret.encode(), signed, hashlib.sha256).digest()
        url += f"&timestamp={stamp}&sign={quote_plus(base64.b64encode(digest))}"
    title = sending.subject or sending.body[:20]
    text = f"### {title}\n" + sending.body.replace("\n", "\n\n")
    return Form(url, {"msgtype": "markdown", "markdown": {"title": title, "text": text}})


def _feishu(sending: Sending, seconds: float) -> Form:
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": _text(sending)}}
    if sending.secret:
        stamp = str(int(seconds))
        key = f"{stamp}\n{sending.secret}".encode()
        digest = hmac.new(key, b"", hashlib.sha256).digest()
        body |= {"timestamp": stamp, "sign": base64.b64encode(digest).decode()}
    return Form(sending.address, body)


FORMS: dict[str, Callable[[Sending, float], Form]] = {
    RobotKind.WECOM: _wecom,
    RobotKind.DINGTALK: _dingtalk,
    RobotKind.FEISHU: _feishu,
}


class RobotSender:
    """Posts to the robot's own address, if that may be reached from here."""

    name = "robot"
    knows_keys = False

    def __init__(self, *, seconds: Callable[[], float] = time.time) -> None:
        self._seconds = seconds

    def send(self, sending: Sending) -> Outcome:
        """Post it and read what the robot's server says in its answer."""
        form = FORMS[sending.robot_kind](sending, self._seconds())
        answer = post(form.url, headers={}, body=orjson.dumps(form.body), timeout_s=TIMEOUT_S)
        return _judge(answer)


def _judge(answer: Answer) -> Outcome:
    if answer.error is not None:
        words = answer.error[:LONGEST_ANSWER]
        if answer.status is None or answer.status >= 500 or answer.status == 429:
            return Outcome(Verdict.LATER, words, retry_after=answer.retry_after)
        return Outcome(Verdict.REFUSED, words)
    code = _code(answer.body)
    if code == 0:
        return Outcome(Verdict.SENT, "errcode 0")
    verdict = Verdict.LATER if code in _LATER else Verdict.REFUSED
    return Outcome(verdict, f"errcode {code}")


def _code(body: bytes) -> int:
    """WeCom and DingTalk say `errcode`, Feishu `code`; a 200 without either is taken as done."""
    try:
        found = orjson.loads(body)
        return int(found.get("errcode", found.get("code", 0)))
    except (ValueError, TypeError, AttributeError):
        return 0
