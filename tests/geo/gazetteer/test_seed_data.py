"""The demonstration gazetteer: what it must hold, and that it says what it is."""

import csv
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from geo.gazetteer import Gazetteer

FOLDER = Path(__file__).parents[3] / "data" / "gazetteer"


def features(name: str) -> list[dict[str, Any]]:
    return list(json.loads((FOLDER / name).read_text(encoding="utf-8"))["features"])


def test_every_row_says_that_it_is_synthetic() -> None:
    for name in ("roads.geojson", "places.geojson", "bridges.geojson", "water.geojson"):
        assert all(f["properties"]["synthetic"] is True for f in features(name))
    for name in ("crossings.csv", "house_numbers.csv", "blocks.csv"):
        with (FOLDER / name).open(encoding="utf-8", newline="") as stream:
            assert {r["synthetic"] for r in csv.DictReader(stream)} == {"true"}


def test_it_holds_a_city() -> None:
    roads, places = features("roads.geojson"), features("places.geojson")
    classes = Counter(f["properties"]["class"] for f in roads)
    kinds = Counter(f["properties"]["kind"] for f in places)
    assert classes["main"] >= 54
    assert classes["main"] + classes["secondary"] + classes["branch"] >= 250
    assert classes["lane"] >= 150
    assert len(places) >= 600
    assert len(kinds) >= 15
    assert sum((FOLDER / f).stat().st_size for f in ("roads.geojson", "places.geojson")) < 4e6


@pytest.mark.parametrize(
    "name",
    ["飞鹅路", "柳邕路", "西环路", "潭中东路", "潭中西路", "屏山大道", "文昌路", "雅儒路", "新柳大道", "柳江大道",
     "文惠桥", "文昌大桥", "柳侯公园", "龙潭公园", "柳州站", "柳州市公安局", "322国道", "北外环路", "东埠路"],
)  # fmt: skip
def test_a_name_in_use_is_found(gazetteer: Gazetteer, name: str) -> None:
    best = gazetteer.geocode(name).best
    assert best is not None
    assert best.text == name


def test_all_lies_within_the_city() -> None:
    for name in ("roads.geojson", "bridges.geojson"):
        for f in features(name):
            for lon, lat in f["geometry"]["coordinates"]:
                assert 109.28 < lon < 109.64
                assert 24.22 < lat < 24.43
