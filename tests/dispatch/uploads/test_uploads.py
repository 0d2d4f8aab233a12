"""Uploaded files: checked without a trace, taken in when somebody says so, refused in words when they are no map."""

import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from tempfile import gettempdir

import pytest
import xlsxwriter
from shapely.geometry.base import BaseGeometry
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.facilities.model import Facility
from dispatch.intake.model import Camera
from dispatch.jurisdiction.model import UnitGrid
from dispatch.jurisdiction.reference import locate
from dispatch.kit import clock, db
from dispatch.kit.audit import AuditEntry
from dispatch.kit.errors import Conflict, DomainError, InvalidInput
from dispatch.kit.files import media
from dispatch.kit.outbox import OutboxRow
from dispatch.parts.model import Part
from dispatch.people.model import Role, User
from dispatch.people.policy import Person
from dispatch.people.queries import person_of
from dispatch.uploads import commands, queries
from dispatch.uploads.commands import Given
from dispatch.uploads.imports import run
from dispatch.uploads.model import Upload, UploadKind
from dispatch.uploads.states import UploadStatus
from geo.shapes import to_geojson
from tests.factories.jurisdiction import middle, small_grid, store_small_city
from tests.factories.parts import add_category
from tests.factories.people import add_department, add_user
from tests.factories.servers import own_database, using_database


@pytest.fixture(scope="module")
def place() -> Iterator[str]:
    """A database of one's own with the small city: the work commits."""
    with own_database("uploads") as url:
        with using_database(url), db.open_session() as session:
            store_small_city(session)
            add_category(session)
            add_department(session, "water", name="柳州市水务集团")
            add_user(session, Role.ADMIN, username="head")
        yield url


@pytest.fixture
def session(place: str) -> Iterator[Session]:
    with using_database(place), Session(db.engine(), expire_on_commit=False) as made:
        yield made


@pytest.fixture
def admin(session: Session) -> Person:
    return person_of(session.scalars(select(User).where(User.username == "head")).one())


def bring(
    session: Session,
    admin: Person,
    kind: UploadKind,
    name: str,
    data: bytes,
    /,
    **options: object,
) -> Upload:
    made = commands.take(
        session, kind, Given(name, data), options=dict(options), by=admin, at=clock.now()
    )
    session.commit()
    return made


def worked(session: Session, upload: Upload) -> Upload:
    """The file after the work that it waited for."""
    assert run(upload.id)
    session.rollback()
    session.expire_all()
    return queries.upload_by_id(session, upload.id)


def count(session: Session, model: type[UnitGrid] | type[Part] | type[Facility]) -> int:
    session.rollback()
    return session.scalar(select(func.count()).select_from(model)) or 0


def layer(*features: tuple[dict[str, str], BaseGeometry]) -> bytes:
    written = [
        {"type": "Feature", "properties": properties, "geometry": to_geojson(shape, digits=9)}
        for properties, shape in features
    ]
    return json.dumps({"type": "FeatureCollection", "features": written}).encode()


def grid_file(*, but: int = 0) -> bytes:
    """The small grid; the last `but` unit grids lie over the first."""
    grid = small_grid()
    shapes = list(grid.polygons())
    for number in range(but):
        shapes[-1 - number] = shapes[0]
    return layer(
        *(
            ({"网格编码": code}, shape)
            for code, shape in zip(grid.codes.tolist(), shapes, strict=True)
        )
    )


def zipped(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("__", "."), data)
    return made.getvalue()


