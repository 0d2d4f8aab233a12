"""One message to another system: its signature, its time limit, and where it may not go."""

import hashlib
import hmac
import json
import socket
import time
from typing import Any

import pytest

from dispatch.exchange import webhook
from dispatch.exchange.webhook import Message
from dispatch.kit import clock, reach
from tests.factories.servers import Partner, free_port


def message(url: str, *, timeout_s: float = 2.0) -> Message:
    return Message(
        delivery_id="17",
        event="case.dispatched",
        url=url,
        secret="between us",
        body='{"case": "井盖"}'.encode(),
        timeout_s=timeout_s,
    )


@pytest.mark.usefixtures("loopback_allowed")
def test_receiver_can_check_who_sent_it_and_when(partner: Partner) -> None:
    at = clock.now()

    outcome = webhook.send(message(partner.url), at=at)

    assert (outcome.status, outcome.error) == (200, None)
    ((_, headers, body),) = partner.received
    assert json.loads(body) == {"case": "井盖"}
    assert headers["X-Dispatch-Event"] == "case.dispatched"
    assert headers["X-Dispatch-Delivery"] == "17"
    assert headers["X-Dispatch-Timestamp"] == str(int(at.timestamp()))
    signed = f"{headers['X-Dispatch-Timestamp']}.17.".encode() + body
    expected = hmac.new(b"between us", signed, hashlib.sha256).hexdigest()
    assert headers["X-Dispatch-Signature"] == f"sha256={expected}"
    assert headers["Host"] == f"127.0.0.1:{partner.url.split(':')[2].split('/')[0]}"


def test_secrets_differ_by_department_and_version() -> None:
    secrets = {webhook.secret_of(code, version) for code in ("a", "b") for version in (1, 2)}

    assert len(secrets) == 4
    assert webhook.secret_of("a", 1) in secrets


@pytest.mark.usefixtures("loopback_allowed")
@pytest.mark.parametrize("answer", [302, 400, 500])
def test_anything_but_success_is_a_failure_and_no_redirect_is_followed(
    partner: Partner, answer: int
) -> None:
    partner.answer = answer
    partner.headers = {"Location": partner.url, "Retry-After": "7"}

    outcome = webhook.send(message(partner.url), at=clock.now())

    assert outcome.status == answer
    assert outcome.error == f"HTTP {answer} ok"
    assert outcome.retry_after == 7.0
    assert len(partner.received) == 1


@pytest.mark.usefixtures("loopback_allowed")
@pytest.mark.parametrize("answer", ["hang", "trickle"])
def test_a_system_that_hangs_or_trickles_is_left_at_the_time_limit(
    partner: Partner, answer: str
) -> None:
    partner.answer = answer
    started = time.monotonic()

    outcome = webhook.send(message(partner.url, timeout_s=0.5), at=clock.now())

    assert time.monotonic() - started < 1.5
    assert outcome.status is None
    assert outcome.error is not None
    assert "0.5" in outcome.error


@pytest.mark.usefixtures("loopback_allowed")
def test_nobody_listens(partner: Partner) -> None:
    outcome = webhook.send(message(f"http://127.0.0.1:{free_port()}/"), at=clock.now())

    assert outcome.status is None
    assert outcome.error is not None
    assert outcome.error.startswith("连接失败")


def test_this_machine_is_out_of_reach_unless_a_setting_names_its_network(partner: Partner) -> None:
    outcome = webhook.send(message(partner.url), at=clock.now())

    assert outcome.status is None
    assert outcome.error is not None
    assert "DISPATCH_WEBHOOK_NETWORKS" in outcome.error
    assert partner.received == []


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "224.0.0.1",
        "240.0.0.1",
        "::1",
        "fe80::1",
        "fd00::1",
        "::ffff:10.0.0.1",
        "64:ff9b::a00:1",
        "2002:a00:1::",
        "ff02::1",
    ],
)
def test_private_and_special_addresses_are_out_of_reach(address: str) -> None:
    assert not reach.may_reach(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "114.114.114.114", "2400:3200::1"])
def test_public_addresses_are_within_reach(address: str) -> None:
    assert reach.may_reach(address)


def test_a_name_with_one_private_address_among_public_ones_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def resolved(*_asked: Any, **_more: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80))
            for address in ("1.1.1.1", "10.0.0.5")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolved)

    with pytest.raises(reach.Refused, match=r"10\.0\.0\.5"):
        reach.address_of("mixed.example", 80)
