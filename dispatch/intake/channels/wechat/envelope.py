"""The outside of a message: whether WeChat sent it, what is in it, and how the answer is closed."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from dispatch.intake.channels.wechat.account import Account, not_configured
from dispatch.intake.channels.wechat.crypto import Cipher, Undecipherable
from dispatch.intake.channels.wechat.messages import elements, sealed_reply
from dispatch.intake.channels.wechat.signature import is_fresh, is_signed, sign
from dispatch.kit.errors import InvalidInput, NotAllowed


@dataclass(frozen=True)
class Signed:
    """The parameters that WeChat adds to the address."""

    signature: str = ""
    timestamp: str = ""
    nonce: str = ""
    msg_signature: str = ""


@dataclass(frozen=True)
class Opened:
    """A message's XML, and the cipher that opened it (None in plain mode)."""

    xml: bytes
    cipher: Cipher | None


def _refused() -> NotAllowed:
    return NotAllowed(
        "bad_signature",
        "签名不符或已过期,请核对 Token 与服务器时间",
        "The signature does not fit or is too old: check the token and the server's clock",
    )


def check_address(account: Account, signed: Signed, *, at: datetime) -> None:
    """Refuse unless the address is signed with the account's token, recently."""
    if not is_signed(signed.signature, account.token, signed.timestamp, signed.nonce):
        raise _refused()
    if not is_fresh(signed.timestamp, at=at):
        raise _refused()


def ciphertext_of(account: Account, signed: Signed, body: bytes, *, at: datetime) -> str | None:
    """The signed ciphertext in the body, or None for a plain message; refuses what WeChat did not sign.

    In compatible mode a body holds both; the ciphertext counts, as its signature covers it.
    """
    if signed.msg_signature and account.ciphers:
        text = elements(body).get("Encrypt", "").strip()
        parts = (account.token, signed.timestamp, signed.nonce, text)
        if not is_signed(signed.msg_signature, *parts) or not is_fresh(signed.timestamp, at=at):
            raise _refused()
        return text
    check_address(account, signed, at=at)
    if account.encrypted_only:
        raise NotAllowed(
            "encryption_required",
            "本平台只接受安全模式的消息,请在公众平台启用安全模式",
            "Only safe mode is taken here: switch it on in WeChat's console",
        )
    return None


def opened(account: Account, body: bytes, ciphertext: str | None) -> Opened:
    """The message inside; raises InvalidInput when no key opens it."""
    if ciphertext is None:
        found = elements(body)
        if "Encrypt" in found and "MsgType" not in found:
            raise not_configured(
                "消息已加密,请设置 DISPATCH_WECHAT_ENCODING_AES_KEY",
                "the message is encrypted, set DISPATCH_WECHAT_ENCODING_AES_KEY",
            )
        return Opened(body, None)
    for cipher in account.ciphers:
        try:
            return Opened(cipher.decrypt(ciphertext), cipher)
        except Undecipherable:
            continue
    raise InvalidInput(
        "undecipherable",
        "无法解密,请核对 EncodingAESKey 与 AppID",
        "No key opens this message: check the EncodingAESKey and the AppID",
    )


def sealed(account: Account, cipher: Cipher, xml: bytes, *, at: datetime) -> bytes:
    """The answer encrypted with the key that opened the question, and signed."""
    encrypted = cipher.encrypt(xml)
    timestamp, nonce = str(int(at.timestamp())), secrets.token_hex(8)
    return sealed_reply(
        encrypted,
        signature=sign(account.token, timestamp, nonce, encrypted),
        timestamp=timestamp,
        nonce=nonce,
    )
