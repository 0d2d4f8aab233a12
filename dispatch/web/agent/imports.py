"""Lists of other platforms: give a file, say which column is what, look at it, take it in, read the report."""

import csv
import io
from typing import Annotated, Final

from fastapi import Depends, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.hotline.commands.imports import (
    CHANNELS,
    drop_import,
    keep_list,
    set_columns,
    start_import,
)
from dispatch.hotline.imports.columns import CRS, FIELDS, NEEDED, problem_of, values_of
from dispatch.hotline.imports.reading import read_table
from dispatch.hotline.model import ImportBatch, ImportState, RowState
from dispatch.hotline.queries.imports import batch_of, batches, counts_of, rows_of, sources
from dispatch.kit import clock
from dispatch.kit.errors import DomainError, invalid
from dispatch.kit.http import Db, status_of
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.web.parts.forms import Form
from dispatch.web.parts.page import go
from dispatch.web.parts.shell import desk_page
from geo.crs import Crs

router = Router(include_in_schema=False)

Pair = tuple[str, str]
Agent = Annotated[Person, Depends(require(Permission.AGENT_DESK))]
#: Rows that are shown before the import; of so many the faults are counted.
SHOWN: Final = 15
CHECKED: Final = 2000
NAMES: Final[dict[str, Pair]] = {
    "foreign_number": ("对方编号", "their number"),
    "description": ("内容", "what happened"),
    "address": ("地点", "where"),
    "contact_name": ("反映人", "reporter"),
    "contact_phone": ("电话", "phone"),
    "category": ("类别", "category"),
    "longitude": ("经度", "longitude"),
    "latitude": ("纬度", "latitude"),
}
SYSTEMS: Final[dict[Crs, Pair]] = {
    Crs.WGS84: ("WGS-84（GPS）", "WGS-84 (GPS)"),
    Crs.CGCS2000: ("CGCS2000（天地图）", "CGCS2000 (Tianditu)"),
    Crs.GCJ02: ("GCJ-02（高德、腾讯、微信）", "GCJ-02 (Amap, Tencent, WeChat)"),
    Crs.BD09: ("BD-09（百度）", "BD-09 (Baidu)"),
}
STATES: Final[dict[RowState, Pair]] = {
    RowState.WAITING: ("等待", "waiting"),
    RowState.TAKEN: ("新登记", "new"),
    RowState.JOINED: ("并入已有案件", "linked to a case"),
    RowState.REPEATED: ("以前导入过", "imported before"),
    RowState.REFUSED: ("未导入", "refused"),
}
STANDINGS: Final[dict[ImportState, Pair]] = {
    ImportState.MAPPING: ("待确认", "to be confirmed"),
    ImportState.RUNNING: ("导入中", "running"),
    ImportState.DONE: ("已完成", "done"),
}


def _list(
    session: Session, request: Request, login: Login, *, refused: DomainError | None = None
) -> Response:
    return desk_page(
        request,
        session,
        login,
        "agent/imports.html",
        status=status_of(refused) if refused else 200,
        refused=(refused.zh, refused.en) if refused else None,
        batches=batches(session),
        sources=sources(session),
        channels=CHANNELS,
        standings=STANDINGS,
    )


@router.get("/agent/import")
def list_imports(session: Db, request: Request, _person: Agent, login: CurrentLogin) -> Response:
    """The lists so far, and where to give another."""
    return _list(session, request, login)


@router.post("/agent/import")
def give_list(
    session: Db, request: Request, person: Agent, login: CurrentLogin, posted: Form
) -> Response:
    """Read a file and go on to its columns."""
    try:
        uploads = posted.files.get("file", [])
        if not uploads:
            raise invalid("file", "请选择文件", "Choose a file")
        with session.begin_nested():
            batch = keep_list(
                session,
                read_table(uploads[0].data),
                source=posted.get("new_source") or posted.get("source"),
                channel=posted.get("channel"),
                file_name=uploads[0].name,
                by=person,
                at=clock.now(),
            )
    except DomainError as error:
        return _list(session, request, login, refused=error)
    return go(f"/agent/import/{batch.id}")


