"""Photos that are sent while a report is still being written: kept for a day, until a report takes them."""

from uuid import UUID

from fastapi.responses import JSONResponse, Response

from dispatch.cases.model import Photo, PhotoKind
from dispatch.cases.photos import store_photos
from dispatch.kit import clock
from dispatch.kit.errors import NotAllowed, NotFound, invalid
from dispatch.kit.files import media
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.web.parts.forms import Form, Token, is_ours

router = Router(include_in_schema=False)


@router.post("/report/photos", status_code=201)
def give(session: Db, posted: Form, token: Token) -> JSONResponse:
    """One photo: its id, and where it was taken if it says so (WGS-84)."""
    if not is_ours(posted, token):
        raise NotAllowed("form_too_old", "页面已过期，请刷新", "The page is too old: load it again")
    uploads = posted.files.get("photo", [])
    if len(uploads) != 1:
        raise invalid("photo", "请选择一张照片", "Send one photo")
    (stored,) = store_photos(session, uploads, kind=PhotoKind.BEFORE, by=None, at=clock.now())
    longitude, latitude = stored.gps or (None, None)
    answer = {"id": str(stored.photo.id), "longitude": longitude, "latitude": latitude}
    return JSONResponse(answer, status_code=201, headers={"Cache-Control": "no-store"})


@router.get("/report/photos/{photo_id}", response_class=Response)
def show_waiting(session: Db, photo_id: UUID) -> Response:
    """The thumbnail of a photo that no report has taken yet, for whoever knows its id: its sender."""
    photo = session.get(Photo, photo_id)
    if photo is None or photo.case_id is not None or photo.by_id is not None:
        raise NotFound(
            "no_such_photo", "照片已不在，请重新选择", "The photo is gone: choose it again"
        )
    return Response(
        media().get(photo.thumbnail_key),
        media_type="image/jpeg",
        headers={"Cache-Control": "private, max-age=3600"},
    )
