"""Import of a list of cameras: what is there is changed, what is new is added, each as by hand."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import shapely
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.intake.channels.camera.registry import (
    CameraChange,
    add_camera,
    edit_camera,
    subject_of,
)
from dispatch.intake.model import Camera
from dispatch.kit import audit
from dispatch.kit.audit import Actor
from dispatch.kit.errors import DomainError
from dispatch.kit.importing import ImportReport, RowRefused
from dispatch.kit.layers import Layer, LayerRow

FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "code": ("code", "device_id", "编码", "编号", "国标编码", "设备编码"),
    "name": ("name", "名称", "点位名称", "设备名称"),
    "source": ("source", "来源", "厂商", "接入方式"),
    "address": ("address", "地址", "位置", "安装位置"),
    "min_confidence": ("min_confidence", "confidence", "置信度下限", "置信度"),
    "enabled": ("enabled", "启用", "状态"),
}
NO: Final = frozenset({"false", "no", "0", "否", "停用", "关", "离线"})


@dataclass(frozen=True)
class _Reader:
    columns: Mapping[str, str | None]
    source: str
    by: Actor
    seen: set[tuple[str, str]] = field(default_factory=set)

    def take(self, session: Session, row: LayerRow) -> bool:
        """Add the camera of a row, or change it; whether it is new. Raises RowRefused."""
        source, code = key = self.key_of(row)
        if key in self.seen:
            raise RowRefused("repeated_code", f"编码 {code} 重复", f"The code {code} is used twice")
        found = session.scalar(select(Camera).where(Camera.source == source, Camera.code == code))
        change = self._change(row)
        try:
            with session.begin_nested():
                if found is None:
                    add_camera(session, source=source, code=code, change=change, by=self.by)
                else:
                    seen = audit.version_of(session, subject_of(found))
                    edit_camera(session, found.id, change, by=self.by, seen=seen)
        except DomainError as error:
            raise RowRefused(error.code, error.zh, error.en) from error
        self.seen.add(key)
        return found is None

    def key_of(self, row: LayerRow) -> tuple[str, str]:
        """Whose camera it is, and its code."""
        return self._text(row, "source").lower() or self.source, self._text(row, "code")

    def _change(self, row: LayerRow) -> CameraChange:
        if row.shape is None or row.shape.is_empty:
            raise RowRefused(
                "no_point",
                "没有可用的坐标,请补全经纬度",
                "There is no usable place: complete its longitude and latitude",
            )
        spot = row.shape if isinstance(row.shape, shapely.Point) else row.shape.centroid
        return CameraChange(
            name=self._text(row, "name") or self._text(row, "code"),
            address=self._text(row, "address")[:200],
            longitude=spot.x,
            latitude=spot.y,
            min_confidence=self._confidence(row),
            enabled=self._text(row, "enabled").lower() not in NO,
        )

    def _text(self, row: LayerRow, name: str) -> str:
        column = self.columns[name]
        return row.values.get(column, "").strip() if column else ""

    def _confidence(self, row: LayerRow) -> float | None:
        """From 0 to 1; a percentage counts as what it means."""
        given = self._text(row, "min_confidence").rstrip("%％")
        if not given:
            return None
        try:
            value = float(given)
        except ValueError:
            raise RowRefused(
                "bad_confidence",
                f"置信度下限“{given}”不是数字",
                f"The least confidence '{given}' is no number",
            ) from None
        return value / 100 if value > 1 else value


def import_cameras(
    session: Session, layer: Layer, *, fields: Mapping[str, str], source: str, by: Actor
) -> ImportReport:
    """Add the cameras of a layer, or change those that are there; refused rows are reported.

    `source` holds for rows that name none. A camera that stands twice in the file is taken once.
    """
    report = ImportReport()
    columns = {name: layer.find(found, given=fields.get(name)) for name, found in FIELDS.items()}
    reader = _Reader(columns, source, by)
    for row in layer.rows:
        try:
            is_new = reader.take(session, row)
        except RowRefused as why:
            report.refuse(row.number, why)
            continue
        report.inserted += is_new
        report.updated += not is_new
    report.written = True
    return report
