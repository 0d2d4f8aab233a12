"""The whole application: what the frame adds everywhere, who serves it, and that it ends when told to."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, delete
from sqlalchemy.orm import Session

from dispatch.kit.config import settings
from dispatch.main import DOORS, ROOMS, build_app
from dispatch.people.model import Role, User
from tests.factories.listener import Listener
from tests.factories.people import add_user, open_login

RUN = "from dispatch.cli import app; app()"


def _port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def _serving(tmp_path: Path, database_url: str) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """`dispatch web` with two processes, as an operator starts it."""
    port = _port()
    log = (tmp_path / "web.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-c", RUN, "web", "--port", str(port), "--workers", "2"],
        env={
            **os.environ,
            "DATABASE_URL": database_url,
            "DISPATCH_VAR_DIR": str(tmp_path),
            "DISPATCH_DATABASE_POOL_SIZE": "4",
        },
        stdout=log,
        stderr=log,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        _wait_for(address)
        yield address, process
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        log.close()


def _wait_for(address: str) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            httpx.get(f"{address}/healthz")
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the server did not start")


def test_two_processes_add_up_their_measurements_and_end_with_a_stream_open(
    tmp_path: Path, engine: Engine, database_url: str
) -> None:
    with Session(engine) as session, session.begin():
        user = add_user(session, Role.AGENT)
        token, user_id = open_login(session, user).secret, user.id
    with _serving(tmp_path, database_url) as (address, process):
        for _ in range(40):
            httpx.get(f"{address}/healthz")  # a connection each, so that both processes get some
        counted = [
            line
            for line in httpx.get(f"{address}/metrics").text.splitlines()
            if line.startswith("dispatch_http_request_seconds_count")
            and 'route="/healthz",status="200"' in line
        ]
        assert float(counted[0].split()[-1]) >= 40
        listener = Listener(address, token)
        assert listener.next()[0] == "ready"
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert listener.next()[0] == "end"
        process.wait(timeout=12)
        assert time.monotonic() - began < 10
        listener.close()
    with Session(engine) as session, session.begin():
        session.execute(delete(User).where(User.id == user_id))


def test_unknown_address_and_method_are_problems_in_both_languages() -> None:
    client = TestClient(build_app())
    unknown, wrong = client.get("/api/v1/nowhere"), client.patch("/api/v1/session")
    assert (unknown.status_code, wrong.status_code) == (404, 405)
    for answer in (unknown, wrong):
        assert answer.headers["content-type"] == "application/problem+json"
        assert " / " in answer.json()["title"]


def test_long_text_is_compressed_for_those_who_take_it() -> None:
    client = TestClient(build_app())
    packed = client.get("/openapi.json", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/openapi.json", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) * 4 < int(plain.headers["content-length"])


def test_cookie_without_tls_has_no_prefix_that_a_browser_would_refuse(
    monkeypatch: pytest.MonkeyPatch, session: Session
) -> None:
    monkeypatch.setattr(settings(), "cookie_secure", False)
    headers = TestClient(build_app()).get("/healthz").headers
    assert "strict-transport-security" not in headers


@pytest.mark.parametrize(
    ("method", "path", "name"),
    [
        ("POST", "/api/v1/reports", "report"),
        ("POST", "/api/v1/reports/20261121-0001/rating", "report"),
        ("GET", "/api/v1/reports/20261121-0001", "follow"),
        ("GET", "/api/v1/geocode", "geocode"),
        ("POST", "/api/v1/grid/locate", "locate_many"),
        ("GET", "/api/v1/facilities", "lookup"),
        ("POST", "/report", "report"),
        ("POST", "/api/v1/session", "session"),
        ("POST", "/login", "session"),
        ("GET", "/tiles/grids/14/13000/7000.mvt", "tiles"),
        ("POST", "/channels/camera/generic", "camera"),
        ("GET", "/api/v1/cases", None),
        ("GET", "/healthz", None),
    ],
)
def test_public_addresses_have_their_doors(method: str, path: str, name: str | None) -> None:
    found = next((each for each in DOORS if method in each.methods and each.path.match(path)), None)
    assert (found.name if found else None) == name


def test_photos_find_room_and_everything_else_does_not() -> None:
    def most(path: str) -> int:
        return max((room.bytes for room in ROOMS if room.path.match(path)), default=0) >> 20

    assert most("/api/v1/reports") >= 120
    assert most("/channels/camera/generic") >= 27
    assert most("/api/v1/session") == 0
