"""Open data for everybody: the data sets, what their columns mean, the files, and the catalogue for machines."""

from typing import Annotated, Any, Final

import orjson
from fastapi import Header, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy.orm import Session

from dispatch.kit import clock
from dispatch.kit.config import settings
from dispatch.kit.errors import NotFound
from dispatch.kit.files import media
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.opendata import queries
from dispatch.opendata.dcat import FORMAT_NAMES, MEDIA_TYPES, Publisher, catalogue, file_name
from dispatch.web.parts.page import show

router = Router(include_in_schema=False)

#: What is packed already is not packed again on its way.
PACKED: Final = frozenset({"gpkg", "parquet"})
PUBLISHER: Final = ("柳州市城市管理信息中心", "City Management Information Centre of Liuzhou")
#: Harvesters ask for the head of a file before they take it.
LOOKS: Final = ["GET", "HEAD"]
LICENCES: Final = {"https://creativecommons.org/licenses/by/4.0/": "CC BY 4.0"}


@router.api_route("/data", methods=LOOKS)
def data_sets(session: Db, request: Request) -> Response:
    """Every data set with its files."""
    found = queries.datasets(session)
    files = queries.files_of(session, [each.code for each in found])
    return show(request, "citizen/data.html", datasets=found, **_words(files))


@router.api_route("/data/catalog.jsonld", methods=LOOKS)
def machine_catalogue(session: Db) -> Response:
    """The same for harvesters."""
    found = queries.datasets(session)
    files = queries.files_of(session, [each.code for each in found])
    publisher = Publisher(*PUBLISHER, base_url=settings().base_url, box=queries.city_box(session))
    made = catalogue(publisher, found, files, at=clock.now())
    return Response(
        orjson.dumps(made, option=orjson.OPT_INDENT_2),
        media_type="application/ld+json",
        headers={"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"},
    )


@router.api_route("/data/{code}", methods=LOOKS)
def data_set(session: Db, request: Request, code: str) -> Response:
    """One data set: its files, and every column in plain words."""
    dataset = queries.published(session, code)
    view = queries.described_view(session, f"open_data.{code}")
    files = queries.files_of(session, [code])
    return show(request, "citizen/dataset.html", dataset=dataset, view=view, **_words(files))


def _words(files: dict[str, Any]) -> dict[str, Any]:
    return {
        "files": files,
        "formats": FORMAT_NAMES,
        "licences": LICENCES,
        "name_of": file_name,
        "size_of": _size,
        "base_url": settings().base_url,
    }


def _size(count: int) -> str:
    """Bytes as people say them."""
    return f"{count / 2**20:.1f} MB" if count >= 2**20 else f"{max(1, round(count / 1024))} kB"


@router.api_route("/data/{code}/{name}", methods=LOOKS)
def file(
    session: Db,
    request: Request,
    code: str,
    name: str,
    if_none_match: Annotated[str, Header()] = "",
) -> Response:
    """A file as it lies in the media store, piece by piece; not again for who has it already."""
    found = _named(session, code, name)
    headers = {
        "ETag": f'"{found.sha256[:32]}"',
        "Last-Modified": f"{found.as_of:%a, %d %b %Y %H:%M:%S} GMT",
        "Cache-Control": "public, max-age=300",
        "Access-Control-Allow-Origin": "*",
        "Content-Disposition": f"attachment; filename={name}",
    }
    if headers["ETag"] in if_none_match:
        return Response(status_code=304, headers=headers)
    if found.format in PACKED:
        headers |= {"Content-Encoding": "identity", "Content-Length": str(found.bytes)}
    if request.method == "HEAD":
        return Response(media_type=MEDIA_TYPES[found.format], headers=headers)
    return StreamingResponse(
        media().pieces(found.key), media_type=MEDIA_TYPES[found.format], headers=headers
    )


def _named(session: Session, code: str, name: str) -> Any:
    stem, _, kind = name.rpartition(".")
    if kind not in MEDIA_TYPES or not (stem == code or stem.startswith(f"{code}-")):
        raise NotFound("no_such_file", "没有这个文件", "There is no such file")
    return queries.file_of(session, code, stem[len(code) + 1 :], kind)
