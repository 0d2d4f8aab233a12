"""Deeds on the parts inventory: import a layer of parts, and find each part's unit grid again."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
import shapely
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from dispatch.catalogue.reference import Catalogue, CategoryFacts, catalogue
from dispatch.departments.model import Department, DepartmentName
from dispatch.jurisdiction import reference
from dispatch.kit import audit
from dispatch.kit.audit import Actor
from dispatch.kit.copying import ewkb, upsert_rows
from dispatch.kit.errors import NotFound, invalid
from dispatch.kit.importing import ImportReport, RowRefused
from dispatch.kit.layers import Layer, LayerRow
from dispatch.parts.model import Part

CODE_LENGTH: Final = 16
#: Names of fields as cities write them; the first that is there is taken.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "code": ("code", "part_code", "objcode", "bsm", "标识码", "部件编码", "部件标识码", "编码"),
    "category": ("category", "class", "objclass", "小类", "小类代码", "部件小类", "部件类型"),
    "name": ("name", "objname", "名称", "部件名称"),
    "owner": ("owner", "ownerunit", "权属单位", "权属单位名称"),
    "maintainer": ("maintainer", "养护单位", "养护单位名称", "管护单位"),
    "governing": ("governing", "主管部门", "主管单位", "主管部门名称"),
    "condition": ("condition", "objstate", "状态", "部件状态"),
    "accuracy": ("accuracy", "精度", "定位精度"),
    "installed_on": ("installed_on", "ordate", "初始时间", "设置日期", "建设时间"),
    "source": ("source", "datasource", "数据来源"),
}
CONDITIONS: Final[Mapping[str, str]] = {
    "": "good",
    **dict.fromkeys(("good", "完好", "正常"), "good"),
    **dict.fromkeys(("damaged", "破损", "损坏"), "damaged"),
    **dict.fromkeys(("missing", "丢失", "缺失"), "missing"),
    **dict.fromkeys(("abandoned", "废弃", "停用"), "abandoned"),
}
ACCURACIES: Final[Mapping[str, str]] = {"": "C", "A": "A", "B": "B", "C": "C"}
COLUMNS: Final = (
    "code",
    "category_id",
    "name",
    "owner_id",
    "maintainer_id",
    "governing_id",
    "grid_code",
    "condition",
    "accuracy",
    "installed_on",
    "source",
    "synthetic",
    "geom",
)
RELOCATE_AT_ONCE: Final = 50_000


@dataclass(frozen=True)
class PartsImport:
    """How a layer is to be read: its fields by ours, and what to do with units nobody knows."""

    fields: Mapping[str, str]
    synthetic: bool = False
    allow_unknown_units: bool = False


@dataclass
class _Reader:
    """Turns rows into columns of the table, against the catalogue, the units and the grid."""

    catalogue: Catalogue
    units: dict[str, int]
    columns: dict[str, str | None]
    options: PartsImport
    report: ImportReport
    seen: set[str]

    def read(self, row: LayerRow, grid_code: str | None) -> tuple[Any, ...]:
        """One row; raises RowRefused."""
        code = self._code(row)
        category = self._category(row, code)
        if not isinstance(row.shape, shapely.Point) or grid_code is None:
            raise _misplaced(row)
        units = [self._unit(row, role) for role in ("owner", "maintainer", "governing")]
        values = (
            code,
            category.id,
            self._text(row, "name") or category.name,
            *units,
            grid_code,
            _one_of(CONDITIONS, self._text(row, "condition"), "condition"),
            _one_of(ACCURACIES, self._text(row, "accuracy").upper(), "accuracy"),
            _day(self._text(row, "installed_on")),
            self._text(row, "source"),
            self.options.synthetic,
            ewkb(row.shape),
        )
        self.seen.add(code)
        return values

    def _text(self, row: LayerRow, field: str) -> str:
        column = self.columns[field]
        return row.values.get(column, "") if column else ""

    def _code(self, row: LayerRow) -> str:
        code = self._text(row, "code")
        if len(code) != CODE_LENGTH or not (code.isascii() and code.isdigit()):
            raise RowRefused(
                "bad_code",
                f"部件代码“{code}”不是 16 位数字(6 位区 + 2 位大类 + 2 位小类 + 6 位顺序号)",
                f"The part code '{code}' is not 16 digits (6 district, 2 major, 2 minor, 6 serial)",
            )
        if code in self.seen:
            raise RowRefused(
                "repeated_code", f"部件代码 {code} 重复", f"The part code {code} is used twice"
            )
        return code

    def _category(self, row: LayerRow, code: str) -> CategoryFacts:
        """The class named in its own field, else the one that the code's middle digits name."""
        given = self._text(row, "category") or f"P{code[6:10]}"
        found = self.catalogue.find(given)
        if found is None or found.kind != "part":
            raise RowRefused(
                "unknown_category",
                f"没有部件小类“{given}”,请填写目录中的代码或名称",
                f"There is no class of parts '{given}': give a code or name of the catalogue",
            )
        return found

    def _unit(self, row: LayerRow, role: str) -> int | None:
        given = self._text(row, role)
        found = self.units.get(given)
        if found is None and given:
            if not self.options.allow_unknown_units:
                raise RowRefused(
                    "unknown_unit",
                    f"没有单位“{given}”,请先登记该单位,或用 --allow-unknown-units 留空",
                    f"There is no unit '{given}': add it first, or leave it empty with "
                    "--allow-unknown-units",
                )
            self.report.notes[f"未知单位留空 / unknown unit left empty: {given}"] += 1
        return found


