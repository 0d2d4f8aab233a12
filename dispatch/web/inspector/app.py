"""The inspector's installable web app: one shell for all its views, its worker and its manifest.

The phone keeps the shell and its files and fills them with what it has stored, so every view opens
without net. The shell itself holds nothing of any person.
"""

import hashlib
import re
from functools import lru_cache
from typing import Annotated, Any, Final

import orjson
from fastapi import Depends, Request, Response

from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.web.parts.language import Language, language_of, pick
from dispatch.web.parts.page import go, show
from dispatch.web.parts.static import FOLDER, static

router = Router(include_in_schema=False)

Inspector = Annotated[Person, Depends(require(Permission.PATROL))]
Pair = tuple[str, str]
#: Where the app begins; all below it belongs to the app, but for what is drawn by the server alone.
HOME: Final = "/inspector/tasks"
SHELL: Final = "/inspector/shell"
NAME: Final[Pair] = ("城市管理巡查", "City patrol")
SHORT: Final[Pair] = ("巡查", "Patrol")
SHORTCUTS: Final[tuple[tuple[str, Pair], ...]] = (
    ("/inspector/new", ("新上报", "New report")),
    ("/inspector/queue", ("待发送", "Waiting to be sent")),
)
_LIBRARIES: Final = (
    "vendor/maplibre-gl.mjs",
    "vendor/maplibre-gl-worker.mjs",
    "vendor/maplibre-gl.css",
    "vendor/icons.svg",
)
_STATIC: Final = re.compile(r'"/static/([^"?#]+)')
_IMPORT: Final = re.compile(r'(?:from|import) "(\.\.?/[\w/.-]+\.js)"')
_ICONS: Final = (
    ("inspector/icon-192.png", "192x192", "any"),
    ("inspector/icon-512.png", "512x512", "any"),
    ("inspector/icon-maskable-512.png", "512x512", "maskable"),
)


@router.get("/inspector")
def begin(_person: Inspector) -> Response:
    """To the tasks."""
    return go(HOME)


@router.get(SHELL)
@router.get(HOME)
@router.get("/inspector/tasks/{case_id}")
@router.get("/inspector/map")
@router.get("/inspector/new")
@router.get("/inspector/queue")
@router.get("/inspector/me")
def open_app(request: Request, _person: Inspector, login: CurrentLogin) -> Response:
    """The shell; which view it shows follows from the address."""
    return show(request, "inspector/app.html", login=login, library=_library())


def _library() -> dict[str, str]:
    names = {"library": "maplibre-gl.mjs", "worker": "maplibre-gl-worker.mjs"}
    names["style"] = "maplibre-gl.css"
    return {use: static(f"vendor/{file}") for use, file in names.items()}


def _files(page: str) -> list[str]:
    """The files that the app needs: those that its page names, and those that their modules import."""
    wanted = {each for each in _LIBRARIES if (FOLDER / each).is_file()}
    ahead = list(_STATIC.findall(page))
    while ahead:
        file = ahead.pop()
        if file not in wanted and (FOLDER / file).is_file():
            wanted.add(file)
            ahead += _imports(file)
    return sorted(wanted)


def _imports(file: str) -> list[str]:
    if not file.endswith(".js") or file.startswith("vendor/"):
        return []
    folder = (FOLDER / file).parent
    found = _IMPORT.findall((FOLDER / file).read_text("utf-8"))
    return [(folder / each).resolve().relative_to(FOLDER).as_posix() for each in found]


@lru_cache(maxsize=8)
def _worker(addresses: tuple[str, ...], page_digest: str) -> bytes:
    digest = hashlib.sha256("\n".join((*addresses, page_digest)).encode()).hexdigest()[:12]
    told = orjson.dumps({"version": digest, "files": addresses, "shell": SHELL}).decode()
    program = (FOLDER / "inspector/worker.js").read_text("utf-8")
    return f"const APP = {told};\n{program}".encode()


@router.get("/inspector/worker.js")
def show_worker(request: Request) -> Response:
    """The service worker with the list of what it keeps; another list is another version."""
    page = bytes(show(request, "inspector/app.html", library=_library()).body)
    addresses = tuple(static(each) for each in _files(page.decode()))
    program = hashlib.sha256((FOLDER / "inspector/worker.js").read_bytes() + page).hexdigest()
    return Response(
        _worker(addresses, program),
        media_type="text/javascript",
        headers={"Service-Worker-Allowed": "/inspector", "Cache-Control": "no-cache"},
    )


@router.get("/inspector/manifest.webmanifest")
def show_manifest(request: Request) -> Response:
    """What the phone shows on its home screen."""
    language = language_of(request)
    return Response(orjson.dumps(_manifest(language)), media_type="application/manifest+json")


def _manifest(language: Language) -> dict[str, Any]:
    return {
        "id": "/inspector",
        "name": pick(language, NAME),
        "short_name": pick(language, SHORT),
        "lang": "zh-CN" if language is Language.ZH else "en",
        "start_url": HOME,
        "scope": "/inspector",
        "display": "standalone",
        "orientation": "portrait",
        "background_color": "#ffffff",
        "theme_color": "#084646",
        "icons": [
            {"src": static(file), "sizes": sizes, "type": "image/png", "purpose": purpose}
            for file, sizes, purpose in _ICONS
        ],
        "shortcuts": [
            {"name": pick(language, words), "url": address} for address, words in SHORTCUTS
        ],
    }
