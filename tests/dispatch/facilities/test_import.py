"""Importing facilities: kinds and hours in the words of an office, live facts left alone."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.facilities.commands import report_availability
from dispatch.facilities.imports import import_facilities
from dispatch.facilities.model import Facility, FacilityKind
from dispatch.facilities.queries import key_holder
from dispatch.kit import clock, reference
from dispatch.kit.importing import ImportReport
from dispatch.kit.layerfiles import read_layer
from geo.shapes import to_geojson
from tests.factories.jurisdiction import middle, square, store_small_city
from tests.factories.terminal import Terminal

HEAD = "编号,类型,名称,地址,开放时间,泊位数,无障碍,管理单位,经度,纬度\n"
LON, LAT = middle(0, 0)


@pytest.fixture(autouse=True)
def _city(session: Session) -> Iterator[None]:
    store_small_city(session)
    yield
    reference.forget_all()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, session: Session) -> Terminal:
    return Terminal(monkeypatch, session)


def _row(**changes: str) -> str:
    values = {
        "code": "W1", "kind": "公厕", "name": "窑埠公厕", "address": "窑埠路", "hours": "6：00～22：00",
        "total": "12", "accessible": "是", "unit": "环卫处", "lon": str(LON), "lat": str(LAT),
        **changes,
    }  # fmt: skip
    return ",".join(values.values())


def _import(session: Session, tmp_path: Path, *rows: str, **options: Any) -> ImportReport:
    path = tmp_path / "facilities.csv"
    path.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return import_facilities(session, read_layer(path), fields={}, at=clock.now(), **options)


def _all(session: Session) -> list[Facility]:
    session.expire_all()
    return list(session.scalars(select(Facility).order_by(Facility.code)))


def test_an_offices_own_table_is_understood(session: Session, tmp_path: Path) -> None:
    report = _import(session, tmp_path, _row(hours="06：00～22：00"))

    assert (report.inserted, report.refused) == (1, [])
    (made,) = _all(session)
    assert (made.kind, made.opening_hours, made.spaces_total) == ("toilet", "06:00-22:00", 12)
    assert made.accessible
    assert made.details == {"管理单位": "环卫处"}
    assert not made.synthetic


@pytest.mark.parametrize("hours", ["", "全天", "24小时", "24/7"])
def test_always_open_is_said_in_many_ways(session: Session, tmp_path: Path, hours: str) -> None:
    _import(session, tmp_path, _row(hours=hours))

    assert _all(session)[0].opening_hours == "24/7"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (_row(code=""), "no_code_or_name"),
        (_row(kind="游泳池"), "unknown_kind"),
        (_row(hours="白天"), "bad_hours"),
        (_row(total="很多"), "bad_total"),
        (_row(lon="", lat=""), "no_point"),
        (_row(lon="116.39", lat="39.9"), "outside_jurisdiction"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_the_reason(
    session: Session, tmp_path: Path, row: str, code: str
) -> None:
    report = _import(session, tmp_path, row, _row(code="W2"))

    assert [(each.row, each.code) for each in report.refused] == [(1, code)]
    assert [made.code for made in _all(session)] == ["W2"]


def test_importing_again_changes_the_posted_facts_and_not_the_live_ones(
    session: Session, tmp_path: Path, run: Terminal
) -> None:
    _import(session, tmp_path, _row())
    key = run.run("facilities", "key", "feed").output.split(":")[1].split()[0]
    now = clock.now()
    report_availability(session, "W1", key=key, spaces_free=4, open_now=False, said_at=now, at=now)

    report = _import(session, tmp_path, _row(name="窑埠新公厕"))

    assert (report.inserted, report.updated) == (0, 1)
    (made,) = _all(session)
    assert made.name == "窑埠新公厕"
    assert (made.spaces_free, made.open_reported, made.availability_at) == (4, False, now)


def test_a_kind_can_be_set_for_the_whole_layer(session: Session, tmp_path: Path) -> None:
    _import(session, tmp_path, _row(kind=""), kind=FacilityKind.PARKING)

    assert _all(session)[0].kind == "parking"


def test_an_outline_is_kept_as_a_point_within(session: Session, tmp_path: Path) -> None:
    path = tmp_path / "p.geojson"
    feature = {
        "type": "Feature",
        "properties": {"code": "P1", "kind": "parking", "name": "停车场"},
        "geometry": to_geojson(square(1, 1)),
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")

    report = import_facilities(session, read_layer(path), fields={}, at=clock.now())

    assert report.inserted == 1, report.lines()


def test_the_command_shows_a_key_once_and_keeps_its_hash(session: Session, run: Terminal) -> None:
    said = run.run("facilities", "key", "停车系统", "--kind", "parking")

    key = said.output.split(":")[1].split()[0]
    holder = key_holder(session, key)
    assert holder is not None
    assert (holder.name, holder.kind) == ("停车系统", "parking")
    assert key.encode() not in holder.key_hash


def test_the_command_imports_a_layer(session: Session, tmp_path: Path, run: Terminal) -> None:
    path = tmp_path / "f.csv"
    path.write_text(HEAD + _row() + "\n", encoding="utf-8")

    said = run.run("facilities", "import", path, "--synthetic")

    assert said.exit_code == 0, said.output
    assert "1 new" in said.output
    assert _all(session)[0].synthetic
