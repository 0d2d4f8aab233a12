"""The demonstration gazetteer, loaded once, and a village small enough to know by heart."""

from pathlib import Path

import pytest
from shapely.geometry import box

from geo.gazetteer import (
    AreaKind,
    AreaRow,
    BlockRow,
    BridgeRow,
    Gazetteer,
    GazetteerRows,
    NumberPointRow,
    NumberRangeRow,
    PlaceRow,
    RoadClass,
    RoadRow,
)
from geo.gazetteer.files import load_folder

ROOT = Path(__file__).parents[3]


@pytest.fixture(scope="session")
def gazetteer() -> Gazetteer:
    return load_folder(ROOT / "data" / "gazetteer", areas=ROOT / "data" / "grid")


def village_rows() -> GazetteerRows:
    """Two roads that cross at 109.400, 24.300, a lane, a bridge; 0.01 degrees are about a km."""
    return GazetteerRows(
        roads=[
            RoadRow("东西路", [(109.39, 24.30), (109.41, 24.30)], RoadClass.MAIN, row_id="1"),
            RoadRow("纵向大道", [(109.40, 24.29), (109.40, 24.31)], RoadClass.MAIN, row_id="2"),
            RoadRow("东西路一巷", [(109.405, 24.30), (109.405, 24.3015)], RoadClass.LANE),
        ],
        ranges=[
            NumberRangeRow("东西路", "odd", 1, 201, 0.0, 2000.0, "1"),
            NumberRangeRow("东西路", "even", 2, 200, 0.0, 2000.0, "1"),
        ],
        numbers=[NumberPointRow("纵向大道", 8, 109.4005, 24.2950)],
        places=[
            PlaceRow("红星小学", "school", 109.402, 24.302, ("红小学校",)),
            PlaceRow("老张超市", "shop", 109.3905, 24.3003),
            PlaceRow("老张超市", "shop", 109.4095, 24.3003),
            PlaceRow("幸福小区", "estate", 109.396, 24.304),
        ],
        bridges=[BridgeRow("清河桥", [(109.40, 24.312), (109.40, 24.314)])],
        blocks=[BlockRow("幸福小区", "3栋", 109.3962, 24.3041)],
        areas=[AreaRow(AreaKind.DISTRICT, "西山区", box(109.38, 24.28, 109.40, 24.32))],
    )


@pytest.fixture(scope="session")
def village() -> Gazetteer:
    return Gazetteer.from_rows(village_rows())
