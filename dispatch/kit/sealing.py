"""What must be kept but not read from a table: addresses as fingerprints or masked, foreign keys sealed."""

import hashlib
import hmac
import re
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from dispatch.kit.config import settings
from dispatch.kit.errors import Unavailable

_NONCE = 12
_PHONE, _NO_DIGIT = re.compile(r"[0-9+() -]+"), re.compile(r"\D")
#: A mobile number with 86 before it.
_WITH_COUNTRY = 13


def _key(use: str) -> bytes:
    secret = settings().secret_key.get_secret_value().encode()
    return hmac.new(secret, f"sealing:{use}".encode(), hashlib.sha256).digest()


def _plain(address: str) -> str:
    """A telephone number however it is written: digits alone, without the country's 86."""
    if not _PHONE.fullmatch(address):
        return address.strip()
    digits = _NO_DIGIT.sub("", address)
    return digits.removeprefix("86") if len(digits) == _WITH_COUNTRY else digits


def fingerprint(address: str) -> bytes:
    """The same 16 bytes for the same telephone or openid, from which it cannot be found without our key."""
    return hmac.new(_key("fingerprint"), _plain(address).encode(), hashlib.sha256).digest()[:16]


def masked(address: str) -> str:
    """Enough of an address to tell it from others: 138****1234, oAbc****wxyz."""
    address = _plain(address)
    if len(address) < 8:
        return "*" * len(address)
    kept = 3 if address.isdigit() else 4
    return f"{address[:kept]}****{address[-4:]}"


def seal(text: str) -> bytes:
    """The text, encrypted and authenticated with a key of this installation."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + AESGCM(_key("seal")).encrypt(nonce, text.encode(), None)


def unseal(sealed: bytes) -> str:
    """What was sealed. Unavailable when the installation's key is another one now."""
    try:
        return AESGCM(_key("seal")).decrypt(sealed[:_NONCE], sealed[_NONCE:], None).decode()
    except InvalidTag as error:
        raise Unavailable(
            "sealed_with_another_key",
            "保存时所用的 DISPATCH_SECRET_KEY 与现在不同,请重新填写该地址或密钥",
            "This was stored under another DISPATCH_SECRET_KEY; enter the address or key again",
        ) from error
