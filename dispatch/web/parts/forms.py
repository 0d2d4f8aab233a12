"""Forms: what a browser sends, and the token by which a form of somebody without a log-in proves it is ours."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import Depends, Request, Response
from starlette.datastructures import UploadFile

from dispatch.kit.config import settings
from dispatch.kit.images import MAX_PHOTOS, Upload

COOKIE_SECONDS: Final = 24 * 3600
TOKEN_FIELD: Final = "form_token"  # noqa: S105 - the name of a field
#: What a form may hold besides files; a description has 2,000 characters.
MOST_BYTES_OF_A_FIELD: Final = 64 * 1024


@dataclass(frozen=True)
class Posted:
    """A form as it came: its fields (the last of each name), those that may repeat, its files."""

    fields: dict[str, str]
    lists: dict[str, list[str]]
    files: dict[str, list[Upload]] = field(default_factory=dict)

    def get(self, name: str) -> str:
        """A field without blanks around it; empty when it did not come."""
        return self.fields.get(name, "").strip()


async def _posted(request: Request) -> Posted:
    form = await request.form(max_files=4 * MAX_PHOTOS, max_part_size=MOST_BYTES_OF_A_FIELD)
    fields: dict[str, str] = {}
    lists: dict[str, list[str]] = {}
    files: dict[str, list[Upload]] = {}
    for name, value in form.multi_items():
        if isinstance(value, UploadFile):
            if value.size:
                upload = Upload(value.filename or "照片", await value.read())
                files.setdefault(name, []).append(upload)
            await value.close()
        else:
            fields[name] = value.replace("\r\n", "\n")
            lists.setdefault(name, []).append(fields[name])
    return Posted(fields, lists, files)


Form = Annotated[Posted, Depends(_posted)]


def _cookie() -> str:
    return "__Host-dispatch_form" if settings().cookie_secure else "dispatch_form"


def _signed(secret: str) -> str:
    key = settings().secret_key.get_secret_value().encode()
    return hmac.new(key, f"form:{secret}".encode(), hashlib.sha256).hexdigest()


@dataclass(frozen=True)
class FormToken:
    """The secret in the visitor's cookie; its signature goes into the form."""

    secret: str
    is_new: bool

    @property
    def value(self) -> str:
        """What the hidden field carries."""
        return _signed(self.secret)

    def give(self, response: Response) -> Response:
        """Set the cookie if the visitor has none yet; the response again."""
        if self.is_new:
            response.set_cookie(
                _cookie(),
                self.secret,
                max_age=COOKIE_SECONDS,
                path="/",
                secure=settings().cookie_secure,
                httponly=True,
                samesite="lax",
            )
        return response


def form_token(request: Request) -> FormToken:
    """The visitor's secret: the one in their cookie, else a new one that the answer must give."""
    held = request.cookies.get(_cookie(), "")
    return FormToken(held or secrets.token_urlsafe(18), is_new=not held)


Token = Annotated[FormToken, Depends(form_token)]


def is_ours(posted: Posted, token: FormToken) -> bool:
    """Whether the form was drawn by us for this visitor."""
    given = posted.get(TOKEN_FIELD).encode()
    return not token.is_new and hmac.compare_digest(given, token.value.encode())
