"""The parts inventory for staff: what stands in a window, near a place, or bears a code."""

from functools import partial
from typing import Annotated

from fastapi import Depends, Query
from sqlalchemy.orm import Session

from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import department_name
from dispatch.kit.errors import NotFound, invalid
from dispatch.kit.http import Db
from dispatch.kit.paging import Cursor, Limit, Page, cut, decode_id
from dispatch.kit.places import LATITUDE, LONGITUDE, CrsQuery, to_own
from dispatch.kit.routes import Router
from dispatch.kit.spatial import parse_box
from dispatch.parts.queries import PartRow, part_row, parts_in, parts_near
from dispatch.parts.schemas import PartOut, part_out
from dispatch.people.http import require
from dispatch.people.permissions import Permission
from geo.crs import Crs

router = Router(
    prefix="/api/v1/parts",
    tags=["parts"],
    dependencies=[Depends(require(Permission.CASES_READ))],
)

Categories = Annotated[
    list[str] | None,
    Query(description="小类代码或名称,可多个 / classes by code or name, repeatable"),
]


@router.get("")
def list_parts(
    session: Db,
    bbox: Annotated[str | None, Query(description="西,南,东,北 / west,south,east,north")] = None,
    longitude: Annotated[float | None, Query(), LONGITUDE] = None,
    latitude: Annotated[float | None, Query(), LATITUDE] = None,
    crs: CrsQuery = Crs.WGS84,
    radius: Annotated[float, Query(gt=0, le=2_000, description="米 / metres")] = 50,
    category: Categories = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[PartOut]:
    """Near a place (nearest first, one page) or in a window in WGS-84 (by pages); `crs` of the answer too."""
    ids = _category_ids(session, category or [])
    if longitude is not None and latitude is not None:
        lon, lat = to_own(longitude, latitude, crs)
        near = parts_near(session, lon=lon, lat=lat, within_m=radius, category_ids=ids, limit=limit)
        return Page(items=_shown(session, near, crs))
    if bbox is None:
        raise invalid(
            "bbox",
            "请提供 bbox,或 longitude 与 latitude",
            "Give bbox, or longitude and latitude",
        )
    found = parts_in(
        session,
        parse_box(bbox),
        category_ids=ids,
        after=decode_id(cursor) or 0,
        limit=limit + 1,
    )
    rows, following = cut(found, limit, key=lambda row: row.part.id)
    return Page(items=_shown(session, list(rows), crs), next_cursor=following)


@router.get("/{code}")
def show_part(session: Db, code: str, crs: CrsQuery = Crs.WGS84) -> PartOut:
    """The part with this 16-character code."""
    found = part_row(session, code)
    if found is None:
        raise NotFound("no_such_part", f"没有部件 {code}", f"There is no part {code}")
    return _shown(session, [found], crs)[0]


def _shown(session: Session, rows: list[PartRow], crs: Crs) -> list[PartOut]:
    return [part_out(row, name_of=partial(department_name, session), crs=crs) for row in rows]


def _category_ids(session: Session, given: list[str]) -> list[int]:
    """The ids of classes named by code or name, in every numbering that knows the code."""
    known = catalogue(session).by_id.values()
    ids: list[int] = []
    for each in given:
        found = [
            row.id for row in known if each in (row.code, row.name, f"{row.scheme}:{row.code}")
        ]
        if not found:
            raise invalid(
                "category",
                f"没有小类“{each}”,请用目录中的代码或名称",
                f"There is no class '{each}': use a code or name of the catalogue",
            )
        ids += found
    return ids
