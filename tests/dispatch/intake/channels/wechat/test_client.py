"""Calls to WeChat's servers, held against what its documentation says they answer."""

import json
from collections.abc import Callable

import httpx
import pytest

from dispatch.intake.channels.wechat.client import Gone, HttpWechatClient
from dispatch.kit.errors import Unavailable
from dispatch.kit.images import MAX_BYTES

Handler = Callable[[httpx.Request], httpx.Response]
JPEG = b"\xff\xd8\xff\xe0 picture"


class Server:
    """WeChat's servers: hands out tokens and serves one picture to the latest of them."""

    def __init__(self) -> None:
        self.tokens = 0
        self.asked: list[httpx.Request] = []
        self.media: Handler = lambda _request: httpx.Response(
            200, content=JPEG, headers={"content-type": "image/jpeg"}
        )

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        if request.url.path == "/cgi-bin/stable_token":
            self.tokens += 1
            return httpx.Response(
                200, json={"access_token": f"token-{self.tokens}", "expires_in": 7200}
            )
        return self.media(request)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def client(server: Server) -> HttpWechatClient:
    return HttpWechatClient(
        app_id="wx1",
        app_secret="s",
        base="https://wechat.example",
        transport=httpx.MockTransport(server),
    )


def refuses(code: int) -> Handler:
    return lambda _request: httpx.Response(200, json={"errcode": code, "errmsg": "no"})


def test_the_token_is_asked_for_once(server: Server, client: HttpWechatClient) -> None:
    for _ in range(3):
        assert client.download_media("m").data == JPEG
    assert server.tokens == 1
    asked = json.loads(server.asked[0].content)
    assert asked == {
        "grant_type": "client_credential",
        "appid": "wx1",
        "secret": "s",
        "force_refresh": False,
    }
    assert dict(server.asked[1].url.params) == {"access_token": "token-1", "media_id": "m"}


def test_a_token_near_its_end_is_asked_for_again(
    server: Server, client: HttpWechatClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr("dispatch.intake.channels.wechat.client.time.monotonic", lambda: now[0])
    client.download_media("m")
    now[0] += 7200 - 301
    client.download_media("m")
    assert server.tokens == 1
    now[0] += 2
    client.download_media("m")
    assert server.tokens == 2


def test_a_refused_token_is_renewed_once(server: Server, client: HttpWechatClient) -> None:
    served = server.media

    def media(request: httpx.Request) -> httpx.Response:
        stale = request.url.params["access_token"] == "token-1"
        return refuses(42001)(request) if stale else served(request)

    server.media = media
    assert client.download_media("m").data == JPEG
    assert server.tokens == 2
    assert json.loads(server.asked[2].content)["force_refresh"] is True


def test_tokens_that_are_always_refused_do_not_loop(
    server: Server, client: HttpWechatClient
) -> None:
    server.media = refuses(40001)
    with pytest.raises(Unavailable):
        client.download_media("m")
    assert server.tokens == 2


@pytest.mark.parametrize("code", [40007, 48001])
def test_media_that_are_gone_are_gone(server: Server, client: HttpWechatClient, code: int) -> None:
    server.media = refuses(code)
    with pytest.raises(Gone):
        client.download_media("m")


@pytest.mark.parametrize(
    "answer",
    [
        lambda _request: httpx.Response(502),
        lambda _request: httpx.Response(200, text="<html>", headers={"content-type": "text/plain"}),
        refuses(45009),
    ],
)
def test_another_answer_means_later(
    server: Server, client: HttpWechatClient, answer: Handler
) -> None:
    server.media = answer
    with pytest.raises(Unavailable):
        client.download_media("m")


def test_no_connection_means_later(server: Server, client: HttpWechatClient) -> None:
    def broken(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("down", request=request)

    server.media = broken
    with pytest.raises(Unavailable):
        client.download_media("m")


def test_too_large_a_file_is_not_read_to_its_end(server: Server, client: HttpWechatClient) -> None:
    server.media = lambda _request: httpx.Response(
        200, content=b"\0" * (MAX_BYTES + 1), headers={"content-type": "image/jpeg"}
    )
    with pytest.raises(Gone):
        client.download_media("m")


def test_a_picture_comes_from_wechat_s_own_servers_only(
    server: Server, client: HttpWechatClient
) -> None:
    assert client.download_picture("http://mmbiz.qpic.cn/p/0").data == JPEG
    for url in (
        "http://169.254.169.254/latest",
        "https://qpic.cn.evil.example/p",
        "file:///etc/passwd",
        "http://evilqpic.cn/p",
        "http://mmbiz.qpic.cn@127.0.0.1/p",
    ):
        with pytest.raises(Gone):
            client.download_picture(url)
    assert len(server.asked) == 1


def test_without_a_secret_nothing_is_asked(server: Server) -> None:
    poor = HttpWechatClient(
        app_id="wx1", app_secret="", base="https://w.example", transport=httpx.MockTransport(server)
    )
    with pytest.raises(Unavailable):
        poor.download_media("m")
    assert server.asked == []
