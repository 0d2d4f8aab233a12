"""The stored form of a grid: a compressed bundle of arrays that loads in a fraction of a second."""

import io
import zipfile
import zlib
from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from geo.errors import GridBytesError

FORMAT: Final = 1  # raise whenever an array's meaning changes: older bytes are then refused

Arrays = dict[str, NDArray[Any]]


def pack(arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Bundle named arrays behind a checksum."""
    stream = io.BytesIO()
    np.savez_compressed(stream, allow_pickle=False, format=np.int64(FORMAT), **arrays)
    bundle = stream.getvalue()
    return zlib.crc32(bundle).to_bytes(4, "big") + bundle


def unpack(data: bytes) -> Arrays:
    """Return the arrays of a bundle; raise GridBytesError if damaged or of another version."""
    if int.from_bytes(data[:4], "big") != zlib.crc32(data[4:]):
        raise _refused("checksum")
    try:
        with np.load(io.BytesIO(data[4:]), allow_pickle=False) as bundle:
            arrays: Arrays = dict(bundle)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
        raise _refused(f"{error}") from error
    found = int(arrays.pop("format", np.int64(0)))
    if found != FORMAT:
        raise _refused(f"format {found}, expected {FORMAT}")
    return arrays


def _refused(why: str) -> GridBytesError:
    return GridBytesError(
        f"网格数据损坏或版本不符（{why}），请重新导入网格",
        f"The stored grid is damaged or of another version ({why}): import the grid again",
    )
