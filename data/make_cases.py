"""Write `sample_cases.geojson`: reports over all channels, with what the platform must make of them.

Texts come from `cases/texts.csv` (hand-written) and `cases/published.csv` (real, restated); places
from the gazetteer and the parts inventory. The same seed gives the same file.
"""

import json
import random
from pathlib import Path
from typing import Any

from cases.city import City, Spot, table
from cases.faults import faulty_cases
from cases.rules import Responsible

from geo.crs import Crs, convert

HERE = Path(__file__).parent
SEED = 450200
VARIANTS = {"井": 3, "杆": 3, "线": 3}
CHANNELS = (("wechat", 24), ("web", 15), ("app", 12), ("phone", 16), ("transfer", 13),
            ("inspector", 14), ("media", 3))  # fmt: skip
# Which systems a channel's coordinates come in; None: words only.
SYSTEMS: dict[str, tuple[Crs | None, ...]] = {
    "wechat": (Crs.GCJ02, Crs.GCJ02, Crs.GCJ02, None),
    "web": (Crs.GCJ02, Crs.GCJ02, Crs.BD09, Crs.WGS84, None),
    "app": (Crs.WGS84, Crs.WGS84, Crs.WGS84, None),
    "phone": (None, None, None, None, Crs.CGCS2000),
    "transfer": (None, None, None, Crs.GCJ02),
    "inspector": (Crs.CGCS2000,),
    "media": (None,),
}
CAMERA_CASES = 56
DUPLICATES = 14
NOTE = (
    "Reports as they come in. `geometry` is as given, longitude first, in the system that the "
    "property `crs` names (wgs84, cgcs2000, gcj02, bd09), so it is not always RFC 7946's WGS-84; "
    "null means that the place is in words only. `expect` says what the platform must make of a "
    "report: filed_place (its point lies in `expect_grid`), geocoded (the words lead to within "
    "`expect_within_m` of `expect_longitude`/`expect_latitude`, CGCS2000), duplicate (of "
    "`expect_duplicate_of`), review (kept for an agent, `expect_reason` says why), refused (an "
    "error that says why). Other `expect_…` stand where the right answer is known."
)

Feature = dict[str, Any]


def given_point(spot: Spot, crs: Crs) -> dict[str, Any]:
    lon, lat = convert(spot.lon, spot.lat, source=Crs.CGCS2000, target=crs)
    return {"type": "Point", "coordinates": [round(lon, 6), round(lat, 6)]}


def feature(geometry: dict[str, Any] | None, **properties: object) -> Feature:
    kept = {key: value for key, value in properties.items() if value not in (None, "")}
    return {"type": "Feature", "geometry": geometry, "properties": kept}


