"""A page: a template in the visitor's language, inside the shell, with what every page needs."""

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from dispatch.kit import clock
from dispatch.kit.basemap import base_map
from dispatch.people.http import CSRF_FIELD
from dispatch.people.queries import Login
from dispatch.web.parts import labels, lamps, times
from dispatch.web.parts.language import TAGS, Language, language_of, pick, words_of
from dispatch.web.parts.static import static

TEMPLATES: Final = Path(__file__).resolve().parents[1] / "templates"


@lru_cache
def environment(language: Language) -> Environment:
    """The templates in one language; what is not named in a page's context is an error, not a blank."""
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    made.install_gettext_translations(  # type: ignore[attr-defined]
        words_of(language), newstyle=True
    )
    made.globals.update(
        static=static,
        lang=language,
        lang_tag=TAGS[language],
        csrf_field=CSRF_FIELD,
        lamp=lamps.lamp,
        lamp_of=lamps.lamp_of,
        labels=labels,
        base_map=own_map.for_page() if (own_map := base_map()) else None,
    )
    made.filters.update(
        say=lambda pair: pick(language, pair),
        lead=lambda text: text[:1].upper() + text[1:],
        clock=times.clock_time,
        full_time=times.full_time,
        machine_time=times.machine_time,
        span=lambda length: times.span(length, language),
        ago=lambda at, now: times.ago(at, now=now, language=language),
        day=lambda at, now: times.day(at, now=now, language=language),
        opens=lambda at, now: times.opens(at, now=now, language=language),
        promise=lambda at, now: times.promise(at, now=now, language=language),
    )
    return made


def show(
    request: Request,
    template: str,
    *,
    login: Login | None = None,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: Any,
) -> HTMLResponse:
    """Draw a page. `login` gives it the person and the token that its forms must carry."""
    language = language_of(request, own=login.person.language if login else None)
    drawn = (
        environment(language)
        .get_template(template)
        .render(
            path=request.url.path,
            here=_here(request),
            theme=labels.theme_of(request.cookies.get(labels.THEME_COOKIE)),
            person=login.person if login else None,
            csrf=login.csrf_token if login else "",
            now=clock.now(),
            **context,
        )
    )
    private = {"Cache-Control": "no-store"} if login else {}
    return HTMLResponse(drawn, status_code=status, headers={**private, **(headers or {})})


def go(address: str) -> RedirectResponse:
    """Go on to another page after a deed: 303, so that reloading does nothing twice."""
    return RedirectResponse(address, status_code=303)


def _here(request: Request) -> str:
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "") if request.method == "GET" else "/"


def local_address(given: str | None, *, otherwise: str = "/") -> str:
    """An address on this site that somebody was sent with; anything else is not followed."""
    fine = (
        given is not None
        and given.startswith("/")
        and not given.startswith(("//", "/\\"))
        and given.isprintable()
    )
    return given if fine and given else otherwise
