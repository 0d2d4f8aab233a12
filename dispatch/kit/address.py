"""Whose request it is on the network: the client's address, through proxies only as far as they are trusted."""

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from dispatch.kit.config import settings

Network = IPv4Network | IPv6Network

#: What a peer on a Unix socket is called; it is a proxy on this machine.
LOCAL = "unix"


@lru_cache(maxsize=16)
def networks(listed: str) -> tuple[Network, ...]:
    """The networks in a comma-separated setting; a plain address is a network of one."""
    return tuple(
        ip_network(part.strip(), strict=False)
        for part in listed.split(",")
        if part.strip() and part.strip() != LOCAL
    )


@lru_cache(maxsize=8192)
def is_in(address: str, listed: str) -> bool:
    """Whether an address belongs to the networks of a setting. What is no address belongs to none."""
    if address == LOCAL:
        return LOCAL in (part.strip() for part in listed.split(","))
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in network for network in networks(listed))


@lru_cache(maxsize=8192)
def is_private(address: str) -> bool:
    """Whether an address is of this machine or of a private network."""
    if address == LOCAL:
        return True
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return found.is_private or found.is_loopback


def _forwarded(scope: Mapping[str, Any]) -> list[str]:
    lines = [value for name, value in scope["headers"] if name == b"x-forwarded-for"]
    return [
        part.strip() for line in lines for part in line.decode("latin-1").split(",") if part.strip()
    ]


def client_address(scope: Mapping[str, Any]) -> str:
    """The client's address. `X-Forwarded-For` is read from the right, past trusted proxies only."""
    peer = scope["client"][0] if scope.get("client") else LOCAL
    trusted = settings().trusted_proxies
    if not trusted or not is_in(peer, trusted):
        return peer
    for hop in reversed(_forwarded(scope)):
        if not is_in(hop, trusted):
            return hop
    return peer
