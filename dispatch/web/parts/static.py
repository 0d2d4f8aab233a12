"""The files that pages load: versioned by their content and kept by browsers for a year."""

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Final

from fastapi.staticfiles import StaticFiles
from starlette.responses import Response
from starlette.types import Scope

FOLDER: Final = Path(__file__).resolve().parents[1] / "static"
A_YEAR: Final = "public, max-age=31536000, immutable"


class KeptFiles(StaticFiles):
    """Static files; an address that names the version of its file never has to be asked for again."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """The file, with how long it may be kept."""
        response = await super().get_response(path, scope)
        if response.status_code == 200 and b"v=" in scope.get("query_string", b""):
            response.headers["Cache-Control"] = A_YEAR
        return response


def files() -> KeptFiles:
    """What is mounted at `/static`."""
    return KeptFiles(directory=FOLDER)


@lru_cache(maxsize=64)
def _version(path: str, _changed: float) -> str:
    return hashlib.sha256((FOLDER / path).read_bytes()).hexdigest()[:10]


def static(path: str) -> str:
    """The address of a static file with its version; of one that is not built, without."""
    try:
        changed = (FOLDER / path).stat().st_mtime
    except OSError:
        return f"/static/{path}"
    return f"/static/{path}?v={_version(path, changed)}"
