"""The files of a data set: CSV and GeoParquet from the database, GeoPackage and GeoJSON from the Parquet.

Only the process that makes files imports this: Arrow and GDAL weigh more than a web process may.
"""

import csv
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from pyogrio import write_arrow
from pyproj import CRS
from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.db import SRID
from dispatch.kit.sheets import BOM, harmless
from dispatch.opendata.queries import ViewWords

GEOMETRY: Final = "geom"
#: Rows in memory at a time.
BATCH: Final = 5_000
_TYPES: Final = {
    "text": pa.string(),
    "integer": pa.int64(),
    "bigint": pa.int64(),
    "boolean": pa.bool_(),
    "double precision": pa.float64(),
    "date": pa.date32(),
    "timestamp with time zone": pa.timestamp("ms", "UTC"),
}


@dataclass(frozen=True)
class Written:
    """The files in a folder, by format, and how many rows each has."""

    rows: int
    paths: dict[str, Path]


def _arrow_type(kind: str) -> pa.DataType:
    return pa.binary() if kind.startswith("geometry") else _TYPES[kind]


def schema_of(view: ViewWords, shape: str) -> pa.Schema:
    """The columns of a view as Arrow has them, each with its meaning, and GeoParquet's own words."""
    fields = [
        pa.field(each.name, _arrow_type(each.type), metadata={"comment": f"{each.zh} / {each.en}"})
        for each in view.columns
    ]
    geo = {
        "version": "1.1.0",
        "primary_column": GEOMETRY,
        "columns": {
            GEOMETRY: {
                "encoding": "WKB",
                "geometry_types": [shape],
                "crs": CRS.from_epsg(SRID).to_json_dict(),
            }
        },
    }
    return pa.schema(fields, metadata={"geo": json.dumps(geo, ensure_ascii=False)})


def write(
    session: Session,
    view: ViewWords,
    folder: Path,
    stem: str,
    *,
    shape: str,
    where: str = "true",
    given: dict[str, Any] | None = None,
) -> Written:
    """Write the rows of a view (those of the condition `where`) in every format."""
    schema = schema_of(view, shape)
    paths = {kind: folder / f"{stem}.{kind}" for kind in ("csv", "parquet", "gpkg", "geojson")}
    rows = 0
    with ExitStack() as opened:
        table = opened.enter_context(pq.ParquetWriter(paths["parquet"], schema, compression="zstd"))
        sheet = opened.enter_context(paths["csv"].open("w", encoding="utf-8", newline=""))
        sheet.write(BOM)
        lines = csv.writer(sheet)
        shown = [n for n, each in enumerate(view.columns) if each.name != GEOMETRY]
        lines.writerow([view.columns[n].name for n in shown])
        for batch in _batches(session, view, where, given or {}):
            rows += len(batch)
            table.write_batch(_arrow(batch, schema))
            lines.writerows([_plain(row[n]) for n in shown] for row in batch)
    _with_gdal(paths["parquet"], paths["gpkg"], stem, shape=shape, driver="GPKG")
    _with_gdal(paths["parquet"], paths["geojson"], stem, shape=shape, driver="GeoJSON")
    return Written(rows, paths)


def _batches(
    session: Session, view: ViewWords, where: str, given: dict[str, Any]
) -> Iterator[Sequence[Any]]:
    columns = ", ".join(
        f'ST_AsBinary("{each.name}")' if each.name == GEOMETRY else f'"{each.name}"'
        for each in view.columns
    )
    asked = text(f"SELECT {columns} FROM {view.full_name} WHERE {where} ORDER BY 1")  # noqa: S608 - names of our own views
    result = session.execute(asked, given, execution_options={"yield_per": BATCH})
    yield from result.partitions()


def _arrow(batch: Sequence[Any], schema: pa.Schema) -> pa.RecordBatch:
    columns = zip(*batch, strict=True)
    arrays = [
        pa.array([_bytes(each) for each in column], field.type)
        for column, field in zip(columns, schema, strict=True)
    ]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _bytes(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def _plain(value: Any) -> Any:
    """A cell of CSV: times with their zone, truth in lower case, nothing that a spreadsheet would run."""
    if isinstance(value, datetime):
        return value.astimezone(CITY_ZONE).isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bool):
        return str(value).lower()
    return harmless(value)


def _with_gdal(source: Path, target: Path, layer: str, *, shape: str, driver: str) -> None:
    """The same rows by GDAL, batch by batch. GeoJSON is WGS-84 by its standard; it is the same degrees."""
    opened = pq.ParquetFile(source)
    batches = opened.iter_batches(batch_size=BATCH)
    is_json = driver == "GeoJSON"
    write_arrow(
        pa.RecordBatchReader.from_batches(opened.schema_arrow.remove_metadata(), batches),
        target,
        layer=layer,
        driver=driver,
        geometry_name=GEOMETRY,
        geometry_type=shape,
        crs="EPSG:4326" if is_json else f"EPSG:{SRID}",
        layer_options={"RFC7946": "YES"} if is_json else {"GEOMETRY_NAME": GEOMETRY},
    )
