"""The frame around requests: protective headers, ids, sizes, failures, measurements."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from dispatch.kit import config, http
from dispatch.kit.frame import Frame
from dispatch.kit.logging import JsonLines, request_id
from dispatch.kit.metrics import Gauges, exposition
from dispatch.kit.security import BodyLimit, room

MEGABYTE = 1024 * 1024


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[TestClient]:
    """A small app in the frame."""
    monkeypatch.setenv("DISPATCH_VAR_DIR", str(tmp_path))
    config.settings.cache_clear()
    app = FastAPI()
    http.install_error_handlers(app)

    @app.get("/things/{name}")
    async def thing(name: str) -> dict[str, str]:
        return {"name": name, "request": request_id.get()}

    @app.get("/api/fails")
    async def fail() -> None:
        raise RuntimeError("the roof is on fire")

    @app.post("/uploads/{name}")
    async def upload(name: str, request: Request) -> dict[str, int]:
        return {"bytes": len(await request.body())}

    app.add_middleware(
        BodyLimit, rooms=(room(r"/uploads/big", megabytes=2),), otherwise=room("/", megabytes=1)
    )
    app.add_middleware(Frame)
    yield TestClient(app, raise_server_exceptions=False)
    monkeypatch.undo()
    config.settings.cache_clear()


def test_every_answer_protects_the_browser(client: TestClient) -> None:
    for path in ("/things/a", "/nowhere", "/api/fails"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["strict-transport-security"].startswith("max-age=")
        assert headers["cache-control"] in {"no-cache", "no-store"}
    assert client.get("/api/fails").headers["cache-control"] == "no-store"


def test_request_id_is_taken_when_well_formed_and_made_otherwise(client: TestClient) -> None:
    given = client.get("/things/a", headers={"X-Request-ID": "caller-0001"})
    assert given.headers["x-request-id"] == given.json()["request"] == "caller-0001"
    forged = client.get("/things/a", headers={"X-Request-ID": "a b\tc"})
    assert len(forged.headers["x-request-id"]) == 16


def test_failure_is_a_problem_with_the_id_to_ask_about(client: TestClient) -> None:
    answer = client.get("/api/fails")
    assert answer.status_code == 500
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["request_id"] == answer.headers["x-request-id"]
    assert "roof" not in answer.text


def test_body_that_says_it_is_too_long_is_not_read(client: TestClient) -> None:
    assert client.post("/uploads/small", content=b"x" * MEGABYTE).json() == {"bytes": MEGABYTE}
    refused = client.post("/uploads/small", content=b"x" * (MEGABYTE + 1))
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert refused.json()["limit_bytes"] == MEGABYTE
    assert client.post("/uploads/big", content=b"x" * (MEGABYTE + 1)).status_code == 200


def test_body_that_hides_its_length_is_cut_off(client: TestClient) -> None:
    parts = (b"x" * 1000 for _ in range(1100))
    refused = client.post("/uploads/small", content=parts)
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


def test_requests_are_measured_by_template(client: TestClient) -> None:
    for name in ("a", "b", "c"):
        client.get(f"/things/{name}")
    client.get("/nowhere/17")
    text = exposition(Gauges(lambda: [("dispatch_test_gauge", "a gauge", 7.0)])).decode()
    assert 'route="/things/{name}",status="200"' in text
    assert 'route="unknown",status="404"' in text
    assert "/nowhere/17" not in text
    assert "dispatch_test_gauge 7.0" in text


def test_log_line_for_machines_carries_the_request_and_the_error() -> None:
    error = ValueError("坏了")
    record = logging.LogRecord(
        "dispatch", logging.ERROR, "x.py", 1, "it %s", ("broke",), (ValueError, error, None)
    )
    record.request_id = "r1"
    line = json.loads(JsonLines().format(record))
    assert (line["level"], line["message"], line["request_id"]) == ("ERROR", "it broke", "r1")
    assert "ValueError: 坏了" in line["error"]
