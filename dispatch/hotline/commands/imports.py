"""Importing a list: keep it, say which column is what, take its rows in one after the other, each once."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from dispatch.cases.model import Channel
from dispatch.cases.queries.search import case_with_number
from dispatch.catalogue.reference import city_setting
from dispatch.hotline.imports.columns import (
    CRS,
    FIELDS,
    NEEDED,
    guessed,
    report_of,
    source_key,
    values_of,
)
from dispatch.hotline.imports.reading import Table
from dispatch.hotline.model import ImportBatch, ImportRow, ImportSource, ImportState, RowState
from dispatch.hotline.queries.imports import batch_of
from dispatch.intake.commands import receive
from dispatch.intake.queries import message_by_key
from dispatch.kit.errors import Conflict, DomainError, invalid
from dispatch.kit.outbox import Event, publish
from dispatch.people.model import User
from dispatch.people.policy import Person
from dispatch.people.queries import person_of
from geo.crs import Crs

#: Rows to a transaction: a crash loses none of them and repeats none, and its job ends in time.
AT_ONCE: Final = 20
WAITING: Final = "import.rows"
CHANNELS: Final = (Channel.TRANSFER, Channel.MEDIA, Channel.APP, Channel.WEB)
LONGEST_NAME: Final = 60
#: Days that a list waits to be begun, where the city sets none.
KEEP_DAYS: Final = 30
SWEEP_AT_ONCE: Final = 50


def keep_list(
    session: Session,
    table: Table,
    *,
    source: str,
    channel: str,
    file_name: str,
    by: Person,
    at: datetime,
) -> ImportBatch:
    """Keep a file's rows, with the columns as this platform's were last time."""
    name = source.strip()[:LONGEST_NAME]
    if not name:
        raise invalid("source", "请写明来自哪个平台", "Say which platform it comes from")
    if channel not in CHANNELS:
        raise invalid("channel", "请选择渠道", "Choose the channel")
    known = session.get(ImportSource, name)
    if known is None:
        known = ImportSource(name=name, channel=channel, columns={}, changed_at=at)
        session.add(known)
        session.flush()
    assert by.id is not None  # noqa: S101 - people alone import
    batch = ImportBatch(
        source=name,
        file_name=file_name[:200],
        headers=list(table.headers),
        columns=guessed(table.headers, known.columns),
        by_id=by.id,
        total=len(table.rows),
        created_at=at,
    )
    session.add(batch)
    session.flush()
    session.execute(
        insert(ImportRow),
        [
            {"batch_id": batch.id, "row": number, "cells": cells}
            for number, cells in enumerate(table.rows, 2)
        ],
    )
    return batch


def set_columns(session: Session, batch_id: int, given: Mapping[str, str]) -> ImportBatch:
    """Say which column is which field; what is no column of the file counts as none."""
    batch = batch_of(session, batch_id, lock=True)
    if batch.state != ImportState.MAPPING:
        raise Conflict(
            "import_runs", "导入已经开始,不能再改对应关系", "The import has begun already"
        )
    crs = given.get(CRS, "")
    batch.columns = {
        **{
            name: given.get(name, "") if given.get(name) in batch.headers else "" for name in FIELDS
        },
        CRS: crs if crs in set(Crs) else Crs.WGS84.value,
    }
    session.flush()
    return batch


def start_import(session: Session, batch_id: int, *, at: datetime) -> ImportBatch:
    """Begin to take the rows in, and remember the columns for this platform's next list."""
    batch = batch_of(session, batch_id, lock=True)
    if batch.state != ImportState.MAPPING:
        raise Conflict("import_runs", "导入已经开始", "The import has begun already")
    missing = [name for name in NEEDED if not batch.columns.get(name)]
    if missing:
        raise invalid(
            missing[0],
            "请先选出编号和内容所在的列",
            "Choose the columns that hold the number and the description first",
        )
    batch.state, batch.started_at = ImportState.RUNNING, at
    source = session.get_one(ImportSource, batch.source)
    source.columns, source.changed_at = dict(batch.columns), at
    publish(session, Event(WAITING, {"batch_id": batch.id}))
    session.flush()
    return batch


