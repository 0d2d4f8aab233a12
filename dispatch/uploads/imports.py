"""The work on an uploaded file: look at it, check it, take it in. Runs in a process of its own.

Reading strangers' files takes GDAL, memory and trust: the process is bounded, ends after one file, and
what it says goes into the table.
"""

import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry import mapping
from sqlalchemy.orm import Session

from dispatch.facilities.imports import import_facilities
from dispatch.facilities.model import FacilityKind
from dispatch.jurisdiction.gazetteer import PlaceKind
from dispatch.jurisdiction.imports import GridFile, check_file, import_grid, import_names
from dispatch.kit import clock, reference
from dispatch.kit.db import Json, open_session
from dispatch.kit.errors import DomainError, invalid
from dispatch.kit.files import media
from dispatch.kit.importing import ImportReport
from dispatch.kit.layerfiles import read_layer
from dispatch.kit.layers import Layer
from dispatch.parts.commands import PartsImport, import_parts, relocate_parts
from dispatch.people.imports import import_people, read_people
from dispatch.people.model import User
from dispatch.people.policy import SYSTEM, Person
from dispatch.people.queries import person_of
from dispatch.uploads import commands, queries
from dispatch.uploads.model import Upload, UploadKind
from dispatch.uploads.states import UploadStatus
from geo.crs import Crs
from geo.gazetteer import Fields
from geo.grid.working import LIUZHOU_COUNT
from geo.gridfiles import GridReport
from geo.gridfiles.report import Finding

#: How often the process says that it works.
BEAT_SECONDS: Final = 15.0
#: What a report holds at most, so that it can be shown.
MOST_REFUSED, MOST_SHAPES = 1_000, 1_500
MOST_MEMBERS: Final = 2_000
MOST_UNPACKED: Final = 1_500_000_000
#: More than this much air in an archive is no map.
MOST_RATIO: Final = 200
_BEGINNINGS: Final[dict[str, tuple[bytes, ...]]] = {
    ".geojson": (b"{",),
    ".json": (b"{",),
    ".gpkg": (b"SQLite format 3\x00",),
    ".shp": (b"\x00\x00\x27\x0a",),
}

Progress = Callable[[str, int], None]
#: The report of a file, and whether it may be taken in.
Checked = tuple[Json, bool]


def run(upload_id: int) -> bool:
    """Do what a file waits for; False when there was nothing to do."""
    with open_session() as session:
        if not commands.begin(session, upload_id, at=clock.now()):
            return False
        upload = queries.upload_by_id(session, upload_id)
        applying = upload.status == UploadStatus.APPLYING
    try:
        with _beating(upload_id) as progress, _fetched(upload) as path:
            _look_at(path)
            report, usable = _worked(upload, path, progress, applying=applying)
    except DomainError as error:
        _refused(upload_id, error.zh, error.en)
    except MemoryError:
        _refused(
            upload_id,
            "文件太大,内存不够;请分区导出后分别上传",
            "The file needs too much memory: export it by district",
        )
    except Exception as error:
        _refused(
            upload_id,
            f"处理时出错({type(error).__name__}),请联系技术支持",
            f"The work failed ({type(error).__name__}): ask for support",
        )
        raise
    else:
        if not applying:
            with open_session() as session:
                found = queries.upload_by_id(session, upload_id, lock=True)
                commands.finish(session, found, report, usable=usable, at=clock.now())
    return True


def _worked(upload: Upload, path: Path, progress: Progress, *, applying: bool) -> Checked:
    """Check the file, or take it in: that and the row that says so are one transaction."""
    work = _WORKS[UploadKind(upload.kind)]
    with open_session() as session:
        report, usable = work(session, upload, path, progress, applying)
        if applying:
            row = queries.upload_by_id(session, upload.id, lock=True)
            commands.finish(session, row, report, usable=True, at=clock.now())
        else:
            session.rollback()
            reference.forget_all()
    return report, usable


# --- around the work -----------------------------------------------------------------------------


@contextmanager
def _beating(upload_id: int) -> Iterator[Progress]:
    """Says again and again that somebody is at it, and how far."""
    state: tuple[str, int] = ("", 0)
    over = threading.Event()

    def say() -> None:
        step, percent = state
        with open_session() as session:
            commands.tell_progress(session, upload_id, step=step, percent=percent, at=clock.now())

    def beat() -> None:
        while not over.wait(BEAT_SECONDS):
            say()

    def progress(step: str, percent: int) -> None:
        nonlocal state
        state = (step, percent)
        say()

    thread = threading.Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield progress
    finally:
        over.set()
        thread.join()


