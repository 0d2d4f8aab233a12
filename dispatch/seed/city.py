"""Seed the city's areas, grid and gazetteer."""

from pathlib import Path

import shapely
from sqlalchemy import insert
from sqlalchemy.orm import Session

from dispatch.jurisdiction.commands import store_grid, store_places
from dispatch.jurisdiction.files import read_places
from dispatch.jurisdiction.model import Area, AreaKind
from dispatch.kit.copying import ewkb
from geo.grid.areas import AreaKind as GridAreaKind
from geo.grid.seed import read_seed_areas, read_seed_grid

CITY_CODE, CITY_NAME = "450200", "柳州市"
SOURCE = "seed data: synthetic unit grids within the real districts"


def seed_grid(session: Session, folder: Path) -> int:
    """The city, its districts down to communities, and 29,011 unit grids with their working grids."""
    areas = read_seed_areas(folder / "grid")
    whole = shapely.union_all([a.geometry for a in areas if a.kind is GridAreaKind.DISTRICT])
    session.execute(
        insert(Area).values(
            kind=AreaKind.CITY, code=CITY_CODE, name=CITY_NAME, geom=ewkb(whole, multi=True)
        )
    )
    grid = read_seed_grid(folder / "grid")
    return store_grid(session, grid, areas, synthetic=True, source=SOURCE).unit_grids


def seed_places(session: Session, folder: Path) -> int:
    """Roads, crossings, house numbers, places, bridges, blocks, water: names partly real, lines made up."""
    return store_places(session, read_places(folder / "gazetteer"), synthetic=True)
