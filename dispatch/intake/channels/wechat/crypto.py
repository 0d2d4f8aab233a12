"""WeChat's safe mode: AES-256-CBC over random bytes, length, message and app id (消息加解密)."""

import base64
import binascii
import hmac
import secrets
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher as AesCipher
from cryptography.hazmat.primitives.ciphers import algorithms, modes

_BLOCK = 32  # WeChat pads to 32 bytes, twice the block of AES
_RANDOM = 16
_HEADER = _RANDOM + 4


class Undecipherable(Exception):
    """The text was not encrypted with this key for this account."""


@dataclass(frozen=True)
class Cipher:
    """One EncodingAESKey (32 bytes once decoded) of one account."""

    key: bytes
    app_id: str

    def encrypt(self, message: bytes) -> str:
        """The Base64 text of the encrypted message."""
        plain = b"".join(
            (
                secrets.token_bytes(_RANDOM),
                struct.pack(">I", len(message)),
                message,
                self.app_id.encode(),
            )
        )
        padding = _BLOCK - len(plain) % _BLOCK
        encryptor = self._aes().encryptor()
        sealed = encryptor.update(plain + bytes([padding]) * padding) + encryptor.finalize()
        return base64.b64encode(sealed).decode()

    def decrypt(self, text: str) -> bytes:
        """The message; raises Undecipherable when key, padding, length or account do not fit."""
        padded = self._opened(text)
        padding = padded[-1]
        if not 1 <= padding <= _BLOCK:
            raise Undecipherable("padding")
        plain = padded[:-padding]
        if len(plain) < _HEADER:
            raise Undecipherable("length")
        end = _HEADER + int(struct.unpack(">I", plain[_RANDOM:_HEADER])[0])
        if not hmac.compare_digest(plain[end:], self.app_id.encode()):
            raise Undecipherable("app id")
        return plain[_HEADER:end]

    def _opened(self, text: str) -> bytes:
        try:
            sealed = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Undecipherable("base64") from error
        if not sealed or len(sealed) % _RANDOM:
            raise Undecipherable("length")
        decryptor = self._aes().decryptor()
        return decryptor.update(sealed) + decryptor.finalize()

    def _aes(self) -> AesCipher[modes.CBC]:
        return AesCipher(algorithms.AES(self.key), modes.CBC(self.key[:16]))


def cipher_of(encoding_aes_key: str, *, app_id: str) -> Cipher:
    """The cipher of an EncodingAESKey as WeChat's console shows it: 43 characters of Base64.

    Raises ValueError when it is not such a key.
    """
    if len(encoding_aes_key) != 43:
        raise ValueError("an EncodingAESKey has 43 characters")
    return Cipher(base64.b64decode(encoding_aes_key + "=", validate=True), app_id)