@contextmanager
def _fetched(upload: Upload) -> Iterator[Path]:
    """The file on this machine, under a name of ours."""
    with TemporaryDirectory(prefix="upload-") as folder:
        path = Path(folder) / f"upload{PurePosixPath(upload.file_key).suffix}"
        path.write_bytes(media().get(upload.file_key))
        yield path


def _look_at(path: Path) -> None:
    """Refuse what a reader should never see: bombs, and one kind of file under another's name.

    GDAL goes by what is in a file: an XML under the name of a GeoJSON could point it to other files.
    """
    suffix = path.suffix.lower()
    if suffix == ".zip":
        _look_into(path)
    else:
        with path.open("rb") as file:
            _check_beginning(suffix, file.read(64))


def _look_into(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            unpacked = sum(each.file_size for each in members)
            packed = sum(each.compress_size for each in members) or 1
            too_much = (
                len(members) > MOST_MEMBERS
                or unpacked > MOST_UNPACKED
                or unpacked > MOST_RATIO * packed + 10_000_000
            )
            if too_much:
                raise invalid(
                    "file",
                    "压缩包解压后过大,请只保留需要导入的图层",
                    "The archive is too large once unpacked: keep only the layer to be imported",
                    code="too_large_unpacked",
                )
            for each in members:
                suffix = PurePosixPath(each.filename).suffix.lower()
                if suffix in _BEGINNINGS and not PurePosixPath(each.filename).name.startswith("._"):
                    with archive.open(each) as file:
                        _check_beginning(suffix, file.read(64))
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
        raise invalid(
            "file",
            "压缩包已损坏或有密码,请重新打包",
            "The archive is broken or locked: pack it once more",
            code="bad_archive",
        ) from error


def _check_beginning(suffix: str, head: bytes) -> None:
    fitting = _BEGINNINGS.get(suffix)
    plain = head.removeprefix(b"\xef\xbb\xbf").lstrip() if suffix.endswith("json") else head
    if fitting is not None and not plain.startswith(fitting):
        raise invalid(
            "file",
            f"文件内容不是 {suffix},请确认没有改过扩展名",
            f"What is in the file is no {suffix}: was it renamed?",
            code="wrong_content",
        )


def _refused(upload_id: int, zh: str, en: str) -> None:
    with open_session() as session:
        found = queries.upload_by_id(session, upload_id, lock=True)
        commands.refuse(session, found, zh, en, at=clock.now())


# --- the kinds of work ---------------------------------------------------------------------------


def _layer_of(upload: Upload, path: Path) -> Layer:
    given = upload.options
    return read_layer(
        path,
        layer=given.get("layer") or None,
        encoding=given.get("encoding") or None,
        crs=given.get("crs") or None,
    )


def _grid(
    session: Session, upload: Upload, path: Path, progress: Progress, applying: bool
) -> Checked:
    given = upload.options
    progress("read", 10)
    file = GridFile(
        path,
        given.get("fields", {}),
        given.get("layer") or None,
        given.get("encoding") or None,
        given.get("crs") or None,
    )
    checked = check_file(session, file)
    report = _grid_report(checked.report, system=checked.source.system)
    report["findings"] += [_finding(each) for each in checked.source.notes]
    if applying:
        progress("store", 50)
        stored = import_grid(
            session,
            checked,
            names=None,
            working_grids=int(given.get("working_grids") or LIUZHOU_COUNT),
            synthetic=bool(given.get("synthetic")),
            source=upload.file_name,
        )
        progress("relocate", 80)
        report["stored"] = {**asdict(stored), "parts_moved": relocate_parts(session)}
    return report, checked.report.is_usable


def _finding(found: Finding) -> Json:
    return {
        "severity": found.severity.value,
        "zh": found.zh,
        "en": found.en,
        "count": found.count,
        "examples": list(found.examples),
    }


def _grid_report(report: GridReport, *, system: str) -> Json:
    marked = {code for finding in report.findings for code in finding.examples}
    shapes, codes = report.polygons, report.codes
    drawn = [at for at, shape in enumerate(shapes) if shape is not None]
    if len(drawn) > MOST_SHAPES:
        drawn = [at for at in drawn if codes[at] in marked]
    features = [_feature(shapes[at], code=codes[at], fault=codes[at] in marked) for at in drawn]
    whole = [shape for shape in shapes if shape is not None]
    if len(drawn) < len(whole):
        hull = shapely.convex_hull(shapely.geometrycollections(np.array(whole, dtype=object)))
        features.insert(0, _feature(hull, code="", fault=False))
    return {
        "totals": {
            "cells": report.cells,
            "km2": round(report.area_m2 / 1e6, 3),
            "system": system,
        },
        "findings": [_finding(each) for each in report.findings],
        "refused": [],
        "map": {"type": "FeatureCollection", "features": features},
    }


def _feature(shape: Any, **properties: Any) -> Json:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": mapping(shapely.set_precision(shape, 1e-7)),
    }


