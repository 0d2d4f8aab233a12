"""Passwords: what fits, what is too easy, and that nobody's takes as long as somebody's."""

from time import process_time

import pytest

from dispatch.kit.errors import InvalidInput
from dispatch.people import passwords


def _seconds(password_hash: str) -> float:
    began = process_time()
    passwords.verify(password_hash, "some other password")
    return process_time() - began


def test_password_fits_its_own_hash_only() -> None:
    kept = passwords.hash_password("窑埠古镇的灯")
    assert kept.startswith("$argon2id$")
    assert passwords.verify(kept, "窑埠古镇的灯")
    assert not passwords.verify(kept, "窑埠古镇的灯 ")
    assert not passwords.is_outdated(kept)


def test_empty_hash_never_fits_even_with_the_stand_in_password() -> None:
    assert not passwords.verify("", "")
    assert not passwords.verify("", "nobody has this password")
    assert not passwords.verify("not a hash", "x")


def test_unknown_user_takes_as_long_as_a_wrong_password() -> None:
    kept = passwords.hash_password("a password of somebody")
    passwords.verify("", "made before it is timed")
    somebody = min(_seconds(kept) for _ in range(5))
    nobody = min(_seconds("") for _ in range(5))
    assert 0.5 < nobody / somebody < 2.0


@pytest.mark.parametrize("password", ["short", "aaaaaaaaaa", "Agent0001", "x" * 257])
def test_easy_passwords_are_refused_with_a_reason(password: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        passwords.check_strength(password, username="agent0001")
    assert refused.value.code == "weak_password"
    assert refused.value.fields[0].name == "password"
