"""The making of a data set's files, in a process of its own: read in one snapshot, written, kept, the old ones removed."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.orm import Session

from dispatch.kit import clock
from dispatch.kit.db import open_session
from dispatch.kit.files import PIECE, media
from dispatch.opendata import commands, formats, queries
from dispatch.opendata.commands import Made

#: A year in which nothing happened is made anew all the same after so long: names may have changed.
REFRESH: Final = timedelta(days=31)


@dataclass(frozen=True)
class Source:
    """Where a data set comes from: a view, the shape of its rows, and whether it is parted by year."""

    view: str
    shape: str
    by_year: bool = False


SOURCES: Final[dict[str, Source]] = {
    "cases": Source("open_data.cases", "Point", by_year=True),
    "facilities": Source("open_data.facilities", "Point"),
    "unit_grids": Source("open_data.unit_grids", "MultiPolygon"),
    "parts": Source("open_data.parts", "Point"),
}
#: The years whose files are missing, or in which a case has changed since they were made.
_YEARS: Final = text(
    """
WITH made AS (
  SELECT part, min(as_of) AS as_of FROM open_files WHERE dataset = 'cases' GROUP BY part
), span AS (
  SELECT extract(year FROM min(created_at) AT TIME ZONE 'Asia/Shanghai')::int AS first,
         extract(year FROM max(created_at) AT TIME ZONE 'Asia/Shanghai')::int AS last FROM cases
), years AS (
  SELECT y::text AS year, made.as_of FROM span, generate_series(span.first, span.last) y
  LEFT JOIN made ON made.part = y::text
), changed AS (
  SELECT DISTINCT extract(year FROM created_at AT TIME ZONE 'Asia/Shanghai')::int::text AS year
  FROM cases WHERE updated_at > (SELECT max(as_of) FROM made)
)
SELECT year FROM years LEFT JOIN changed USING (year)
WHERE as_of IS NULL OR as_of < :stale OR changed.year IS NOT NULL ORDER BY year
"""
)


def run(code: str) -> bool:
    """Make a data set's files; False when somebody else is at it."""
    at = clock.now()
    with open_session() as session:
        if not commands.begin(session, code, at=at):
            return False
    try:
        with open_session() as session:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            for part in _parts(session, code, at=at):
                _make(session, code, part, at=at)
    except Exception as error:
        with open_session() as session:
            commands.fail(session, code, why=f"{type(error).__name__}: {error}")
        raise
    with open_session() as session:
        commands.finish(session, code, at=clock.now())
    return True


def _parts(session: Session, code: str, *, at: datetime) -> list[str]:
    if not SOURCES[code].by_year:
        return [""]
    return list(session.scalars(_YEARS, {"stale": at - REFRESH}))


def _make(session: Session, code: str, part: str, *, at: datetime) -> None:
    """The files of one part, from writing them to removing those whose place they take."""
    source = SOURCES[code]
    stem = f"{code}-{part}" if part else code
    where: tuple[str, dict[str, Any]] = (
        ("year = :year", {"year": int(part)}) if part else ("true", {})
    )
    view = queries.described_view(session, source.view)
    with TemporaryDirectory(prefix="open-data-") as folder:
        written = formats.write(
            session, view, Path(folder), stem, shape=source.shape, where=where[0], given=where[1]
        )
        place = f"open/{code}/{at:%Y%m%d%H%M%S}-{secrets.token_hex(4)}"
        made = [
            _stored(f"{place}/{stem}.{kind}", kind, path) for kind, path in written.paths.items()
        ]
    with open_session() as own:
        left = commands.keep(own, code, part, made, rows=written.rows, as_of=at)
    media().delete(left)


def _stored(key: str, kind: str, path: Path) -> Made:
    digest = hashlib.sha256()
    with path.open("rb") as opened:
        while piece := opened.read(PIECE):
            digest.update(piece)
    media().put_file(key, path)
    return Made(kind, key, path.stat().st_size, digest.hexdigest())