def test_a_grid_is_checked_without_a_trace_and_taken_in_when_asked(
    session: Session, admin: Person
) -> None:
    upload = bring(session, admin, UploadKind.GRID, "网格 2026.geojson", grid_file())
    (event,) = session.scalars(select(OutboxRow).where(OutboxRow.name == "upload.asked"))
    assert event.payload == {"upload_id": upload.id}
    before = session.scalar(select(func.max(UnitGrid.working_grid_code)))

    checked = worked(session, upload)

    assert checked.status == UploadStatus.CHECKED
    assert checked.report is not None
    assert checked.report["totals"]["cells"] == 6
    assert len(checked.report["map"]["features"]) == 6
    assert session.scalar(select(func.max(UnitGrid.working_grid_code))) == before
    session.rollback()
    assert not run(upload.id)  # nothing to do until somebody says so

    commands.apply(session, upload.id, by=admin)
    session.commit()
    applied = worked(session, upload)

    assert applied.status == UploadStatus.APPLIED
    assert applied.report is not None
    assert applied.report["stored"]["unit_grids"] == 6
    found = locate(session, *middle(2, 1))
    assert found is not None
    assert found.grid_code == "450203001001002"
    actions = session.scalars(
        select(AuditEntry.action).where(AuditEntry.subject == f"upload:{upload.id}")
    )
    assert sorted(actions) == ["upload_applied", "upload_asked"]


def test_a_grid_with_overlaps_is_shown_and_cannot_be_taken_in(
    session: Session, admin: Person
) -> None:
    upload = bring(session, admin, UploadKind.GRID, "grid.geojson", grid_file(but=1))

    found = worked(session, upload)

    assert found.status == UploadStatus.UNUSABLE
    assert found.report is not None
    faults = [each for each in found.report["findings"] if each["severity"] == "error"]
    assert faults
    marked = [each for each in found.report["map"]["features"] if each["properties"]["fault"]]
    assert {each["properties"]["code"] for each in marked} >= {"450203001001002"}
    with pytest.raises(Conflict):
        commands.apply(session, upload.id, by=admin)
    assert count(session, UnitGrid) == 6
    key = upload.file_key
    commands.discard(session, upload.id, by=admin, at=clock.now())
    session.commit()
    with pytest.raises(DomainError):
        media().get(key)


def test_a_number_of_working_grids_that_cannot_be_is_told_by_the_check(
    session: Session, admin: Person
) -> None:
    upload = bring(session, admin, UploadKind.GRID, "grid.geojson", grid_file(), working_grids=98)
    found = worked(session, upload)
    assert found.status == UploadStatus.UNUSABLE
    assert found.report is not None
    assert "不能划分为 98 个责任网格" in found.report["findings"][-1]["zh"]


def test_parts_and_facilities_go_in_and_refused_rows_say_why(
    session: Session, admin: Person
) -> None:
    lon, lat = middle(0, 0)
    rows = f"4502020103000001,P0103,water,{lon},{lat}\n4502020103000002,P9999,water,{lon},{lat}\n"
    data = ("标识码,小类,权属单位,lon,lat\n" + rows).encode("gb18030")
    upload = bring(session, admin, UploadKind.PARTS, "parts.csv", data)
    found = worked(session, upload)
    assert (found.status, count(session, Part)) == (UploadStatus.CHECKED, 0)
    found = queries.upload_by_id(session, upload.id)
    assert found.report is not None
    assert (found.report["totals"]["accepted"], found.report["totals"]["refused"]) == (1, 1)
    (refused,) = found.report["refused"]
    assert "P9999" in refused["zh"]
    commands.apply(session, upload.id, by=admin)
    session.commit()
    assert worked(session, upload).status == UploadStatus.APPLIED
    assert count(session, Part) == 1

    row = f"W1,公厕,窑埠公厕,6：00～22：00,{lon},{lat}\n"
    data = ("编号,类型,名称,开放时间,经度,纬度\n" + row).encode()
    upload = bring(session, admin, UploadKind.FACILITIES, "toilets.csv", data)
    assert worked(session, upload).status == UploadStatus.CHECKED
    commands.apply(session, upload.id, by=admin)
    session.commit()
    assert worked(session, upload).status == UploadStatus.APPLIED
    assert session.scalars(select(Facility)).one().name == "窑埠公厕"


