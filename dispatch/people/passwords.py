"""Passwords: Argon2id with few at a time, and rules about what is too easy."""

import threading
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from dispatch.kit.errors import invalid

SHORTEST, LONGEST = 8, 256

#: 19 MiB, two passes, one lane: OWASP's recommended setting, some 25 ms on a core of 2024.
_hasher = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: Each verification holds 19 MiB; more than two at once would only swell the process.
_few = threading.BoundedSemaphore(2)


def hash_password(password: str) -> str:
    """The Argon2id hash that is kept."""
    with _few:
        return _hasher.hash(password)


@lru_cache(maxsize=1)
def _nobodys_hash() -> str:
    return hash_password("nobody has this password")


def verify(password_hash: str, password: str) -> bool:
    """Whether the password fits. An empty hash takes as long as a wrong password, and never fits."""
    expected = password_hash or _nobodys_hash()
    with _few:
        try:
            fits = _hasher.verify(expected, password)
        except (VerificationError, InvalidHashError):
            return False
    return fits and bool(password_hash)


def is_outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than today's."""
    return _hasher.check_needs_rehash(password_hash)


def check_strength(password: str, *, username: str) -> None:
    """Refuse what is too short, too long, one character over and over, or the name itself."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise invalid(
            "password",
            f"密码长度应为 {SHORTEST} 至 {LONGEST} 个字符",
            f"A password has {SHORTEST} to {LONGEST} characters",
            code="weak_password",
        )
    if len(set(password)) < 4 or password.casefold() == username.casefold():
        raise invalid(
            "password",
            "密码过于简单,请换一个",
            "This password is too easy; choose another",
            code="weak_password",
        )
