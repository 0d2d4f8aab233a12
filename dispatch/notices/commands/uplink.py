"""What people answer to an SMS: TD or 退订 ends it for their number, 恢复 begins it again; and the same by hand."""

import hashlib
import hmac
import re
import unicodedata
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy.orm import Session

from dispatch.kit import audit
from dispatch.kit.errors import NotAllowed, NotFound, invalid
from dispatch.kit.sealing import fingerprint
from dispatch.notices.commands.keeping import opt_in, opt_out
from dispatch.notices.events import Way
from dispatch.notices.model import NoticeOptOut
from dispatch.people.policy import Person

WINDOW: Final = timedelta(minutes=5)
PREFIX: Final = "sha256="


class Uplink(StrEnum):
    """What became of a message."""

    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"
    IGNORED = "ignored"


_SPELLINGS: Final = {
    Uplink.OPTED_OUT: (
        "td",
        "t",
        "n",
        "退订",
        "退",
        "tuiding",
        "取消订阅",
        "不再通知",
        "stop",
        "unsubscribe",
    ),
    Uplink.OPTED_IN: (
        "hf",
        "恢复",
        "恢复通知",
        "恢复短信",
        "订阅",
        "订阅通知",
        "start",
        "subscribe",
    ),
}
_COMMANDS: Final = {word: does for does, words in _SPELLINGS.items() for word in words}
#: What people put around a word: marks, blanks, quotes, the signature that they copy along.
_AROUND: Final = re.compile(r"【[^】]*】|[\s\W_]+")


def check_signature(
    secret: str, body: bytes, *, signature: str, timestamp: str, at: datetime
) -> None:
    """Refuse unless the key signed this time and body, within the window around `at`. Raises NotAllowed."""
    fits = hmac.compare_digest(
        signature.strip().lower().encode(), sign(secret, timestamp, body).encode()
    )
    if not fits:
        raise NotAllowed(
            "bad_signature",
            "签名不符：X-Signature 应为 sha256= 加“X-Timestamp.请求体”的 HMAC-SHA256（十六进制）",
            "The signature does not fit: X-Signature is sha256= and the hex HMAC-SHA256 of 'X-Timestamp.body'",
        )
    sent = int(timestamp) if re.fullmatch(r"\d{9,11}", timestamp, re.ASCII) else 0
    if abs(at.timestamp() - sent) > WINDOW.total_seconds():
        raise NotAllowed(
            "stale_timestamp",
            "X-Timestamp 与服务器时间相差超过 5 分钟，请校时后重发",
            "X-Timestamp is more than 5 minutes off: set the clock and send again",
        )


def sign(secret: str, timestamp: str, body: bytes) -> str:
    """The value of X-Signature for a message that comes back from the gateway."""
    signed = timestamp.encode() + b"." + body
    return PREFIX + hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()


def hear_uplink(session: Session, *, number: str, text: str, at: datetime) -> Uplink:
    """Do what an answer to an SMS asks for; doing it again changes nothing. The text is not kept."""
    does = command_in(text)
    if does is Uplink.OPTED_OUT:
        opt_out(session, ways=[Way.SMS], address=number, source="sms", at=at)
    elif does is Uplink.OPTED_IN:
        opt_in(session, ways=[Way.SMS], recipient_hash=fingerprint(number))
    return does


def command_in(text: str) -> Uplink:
    """What the whole text asks for; a sentence in which such a word stands asks for nothing."""
    plain = _AROUND.sub("", unicodedata.normalize("NFKC", text)).lower()
    return _COMMANDS.get(plain, Uplink.IGNORED)


def opt_out_by_hand(
    session: Session, *, number: str, by: Person, reason: str, at: datetime
) -> NoticeOptOut:
    """No more SMS to a number whose owner asked for it on the phone. Raises InvalidInput."""
    if not re.fullmatch(r"\+?[\d -]{7,20}", number, re.ASCII):
        raise invalid("number", "请填写电话号码", "Give a telephone number")
    opt_out(session, ways=[Way.SMS], address=number, source="staff", at=at)
    row = session.get_one(NoticeOptOut, (Way.SMS.value, fingerprint(number)))
    _tell(session, "notice_opted_out", row.way, row.recipient, by=by, reason=reason)
    return row


def take_back(session: Session, *, way: Way, mark: bytes, by: Person, reason: str) -> None:
    """Let notices go to somebody again who asked for it. Raises NotFound."""
    row = session.get(NoticeOptOut, (way.value, mark))
    if row is None:
        raise NotFound(
            "opt_out_not_found",
            "没有这条退订，可能已被恢复",
            "There is no such opt-out; it may be gone",
        )
    recipient = row.recipient
    opt_in(session, ways=[way], recipient_hash=mark)
    _tell(session, "notice_opted_in", way.value, recipient, by=by, reason=reason)


def _tell(
    session: Session, action: str, way: str, recipient: str, *, by: Person, reason: str
) -> None:
    changes: dict[str, Any] = {
        "opted_out": [action == "notice_opted_in", action == "notice_opted_out"]
    }
    audit.changed(
        session,
        action,
        subject=f"notice-opt-out:{way}:{recipient}",
        by=by,
        changes=changes,
        details={"reason": reason},
    )
