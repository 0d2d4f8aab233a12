"""Uploads: bring a file, read what its check found in words and on a map, take it in or put it away."""

import csv
import io
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy.orm import Session

from dispatch.intake.channels.camera.adapters import ADAPTERS
from dispatch.kit import clock
from dispatch.kit.db import Json
from dispatch.kit.errors import invalid
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.uploads import commands, queries
from dispatch.uploads.commands import SUFFIXES, Given
from dispatch.uploads.model import Upload, UploadKind
from dispatch.web.admin import words
from dispatch.web.admin.frame import (
    PAGE,
    Filled,
    admin_page,
    asked,
    attempt,
    filled,
    listing,
    maybe_number,
)
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Admin = Annotated[Person, Depends(require(Permission.ADMIN_DESK))]
Pair = tuple[str, str]
KINDS: Final = [(kind.value, words.UPLOADS[kind.value]) for kind in UploadKind]
#: Where people come from and go back to.
HOMES: Final[dict[str, str]] = {
    UploadKind.GRID: "/admin/grids",
    UploadKind.PARTS: "/admin/parts",
    UploadKind.FACILITIES: "/admin/facilities",
    UploadKind.PLACES: "/admin/places",
    UploadKind.PEOPLE: "/admin/people",
    UploadKind.CAMERAS: "/admin/cameras",
}
SYSTEMS: Final = ("wgs84", "cgcs2000", "gcj02", "bd09", "EPSG:4545", "EPSG:4546")


@router.get("/admin/uploads")
def show_list(session: Db, request: Request, _person: Admin, login: CurrentLogin) -> Response:
    """Files, the newest first."""
    wanted = asked(request, "kind")
    kind = wanted["kind"]
    rows = queries.uploads_found(
        session,
        kind=UploadKind(kind) if kind in set(UploadKind) else None,
        before=wanted.after(int),
        limit=PAGE + 1,
    )
    return admin_page(
        request,
        session,
        login,
        "admin/uploads.html",
        listing=listing(wanted, rows, key=lambda row: row.id),
        kinds=KINDS,
    )


@router.get("/admin/uploads/new")
def ask_new(session: Db, request: Request, _person: Admin, login: CurrentLogin) -> Response:
    """The form for a file of a kind."""
    kind = request.query_params.get("kind", "")
    chosen = UploadKind(kind) if kind in set(UploadKind) else UploadKind.GRID
    return _form(session, request, login, filled({"kind": chosen.value}), chosen)


@router.post("/admin/uploads/new")
def bring(
    session: Db, request: Request, person: Admin, login: CurrentLogin, posted: Form
) -> Response:
    """Keep the file and have it checked."""
    given = posted.get("kind")
    kind = UploadKind(given) if given in set(UploadKind) else UploadKind.GRID

    def deed() -> Upload:
        files = posted.files.get("file", [])
        if not files:
            raise invalid("file", "请选择文件", "Choose a file")
        return commands.take(
            session,
            kind,
            Given(files[0].name, files[0].data),
            options=_options(posted),
            by=person,
            at=clock.now(),
        )

    tried = attempt(session, deed)
    if tried.done is None:
        return _form(session, request, login, tried.again(posted), kind, status=tried.status)
    return go(f"/admin/uploads/{tried.done.id}")


@router.get("/admin/uploads/{upload_id}")
def show_one(
    upload_id: int, session: Db, request: Request, _person: Admin, login: CurrentLogin
) -> Response:
    """A file: how far it is, and its report."""
    return _one(session, request, login, queries.upload_by_id(session, upload_id))


@router.get("/admin/uploads/{upload_id}/map.geojson")
def show_map(upload_id: int, session: Db, _person: Admin) -> Response:
    """What of a file is drawn on the report's map."""
    found = queries.upload_by_id(session, upload_id)
    empty: Json = {"type": "FeatureCollection", "features": []}
    return JSONResponse((found.report or {}).get("map") or empty)


