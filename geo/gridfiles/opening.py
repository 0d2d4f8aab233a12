"""Open a file with a grid: unpack it, tell its encoding, read its rows."""

import codecs
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import pyogrio
import pyogrio.raw
from numpy.typing import NDArray
from pyogrio.errors import DataLayerError, DataSourceError

from geo.errors import GridFileError

SUFFIXES: Final = (".geojson", ".json", ".gpkg", ".shp")
MAX_UNPACKED: Final = 2_000_000_000  # bytes; more is no grid but a bomb
CODE_PAGES: Final = {"936": "GB18030", "54936": "GB18030", "65001": "UTF-8"}  # as Windows numbers
_SHAPEFILE_PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")


@dataclass(frozen=True, eq=False)
class Rows:
    """A layer as it stands in the file: names of fields, their values, shapes as WKB, the system."""

    fields: list[str]
    values: list[list[Any]]
    wkb: NDArray[np.object_]
    crs: str | None


def read_rows(path: Path, *, layer: str | None, encoding: str | None) -> Rows:
    """Read a layer; raise GridFileError if that cannot be done."""
    with _unpacked(path) as file:
        if file.suffix.lower() != ".shp":
            return _read(file, layer, encoding)
        # A .dbf may cut a name off in the middle of a character, which the reader would choke on:
        # take its bytes as they are (Latin-1 maps each to a character) and decode them here.
        codec = _codec(encoding or _code_page(file) or _guess_encoding(file))
        return _decoded(_read(file, layer, "ISO-8859-1"), codec)


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    """Yield the file itself, or what a zip holds, under a plain name in a folder of its own."""
    if not path.is_file():
        raise GridFileError(f"文件不存在：{path.name}", f"There is no file {path.name}")
    if path.suffix.lower() in SUFFIXES:
        yield path
        return
    if path.suffix.lower() != ".zip":
        raise GridFileError(
            f"不支持 {path.suffix or path.name}；请提供 GeoJSON、GeoPackage、Shapefile 或其 zip",
            f"{path.suffix or path.name} is not supported: give GeoJSON, GeoPackage, Shapefile or a "
            "zip of one",
        )
    with TemporaryDirectory() as folder:
        yield _extract(path, Path(folder))


def _extract(path: Path, folder: Path) -> Path:
    try:
        with zipfile.ZipFile(path) as archive:
            main = _main_member(archive, path)
            stem = main.filename[: -len(PurePosixPath(main.filename).suffix)]
            parts = [info for info in archive.infolist() if info.filename.startswith(stem + ".")]
            if sum(info.file_size for info in parts) > MAX_UNPACKED:
                raise GridFileError(
                    f"{path.name} 解压后过大，请只保留网格图层",
                    f"{path.name} is too large once unpacked: keep the grid's layer only",
                )
            for info in parts:
                suffix = PurePosixPath(info.filename).suffix.lower()
                if suffix in (*SUFFIXES, *_SHAPEFILE_PARTS):
                    with archive.open(info) as source, (folder / f"cells{suffix}").open("wb") as to:
                        shutil.copyfileobj(source, to)
    except (zipfile.BadZipFile, OSError, RuntimeError) as error:
        raise _unreadable(path, error) from error
    return folder / f"cells{PurePosixPath(main.filename).suffix.lower()}"


def _main_member(archive: zipfile.ZipFile, path: Path) -> zipfile.ZipInfo:
    found = [
        info
        for info in archive.infolist()
        if PurePosixPath(info.filename).suffix.lower() in SUFFIXES
        and not PurePosixPath(info.filename).name.startswith("._")
    ]
    if len(found) != 1:
        names = ", ".join(info.filename for info in found) or "—"
        raise GridFileError(
            f"{path.name} 中须恰有一个网格文件，现有：{names}",
            f"{path.name} must hold exactly one file with a grid, but holds: {names}",
        )
    return found[0]


def _read(path: Path, layer: str | None, encoding: str | None) -> Rows:
    try:
        layers = pyogrio.list_layers(path)[:, 0].tolist()
        if layer is None and len(layers) > 1:
            raise GridFileError(
                f"文件有多个图层，请指定其一：{', '.join(layers)}",
                f"The file has several layers, name one: {', '.join(layers)}",
            )
        meta, _, wkb, values = pyogrio.raw.read(path, layer=layer, encoding=encoding, force_2d=True)
    except (DataSourceError, DataLayerError, UnicodeError) as error:
        raise _unreadable(path, error) from error
    if wkb is None:
        raise GridFileError("文件中没有几何图形", "The file holds no geometries")
    return Rows(meta["fields"].tolist(), [column.tolist() for column in values], wkb, meta["crs"])


def _decoded(rows: Rows, codec: str) -> Rows:
    def text(value: Any) -> Any:
        return value.encode("latin-1").decode(codec, "ignore") if isinstance(value, str) else value

    values = [[text(value) for value in column] for column in rows.values]
    return replace(rows, fields=[text(name) for name in rows.fields], values=values)


def _codec(name: str) -> str:
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        raise GridFileError(
            f"不认识编码 {name}，请改用 UTF-8 或 GB18030",
            f"Unknown encoding {name}: use UTF-8 or GB18030",
        ) from error


def _code_page(path: Path) -> str | None:
    """Return the encoding that the .cpg beside a Shapefile names, if it is one."""
    page = path.with_suffix(".cpg")
    name = page.read_text("ascii", "replace").strip() if page.exists() else ""
    name = CODE_PAGES.get(name, name)
    try:
        return codecs.lookup(name).name if name else None
    except LookupError:
        return None


def _guess_encoding(path: Path) -> str:
    """Tell the encoding of a .dbf by its bytes: UTF-8 if they can be read so, else GB 18030."""
    table = path.with_suffix(".dbf")
    data = table.read_bytes() if table.exists() else bytes(32)
    header = int.from_bytes(data[8:10], "little")
    names = b" ".join(data[at : at + 11] for at in range(32, header - 31, 32))
    text = names + b" " + data[header:]
    foreign = sum(byte > 0x7F for byte in text)
    kept = sum(len(c.encode()) for c in text.decode("utf-8", "ignore") if not c.isascii())
    # not every byte: texts are cut off at their field's width, in the middle of a character even
    return "UTF-8" if kept >= 0.8 * foreign else "GB18030"


def _unreadable(path: Path, error: Exception) -> GridFileError:
    return GridFileError(
        f"无法读取 {path.name}：{error}。请检查文件是否完整",
        f"Cannot read {path.name}: {error}. Check that the file is complete",
    )
