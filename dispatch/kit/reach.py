"""Where a webhook may reach: public addresses and the networks that a setting names, nothing else.

The check stands where the connection is made, on the address that is really connected to, so that
neither a redirect nor a name that changes its address between two look-ups gets around it.
"""

import socket
import ssl
import time
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import httpcore

from dispatch.kit.address import is_in
from dispatch.kit.config import settings

#: Addresses that carry an IPv4 address inside, and could lead to a private one.
EMBEDDING = tuple(map(ip_network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))


class Refused(Exception):
    """A webhook's address may not be reached from here."""


@dataclass(frozen=True)
class Deadline:
    """The moment (monotonic) at which an exchange ends, however it trickles."""

    at: float

    def left(self, timeout: float | None) -> float:
        """Seconds that a step may take."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise httpcore.ReadTimeout
        return left if timeout is None else min(left, timeout)


def may_reach(address: str) -> bool:
    """Whether an IP address may be connected to."""
    if is_in(address, settings().webhook_networks):
        return True
    found = ip_address(address)
    mapped = getattr(found, "ipv4_mapped", None)
    return _is_public(mapped or found)


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    return (
        address.is_global
        and not address.is_multicast
        and not any(address in network for network in EMBEDDING)
    )


def address_of(host: str, port: int) -> str:
    """The IP address to connect to for a host name. Raises Refused if any of its addresses is forbidden."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]).partition("%")[0] for entry in found]
    if forbidden := [address for address in addresses if not may_reach(address)]:
        raise Refused(
            f"{host} 指向内网地址 {forbidden[0]};如确为部门系统,请把该网段加入 DISPATCH_WEBHOOK_NETWORKS"
            f" / {host} is at the private address {forbidden[0]}; if it is a department's system, add "
            "its network to DISPATCH_WEBHOOK_NETWORKS"
        )
    return addresses[0]


class _Stream(httpcore.NetworkStream):
    """A stream whose every step ends at the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.left(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        left = self._deadline.left(timeout)
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class GuardedBackend(httpcore.NetworkBackend):
    """Connects to allowed addresses only, and within the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline
        self._inner = httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        address = address_of(host, port)
        stream = self._inner.connect_tcp(
            address, port, self._deadline.left(timeout), local_address, socket_options
        )
        return _Stream(stream, self._deadline)
