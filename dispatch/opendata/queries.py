"""Look-ups of open data: the data sets, their files, what is to be made, and what each column means."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from dispatch.kit.clock import CITY_ZONE, city_date
from dispatch.kit.errors import NotFound
from dispatch.opendata.model import Cadence, OpenDataset, OpenFile

#: Whoever makes files is given up after so long; what failed is tried again then.
PATIENCE: Final = timedelta(hours=1)
#: Nobody waits for the files at night, and the machine is quiet.
EARLIEST_HOUR: Final = 2
SCHEMAS: Final = ("open_data", "analysis")


def datasets(session: Session, *, enabled_only: bool = True) -> Sequence[OpenDataset]:
    """The data sets in their order."""
    query = select(OpenDataset).order_by(OpenDataset.position, OpenDataset.code)
    return session.scalars(query.where(OpenDataset.enabled) if enabled_only else query).all()


def dataset_by_code(session: Session, code: str, *, lock: bool = False) -> OpenDataset:
    """One data set; NotFound."""
    query = select(OpenDataset).where(OpenDataset.code == code)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = session.scalar(query)
    if found is None:
        raise NotFound("no_such_dataset", "没有这个数据集", "There is no such data set")
    return found


def published(session: Session, code: str) -> OpenDataset:
    """One data set that everybody may have; NotFound."""
    found = dataset_by_code(session, code)
    if not found.enabled:
        raise NotFound("no_such_dataset", "没有这个数据集", "There is no such data set")
    return found


def files_of(session: Session, codes: Sequence[str]) -> dict[str, list[OpenFile]]:
    """The files of data sets, the latest part first, then by format."""
    rows = session.scalars(
        select(OpenFile)
        .where(OpenFile.dataset.in_(codes))
        .order_by(OpenFile.dataset, OpenFile.part.desc(), OpenFile.format)
    )
    found: dict[str, list[OpenFile]] = {code: [] for code in codes}
    for each in rows:
        found[each.dataset].append(each)
    return found


def file_of(session: Session, code: str, part: str, kind: str) -> OpenFile:
    """One file of a published data set; NotFound."""
    published(session, code)
    found = session.get(OpenFile, (code, part, kind))
    if found is None:
        raise NotFound("no_such_file", "没有这个文件", "There is no such file")
    return found


def is_under_way(dataset: OpenDataset, *, at: datetime) -> bool:
    """Whether somebody is making its files, or has just failed to."""
    begun, made = dataset.begun_at, dataset.made_at
    return begun is not None and at - begun < PATIENCE and (made is None or made < begun)


def is_due(dataset: OpenDataset, *, at: datetime) -> bool:
    """Whether its files are to be made now: somebody asked, or its time has come."""
    if not dataset.enabled or is_under_way(dataset, at=at):
        return False
    made, wanted = dataset.made_at, dataset.wanted_at
    if made is None or (wanted is not None and wanted > made):
        return True
    today, last = city_date(at), city_date(made)
    if at.astimezone(CITY_ZONE).hour < EARLIEST_HOUR:
        return False
    match Cadence(dataset.cadence):
        case Cadence.DAILY:
            return today > last
        case Cadence.WEEKLY:
            return today - last >= timedelta(days=7)
        case Cadence.MONTHLY:
            return (today.year, today.month) != (last.year, last.month)


def due(session: Session, *, at: datetime) -> list[str]:
    """The data sets whose files are to be made now."""
    return [each.code for each in datasets(session) if is_due(each, at=at)]


def city_box(session: Session) -> tuple[float, float, float, float] | None:
    """West, south, east and north of all districts, to three decimals; None without any."""
    row = session.execute(_BOX).one()
    return None if row.west is None else (row.west, row.south, row.east, row.north)


_BOX: Final = text(
    """
SELECT round(ST_XMin(box)::numeric, 3)::float8 AS west, round(ST_YMin(box)::numeric, 3)::float8 AS south,
       round(ST_XMax(box)::numeric, 3)::float8 AS east, round(ST_YMax(box)::numeric, 3)::float8 AS north
FROM (SELECT ST_Extent(geom) AS box FROM areas WHERE kind = 'district') found
"""
)


@dataclass(frozen=True)
class ColumnWords:
    """A column of a view: its name, its type in PostgreSQL, and what it means."""

    name: str
    type: str
    zh: str
    en: str


@dataclass(frozen=True)
class ViewWords:
    """A view, what it holds, and its columns in order."""

    schema: str
    name: str
    zh: str
    en: str
    columns: tuple[ColumnWords, ...]

    @property
    def full_name(self) -> str:
        """As SQL names it."""
        return f"{self.schema}.{self.name}"


_COLUMNS: Final = text(
    """
SELECT n.nspname AS schema, c.relname AS view, coalesce(obj_description(c.oid, 'pg_class'), '') AS about,
       a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
       coalesce(col_description(c.oid, a.attnum), '') AS words
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relkind = 'v' AND n.nspname = ANY (:schemas)
ORDER BY n.nspname = 'analysis', c.relname, a.attnum
"""
)


def described(session: Session) -> list[ViewWords]:
    """Every view that leaves the platform, as the database's own comments describe it."""
    found: dict[tuple[str, str], tuple[str, list[ColumnWords]]] = {}
    for row in session.execute(_COLUMNS, {"schemas": list(SCHEMAS)}):
        _, columns = found.setdefault((row.schema, row.view), (row.about, []))
        columns.append(ColumnWords(row.name, row.type, *_both(row.words)))
    return [
        ViewWords(schema, view, *_both(about), tuple(columns))
        for (schema, view), (about, columns) in found.items()
    ]


def described_view(session: Session, full_name: str) -> ViewWords:
    """One view with its columns; NotFound."""
    for each in described(session):
        if each.full_name == full_name:
            return each
    raise NotFound("no_such_view", "没有这个视图", "There is no such view")


def _both(words: str) -> tuple[str, str]:
    zh, _, en = words.partition(" / ")
    return zh, en or zh
