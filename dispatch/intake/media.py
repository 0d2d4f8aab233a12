"""Photos over HTTP: given by staff before a deed, shown to those who may see the case, to its reporter by token."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

from fastapi import Depends, Form, Header, Query, Request, Response, UploadFile
from pydantic import AwareDatetime, BaseModel
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, Photo, PhotoKind
from dispatch.cases.photos import store_photos
from dispatch.cases.policy import visible_to
from dispatch.intake.model import WechatMedia
from dispatch.intake.tokens import check_token
from dispatch.kit import clock
from dispatch.kit.errors import NotFound
from dispatch.kit.files import media
from dispatch.kit.http import Db
from dispatch.kit.idempotency import claim, keep_answer
from dispatch.kit.images import Upload, check_count
from dispatch.kit.routes import Router
from dispatch.people.http import MaybePerson, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import SEES_REPORTERS, Person

router = Router(tags=["cases"])

#: A photo never changes under its id; what it shows is for this browser alone.
HEADERS = {
    "Cache-Control": "private, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Disposition": "inline; filename=photo.jpg",
}
#: To so many linked reports a photo of what was done opens.
MOST_LINKED = 500
Token = Annotated[
    str | None, Query(max_length=64, description="上报凭证 / the token of the report")
]
Actor = Annotated[Person, Depends(require(Permission.CASES_ACT))]
Key = Annotated[
    str | None, Header(alias="Idempotency-Key", min_length=1, max_length=200, description="UUID")
]


class GivenPhotoOut(BaseModel):
    """A photo that waits for a deed to take it; unclaimed it is removed after a day."""

    id: UUID
    kind: str
    url: str
    thumbnail_url: str
    longitude: float | None
    latitude: float | None
    taken_at: datetime | None

    @classmethod
    def of(cls, photo: Photo) -> Self:
        """The shape of a photo; the place is WGS-84, as the camera wrote it."""
        return cls(
            id=photo.id,
            kind=photo.kind,
            url=f"/media/{photo.id}",
            thumbnail_url=f"/media/{photo.id}/thumb",
            longitude=photo.longitude,
            latitude=photo.latitude,
            taken_at=photo.taken_at,
        )


class GivenPhotosOut(BaseModel):
    """What was given, in order."""

    items: list[GivenPhotoOut]


@dataclass(frozen=True)
class Taken:
    """Where (WGS-84) and when photos were taken, for a phone whose smaller copies no longer say it."""

    longitude: float | None
    latitude: float | None
    at: datetime | None


def _taken(
    longitude: Annotated[float | None, Form(ge=-180, le=180)] = None,
    latitude: Annotated[float | None, Form(ge=-90, le=90)] = None,
    taken_at: Annotated[AwareDatetime | None, Form()] = None,
) -> Taken:
    return Taken(longitude, latitude, taken_at)


@router.post("/api/v1/photos", status_code=201)
def give_photos(
    session: Db,
    person: Actor,
    photos: list[UploadFile],
    taken: Annotated[Taken, Depends(_taken, scope="function")],
    kind: Annotated[PhotoKind, Form()] = PhotoKind.BEFORE,
    key: Key = None,
) -> GivenPhotosOut:
    """Give up to 6 photos; their ids go into the `photos` of a deed. One bad file, and none is kept.

    The same Idempotency-Key again is answered with the same ids, as long as they are there.
    """
    check_count(len(photos))
    uploads = [Upload(each.filename or "照片", each.file.read()) for each in photos]
    if key is None or person.id is None:
        return _given(session, uploads, person, kind, taken)
    content = [kind.value, *(hashlib.sha256(each.data).hexdigest() for each in uploads)]
    known = claim(session, person_id=person.id, key=key, content=content, at=clock.now())
    if known:
        before = GivenPhotosOut.model_validate(known)
        if all(session.get(Photo, each.id) for each in before.items):
            return before
    made = _given(session, uploads, person, kind, taken)
    keep_answer(session, person_id=person.id, key=key, answer=made.model_dump(mode="json"))
    return made


def _given(
    session: Session, uploads: list[Upload], person: Person, kind: PhotoKind, taken: Taken
) -> GivenPhotosOut:
    stored = store_photos(session, uploads, kind=kind, by=person, at=clock.now())
    for each in stored:
        photo = each.photo
        photo.taken_at = photo.taken_at or taken.at
        if photo.longitude is None and taken.latitude is not None:
            photo.longitude, photo.latitude = taken.longitude, taken.latitude
    return GivenPhotosOut(items=[GivenPhotoOut.of(each.photo) for each in stored])


_JPEG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/jpeg": {}}}}


@router.get("/media/{photo_id}", responses=_JPEG, response_class=Response)
def show_photo(
    session: Db, request: Request, person: MaybePerson, photo_id: UUID, token: Token = None
) -> Response:
    """A photo, at most 2560 pixels wide or high."""
    photo = _visible(session, photo_id, person=person, token=token)
    return _answer(request, photo.key)


@router.get("/media/{photo_id}/thumb", responses=_JPEG, response_class=Response)
def show_thumbnail(
    session: Db, request: Request, person: MaybePerson, photo_id: UUID, token: Token = None
) -> Response:
    """A photo's thumbnail, at most 480 pixels wide or high."""
    photo = _visible(session, photo_id, person=person, token=token)
    return _answer(request, photo.thumbnail_key)


def _visible(
    session: Session, photo_id: UUID, *, person: Person | None, token: str | None
) -> Photo:
    """The photo, if this person or the holder of this token may see it; else it does not exist."""
    photo = session.get(Photo, photo_id)
    if photo is not None and (
        _is_own(photo, person)
        or (person is not None and _may_see_case(session, photo, person))
        or (person is not None and _hears(session, photo, person))
        or (token is not None and _holds_token(session, photo, token))
    ):
        return photo
    raise NotFound(
        "no_such_photo",
        "照片不存在或您无权查看;请登录,或使用上报时得到的链接",
        "No such photo, or it is not yours to see: log in, or use the link of your report",
    )


def _is_own(photo: Photo, person: Person | None) -> bool:
    return person is not None and photo.by_id is not None and photo.by_id == person.id


def _may_see_case(session: Session, photo: Photo, person: Person) -> bool:
    asked = select(Case.id).where(Case.id == photo.case_id, visible_to(person))
    return photo.case_id is not None and session.scalar(asked) is not None


def _hears(session: Session, photo: Photo, person: Person) -> bool:
    """Agents see what followers send while it is no case yet."""
    if photo.case_id is not None or not person.has(*SEES_REPORTERS):
        return False
    asked = select(WechatMedia.id).where(WechatMedia.photo_id == str(photo.id))
    return session.scalar(asked) is not None


def _holds_token(session: Session, photo: Photo, token: str) -> bool:
    """The reporter of the case; what was done about it, also those whose reports were linked to it."""
    mine = Case.id == photo.case_id
    if photo.kind != PhotoKind.BEFORE:
        mine |= Case.duplicate_of_id == photo.case_id
    ids = session.scalars(select(Case.public_id).where(mine).limit(MOST_LINKED))
    return photo.case_id is not None and any(check_token(each, token) for each in ids)


def _answer(request: Request, key: str) -> Response:
    etag = f'"{key.rpartition("/")[2]}"'
    headers = {**HEADERS, "ETag": etag}
    if request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    return Response(media().get(key), media_type="image/jpeg", headers=headers)
