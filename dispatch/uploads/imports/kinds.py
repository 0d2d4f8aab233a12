"""What is done with a file of each kind, and the report that tells of it."""

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from shapely.geometry import mapping
from sqlalchemy.orm import Session

from dispatch.facilities.imports import import_facilities
from dispatch.facilities.model import FacilityKind
from dispatch.intake.channels.camera.imports import import_cameras
from dispatch.jurisdiction.gazetteer import PlaceKind
from dispatch.jurisdiction.imports import (
    GridChecked,
    GridFile,
    check_file,
    import_grid,
    import_names,
)
from dispatch.kit import clock
from dispatch.kit.db import Json
from dispatch.kit.importing import ImportReport
from dispatch.kit.layerfiles import read_layer
from dispatch.kit.layers import Layer
from dispatch.parts.commands import PartsImport, import_parts, relocate_parts
from dispatch.people.imports import import_people, read_people
from dispatch.people.model import User
from dispatch.people.policy import SYSTEM, Person
from dispatch.people.queries import person_of
from dispatch.uploads.model import Upload, UploadKind
from geo.crs import Crs
from geo.gazetteer import Fields
from geo.grid import Column
from geo.grid.working import fitting_count
from geo.gridfiles import GridReport
from geo.gridfiles.report import Finding, Severity

#: What a report holds at most, so that it can be shown.
MOST_REFUSED, MOST_SHAPES = 1_000, 1_500

Progress = Callable[[str, int], None]
#: The report of a file, and whether it may be taken in.
Checked = tuple[Json, bool]


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
    count, impossible = _working_count(given, checked)
    report["findings"] += impossible
    if applying:
        progress("store", 50)
        stored = import_grid(
            session,
            checked,
            names=None,
            working_grids=count,
            synthetic=bool(given.get("synthetic")),
            source=upload.file_name,
        )
        progress("relocate", 80)
        report["stored"] = {**asdict(stored), "parts_moved": relocate_parts(session)}
    return report, checked.report.is_usable and not impossible


def _working_count(given: Json, checked: GridChecked) -> tuple[int, list[Json]]:
    """How many working grids are drawn where the file has none, and what is wrong with that number."""
    cells, districts = checked.report.cells, len({code[:6] for code in checked.report.codes})
    count = int(given.get("working_grids") or fitting_count(districts=districts, cells=cells))
    if Column.WORKING_GRID in checked.source.columns or districts <= count <= cells:
        return count, []
    wrong = {
        "severity": Severity.ERROR.value,
        "zh": f"{districts} 个区、{cells} 个单元网格不能划分为 {count} 个责任网格",
        "en": f"{districts} districts of {cells} unit grids make no {count} working grids",
        "count": 1,
        "examples": [],
    }
    return count, [wrong]


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


def _cameras(
    session: Session, upload: Upload, path: Path, progress: Progress, _applying: bool
) -> Checked:
    progress("read", 20)
    layer = _layer_of(upload, path)
    progress("store", 50)
    report = import_cameras(
        session,
        layer,
        fields=upload.options.get("fields", {}),
        source=upload.options.get("kind") or "",
        by=_actor(session, upload),
    )
    return _rows_report(report, layer), report.accepted > 0


def _actor(session: Session, upload: Upload) -> Person:
    user = session.get(User, upload.by_id) if upload.by_id is not None else None
    return SYSTEM if user is None else person_of(user)


Work = Callable[[Session, Upload, Path, Progress, bool], Checked]
WORKS: Final[dict[UploadKind, Work]] = {
    UploadKind.GRID: _grid,
    UploadKind.PARTS: _parts,
    UploadKind.FACILITIES: _facilities,
    UploadKind.PLACES: _places,
    UploadKind.PEOPLE: _people,
    UploadKind.CAMERAS: _cameras,
}
