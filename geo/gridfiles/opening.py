"""Open a file with a grid: unpack it, tell its encoding, read its rows."""

import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, Final

import pyogrio
import pyogrio.raw
from pyogrio.errors import DataLayerError, DataSourceError, FieldError

from geo.errors import GridFileError

SUFFIXES: Final = (".geojson", ".json", ".gpkg", ".shp")
MAX_UNPACKED: Final = 2_000_000_000  # bytes; more is no grid but a bomb
_SHAPEFILE_PARTS: Final = (".shp", ".shx", ".dbf", ".prj", ".cpg")


def read_rows(
    path: Path, *, layer: str | None, encoding: str | None
) -> tuple[dict[str, Any], Any, Any]:
    """Return what pyogrio tells of a layer, its shapes as WKB, and the values of each field."""
    with _unpacked(path) as file:
        return _read(file, layer, encoding or _guess_encoding(file))


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


def _read(path: Path, layer: str | None, encoding: str | None) -> tuple[dict[str, Any], Any, Any]:
    try:
        layers = pyogrio.list_layers(path)[:, 0].tolist()
        if layer is None and len(layers) > 1:
            raise GridFileError(
                f"文件有多个图层，请指定其一：{', '.join(layers)}",
                f"The file has several layers, name one: {', '.join(layers)}",
            )
        meta, _, wkb, values = pyogrio.raw.read(path, layer=layer, encoding=encoding, force_2d=True)
    except (DataSourceError, DataLayerError, FieldError, UnicodeError, ValueError) as error:
        if isinstance(error, GridFileError):
            raise
        raise _unreadable(path, error) from error
    if wkb is None:
        raise GridFileError("文件中没有几何图形", "The file holds no geometries")
    return meta, wkb, values


def _guess_encoding(path: Path) -> str | None:
    """Tell the encoding of a .dbf that comes without .cpg; None where the format settles it."""
    table = path.with_suffix(".dbf")
    if path.suffix.lower() != ".shp" or path.with_suffix(".cpg").exists() or not table.exists():
        return None
    data = table.read_bytes()
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
