"""Import of public facilities from a layer: what is there is changed, what a feed said stays."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import shapely
from psycopg.types.json import Jsonb
from sqlalchemy.orm import Session

from dispatch.facilities.hours import parse_hours
from dispatch.facilities.model import Facility, FacilityKind
from dispatch.jurisdiction import reference
from dispatch.kit.copying import ewkb, upsert_rows
from dispatch.kit.importing import ImportReport, RowRefused
from dispatch.kit.layers import LATITUDES, LONGITUDES, Layer, LayerRow

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "code": ("code", "id", "编号", "编码", "代码"),
    "kind": ("kind", "type", "类型", "类别"),
    "name": ("name", "名称"),
    "address": ("address", "地址", "位置"),
    "opening_hours": ("opening_hours", "hours", "开放时间", "营业时间"),
    "accessible": ("accessible", "wheelchair", "无障碍"),
    "spaces_total": ("spaces_total", "capacity", "泊位数", "车位数", "总数"),
}
KINDS: Final[Mapping[str, FacilityKind]] = {
    **dict.fromkeys(("toilet", "toilets", "公厕", "公共厕所", "公共卫生间"), FacilityKind.TOILET),
    **dict.fromkeys(
        ("parking", "停车场", "停车位", "路边停车", "路内停车", "临时停车"), FacilityKind.PARKING
    ),
}
ALWAYS: Final = frozenset({"", "全天", "24小时", "全天开放", "24h"})
YES: Final = frozenset({"true", "yes", "1", "是", "有"})
COLUMNS: Final = (
    "code",
    "kind",
    "name",
    "address",
    "opening_hours",
    "accessible",
    "spaces_total",
    "details",
    "synthetic",
    "updated_at",
    "geom",
)


@dataclass
class _Reader:
    layer: Layer
    columns: dict[str, str | None]
    kind: FacilityKind | None
    synthetic: bool
    at: datetime
    seen: set[str]

    def read(self, session: Session, row: LayerRow) -> tuple[Any, ...]:
        code, name = self._text(row, "code"), self._text(row, "name")
        if not code or not name:
            raise RowRefused("no_code_or_name", "缺少编号或名称", "The code or the name is missing")
        if code in self.seen:
            raise RowRefused("repeated_code", f"编号 {code} 重复", f"The code {code} is used twice")
        values = (
            code,
            self._kind(row),
            name,
            self._text(row, "address"),
            self._hours(row),
            self._text(row, "accessible").lower() in YES,
            self._total(row),
            Jsonb(self._details(row)),
            self.synthetic,
            self.at,
            ewkb(_placed(session, row)),
        )
        self.seen.add(code)
        return values

    def _text(self, row: LayerRow, field: str) -> str:
        column = self.columns[field]
        return row.values.get(column, "") if column else ""

    def _kind(self, row: LayerRow) -> str:
        found = KINDS.get(self._text(row, "kind"), self.kind)
        if found is None:
            raise RowRefused(
                "unknown_kind",
                f"不认识类型“{self._text(row, 'kind')}”,请填 公厕 或 停车场,或用 --kind 指明",
                f"The kind '{self._text(row, 'kind')}' is unknown: toilet or parking, or use --kind",
            )
        return found.value

    def _hours(self, row: LayerRow) -> str:
        given = self._text(row, "opening_hours")
        hours = "24/7" if given in ALWAYS else given.replace("～", "-").replace("：", ":")
        if parse_hours(hours) is None:
            raise RowRefused(
                "bad_hours",
                f"开放时间“{given}”无法识别,请写成 06:00-22:00 或 Mo-Fr 08:00-20:00",
                f"The hours '{given}' cannot be read: write 06:00-22:00 or Mo-Fr 08:00-20:00",
            )
        return hours

    def _total(self, row: LayerRow) -> int | None:
        given = self._text(row, "spaces_total")
        if not given:
            return None
        if not given.isdigit():
            raise RowRefused(
                "bad_total", f"总数“{given}”不是整数", f"The total '{given}' is no whole number"
            )
        return int(given)

    def _details(self, row: LayerRow) -> dict[str, str]:
        """What the layer says besides, as it stands there."""
        known = {column for column in self.columns.values() if column}
        known |= {f for f in self.layer.fields if f.lower() in (*LONGITUDES, *LATITUDES)}
        return {name: text for name, text in row.values.items() if name not in known and text}


def import_facilities(
    session: Session,
    layer: Layer,
    *,
    fields: Mapping[str, str],
    kind: FacilityKind | None = None,
    synthetic: bool = False,
    at: datetime,
) -> ImportReport:
    """Add the facilities of a layer, or change those whose code is there; refused rows are reported.

    `kind` holds for rows that name none. Each must lie in the city.
    """
    report = ImportReport()
    columns = {field: layer.find(names, given=fields.get(field)) for field, names in FIELDS.items()}
    reader = _Reader(layer, columns, kind, synthetic, at, set())
    rows = list(_read_all(session, reader, report))
    report.inserted, report.updated = upsert_rows(
        session, Facility.__tablename__, COLUMNS, rows, key="code"
    )
    report.written = True
    return report


def _read_all(session: Session, reader: _Reader, report: ImportReport) -> Iterator[tuple[Any, ...]]:
    for row in reader.layer.rows:
        try:
            yield reader.read(session, row)
        except RowRefused as why:
            report.refuse(row.number, why)


def _placed(session: Session, row: LayerRow) -> shapely.Point:
    """The point, or a point within the outline of a larger facility."""
    if row.shape is None or row.shape.is_empty:
        raise RowRefused(
            "no_point",
            "没有可用的坐标,请补全经纬度",
            "There is no usable place: complete its longitude and latitude",
        )
    spot = row.shape if isinstance(row.shape, shapely.Point) else row.shape.representative_point()
    if reference.locate(session, spot.x, spot.y) is None:
        raise RowRefused(
            "outside_jurisdiction",
            f"坐标 {spot.x:.6f},{spot.y:.6f} 不在本市网格内,请核对坐标系(--crs)",
            f"{spot.x:.6f},{spot.y:.6f} lies in no unit grid: check the system (--crs)",
        )
    return spot