def import_parts(session: Session, layer: Layer, options: PartsImport) -> ImportReport:
    """Add the parts of a layer, or change those whose code is there; refused rows are reported.

    Every part must lie in a unit grid of the city. About ten seconds for 100,000 parts.
    """
    report = ImportReport()
    columns = {
        field: layer.find(names, given=options.fields.get(field)) for field, names in FIELDS.items()
    }
    reader = _Reader(catalogue(session), _units(session), columns, options, report, set())
    rows = list(_read_all(layer, reader, _grid_codes(session, layer)))
    report.inserted, report.updated = upsert_rows(
        session, Part.__tablename__, COLUMNS, rows, key="code"
    )
    report.written = True
    return report


def relocate_parts(session: Session) -> int:
    """Write each part's unit grid anew, after a grid was imported; how many changed."""
    changed, last = 0, 0
    while True:
        rows = session.execute(
            select(Part.id, Part.grid_code, func.ST_X(Part.geom), func.ST_Y(Part.geom))
            .where(Part.id > last)
            .order_by(Part.id)
            .limit(RELOCATE_AT_ONCE)
        ).all()
        if not rows:
            return changed
        last = rows[-1][0]
        city = reference.grid(session)
        cells = city.locate_many([row[2] for row in rows], [row[3] for row in rows]).tolist()
        found = [str(city.codes[cell]) if cell >= 0 else None for cell in cells]
        moved = [
            {"id": row[0], "grid_code": code}
            for row, code in zip(rows, found, strict=True)
            if code != row[1]
        ]
        if moved:
            session.execute(update(Part), moved)
        changed += len(moved)


def _read_all(
    layer: Layer, reader: _Reader, grid_codes: list[str | None]
) -> Iterator[tuple[Any, ...]]:
    for row, grid_code in zip(layer.rows, grid_codes, strict=True):
        try:
            yield reader.read(row, grid_code)
        except RowRefused as why:
            reader.report.refuse(row.number, why)


def _grid_codes(session: Session, layer: Layer) -> list[str | None]:
    shapes = np.array([row.shape for row in layer.rows], dtype=object)
    is_point = shapely.get_type_id(shapes) == shapely.GeometryType.POINT
    lons = np.where(is_point, shapely.get_x(shapes), np.nan)
    lats = np.where(is_point, shapely.get_y(shapes), np.nan)
    city = reference.grid(session)
    return [
        str(city.codes[cell]) if cell >= 0 else None
        for cell in city.locate_many(lons, lats).tolist()
    ]


def _units(session: Session) -> dict[str, int]:
    """Every unit by its code and by every name that it bears or bore."""
    names = session.execute(select(DepartmentName.name, DepartmentName.department_id))
    units = {row.name: row.department_id for row in names}
    for row in session.execute(select(Department.id, Department.code, Department.name)):
        units |= {row.code: row.id, row.name: row.id}
    return units


def _misplaced(row: LayerRow) -> RowRefused:
    if not isinstance(row.shape, shapely.Point):
        return RowRefused(
            "no_point",
            "没有可用的点坐标,请补全经纬度",
            "There is no usable point: complete its longitude and latitude",
        )
    return RowRefused(
        "outside_jurisdiction",
        f"坐标 {row.shape.x:.6f},{row.shape.y:.6f} 不在本市网格内,请核对坐标系(--crs)",
        f"{row.shape.x:.6f},{row.shape.y:.6f} lies in no unit grid: check the system (--crs)",
    )


def _one_of(words: Mapping[str, str], given: str, field: str) -> str:
    found = words.get(given)
    if found is None:
        choices = "、".join(word for word in words if word)
        raise RowRefused(
            f"bad_{field}",
            f"{field} 不能是“{given}”,可用:{choices}",
            f"{field} cannot be '{given}'; it may be {choices}",
        )
    return found


def _day(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text[:10].replace("/", "-"))
    except ValueError:
        raise RowRefused(
            "bad_date",
            f"日期“{text}”无法识别,请写成 2026-11-21",
            f"The date '{text}' cannot be read: write it as 2026-11-21",
        ) from None


EDITED: Final = ("name", "owner_id", "maintainer_id", "governing_id", "condition")


@dataclass(frozen=True)
class PartChange:
    """What an administrator sets of a part."""

    name: str
    owner_id: int | None
    maintainer_id: int | None
    governing_id: int | None
    condition: str


def edit_part(session: Session, code: str, change: PartChange, *, by: Actor, seen: int) -> Part:
    """Change a part. Raises NotFound, InvalidInput and StaleVersion."""
    found = session.scalar(select(Part).where(Part.code == code).with_for_update())
    if found is None:
        raise NotFound("no_such_part", f"没有部件 {code}", f"There is no part {code}")
    audit.expect_version(session, f"part:{code}", seen)
    if change.condition not in set(CONDITIONS.values()):
        raise invalid("condition", "请选择状态", "Choose the condition")
    before = audit.snapshot(found, EDITED)
    found.name, found.condition = change.name, change.condition
    found.owner_id, found.maintainer_id = change.owner_id, change.maintainer_id
    found.governing_id = change.governing_id
    session.flush()
    changes = audit.differences(before, audit.snapshot(found, EDITED))
    audit.changed(session, "part_edited", subject=f"part:{code}", by=by, changes=changes)
    return found
