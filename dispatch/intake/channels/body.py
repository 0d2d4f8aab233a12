"""The raw body of a request, read up to a limit: signatures are over bytes, and machines may err."""

from collections.abc import Awaitable, Callable

from fastapi import Request

from dispatch.kit.errors import TooLarge


def _too_large(limit: int) -> TooLarge:
    size = f"{limit / 1024 / 1024:g} MB"
    return TooLarge("too_large", f"内容过大,上限 {size}", f"The body is larger than {size}")


def body_up_to(limit: int) -> Callable[[Request], Awaitable[bytes]]:
    """A dependency that gives the body and raises TooLarge as soon as it passes `limit` bytes."""

    async def read(request: Request) -> bytes:
        declared = request.headers.get("content-length", "0")
        if declared.isdigit() and int(declared) > limit:
            raise _too_large(limit)
        chunks: list[bytes] = []
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > limit:
                raise _too_large(limit)
            chunks.append(chunk)
        return b"".join(chunks)

    return read
