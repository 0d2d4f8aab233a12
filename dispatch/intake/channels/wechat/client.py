"""WeChat's own servers, as far as we call them: the access token and the download of media."""

import threading
import time
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol
from urllib.parse import urlsplit

import httpx
import orjson

from dispatch.kit.config import settings
from dispatch.kit.errors import DomainError, Unavailable
from dispatch.kit.images import MAX_BYTES

TIMEOUT = httpx.Timeout(15.0, connect=5.0)
#: The token is asked for again this long before it ends.
MARGIN_S = 300.0
#: Answers that mean "the token is no good (any more)".
STALE_TOKEN = frozenset({40001, 40014, 42001})
#: Answers that will not change however often one asks: no such media, too old, not for this account.
FINAL = frozenset({40007, 48001, 41006})
#: Where WeChat keeps the pictures of messages (PicUrl).
PICTURE_HOSTS = (".qpic.cn", ".qlogo.cn")


class Gone(DomainError):
    """What was asked for is not there any more, or never for us."""


@dataclass(frozen=True)
class Download:
    """The bytes and the content type as the server named it."""

    data: bytes
    content_type: str


class WechatClient(Protocol):
    """What fetching needs. Raises Gone for good, Unavailable when one should ask again later."""

    def download_media(self, media_id: str) -> Download:
        """A picture or voice by its MediaId."""
        ...

    def download_picture(self, url: str) -> Download:
        """A picture by its PicUrl."""
        ...


def _gone(why: str) -> Gone:
    return Gone("media_gone", f"微信上已没有该文件({why})", f"WeChat has no such file ({why})")


def _later(why: str) -> Unavailable:
    return Unavailable(
        "wechat_unavailable", f"微信接口暂不可用({why})", f"WeChat does not answer ({why})"
    )


class HttpWechatClient:
    """The real one. The token is WeChat's stable one, which several processes may ask for at once."""

    def __init__(
        self,
        *,
        app_id: str,
        app_secret: str,
        base: str,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._app_id = app_id
        self._app_secret = app_secret
        self._http = httpx.Client(base_url=base, timeout=TIMEOUT, transport=transport)
        self._lock = threading.Lock()
        self._token = ""
        self._good_until = 0.0

    def access_token(self, *, refuse: str = "") -> str:
        """The token, from memory while it lasts; `refuse` is one that the server did not take."""
        with self._lock:
            if self._token and self._token != refuse and time.monotonic() < self._good_until:
                return self._token
            answer = self._ask_token(force=bool(refuse))
            self._token = str(answer["access_token"])
            self._good_until = time.monotonic() + float(answer.get("expires_in", 0)) - MARGIN_S
            return self._token

    def _ask_token(self, *, force: bool) -> dict[str, Any]:
        if not self._app_secret:
            raise _later("请设置 DISPATCH_WECHAT_APP_SECRET / set DISPATCH_WECHAT_APP_SECRET")
        asked = {
            "grant_type": "client_credential",
            "appid": self._app_id,
            "secret": self._app_secret,
            "force_refresh": force,
        }
        try:
            found: Any = self._http.post("/cgi-bin/stable_token", json=asked).json()
        except (httpx.HTTPError, ValueError) as error:
            raise _later(type(error).__name__) from error
        if not isinstance(found, dict) or "access_token" not in found:
            raise _later(f"errcode {found.get('errcode') if isinstance(found, dict) else '?'}")
        return found

    def download_media(self, media_id: str) -> Download:
        """A picture or voice by its MediaId; asks for a new token once when the old one is refused."""
        token = self.access_token()
        found = self._media(media_id, token)
        if isinstance(found, int) and found in STALE_TOKEN:
            found = self._media(media_id, self.access_token(refuse=token))
        if isinstance(found, Download):
            return found
        raise _gone(f"errcode {found}") if found in FINAL else _later(f"errcode {found}")

    def _media(self, media_id: str, token: str) -> Download | int:
        found = self._get("/cgi-bin/media/get", {"access_token": token, "media_id": media_id})
        if not found.content_type.startswith(("application/json", "text/plain")):
            return found
        return _errcode(found.data)

    def call(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Post JSON to the account's API; the answer, whatever its errcode. Raises Unavailable.

        Asks for a new token once when the old one is refused.
        """
        token = self.access_token()
        found = self._post(path, token, body)
        if found.get("errcode") in STALE_TOKEN:
            found = self._post(path, self.access_token(refuse=token), body)
        return found

    def _post(self, path: str, token: str, body: dict[str, Any]) -> dict[str, Any]:
        try:
            # as UTF-8, not as \u escapes: WeChat shows those to the follower as they are
            answer = self._http.post(
                path,
                params={"access_token": token},
                content=orjson.dumps(body),
                headers={"Content-Type": "application/json"},
            )
            found: Any = answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise _later(type(error).__name__) from error
        if answer.status_code != 200 or not isinstance(found, dict):
            raise _later(f"HTTP {answer.status_code}")
        return found

    def download_picture(self, url: str) -> Download:
        """A picture by its PicUrl, from WeChat's picture servers only."""
        host = urlsplit(url).hostname or ""
        if urlsplit(url).scheme not in {"http", "https"} or not host.endswith(PICTURE_HOSTS):
            raise _gone("PicUrl")
        return self._get(url, {})

    def _get(self, url: str, params: dict[str, str]) -> Download:
        try:
            with self._http.stream("GET", url, params=params) as answer:
                if answer.status_code in {404, 410}:
                    raise _gone(f"HTTP {answer.status_code}")
                if answer.status_code != 200:
                    raise _later(f"HTTP {answer.status_code}")
                return Download(_limited(answer), answer.headers.get("content-type", ""))
        except httpx.HTTPError as error:
            raise _later(type(error).__name__) from error


def _limited(answer: httpx.Response) -> bytes:
    data = bytearray()
    for chunk in answer.iter_bytes():
        data += chunk
        if len(data) > MAX_BYTES:
            raise _gone("> 20 MB")
    return bytes(data)


def _errcode(data: bytes) -> int:
    try:
        found: Any = httpx.Response(200, content=data).json()
        return int(found["errcode"])
    except (ValueError, KeyError, TypeError):
        return -1


@lru_cache(maxsize=1)
def client() -> HttpWechatClient:
    """The client of this process, for the account in the settings."""
    given = settings()
    return HttpWechatClient(
        app_id=given.wechat_app_id,
        app_secret=given.wechat_app_secret.get_secret_value(),
        base=given.wechat_api_base,
    )
