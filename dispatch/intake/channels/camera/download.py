"""The bytes of a picture behind a URL; the background fetches them, no web process does."""

import httpx

from dispatch.kit.errors import InvalidInput, TooLarge, Unavailable
from dispatch.kit.images import MAX_BYTES

TIMEOUT = httpx.Timeout(10.0, connect=3.0)


def download(url: str) -> bytes:
    """The bytes behind a URL, without following redirects; raises InvalidInput or Unavailable."""
    try:
        with httpx.stream("GET", url, timeout=TIMEOUT, follow_redirects=False) as answer:
            if answer.status_code >= 500:
                raise _later(f"HTTP {answer.status_code}")
            if answer.status_code != 200:
                raise InvalidInput(
                    "no_picture", f"HTTP {answer.status_code}", f"HTTP {answer.status_code}"
                )
            return _limited(answer)
    except httpx.HTTPError as error:
        raise _later(type(error).__name__) from error


def _limited(answer: httpx.Response) -> bytes:
    data = bytearray()
    for chunk in answer.iter_bytes():
        data += chunk
        if len(data) > MAX_BYTES:
            raise TooLarge("photo_too_large", "图片过大,上限 20 MB", "The picture is above 20 MB")
    return bytes(data)


def _later(why: str) -> Unavailable:
    return Unavailable(
        "picture_unavailable", f"图片服务器暂不可用({why})", f"The picture's server is down ({why})"
    )
