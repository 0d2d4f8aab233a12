"""Seed what a demonstration city holds: parts, facilities and cameras, all synthetic."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from sqlalchemy.orm import Session

from dispatch.catalogue.reference import catalogue
from dispatch.facilities.model import Facility
from dispatch.intake.model import Camera
from dispatch.jurisdiction.reference import grid
from dispatch.kit.clock import now
from dispatch.kit.copying import copy_rows, ewkb
from dispatch.kit.db import SRID
from dispatch.parts.model import Part
from dispatch.seed.files import Row, rows_of
from dispatch.seed.keys import Keys, add_rows, read_keys

SOURCE: Final = "synthetic, laid along the synthetic roads"
PART_COLUMNS: Final = (
    "code",
    "category_id",
    "name",
    "owner_id",
    "maintainer_id",
    "governing_id",
    "grid_code",
    "condition",
    "accuracy",
    "installed_on",
    "source",
    "synthetic",
    "geom",
)


def seed_parts(session: Session, folder: Path) -> int:
    """About 98,000 parts, each in its unit grid."""
    rows = list(rows_of(folder, "parts/parts.csv.gz"))
    lon = np.array([row["lon"] for row in rows], dtype=np.float64)
    lat = np.array([row["lat"] for row in rows], dtype=np.float64)
    held = grid(session)
    cells = held.locate_many(lon, lat).tolist()
    points = shapely.set_srid(shapely.points(lon, lat), SRID)
    places: list[str] = np.asarray(shapely.to_wkb(points, hex=True, include_srid=True)).tolist()
    codes = [held.codes[cell] if cell >= 0 else None for cell in cells]
    # All look-ups come first: while a COPY runs, its connection answers nothing else.
    keys, schemes = read_keys(session), _active_schemes(session)
    table = _parts(rows, codes, places, keys=keys, schemes=schemes)
    copy_rows(session, Part.__tablename__, PART_COLUMNS, table)
    return len(rows)


def _parts(
    rows: list[Row],
    codes: list[str | None],
    places: list[str],
    *,
    keys: Keys,
    schemes: dict[str, str],
) -> Iterator[tuple[Any, ...]]:
    for row, code, place in zip(rows, codes, places, strict=True):
        yield (
            row["code"],
            keys.category(schemes[row["category"]], row["category"]),
            row["name"],
            *(keys.department(row[role]) for role in ("owner", "maintainer", "governing")),
            code,
            row["condition"],
            row["accuracy"],
            row["installed_on"],
            SOURCE,
            True,
            place,
        )


def _active_schemes(session: Session) -> dict[str, str]:
    """The numbering in use for each code: a part's code names no numbering."""
    return {each.code: each.scheme for each in catalogue(session).by_id.values() if each.active}


def seed_facilities(session: Session, folder: Path) -> int:
    """Toilets and parking with hours, and spaces as if a feed had just told them."""
    found = [
        {
            "code": row["code"],
            "kind": row["kind"],
            "name": row["name"],
            "address": row["address"],
            "opening_hours": row["opening_hours"],
            "accessible": row["accessible"] == "true",
            "spaces_total": int(row["spaces_total"]),
            "spaces_free": int(row["spaces_free"]),
            "availability_at": now(),
            "details": json.loads(row["details"]),
            "synthetic": True,
            "geom": _point(row),
        }
        for row in rows_of(folder, "facilities/facilities.csv")
    ]
    return add_rows(session, Facility, found)


def seed_cameras(session: Session, folder: Path) -> int:
    """Cameras of three makes."""
    found = [
        {
            "source": row["source"],
            "code": row["code"],
            "name": row["name"],
            "address": row["address"],
            "min_confidence": float(row["min_confidence"]) if row["min_confidence"] else None,
            "synthetic": True,
            "geom": _point(row),
        }
        for row in rows_of(folder, "cameras.csv")
    ]
    return add_rows(session, Camera, found)


def _point(row: Row) -> str:
    return ewkb(shapely.Point(float(row["lon"]), float(row["lat"])))
