"""What a visitor sets for their own browser: the language and the theme, kept in a cookie."""

from typing import Annotated, Literal

from fastapi import Query
from fastapi.responses import Response

from dispatch.kit.config import settings
from dispatch.kit.routes import Router
from dispatch.web.parts.labels import THEME_COOKIE
from dispatch.web.parts.language import COOKIE, Language
from dispatch.web.parts.page import go, local_address

router = Router(include_in_schema=False)

A_YEAR = 365 * 24 * 3600
Next = Annotated[str, Query(alias="next", max_length=2000)]


def _kept(name: str, value: str, back: str) -> Response:
    response = go(local_address(back))
    response.set_cookie(
        name,
        value,
        max_age=A_YEAR,
        path="/",
        secure=settings().cookie_secure,
        httponly=True,
        samesite="lax",
    )
    return response


@router.get("/language/{language}")
def choose_language(language: Language, back: Next = "/") -> Response:
    """Speak this language from now on."""
    return _kept(COOKIE, language, back)


@router.get("/theme/{theme}")
def choose_theme(theme: Literal["light", "dark"], back: Next = "/") -> Response:
    """Look like this from now on."""
    return _kept(THEME_COOKIE, theme, back)
