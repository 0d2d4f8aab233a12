"""Whose address is believed."""

from collections.abc import Iterator

import pytest

from dispatch.kit import config
from dispatch.kit.address import client_address, is_in, is_private


@pytest.fixture
def behind(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two proxies are trusted, and the socket of this machine."""
    monkeypatch.setenv("DISPATCH_TRUSTED_PROXIES", "10.0.0.0/8, unix, 2001:db8::/32")
    config.settings.cache_clear()
    yield
    monkeypatch.undo()
    config.settings.cache_clear()


def _scope(peer: str | None, *forwarded: str) -> dict[str, object]:
    return {
        "client": (peer, 1) if peer else None,
        "headers": [(b"x-forwarded-for", line.encode()) for line in forwarded],
    }


def test_without_trusted_proxies_the_peer_counts() -> None:
    assert client_address(_scope("203.0.113.1", "198.51.100.1")) == "203.0.113.1"
    assert client_address(_scope(None)) == "unix"


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("6.6.6.6, 198.51.100.1, 10.1.1.1",), "198.51.100.1"),
        ("10.0.0.1", ("6.6.6.6", "198.51.100.1"), "198.51.100.1"),
        ("10.0.0.1", ("nonsense",), "nonsense"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("10.2.2.2",), "10.0.0.1"),
        ("203.0.113.1", ("198.51.100.1",), "203.0.113.1"),
        (None, ("198.51.100.1",), "198.51.100.1"),
        ("2001:db8::1", ("2a00::5",), "2a00::5"),
    ],
)
@pytest.mark.usefixtures("behind")
def test_forwarded_address_is_read_from_the_right(
    peer: str | None, forwarded: tuple[str, ...], client: str
) -> None:
    assert client_address(_scope(peer, *forwarded)) == client


def test_networks_hold_mapped_addresses_and_nothing_that_is_none() -> None:
    assert is_in("::ffff:127.0.0.1", "127.0.0.0/8")
    assert not is_in("testclient", "0.0.0.0/0")
    assert not is_in("unix", "127.0.0.1")


def test_private_addresses() -> None:
    assert all(map(is_private, ("127.0.0.1", "10.1.2.3", "fd00::1", "unix")))
    assert not any(map(is_private, ("114.114.114.114", "2400:3200::1", "testclient")))
