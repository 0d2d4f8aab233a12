"""Refusing what no reader should see: archives that swell, and files under another kind's name."""

import zipfile
from pathlib import Path, PurePosixPath
from typing import Final

from dispatch.kit.errors import invalid

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


def look_at(path: Path) -> None:
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
