"""Importing parts: rows that can be used go in, the others are named with the reason."""

from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.departments.model import Department, DepartmentName
from dispatch.kit.layerfiles import read_layer
from dispatch.parts.commands import PartsImport, import_parts, relocate_parts
from dispatch.parts.model import Part
from tests.factories.jurisdiction import middle, store_small_city
from tests.factories.parts import add_category, add_part
from tests.factories.people import add_department
from tests.factories.terminal import Terminal

HEAD = "标识码,小类,权属单位,状态,精度,设置日期,lon,lat\n"
LON, LAT = middle(0, 0)
CODE = "4502020103000001"


@pytest.fixture(autouse=True)
def _city(session: Session) -> None:
    store_small_city(session)
    add_category(session)
    water = add_department(session, "water", name="柳州市水务集团")
    session.add(
        DepartmentName(department_id=water.id, name="威立雅水务", valid_from=date(2005, 1, 1))
    )
    session.flush()


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, session: Session) -> Terminal:
    return Terminal(monkeypatch, session)


def _file(tmp_path: Path, *rows: str) -> Path:
    path = tmp_path / "parts.csv"
    path.write_text(HEAD + "\n".join(rows) + "\n", encoding="utf-8")
    return path


def _row(code: str = CODE, **changes: str) -> str:
    values = {
        "category": "P0103", "owner": "water", "condition": "完好", "accuracy": "b",
        "day": "2019/05/01", "lon": str(LON), "lat": str(LAT), **changes,
    }  # fmt: skip
    return ",".join((code, *values.values()))


def _all(session: Session) -> list[Part]:
    session.expire_all()
    return list(session.scalars(select(Part).order_by(Part.code)))


def test_a_good_row_becomes_a_part_in_its_unit_grid(session: Session, tmp_path: Path) -> None:
    layer = read_layer(_file(tmp_path, _row(owner="威立雅水务", condition="丢失")))

    report = import_parts(session, layer, PartsImport({}))

    assert (report.inserted, report.updated, report.refused) == (1, 0, [])
    (part,) = _all(session)
    assert (part.code, part.name, part.grid_code) == (CODE, "雨水井盖", "450202001001001")
    assert (part.condition, part.accuracy, str(part.installed_on)) == ("missing", "B", "2019-05-01")
    owner = session.scalar(select(Department.id).where(Department.code == "water"))
    assert part.owner_id == owner


def test_a_part_that_is_there_is_changed_and_keeps_its_id(session: Session, tmp_path: Path) -> None:
    import_parts(session, read_layer(_file(tmp_path, _row())), PartsImport({}))
    before = _all(session)[0].id
    other = str(middle(1, 1)[0]), str(middle(1, 1)[1])

    layer = read_layer(_file(tmp_path, _row(lon=other[0], lat=other[1])))
    report = import_parts(session, layer, PartsImport({}))

    assert (report.inserted, report.updated) == (0, 1)
    (part,) = _all(session)
    assert (part.id, part.grid_code) == (before, "450202001002002")


@pytest.mark.parametrize(
    ("row", "code"),
    [
        (_row("45020201"), "bad_code"),
        (_row("45020201030000AB"), "bad_code"),
        (_row(category="P9999"), "unknown_category"),
        (_row(category="暴露垃圾"), "unknown_category"),
        (_row(owner="月球集团"), "unknown_unit"),
        (_row(condition="还行"), "bad_condition"),
        (_row(accuracy="Z"), "bad_accuracy"),
        (_row(day="去年"), "bad_date"),
        (_row(lon="", lat=""), "no_point"),
        (_row(lon="116.39", lat="39.9"), "outside_jurisdiction"),
    ],
)
def test_a_row_that_cannot_be_used_is_refused_with_the_reason_and_the_others_go_in(
    session: Session, tmp_path: Path, row: str, code: str
) -> None:
    good = "4502020103000002"

    report = import_parts(session, read_layer(_file(tmp_path, row, _row(good))), PartsImport({}))

    assert [(each.row, each.code) for each in report.refused] == [(1, code)]
    assert report.refused[0].zh
    assert report.refused[0].en
    assert [part.code for part in _all(session)] == [good]


def test_the_second_of_two_rows_with_one_code_is_refused(session: Session, tmp_path: Path) -> None:
    layer = read_layer(_file(tmp_path, _row(), _row()))

    report = import_parts(session, layer, PartsImport({}))

    assert [(each.row, each.code) for each in report.refused] == [(2, "repeated_code")]


def test_without_a_class_the_codes_own_digits_tell(session: Session, tmp_path: Path) -> None:
    report = import_parts(session, read_layer(_file(tmp_path, _row(category=""))), PartsImport({}))

    assert report.inserted == 1


def test_unknown_units_stay_empty_when_that_is_allowed(session: Session, tmp_path: Path) -> None:
    layer = read_layer(_file(tmp_path, _row(owner="月球集团")))

    report = import_parts(session, layer, PartsImport({}, allow_unknown_units=True))

    assert report.inserted == 1
    assert any("月球集团" in note for note in report.notes)
    assert _all(session)[0].owner_id is None


def test_the_command_tells_what_it_took_and_lists_the_rest(
    session: Session, tmp_path: Path, run: Terminal
) -> None:
    refused = tmp_path / "refused.csv"

    said = run.run("parts", "import", _file(tmp_path, _row(), _row("1")), "--refused", refused)

    assert said.exit_code == 0, said.output
    assert "1 rows accepted (1 new, 0 changed), 1 refused" in said.output
    assert "bad_code ×1" in said.output
    assert "bad_code" in refused.read_text(encoding="utf-8-sig")
    assert len(_all(session)) == 1


def test_a_dry_run_writes_nothing(session: Session, tmp_path: Path, run: Terminal) -> None:
    session.commit()

    said = run.run("parts", "import", _file(tmp_path, _row()), "--dry-run")

    assert said.exit_code == 0, said.output
    assert "1 rows accepted" in said.output
    assert "nothing was written" in said.output
    assert _all(session) == []


def test_strict_takes_all_rows_or_none(session: Session, tmp_path: Path, run: Terminal) -> None:
    session.commit()

    said = run.run("parts", "import", _file(tmp_path, _row(), _row("1")), "--strict")

    assert said.exit_code == 1
    assert "nothing was imported" in said.output
    assert _all(session) == []


def test_a_field_of_another_name_can_be_pointed_out(
    session: Session, tmp_path: Path, run: Terminal
) -> None:
    path = tmp_path / "parts.csv"
    path.write_text(f"KEY,lon,lat\n{CODE},{LON},{LAT}\n", encoding="utf-8")

    assert run.run("parts", "import", path, "--field", "code=KEY").exit_code == 0
    assert [part.code for part in _all(session)] == [CODE]
    wrong = run.run("parts", "import", path, "--field", "code=NOPE")
    assert wrong.exit_code == 1
    assert "KEY" in wrong.output


def test_parts_are_placed_anew_on_a_new_grid(session: Session, run: Terminal) -> None:
    category = add_category(session, "P0301", name="路灯")
    add_part(session, category, 1, lon=LON, lat=LAT)
    outside = add_part(session, category, 2, lon=116.39, lat=39.9)
    outside.grid_code = "450202001001001"
    session.flush()

    assert relocate_parts(session) == 2
    session.expire_all()
    assert [part.grid_code for part in _all(session)] == ["450202001001001", None]
    assert "0 parts" in run.run("parts", "relocate").output
