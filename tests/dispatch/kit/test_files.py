"""The media store, on a real folder and on a real S3 server."""

import socket
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from moto.server import ThreadedMotoServer
from pydantic import SecretStr

from dispatch.kit.config import Settings, settings
from dispatch.kit.errors import NotFound, Unavailable
from dispatch.kit.files import MediaStore, media, open_store

KEY = "photos/2026/11/21/a.jpg"


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    """The address of an S3 server in this process, with a bucket `media`."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    httpx.put(f"{endpoint}/media").raise_for_status()
    yield endpoint
    server.stop()


def _with_s3(endpoint: str) -> Settings:
    return settings().model_copy(
        update={
            "media_s3_endpoint": endpoint,
            "media_s3_access_key": SecretStr("test"),
            "media_s3_secret_key": SecretStr("test"),
        }
    )


@pytest.fixture(params=["folder", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> MediaStore:
    if request.param == "folder":
        return open_store((tmp_path / "media").as_uri(), settings())
    endpoint = request.getfixturevalue("s3_endpoint")
    return open_store(f"s3://media/{tmp_path.name}", _with_s3(endpoint))


def test_what_was_put_comes_back(store: MediaStore) -> None:
    store.put(KEY, b"first")
    store.put(KEY, b"second")

    assert store.get(KEY) == b"second"
    assert store.exists(KEY)


def test_a_key_without_anything_is_not_found(store: MediaStore) -> None:
    assert not store.exists(KEY)
    with pytest.raises(NotFound):
        store.get(KEY)


def test_deleting_removes_and_may_be_repeated(store: MediaStore) -> None:
    store.put(KEY, b"x")

    store.delete([KEY, "photos/never/was.jpg"])
    store.delete([KEY])

    assert not store.exists(KEY)


def test_a_folder_is_listed_with_sizes_and_nothing_of_its_neighbours(store: MediaStore) -> None:
    store.put("photos/2026/11/21/a.jpg", b"12345")
    store.put("photos/2026/11/22/b.jpg", b"1")

    found = list(store.listed("photos/2026/11/21"))

    assert [(f.key, f.size) for f in found] == [("photos/2026/11/21/a.jpg", 5)]
    assert found[0].changed_at.tzinfo is not None


def test_the_presence_check_leaves_nothing_behind(store: MediaStore) -> None:
    store.check()

    assert list(store.listed("check")) == []


def test_a_server_that_does_not_answer_is_unavailable() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        store = open_store("s3://media", _with_s3(f"http://127.0.0.1:{port}"))
        with pytest.raises(Unavailable, match="DISPATCH_MEDIA_URL"):
            store.check()


def test_a_missing_bucket_is_unavailable_to_the_check(s3_endpoint: str) -> None:
    with pytest.raises((Unavailable, NotFound)):
        open_store("s3://nobody-made-this", _with_s3(s3_endpoint)).check()


def test_a_key_cannot_leave_the_folder(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(b"outside")
    store = open_store((tmp_path / "media").as_uri(), settings())

    with pytest.raises((NotFound, Unavailable)):
        store.get("../secret")


def test_an_address_of_another_kind_is_refused_in_words() -> None:
    with pytest.raises(Unavailable, match="file:///folder"):
        open_store("ftp://somewhere", settings())


def test_without_an_address_photos_lie_under_var(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DISPATCH_VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("DISPATCH_MEDIA_URL", "")
    settings.cache_clear()
    try:
        media().put(KEY, b"x")
    finally:
        settings.cache_clear()

    assert (tmp_path / "var" / "media" / KEY).read_bytes() == b"x"
