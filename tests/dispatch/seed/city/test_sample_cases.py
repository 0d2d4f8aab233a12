"""The sample cases against the seeded city: place, category, department."""

import json
from datetime import date
from typing import Any

import pytest
from sqlalchemy.orm import Session

from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import departments
from dispatch.intake.model import Camera, CameraType
from dispatch.jurisdiction.reference import gazetteer, locate
from dispatch.parts.queries import part_by_code
from dispatch.routing.queries import Question, decide
from dispatch.seed.files import seed_folder
from geo.crs import Crs, convert
from geo.shapes import distance_m

Case = dict[str, Any]
TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def cases() -> list[Case]:
    text = (seed_folder() / "sample_cases.geojson").read_text(encoding="utf-8")
    return [
        {**each["properties"], "geometry": each["geometry"]}
        for each in json.loads(text)["features"]
    ]


def _expecting(cases: list[Case], *names: str) -> list[Case]:
    return [case for case in cases if all(case.get(name) is not None for name in names)]


def _point(case: Case) -> tuple[float, float]:
    lon, lat = case["geometry"]["coordinates"]
    return convert(lon, lat, source=Crs(case["crs"]), target=Crs.CGCS2000)


def test_all_channels_systems_and_outcomes_occur(cases: list[Case]) -> None:
    assert len(cases) >= 400
    assert len({case["id"] for case in cases}) == len(cases)
    assert {case["channel"] for case in cases} == {
        "web", "wechat", "app", "phone", "transfer", "media", "inspector", "camera",
    }  # fmt: skip
    assert {case.get("crs") for case in cases} >= {"wgs84", "cgcs2000", "gcj02", "bd09", None}
    assert {case["expect"] for case in cases} == {
        "filed_place", "geocoded", "published", "duplicate", "review", "refused",
    }  # fmt: skip
    assert all(case.get("source") for case in cases if not case["synthetic"])


def test_manholes_poles_and_lines_are_well_represented(city: Session, cases: list[Case]) -> None:
    known = catalogue(city)
    signs = [
        found.sign for case in _expecting(cases, "expect_category")
        if (found := known.find(f"{case['expect_scheme']}:{case['expect_category']}")) is not None
    ]  # fmt: skip

    assert signs.count("井") >= 60
    assert signs.count("杆") >= 60
    assert signs.count("线") >= 25


def test_points_in_every_system_lie_in_the_grid_expected(city: Session, cases: list[Case]) -> None:
    checked = _expecting(cases, "expect_grid", "geometry")
    wrong = [
        case["id"] for case in checked
        if (found := locate(city, *_point(case))) is None or found.grid_code != case["expect_grid"]
    ]  # fmt: skip

    assert len(checked) >= 150
    assert wrong == []


def test_the_department_expected_is_the_one_that_routing_finds(
    city: Session, cases: list[Case]
) -> None:
    checked = _expecting(cases, "expect_department", "geometry")
    units = departments(city)
    wrong = []
    for case in checked:
        lon, lat = _point(case)
        question = Question(
            category=catalogue(city).find(f"{case['expect_scheme']}:{case['expect_category']}"),
            on=TODAY, longitude=lon, latitude=lat, location=locate(city, lon, lat),
            part_code=case.get("part_code"),
        )  # fmt: skip
        found = decide(city, question).department_id
        if found is None or units[found].code != case["expect_department"]:
            wrong.append(case["id"])

    assert len(checked) >= 150
    assert wrong == []


def test_words_alone_lead_to_the_place(city: Session, cases: list[Case]) -> None:
    known = gazetteer(city)
    checked = [case for case in cases if case["expect"] == "geocoded"]
    near = 0
    for case in checked:
        found = known.geocode(case.get("address") or case["description"])
        if found.candidates:
            best = found.candidates[0]
            true = case["expect_longitude"], case["expect_latitude"]
            near += distance_m(best.lon, best.lat, *true) <= case["expect_within_m"]

    assert len(checked) >= 100
    assert near / len(checked) >= 0.95


def test_the_vocabulary_understands_how_people_write(city: Session, cases: list[Case]) -> None:
    """The vocabulary was tuned on these texts: this guards against losing what was gained."""
    known = catalogue(city)
    checked = [
        case for case in _expecting(cases, "expect_category", "expect_condition")
        if case["channel"] != "camera" and case["expect"] != "duplicate"
    ]  # fmt: skip
    right = right_condition = 0
    for case in checked:
        said = known.suggester.suggest(case["description"])
        category = known.by_id[said.category_id] if said is not None else None
        if said is None or category is None or category.code != case["expect_category"]:
            continue
        right += 1
        condition = category.condition_for(said.condition_key)
        right_condition += condition is not None and condition.key == case["expect_condition"]

    assert right / len(checked) >= 0.94
    assert right_condition / right >= 0.94


def test_nonsense_suggests_nothing(city: Session, cases: list[Case]) -> None:
    known = catalogue(city).suggester
    texts = [c["description"] for c in cases if c.get("expect_reason") == "no_category"]

    assert len(texts) >= 8
    assert [text for text in texts if known.suggest(text) is not None] == []


def test_reports_from_elsewhere_lie_outside_the_grid(city: Session, cases: list[Case]) -> None:
    outside = [
        case for case in _expecting(cases, "geometry")
        if case.get("expect_reason") == "outside_jurisdiction"
    ]  # fmt: skip

    assert len(outside) >= 8
    assert [case["id"] for case in outside if locate(city, *_point(case)) is not None] == []


def test_part_codes_and_cameras_of_the_cases_exist(city: Session, cases: list[Case]) -> None:
    coded = _expecting(cases, "part_code")
    alarms = [c for c in cases if c["channel"] == "camera" and c["expect"] != "refused"]
    cameras = set(city.query(Camera.source, Camera.code).all())
    types = set(city.query(CameraType.source, CameraType.type_code).all())

    assert len(coded) >= 10
    assert all(part_by_code(city, case["part_code"]) is not None for case in coded)
    assert len(alarms) >= 50
    assert all((case["source"], case["camera_id"]) in cameras for case in alarms)
    assert all((case["source"], case["type"]) in types for case in alarms)
