"""A grid for tests: six unit grids of 0.01 degrees in two districts, and a few names."""

import shapely
from sqlalchemy.orm import Session

from dispatch.jurisdiction.commands import store_grid, store_places
from dispatch.jurisdiction.gazetteer import to_places
from geo.gazetteer import (
    BlockRow,
    BridgeRow,
    CrossingRow,
    GazetteerRows,
    NumberRangeRow,
    PlaceRow,
    RoadClass,
    RoadRow,
)
from geo.grid import Column, Grid
from geo.grid.areas import Area, AreaKind

WEST, SOUTH, STEP = 109.40, 24.30, 0.01
#: Two rows of three: the western and middle columns lie in one district, the eastern in another.
COMMUNITIES = ("450202001001", "450202001002", "450203001001")


def square(column: int, row: int) -> shapely.Polygon:
    """The outline of a unit grid, in degrees."""
    west, south = WEST + column * STEP, SOUTH + row * STEP
    return shapely.box(west, south, west + STEP, south + STEP)


def middle(column: int, row: int) -> tuple[float, float]:
    """Longitude and latitude of a unit grid's middle."""
    return WEST + (column + 0.5) * STEP, SOUTH + (row + 0.5) * STEP


def small_grid() -> Grid:
    """The six unit grids, with working grids and a virtual district over the middle column."""
    codes = [f"{COMMUNITIES[column]}00{row + 1}" for column in range(3) for row in range(2)]
    return Grid.build(
        codes,
        [square(column, row) for column in range(3) for row in range(2)],
        columns={
            Column.WORKING_GRID: [f"{code[:6]}G001" for code in codes],
            Column.VIRTUAL_DISTRICT: ["", "", "VD01", "VD01", "", ""],
        },
    )


def small_areas() -> list[Area]:
    """Districts, streets, communities and the virtual district over these unit grids."""
    columns = [shapely.union(square(column, 0), square(column, 1)) for column in range(3)]
    west, east = shapely.union(columns[0], columns[1]), columns[2]
    return [
        Area(AreaKind.DISTRICT, "450202", "城中区", None, west, True),
        Area(AreaKind.DISTRICT, "450203", "鱼峰区", None, east, True),
        Area(AreaKind.STREET, "450202001", "城中街道", "450202", west, True),
        Area(AreaKind.STREET, "450203001", "天马街道", "450203", east, True),
        Area(AreaKind.COMMUNITY, COMMUNITIES[0], "龙城社区居委会", "450202001", columns[0], True),
        Area(AreaKind.COMMUNITY, COMMUNITIES[1], "五星社区居委会", "450202001", columns[1], True),
        Area(AreaKind.COMMUNITY, COMMUNITIES[2], "驾鹤社区居委会", "450203001", columns[2], True),
        Area(AreaKind.VIRTUAL_DISTRICT, "VD01", "柳东新区", None, columns[1], True),
    ]


def small_names() -> GazetteerRows:
    """Two roads that cross, a place, a bridge and a block."""
    road = ((WEST, SOUTH + 0.01), (WEST + 0.03, SOUTH + 0.01))
    lane = ((WEST + 0.005, SOUTH), (WEST + 0.005, SOUTH + 0.02))
    return GazetteerRows(
        roads=[
            RoadRow("学院路", road, RoadClass.MAIN, "城中区", ("学院大道",), "1"),
            RoadRow("雅儒路", lane, RoadClass.SECONDARY, "城中区", (), "2"),
        ],
        crossings=[CrossingRow("学院路", "雅儒路", WEST + 0.005, SOUTH + 0.01)],
        ranges=[NumberRangeRow("学院路", "odd", 1, 501, 6.0, 3000.0, "1")],
        places=[PlaceRow("龙潭医院", "hospital", WEST + 0.025, SOUTH + 0.005, (), "鱼峰区")],
        bridges=[BridgeRow("静兰桥", ((WEST + 0.02, SOUTH), (WEST + 0.02, SOUTH + 0.004)))],
        blocks=[BlockRow("永前路四区", "14栋", WEST + 0.012, SOUTH + 0.012)],
    )


def store_small_city(session: Session) -> None:
    """Store all of it in this transaction."""
    store_grid(session, small_grid(), small_areas(), synthetic=True, source="tests")
    store_places(session, to_places(small_names()), synthetic=True)
    session.flush()
