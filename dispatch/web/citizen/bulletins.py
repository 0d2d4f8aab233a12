"""What the centre has published, for everybody: the list, each bulletin with its corrections, and its files."""

from typing import Annotated, Final

from fastapi import Query, Request
from fastapi.responses import Response

from dispatch.bulletins.model import BulletinKind
from dispatch.bulletins.queries import listing
from dispatch.kit.errors import NotFound
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.web.parts import bulletins as words
from dispatch.web.parts.page import show
from dispatch.web.parts.sending import send

router = Router(prefix="/bulletins", include_in_schema=False)

ROWS: Final = 60


@router.get("")
def published(
    session: Db, request: Request, kind: Annotated[str, Query(max_length=20)] = ""
) -> Response:
    """The latest bulletins of all kinds, or of one."""
    asked = BulletinKind(kind) if kind in words.KINDS else None
    rows = listing.bulletins_found(session, kind=asked, public_only=True, limit=ROWS)
    return show(
        request,
        "citizen/bulletins.html",
        rows=rows,
        kind=asked.value if asked else "",
        kinds=words.KINDS,
        formats=words.FORMATS,
    )


@router.get("/{bulletin_id}")
def bulletin(session: Db, request: Request, bulletin_id: int) -> Response:
    """One bulletin as it was published, and what corrects it."""
    found = listing.public_bulletin(session, bulletin_id)
    return show(
        request,
        "citizen/bulletin.html",
        bulletin=found,
        body=words.drawn(found),
        corrections=listing.corrections_of(session, found.id),
        original=listing.bulletin_by_id(session, found.corrects_id) if found.corrects_id else None,
        formats=words.FORMATS,
    )


@router.api_route("/{bulletin_id}/{kind}", methods=["GET", "HEAD"])
def file(session: Db, request: Request, bulletin_id: int, kind: str) -> Response:
    """Its PDF, Word or Excel."""
    found = listing.public_bulletin(session, bulletin_id)
    if kind not in found.files:
        raise NotFound("no_such_file", "没有这个文件", "There is no such file")
    return send(
        found.files[kind],
        kind,
        title=found.title,
        public=True,
        only_head=request.method == "HEAD",
    )