@router.get("/admin/uploads/{upload_id}/refused.csv")
def refused(upload_id: int, session: Db, _person: Admin) -> Response:
    """The refused rows as a table to be opened beside the file."""
    found = queries.upload_by_id(session, upload_id)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(("row", "code", "zh", "en"))
    for row in (found.report or {}).get("refused", []):
        writer.writerow((row["row"], row["code"], row["zh"], row["en"]))
    return Response(
        "\ufeff" + table.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="refused-{upload_id}.csv"'},
    )


@router.post("/admin/uploads/{upload_id}/apply")
def apply(
    upload_id: int,
    session: Db,
    request: Request,
    person: Admin,
    login: CurrentLogin,
) -> Response:
    """Have a checked file taken in."""
    tried = attempt(session, lambda: commands.apply(session, upload_id, by=person))
    if tried.error is not None:
        found = queries.upload_by_id(session, upload_id)
        said = (tried.error.zh, tried.error.en)
        return _one(session, request, login, found, refusal=said, status=tried.status)
    return go(f"/admin/uploads/{upload_id}")


@router.post("/admin/uploads/{upload_id}/discard")
def discard(
    upload_id: int,
    session: Db,
    request: Request,
    person: Admin,
    login: CurrentLogin,
) -> Response:
    """Put a file away."""
    tried = attempt(
        session, lambda: commands.discard(session, upload_id, by=person, at=clock.now())
    )
    if tried.error is not None:
        found = queries.upload_by_id(session, upload_id)
        said = (tried.error.zh, tried.error.en)
        return _one(session, request, login, found, refusal=said, status=tried.status)
    return go(f"/admin/uploads/{upload_id}?said=discarded")


def _options(posted: Posted) -> Json:
    count = maybe_number(posted, "working_grids", least=1, most=5_000)
    made: dict[str, Any] = {
        "layer": posted.get("layer"),
        "encoding": posted.get("encoding"),
        "crs": posted.get("crs"),
        "fields": _fields(posted.get("fields")),
        "kind": posted.get("of"),
        "working_grids": None if count is None else int(count),
        "allow_unknown_units": posted.get("allow_unknown_units") == "yes",
    }
    return {name: value for name, value in made.items() if value}


def _fields(text: str) -> dict[str, str]:
    """`code=BSM` on lines of their own."""
    made = {}
    for line in filter(None, map(str.strip, text.split("\n"))):
        ours, sign, theirs = line.partition("=")
        if not (ours.strip() and sign and theirs.strip()):
            raise invalid(
                "fields",
                f"“{line}”不是字段对应,请写成 code=BSM",
                f"'{line}' maps no field: write it as code=BSM",
            )
        made[ours.strip()] = theirs.strip()
    return made


def _form(
    session: Session,
    request: Request,
    login: Login,
    form_filled: Filled,
    kind: UploadKind,
    *,
    status: int = 200,
) -> Response:
    return admin_page(
        request,
        session,
        login,
        "admin/upload_new.html",
        current=words.UPLOAD_RAIL[kind],
        status=status,
        filled=form_filled,
        kind=kind,
        title=words.UPLOADS[kind],
        suffixes=SUFFIXES[kind],
        systems=[(each, each) for each in SYSTEMS],
        sources=[(each, each) for each in ADAPTERS],
        back=HOMES[kind],
    )


def _one(
    session: Session,
    request: Request,
    login: Login,
    found: Upload,
    *,
    refusal: Pair | None = None,
    status: int = 200,
) -> Response:
    report = found.report or {}
    return admin_page(
        request,
        session,
        login,
        "admin/upload.html",
        current=words.UPLOAD_RAIL[found.kind],
        status=status,
        upload=found,
        report=report,
        has_map=bool(report.get("map", {}).get("features")),
        under_way=commands.is_under_way(found),
        refusal=refusal,
        back=HOMES[found.kind],
    )