def test_people_come_without_a_password(session: Session, admin: Person) -> None:
    data = "用户名,姓名,岗位\nli.na,李娜,坐席员\nnobody,无名,国王\n".encode()
    upload = bring(session, admin, UploadKind.PEOPLE, "people.csv", data)
    assert worked(session, upload).status == UploadStatus.CHECKED
    assert session.scalars(select(User).where(User.username == "li.na")).first() is None
    session.rollback()
    commands.apply(session, upload.id, by=admin)
    session.commit()
    assert worked(session, upload).status == UploadStatus.APPLIED
    user = session.scalars(select(User).where(User.username == "li.na")).one()
    assert user.roles == [Role.AGENT]
    assert user.password_hash == ""  # nobody comes in before an administrator lets them
    found = queries.upload_by_id(session, upload.id)
    assert found.report is not None
    assert "没有岗位" in found.report["refused"][0]["zh"]


HEADS = ("编码", "名称", "来源", "经度", "纬度", "置信度下限")


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
def test_cameras_come_from_a_table_and_are_changed_by_the_next(
    session: Session, admin: Person, suffix: str
) -> None:
    lon, lat = middle(0, 0)
    rows = [
        (f"C1-{suffix}", "学院路口", "", lon, lat, "80%"),
        (f"C2-{suffix}", "城外", "", lon + 9, lat, ""),
        (f"C1-{suffix}", "重复", "", lon, lat, ""),
        (f"C3-{suffix}", "别家", "nobody", lon, lat, ""),
    ]
    upload = bring(
        session, admin, UploadKind.CAMERAS, f"list.{suffix}", table(suffix, rows), kind="generic"
    )
    found = worked(session, upload)
    assert found.status == UploadStatus.CHECKED, found.refusal
    assert found.report is not None
    assert (found.report["totals"]["accepted"], found.report["totals"]["refused"]) == (1, 3)
    assert session.scalars(select(Camera).where(Camera.code == f"C1-{suffix}")).first() is None
    session.rollback()
    commands.apply(session, upload.id, by=admin)
    session.commit()
    assert worked(session, upload).status == UploadStatus.APPLIED
    camera = session.scalars(select(Camera).where(Camera.code == f"C1-{suffix}")).one()
    assert (camera.source, camera.name, camera.min_confidence) == ("generic", "学院路口", 0.8)

    again = [(f"C1-{suffix}", "学院路口北", "generic", lon, lat, "0.6")]
    upload = bring(session, admin, UploadKind.CAMERAS, f"list.{suffix}", table(suffix, again))
    worked(session, upload)
    commands.apply(session, upload.id, by=admin)
    session.commit()
    assert worked(session, upload).status == UploadStatus.APPLIED
    session.refresh(camera)
    assert (camera.name, camera.min_confidence) == ("学院路口北", 0.6)


def table(suffix: str, rows: Sequence[tuple[object, ...]]) -> bytes:
    if suffix == "csv":
        return "\n".join(",".join(map(str, each)) for each in (HEADS, *rows)).encode("gb18030")
    stream = io.BytesIO()
    with xlsxwriter.Workbook(stream, {"in_memory": True}) as made:
        sheet = made.add_worksheet()
        for number, each in enumerate((HEADS, *rows)):
            sheet.write_row(number, 0, each)
    return stream.getvalue()


def test_a_file_that_nobody_takes_in_is_put_away_in_time(session: Session, admin: Person) -> None:
    data = "用户名,姓名,岗位\nwang.wu,王五,坐席员\n".encode()
    old, new = (bring(session, admin, UploadKind.PEOPLE, "people.csv", data) for _ in range(2))
    worked(session, old)
    worked(session, new)
    old = queries.upload_by_id(session, old.id)
    old.created_at = clock.now() - timedelta(days=31)
    session.commit()

    assert commands.sweep(session, at=clock.now()) == 1
    session.commit()

    assert queries.upload_by_id(session, old.id).status == UploadStatus.DISCARDED
    assert not media().exists(old.file_key)
    assert queries.upload_by_id(session, new.id).status == UploadStatus.CHECKED
    assert media().exists(new.file_key)