def _rows_report(report: ImportReport, layer: Layer | None) -> Json:
    """Totals, the refused rows with their reasons, and where rows lie: refused ones above all."""
    refused = {each.row: each for each in report.refused}
    rows = [] if layer is None else [row for row in layer.rows if row.shape is not None]
    bad = [row for row in rows if row.number in refused][: MOST_SHAPES // 2]
    good = [row for row in rows if row.number not in refused]
    step = max(1, len(good) // (MOST_SHAPES - len(bad)))
    return {
        "totals": {
            "rows": report.accepted + len(report.refused),
            "accepted": report.accepted,
            "inserted": report.inserted,
            "updated": report.updated,
            "refused": len(report.refused),
        },
        "findings": [
            {"severity": "note", "zh": note, "en": note, "count": count, "examples": []}
            for note, count in report.notes.most_common(20)
        ],
        "refused": [asdict(each) for each in report.refused[:MOST_REFUSED]],
        "map": {
            "type": "FeatureCollection",
            "features": [
                _feature(row.shape, code=str(row.number), fault=row.number in refused)
                for row in (*good[::step], *bad)
            ],
        },
    }


def _parts(
    session: Session, upload: Upload, path: Path, progress: Progress, _applying: bool
) -> Checked:
    progress("read", 20)
    layer = _layer_of(upload, path)
    progress("store", 50)
    options = PartsImport(
        upload.options.get("fields", {}),
        synthetic=bool(upload.options.get("synthetic")),
        allow_unknown_units=bool(upload.options.get("allow_unknown_units")),
    )
    report = import_parts(session, layer, options)
    return _rows_report(report, layer), report.accepted > 0


def _facilities(
    session: Session, upload: Upload, path: Path, progress: Progress, _applying: bool
) -> Checked:
    progress("read", 20)
    layer = _layer_of(upload, path)
    progress("store", 50)
    kind = upload.options.get("kind")
    report = import_facilities(
        session,
        layer,
        fields=upload.options.get("fields", {}),
        kind=FacilityKind(kind) if kind else None,
        synthetic=bool(upload.options.get("synthetic")),
        at=clock.now(),
    )
    return _rows_report(report, layer), report.accepted > 0


def _places(
    session: Session, upload: Upload, path: Path, progress: Progress, _applying: bool
) -> Checked:
    progress("store", 30)
    given = upload.options
    fields = given.get("fields", {})
    count = import_names(
        session,
        path,
        PlaceKind(given.get("kind", PlaceKind.PLACE)),
        fields=Fields(**{name: fields[name] for name in fields if name in Fields.__annotations__}),
        layer=given.get("layer") or None,
        crs=Crs(given.get("crs") or Crs.WGS84),
        synthetic=bool(given.get("synthetic")),
    )
    report = ImportReport(inserted=count, written=True)
    return _rows_report(report, None), count > 0


def _people(
    session: Session, upload: Upload, path: Path, progress: Progress, _applying: bool
) -> Checked:
    progress("store", 30)
    report = import_people(session, read_people(path), by=_actor(session, upload), at=clock.now())
    return _rows_report(report, None), report.accepted > 0


def _actor(session: Session, upload: Upload) -> Person:
    user = session.get(User, upload.by_id) if upload.by_id is not None else None
    return SYSTEM if user is None else person_of(user)


Work = Callable[[Session, Upload, Path, Progress, bool], Checked]
_WORKS: Final[dict[UploadKind, Work]] = {
    UploadKind.GRID: _grid,
    UploadKind.PARTS: _parts,
    UploadKind.FACILITIES: _facilities,
    UploadKind.PLACES: _places,
    UploadKind.PEOPLE: _people,
}
