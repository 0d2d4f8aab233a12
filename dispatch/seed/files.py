"""The folder of seed data: where it is, and its tables as rows."""

import csv
import gzip
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from dispatch.kit.errors import NotFound

Row = dict[str, str]

_PACKAGED = Path(__file__).resolve().parents[1] / "seed_data"
_CHECKED_OUT = Path(__file__).resolve().parents[2] / "data"


def seed_folder() -> Path:
    """The seed data of the installed package, or `data/` of a source tree. NotFound without either."""
    for folder in (_PACKAGED, _CHECKED_OUT):
        if (folder / "catalogue" / "categories.csv").is_file():
            return folder
    raise NotFound(
        "no_seed_data",
        "找不到种子数据:请在源码目录运行,或重新安装带数据的安装包",
        "No seed data found: run from a source tree, or install the wheel that carries it",
    )


@contextmanager
def _opened(path: Path) -> Iterator[TextIO]:
    if path.suffix == ".gz":
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            yield file
    else:
        with path.open(encoding="utf-8", newline="") as file:
            yield file


def rows_of(folder: Path, name: str) -> Iterator[Row]:
    """The rows of a CSV table, packed with gzip or not. NotFound when the file is missing."""
    path = folder / name
    if not path.is_file():
        raise NotFound(
            "no_seed_table",
            f"种子数据缺少 {name}({folder}),请恢复该文件",
            f"The seed data lacks {name} in {folder}; restore the file",
        )
    with _opened(path) as file:
        yield from csv.DictReader(file)
