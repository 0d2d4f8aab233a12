"""What an inspector's phone takes along: the tasks that wait for them, and their working grids as shapes."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, Photo
from dispatch.cases.policy import visible_to
from dispatch.cases.states import Stage
from dispatch.kit.spatial import Box
from dispatch.people.policy import Person

#: The stages at which an inspector's own deed is the next.
AWAITING: Final = (Stage.VERIFYING, Stage.HANDLED)
MOST_TASKS: Final = 200
MOST_PHOTOS: Final = 6
MOST_PARTS: Final = 20_000
#: How far beyond the working grid the phone's map reaches, in degrees (about 300 m).
MARGIN: Final = 0.003


def tasks_of(session: Session, person: Person) -> Sequence[Case]:
    """The cases to verify and to check, the soonest due first; those without a limit last."""
    return session.scalars(
        select(Case)
        .where(Case.stage.in_(AWAITING), visible_to(person))
        .order_by(Case.stage_due_at.asc().nulls_last(), Case.id)
        .limit(MOST_TASKS)
    ).all()


def photos_of_many(session: Session, cases: Sequence[Case]) -> dict[int, list[Photo]]:
    """The photos of many cases in the order they came, a few of each."""
    found: dict[int, list[Photo]] = defaultdict(list)
    rows = session.scalars(
        select(Photo)
        .where(Photo.case_id.in_([each.id for each in cases]))
        .order_by(Photo.at, Photo.id)
    )
    for row in rows:
        if row.case_id is not None and len(found[row.case_id]) < MOST_PHOTOS:
            found[row.case_id].append(row)
    return found


@dataclass(frozen=True)
class Ground:
    """The shapes of working grids with what lies around them; coordinates are WGS-84/CGCS2000 degrees."""

    box: Box | None
    grids: list[dict[str, Any]]
    roads: list[dict[str, Any]]
    water: list[dict[str, Any]]
    places: list[dict[str, Any]]
    parts: list[list[Any]]


_BOX = text(
    """
SELECT ST_XMin(e) AS west, ST_YMin(e) AS south, ST_XMax(e) AS east, ST_YMax(e) AS north
FROM (SELECT ST_Extent(geom) AS e FROM unit_grids WHERE working_grid_code = ANY(:codes)) found
WHERE e IS NOT NULL
"""
)
_GRIDS = text(
    """
SELECT ST_AsGeoJSON(geom, 6) AS shape, code, working_grid_code AS working_grid
FROM unit_grids WHERE working_grid_code = ANY(:codes) ORDER BY code
"""
)
_SURROUNDINGS = text(
    """
SELECT ST_AsGeoJSON(ST_ClipByBox2D(geom, box), 6) AS shape, kind, name,
       CASE WHEN kind = 'bridge' THEN 'bridge' ELSE data ->> 'class' END AS rank
FROM places, (SELECT ST_MakeEnvelope(:west, :south, :east, :north, 4490) AS box) frame
WHERE geom && box AND kind IN ('road', 'bridge', 'water', 'place')
  AND NOT ST_IsEmpty(ST_ClipByBox2D(geom, box))
ORDER BY id
"""
)
_PARTS = text(
    """
SELECT code, category_id, name, round(ST_X(geom)::numeric, 6)::float8 AS longitude,
       round(ST_Y(geom)::numeric, 6)::float8 AS latitude, condition
FROM parts WHERE geom && ST_MakeEnvelope(:west, :south, :east, :north, 4490)
ORDER BY id LIMIT :most
"""
)


def ground_of(session: Session, working_grids: Sequence[str]) -> Ground:
    """Unit grids of working grids, and the roads, water, places and parts on and around them."""
    codes = {"codes": list(working_grids)}
    found = session.execute(_BOX, codes).first()
    if found is None:
        return Ground(None, [], [], [], [], [])
    box = Box(found.west - MARGIN, found.south - MARGIN, found.east + MARGIN, found.north + MARGIN)
    window = {"west": box.west, "south": box.south, "east": box.east, "north": box.north}
    around: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in session.execute(_SURROUNDINGS, window):
        kind = "road" if row.kind == "bridge" else row.kind
        around[kind].append(_feature(row.shape, name=row.name, rank=row.rank))
    return Ground(
        box=box,
        grids=[
            _feature(row.shape, code=row.code, working_grid=row.working_grid)
            for row in session.execute(_GRIDS, codes)
        ],
        roads=around["road"],
        water=around["water"],
        places=around["place"],
        parts=[list(row) for row in session.execute(_PARTS, {**window, "most": MOST_PARTS})],
    )


def _feature(shape: str, **properties: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "geometry": orjson.Fragment(shape),
        "properties": {name: value for name, value in properties.items() if value is not None},
    }