def _batch(
    session: Session,
    request: Request,
    login: Login,
    batch: ImportBatch,
    *,
    state: str = "",
    after: int = 0,
    refused: DomainError | None = None,
) -> Response:
    if batch.state == ImportState.MAPPING:
        return _mapping(session, request, login, batch, refused=refused)
    chosen = RowState(state) if state in set(RowState) else None
    rows = rows_of(session, batch.id, state=chosen, after=after)
    counts = counts_of(session, batch.id)
    return desk_page(
        request,
        session,
        login,
        "agent/import_report.html",
        batch=batch,
        counts=counts,
        done=batch.total - counts[RowState.WAITING],
        rows=rows,
        states=STATES,
        standing=STANDINGS[ImportState(batch.state)],
        chosen=state if chosen else "",
        following=rows[-1][0].row if len(rows) == 50 else None,
    )


def _mapping(
    session: Session,
    request: Request,
    login: Login,
    batch: ImportBatch,
    *,
    refused: DomainError | None,
) -> Response:
    """The columns, the first rows as they will be taken, and how many of those looked at have a fault."""
    seen, checked = set[str](), []
    for row, _ in rows_of(session, batch.id, limit=CHECKED):
        values = values_of(batch.headers, row.cells, batch.columns)
        problem, number = problem_of(values), values["foreign_number"]
        twice = ("编号在文件中重复", "the number comes twice in the file")
        told = (problem.zh, problem.en) if problem else twice if number in seen else None
        seen.add(number)
        checked.append((row.row, values, told))
    wrong = [each for each in checked if each[2]]
    return desk_page(
        request,
        session,
        login,
        "agent/import_columns.html",
        status=status_of(refused) if refused else 200,
        refused=(refused.zh, refused.en) if refused else None,
        batch=batch,
        names=NAMES,
        needed=NEEDED,
        systems=SYSTEMS,
        system=batch.columns.get(CRS, Crs.WGS84),
        used=[name for name in FIELDS if batch.columns.get(name)],
        shown=(wrong + [each for each in checked if not each[2]])[:SHOWN],
        wrong=len(wrong),
        checked=len(checked),
    )


@router.get("/agent/import/{batch_id}")
def show_import(
    session: Db,
    request: Request,
    _person: Agent,
    login: CurrentLogin,
    batch_id: int,
    state: Annotated[str, Query(max_length=20)] = "",
    after: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """The columns before the import; how far it is and what became of each row afterwards."""
    batch = batch_of(session, batch_id)
    return _batch(session, request, login, batch, state=state, after=after)


@router.post("/agent/import/{batch_id}")
def decide(
    session: Db,
    request: Request,
    _person: Agent,
    login: CurrentLogin,
    batch_id: int,
    posted: Form,
) -> Response:
    """Look at other columns, begin, or forget the list."""
    try:
        with session.begin_nested():
            if posted.get("drop"):
                drop_import(session, batch_id)
                return go("/agent/import")
            batch = set_columns(session, batch_id, posted.fields)
            if posted.get("start"):
                start_import(session, batch_id, at=clock.now())
    except DomainError as error:
        batch = batch_of(session, batch_id)
        return _batch(session, request, login, batch, refused=error)
    return go(f"/agent/import/{batch.id}")


@router.get("/agent/import/{batch_id}/refused.csv")
def refused_rows(session: Db, _person: Agent, batch_id: int) -> Response:
    """The rows that were not taken, as they came, each with the reason: to be mended and given again."""
    batch = batch_of(session, batch_id)
    written = io.StringIO()
    table = csv.writer(written)
    table.writerow([*batch.headers, "未导入原因"])
    for row, _ in rows_of(session, batch.id, state=RowState.REFUSED, limit=batch.total):
        table.writerow([*map(_harmless, row.cells), row.zh])
    return Response(
        "\ufeff" + written.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="refused-{batch.id}.csv"',
            "Cache-Control": "no-store",
        },
    )


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula is told to be text."""
    return (
        f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t") and not cell[1:2].isdigit() else cell
    )
