"""Pictures behind an address: fetched from hosts that the operator named, and from nowhere else."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseHistory, Photo
from dispatch.intake.channels.camera.download import download
from dispatch.intake.channels.camera.pictures import fetch_picture, is_allowed
from dispatch.kit import config
from dispatch.kit.errors import InvalidInput, Unavailable
from dispatch.kit.outbox import OutboxRow
from tests.dispatch.intake.channels.wechat.test_media import jpeg
from tests.factories.cameras import Platform, add_cameras, camera_platform
from tests.factories.city import NOW, City

URL = "http://pictures.example:8080/1.jpg"


@pytest.fixture
def platform(session: Session, city: City) -> Platform:
    add_cameras(session, city)
    return camera_platform(session, at=NOW)


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An operator who trusts pictures.example and this machine."""
    monkeypatch.setenv("DISPATCH_CAMERA_PICTURE_HOSTS", "pictures.example, 127.0.0.1")
    config.settings.cache_clear()
    yield
    monkeypatch.undo()
    config.settings.cache_clear()


def notes(session: Session) -> list[str]:
    rows = select(CaseHistory.note).where(CaseHistory.verb == "note").order_by(CaseHistory.id)
    return [note or "" for note in session.scalars(rows)]


def waiting(session: Session) -> list[OutboxRow]:
    return list(session.scalars(select(OutboxRow).where(OutboxRow.name == "camera.picture")))


def test_from_a_host_that_nobody_named_nothing_is_fetched(
    session: Session, platform: Platform
) -> None:
    platform.raises(picture=URL)
    assert waiting(session) == []
    assert notes(session) == [f"现场图片(未下载):{URL}"]


@pytest.mark.usefixtures("allowed")
def test_from_a_named_host_it_is_fetched_and_given_to_the_case(
    session: Session, platform: Platform
) -> None:
    platform.raises(picture=URL)
    case = session.scalars(select(Case)).one()
    (event,) = waiting(session)
    assert event.payload == {"case_id": case.id, "url": URL}
    assert fetch_picture(session, **event.payload, download=lambda _url: jpeg(), at=NOW)
    assert session.scalars(select(Photo.case_id)).all() == [case.id]


@pytest.mark.usefixtures("allowed")
def test_what_is_no_picture_is_noted(session: Session, platform: Platform) -> None:
    platform.raises(picture=URL)
    (event,) = waiting(session)
    assert not fetch_picture(session, **event.payload, download=lambda _url: b"<html>", at=NOW)
    assert "未能取回" in notes(session)[-1]


@pytest.mark.usefixtures("allowed")
@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest",
        "http://pictures.example.evil/1",
        "http://pictures.example@10.0.0.1/1",
        "ftp://pictures.example/1",
        "http:///1",
        "http://[::1",
    ],
)
def test_other_addresses_are_not_allowed(session: Session, url: str) -> None:
    assert not is_allowed(url)
    assert not fetch_picture(session, 0, url, download=lambda _url: jpeg(), at=NOW)


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        status, body = {"/ok": (200, jpeg()), "/busy": (503, b""), "/away": (302, b"")}.get(
            self.path, (404, b"")
        )
        self.send_response(status)
        if status == 302:
            self.send_header("Location", "/ok")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with HTTPServer(("127.0.0.1", 0), _Handler) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_downloads_follow_no_redirects(base: str) -> None:
    assert download(f"{base}/ok") == jpeg()
    for path in ("away", "missing"):
        with pytest.raises(InvalidInput):
            download(f"{base}/{path}")


def test_a_server_that_is_down_means_later(base: str) -> None:
    with pytest.raises(Unavailable):
        download(f"{base}/busy")
    with pytest.raises(Unavailable):
        download("http://127.0.0.1:9/")
