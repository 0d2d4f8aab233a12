"""WeChat: customer messages to who wrote within 48 hours, and registered template messages to any follower."""

from typing import Any, Protocol

from dispatch.kit.errors import Unavailable
from dispatch.notices.senders.base import LONGEST_ANSWER, Outcome, Sending, Verdict, lines_of

#: No follower (any more), has said no, wrote too long ago, has had as many as is allowed.
_UNREACHABLE = frozenset({40003, 43004, 43019, 43101, 45015, 45047})
#: The server is busy or the day's quota is used up.
_LATER = frozenset({-1, 45009, 45011, 50002})
#: A registered template takes no longer value in most of its fields.
LONGEST_VALUE = 20


class Calls(Protocol):
    """What is needed of `intake.channels.wechat.client`. Raises Unavailable."""

    def call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Post JSON to the account's API; the answer."""
        ...


class WechatMessageSender:
    """Text in the follower's conversation. WeChat knows no key of ours here: a lost answer may repeat it."""

    name = "wechat"
    knows_keys = False

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def send(self, sending: Sending) -> Outcome:
        """Send the text."""
        return _called(
            self._calls,
            "/cgi-bin/message/custom/send",
            {
                "touser": sending.address,
                "msgtype": "text",
                "text": {"content": "\n".join(p for p in (sending.subject, sending.body) if p)},
            },
        )


class WechatTemplateSender:
    """A registered template; the lines of the body (`thing1: …`) are its fields."""

    name = "wechat"
    knows_keys = True

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def send(self, sending: Sending) -> Outcome:
        """Send it; WeChat drops a second one with the same `client_msg_id`."""
        fields = lines_of(sending.body)
        if not sending.external_id or not fields:
            words = (
                "模板消息没有填写微信模板编号或字段 / the template has no WeChat id or no fields"
            )
            return Outcome(Verdict.UNREACHABLE, words)
        return _called(
            self._calls,
            "/cgi-bin/message/template/send",
            {
                "touser": sending.address,
                "template_id": sending.external_id,
                "url": sending.link,
                "client_msg_id": sending.key,
                "data": {name: {"value": _cut(value)} for name, value in fields.items()},
            },
        )


def _cut(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else value[: LONGEST_VALUE - 1] + "…"


def _called(calls: Calls, path: str, body: dict[str, Any]) -> Outcome:
    try:
        found = calls.call(path, body)
    except Unavailable as error:
        return Outcome(Verdict.LATER, error.zh[:LONGEST_ANSWER], is_down=True)
    code = int(found.get("errcode", 0))
    words = f"errcode {code}" + (f" msgid {found['msgid']}" if "msgid" in found else "")
    if code == 0:
        return Outcome(Verdict.SENT, words)
    if code in _UNREACHABLE:
        return Outcome(Verdict.UNREACHABLE, words)
    if code in _LATER:
        return Outcome(Verdict.LATER, words, is_down=True)
    return Outcome(Verdict.REFUSED, words)