BOMB = zipped(grid__geojson=b"0" * 400_000_000)


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("bomb.zip", BOMB, "解压后过大"),
        ("many.zip", zipped(**{f"f{n}__txt": b"" for n in range(2_001)}), "解压后过大"),
        ("grid.geojson", b"<?xml version='1.0'?><OGRVRTDataSource/>", "不是 .geojson"),
        (
            "in.zip",
            zipped(grid__geojson=b"<OGRVRTDataSource><SrcDataSource>/etc/passwd"),
            "不是 .geojson",
        ),
        ("cut.zip", BOMB[: len(BOMB) // 2], "压缩包已损坏"),
        ("broken.geojson", b'{"type": "FeatureCollection", "features": [', ""),
    ],
    ids=["bomb", "many", "renamed-xml", "renamed-in-zip", "cut", "broken"],
)
def test_what_is_no_map_is_refused_in_words(
    session: Session, admin: Person, name: str, data: bytes, said: str
) -> None:
    found = worked(session, bring(session, admin, UploadKind.GRID, name, data))

    assert found.status == UploadStatus.FAILED
    assert found.refusal is not None
    assert said in found.refusal["zh"]
    assert "技术支持" not in found.refusal["zh"]  # it was understood, nothing broke
    with pytest.raises(Conflict):
        commands.apply(session, found.id, by=admin)


def test_a_name_with_a_path_leads_nowhere(session: Session, admin: Person) -> None:
    upload = bring(session, admin, UploadKind.GRID, "..\\../../etc/cron.d/x.geojson", grid_file())
    assert upload.file_name == "x.geojson"
    assert upload.file_key.startswith("uploads/")
    assert ".." not in upload.file_key

    members = io.BytesIO()
    with zipfile.ZipFile(members, "w") as archive:
        archive.writestr("../../../../../tmp/escaped.geojson", grid_file())
    found = worked(session, bring(session, admin, UploadKind.GRID, "z.zip", members.getvalue()))
    assert found.status in (UploadStatus.CHECKED, UploadStatus.FAILED)
    assert not Path(gettempdir(), "escaped.geojson").exists()


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        ("grid.exe", b"MZ", "wrong_type"),
        ("grid.geojson.php", b"{}", "wrong_type"),
        ("grid", b"{}", "wrong_type"),
        ("grid.geojson", b"", "empty_file"),
        ("grid.zip", b"%PDF-1.7", "wrong_content"),
        ("grid.gpkg", b"PK\x03\x04", "wrong_content"),
    ],
)
def test_a_file_of_another_kind_does_not_come_in(
    session: Session, admin: Person, name: str, data: bytes, code: str
) -> None:
    with pytest.raises(InvalidInput) as refused:
        bring(session, admin, UploadKind.GRID, name, data)
    assert refused.value.code == code
    assert refused.value.fields[0].name == "file"


def test_a_file_whose_worker_died_is_found_and_given_up_after_three(
    session: Session, admin: Person
) -> None:
    upload = bring(session, admin, UploadKind.GRID, "grid.geojson", grid_file())
    at = clock.now()
    for number in range(commands.MOST_ATTEMPTS):
        begun = at + number * timedelta(minutes=5)
        assert commands.begin(session, upload.id, at=begun)
        assert not commands.begin(session, upload.id, at=begun)  # somebody is at it
        assert upload.id not in queries.abandoned(session, at=begun)
        assert upload.id in queries.abandoned(session, at=begun + timedelta(minutes=4))
    assert not commands.begin(session, upload.id, at=at + timedelta(hours=1))
    found = queries.upload_by_id(session, upload.id)
    assert found.status == UploadStatus.FAILED
    session.commit()