class Maker:
    """Makes cases one by one; numbers them."""

    def __init__(self) -> None:
        self.rng = random.Random(SEED)
        self.city = City()
        self.responsible = Responsible(self.city)
        self.signs = {
            (row["scheme"], row["code"]): row["sign"] for row in table("catalogue/categories.csv")
        }
        self.schemes = {row["category"]: row["scheme"] for row in table("catalogue/active.csv")}
        self.made: list[Feature] = []

    def add(self, geometry: dict[str, Any] | None, **properties: object) -> Feature:
        made = feature(geometry, id=f"S{len(self.made) + 1:04}", **properties)
        self.made.append(made)
        return made

    def expected(
        self, category: str, condition: str, spot: Spot, *, pinned: bool
    ) -> dict[str, Any]:
        """What must come of a report of this, either pinned on the map or told in words."""
        facts: dict[str, Any] = {
            "expect": "filed_place" if pinned else "geocoded",
            "expect_scheme": self.schemes[category],
            "expect_category": category,
            "expect_condition": condition,
            "expect_district": self.city.district(spot),
        }
        if pinned:
            facts["expect_grid"] = self.city.safe_grid(spot)
            facts["expect_department"] = self.responsible.at(category, spot)
        else:
            facts |= {"expect_longitude": round(spot.lon, 6), "expect_latitude": round(spot.lat, 6),
                      "expect_within_m": 200}  # fmt: skip
        return facts

    def written(self, category: str, condition: str, text: str, channel: str) -> Feature:
        """A report in words, on a channel that people use."""
        crs = self.rng.choice(SYSTEMS[channel])
        spot = self.city.spot_for(category, self.rng, nameable=crs is None)
        in_field = self.rng.random() < 0.5
        where = "这里" if crs and not in_field and self.rng.random() < 0.4 else spot.words
        staff = channel in ("phone", "transfer", "inspector")
        coded = channel == "inspector" and bool(spot.part_code) and self.rng.random() < 0.7
        return self.add(
            given_point(spot, crs) if crs else None,
            channel=channel, crs=crs.value if crs else None, description=text.format(w=where),
            address=spot.words if in_field else None,
            category=f"{self.schemes[category]}:{category}" if staff else None,
            condition=condition if channel == "inspector" else None,
            part_code=spot.part_code if coded else None,
            synthetic=True, **self.expected(category, condition, spot, pinned=bool(crs)),
        )  # fmt: skip

    def from_texts(self) -> None:
        names, weights = zip(*CHANNELS, strict=True)
        for row in table("cases/texts.csv"):
            sign = self.signs[self.schemes[row["category"]], row["category"]]
            for _ in range(VARIANTS.get(sign, 2)):
                channel = self.rng.choices(names, weights)[0]
                if row["text"].startswith("巡查"):
                    channel = "inspector"
                elif channel == "inspector" and "我" in row["text"]:
                    channel = "phone"
                self.written(row["category"], row["condition"], row["text"], channel)

    def from_cameras(self) -> None:
        cameras = table("cameras.csv")
        types = table("intake/camera_types.csv")
        for number in range(CAMERA_CASES):
            camera = self.rng.choice(cameras)
            alarm = self.rng.choice([t for t in types if t["source"] == camera["source"]])
            spot = Spot(float(camera["lon"]), float(camera["lat"]), camera["address"])
            confidence = round(self.rng.uniform(0.35, 0.99), 2)
            self.add(
                None, channel="camera", source=camera["source"], camera_id=camera["code"],
                event_id=f"sample-{number:04}", type=alarm["type_code"], confidence=confidence,
                status=self.rng.choice(["instant", "start"]), synthetic=True,
                description=f"{camera['address']}监控告警:{alarm['type_name']}",
                **self.expected(alarm["category"], alarm["condition"], spot, pinned=True),
            )  # fmt: skip

    def from_published(self) -> None:
        for row in table("cases/published.csv"):
            local = row["city"] == "柳州"
            self.add(
                None, channel=row["channel"], description=row["text"], address=row["place_text"],
                synthetic=False, source=row["source_url"], published_id=row["id"],
                published_number=row["case_number"], city=row["city"],
                replied_by=row["replied_by"], expect="published" if local else "review",
                expect_reason=None if local else "outside_jurisdiction",
                expect_scheme=self.schemes[row["category"]], expect_category=row["category"],
                expect_condition=row["condition"], expect_district_name=row["district"] or None,
            )  # fmt: skip

    def duplicates(self) -> None:
        """The same thing told again by somebody else, a few metres off."""
        firsts = [
            each for each in self.made
            if each["geometry"] and each["properties"]["channel"] in ("wechat", "web", "app")
            and each["properties"].get("expect_grid")
            and each["properties"]["expect_category"] in ("P0123", "P0137", "E0110", "E0180", "P0104")
        ]  # fmt: skip
        for first in self.rng.sample(firsts, min(DUPLICATES, len(firsts))):
            facts = first["properties"]
            lon, lat = first["geometry"]["coordinates"]
            again = self.add(
                {"type": "Point", "coordinates": [round(lon + 0.00003, 6), round(lat + 0.00002, 6)]},
                channel="wechat", crs=facts["crs"], synthetic=True,
                description=facts["description"] + ",有人来处理吗",
                expect="duplicate", expect_duplicate_of=facts["id"],
            )  # fmt: skip
            again["properties"] |= {
                key: facts[key] for key in ("expect_scheme", "expect_category", "expect_condition")
            }

    def wrong(self) -> None:
        for geometry, properties in faulty_cases(self.rng, self.city):
            self.add(geometry, synthetic=True, **properties)


def make() -> dict[str, Any]:
    maker = Maker()
    maker.from_texts()
    maker.from_cameras()
    maker.from_published()
    maker.duplicates()
    maker.wrong()
    return {"type": "FeatureCollection", "note": NOTE, "features": maker.made}


def write(collection: dict[str, Any]) -> None:
    """One feature a line, so that changes can be read."""
    lines = ",\n".join(json.dumps(each, ensure_ascii=False) for each in collection["features"])
    note = json.dumps(collection["note"], ensure_ascii=False)
    (HERE / "sample_cases.geojson").write_text(
        f'{{"type": "FeatureCollection", "note": {note}, "features": [\n{lines}\n]}}\n',
        encoding="utf-8",
    )
    print(f"sample_cases.geojson: {len(collection['features'])} cases")


if __name__ == "__main__":
    write(make())