def drop_import(session: Session, batch_id: int) -> None:
    """Forget a list that has not been begun."""
    batch = batch_of(session, batch_id, lock=True)
    if batch.state != ImportState.MAPPING:
        raise Conflict("import_runs", "导入已经开始,不能删除", "The import has begun already")
    session.execute(delete(ImportRow).where(ImportRow.batch_id == batch.id))
    session.delete(batch)
    session.flush()


def sweep_lists(session: Session, *, at: datetime) -> int:
    """Forget lists that were given and never begun within the city's days; how many."""
    days = city_setting(session, "import_keep_days", KEEP_DAYS)
    ids = session.scalars(
        select(ImportBatch.id)
        .where(
            ImportBatch.state == ImportState.MAPPING,
            ImportBatch.created_at < at - timedelta(days=days),
        )
        .order_by(ImportBatch.id)
        .limit(SWEEP_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    session.execute(delete(ImportRow).where(ImportRow.batch_id.in_(ids)))
    session.execute(delete(ImportBatch).where(ImportBatch.id.in_(ids)))
    return len(ids)


def take_rows(session: Session, batch_id: int, *, at: datetime) -> int:
    """Take the next rows in and ask for those after them; how many were taken. Safe to run again."""
    batch = batch_of(session, batch_id, lock=True)
    if batch.state != ImportState.RUNNING:
        return 0
    rows = session.scalars(
        select(ImportRow)
        .where(ImportRow.batch_id == batch.id, ImportRow.state == RowState.WAITING)
        .order_by(ImportRow.row)
        .limit(AT_ONCE)
    ).all()
    source = session.get_one(ImportSource, batch.source)
    by = person_of(session.get_one(User, batch.by_id))
    for row in rows:
        _take(session, batch, source, row, by=by, at=at)
    if len(rows) < AT_ONCE:
        batch.state, batch.finished_at = ImportState.DONE, at
    else:
        publish(session, Event(WAITING, {"batch_id": batch.id}))
    session.flush()
    return len(rows)


def _take(
    session: Session,
    batch: ImportBatch,
    source: ImportSource,
    row: ImportRow,
    *,
    by: Person,
    at: datetime,
) -> None:
    values = values_of(batch.headers, row.cells, batch.columns)
    row.foreign_number = values["foreign_number"][:200] or None
    try:
        report = report_of(
            values,
            crs=batch.columns.get(CRS, Crs.WGS84),
            source=source.name,
            channel=source.channel,
            payload=dict(zip(batch.headers, row.cells, strict=False)),
            by=by,
        )
        with session.begin_nested():
            receipt = receive(session, report, at=at)
    except DomainError as error:
        _refused(session, row, source, error)
        return
    if receipt.repeated:
        row.state = RowState.REPEATED
    else:
        row.state = RowState.JOINED if receipt.duplicate_of else RowState.TAKEN
    row.case_id, row.cells = receipt.case_id, []  # what it said stands in the intake log


def _refused(session: Session, row: ImportRow, source: ImportSource, error: DomainError) -> None:
    """Why a row was not taken. One that came before with other words is no fault: it has its case."""
    row.state, row.zh, row.en = RowState.REFUSED, error.zh, error.en
    number = row.foreign_number or ""
    if error.code == "number_known":
        row.state = RowState.REPEATED
        row.case_id = case_with_number(session, number, source=source.name)
    if error.code != "idempotency_key_reused":
        return
    message = message_by_key(
        session,
        channel=source.channel,
        source=source_key(source.name),
        dedupe_key=number,
    )
    row.state, row.case_id = RowState.REPEATED, message.case_id if message else None
    row.zh = "编号已导入过,内容有变化,原案件未改动"
    row.en = "This number was imported before with other words; its case was left as it is"
