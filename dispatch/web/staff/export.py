"""A list to take away: all its cases as CSV, as a spreadsheet or as GeoJSON, row by row, and written down."""

from collections.abc import Iterator
from datetime import datetime
from typing import Annotated, Any, Final, Literal
from urllib.parse import quote

from fastapi import Depends, Query, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy.orm import Session

from dispatch.cases import listing, queries
from dispatch.cases.queries import CaseFilter, Line
from dispatch.catalogue.reference import city_setting
from dispatch.kit import audit, clock, sheets
from dispatch.kit.aside import Aside, Sessions
from dispatch.kit.http import Db
from dispatch.kit.places import from_own
from dispatch.kit.routes import Router
from dispatch.kit.sheets import Cell
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import SEES_REPORTERS, Person
from dispatch.web.parts import labels
from dispatch.web.parts.lamps import LAMPS
from dispatch.web.parts.language import Language, language_of, pick
from dispatch.web.staff.chosen import chosen, filter_of
from geo.crs import Crs

router = Router(include_in_schema=False)

Reader = Annotated[Person, Depends(require(Permission.CASES_READ))]
Format = Literal["csv", "xlsx", "geojson"]
Pair = tuple[str, str]

#: How many rows a file may have, where an administrator has set nothing (`export_row_limit`).
MOST_ROWS: Final = 200_000
MEDIA_TYPES: Final[dict[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "geojson": "application/geo+json",
}
#: The names by which programs know the systems; GCJ-02 and BD-09 have no entry in the register.
CRS_NAMES: Final[dict[Crs, str]] = {
    Crs.CGCS2000: "urn:ogc:def:crs:EPSG::4490",
    Crs.WGS84: "urn:ogc:def:crs:OGC:1.3:CRS84",
    Crs.GCJ02: "GCJ-02",
    Crs.BD09: "BD-09",
}
CRS_WORDS: Final[dict[Crs, str]] = {
    Crs.CGCS2000: "CGCS2000",
    Crs.WGS84: "WGS-84",
    Crs.GCJ02: "GCJ-02",
    Crs.BD09: "BD-09",
}
#: Heads and widths, in the order of `_cells`.
HEADS: Final[tuple[tuple[Pair, int], ...]] = (
    (("编号", "Number"), 16),
    (("案卷号", "File number"), 26),
    (("环节", "Stage"), 10),
    (("时限状态", "Limit"), 10),
    (("类别", "Class"), 18),
    (("描述", "Description"), 50),
    (("地点", "Place"), 30),
    (("区·街道", "District, street"), 20),
    (("单元网格", "Unit grid"), 18),
    (("责任网格", "Working grid"), 14),
    (("责任单位", "Unit"), 24),
    (("渠道", "Channel"), 10),
    (("缓急", "Urgency"), 8),
    (("安全隐患", "Hazard"), 8),
    (("上报时间", "Reported"), 17),
    (("处理时限", "Due"), 17),
    (("结案时间", "Closed"), 17),
    (("反映人数", "Reporters"), 8),
    (("回退次数", "Returns"), 8),
    (("返工次数", "Rework"), 8),
    (("督办次数", "Urged"), 8),
    (("评分", "Rating"), 6),
)


class _Writer:
    """Lines as cells, in the words of one language and the degrees of one system."""

    def __init__(
        self, session: Session, person: Person, language: Language, crs: Crs, *, at: datetime
    ) -> None:
        self._session, self._person, self._at = session, person, at
        self._language, self._crs = language, crs

    def _say(self, pair: Pair | None) -> str:
        return "" if pair is None else pick(self._language, pair)

    def heads(self, *, reporters: bool) -> list[str]:
        """What stands above the columns."""
        words = CRS_WORDS[self._crs]
        more = [
            (f"经度({words})", f"Longitude ({words})"),
            (f"纬度({words})", f"Latitude ({words})"),
        ]
        named = [("反映人", "Reported by")] if reporters else []
        return [self._say(pair) for pair in (*(head for head, _ in HEADS), *more, *named)]

    def place(self, line: Line) -> tuple[float, float] | None:
        """The degrees of a line in the system asked for."""
        if line.longitude is None:
            return None
        east, north = from_own(line.longitude, line.latitude, self._crs)
        return round(east, 7), round(north, 7)

    def cells(self, lines: Iterator[Line], *, reporters: bool) -> Iterator[list[Cell]]:
        """The rows of a table."""
        for line, shown in self._shown(lines):
            place = self.place(line) or (None, None)
            named: list[Cell] = [line.reporters] if reporters else []
            yield [*self._facts(shown), *place, *named]

    def features(
        self, lines: Iterator[Line], *, reporters: bool
    ) -> Iterator[tuple[tuple[float, float] | None, dict[str, Cell]]]:
        """The same as features: a place and facts under the heads of the table."""
        heads = [self._say(head) for head, _ in HEADS]
        for line, shown in self._shown(lines):
            facts = dict(zip(heads, self._facts(shown), strict=True))
            if reporters:
                facts[self._say(("反映人", "Reported by"))] = line.reporters
            yield self.place(line), facts

    def _shown(self, lines: Iterator[Line]) -> Iterator[tuple[Line, listing.Shown]]:
        batch: list[Line] = []
        for line in lines:
            batch.append(line)
            if len(batch) == 500:
                yield from self._named(batch)
                batch = []
        yield from self._named(batch)

    def _named(self, batch: list[Line]) -> Iterator[tuple[Line, listing.Shown]]:
        named = listing.shown(self._session, batch, person=self._person, at=self._at)
        yield from zip(batch, named, strict=True)

    def _facts(self, shown: listing.Shown) -> list[Cell]:
        line, say = shown.line, self._say
        return [
            shown.id,
            line.number,
            say(shown.stage_words),
            say(LAMPS[shown.light][1]),
            say(shown.category),
            line.description,
            shown.place,
            shown.area,
            line.grid_code,
            line.working_grid,
            shown.unit,
            say(labels.word(labels.CHANNELS, line.channel)),
            say(labels.word(labels.SEVERITIES, line.severity)),
            bool(line.hazard),
            line.created_at,
            line.due_at,
            line.closed_at,
            line.reporters_count,
            line.return_count,
            line.rework_count,
            line.urge_count,
            line.rating,
        ]


def _note(session: Session, person: Person, kind: str, *, query: str, reporters: bool) -> None:
    actor = person.username or person.name
    details: dict[str, Any] = {"format": kind, "list": query, "reporters": reporters}
    audit.record(
        session, "cases.exported", subject="cases", actor=actor, actor_id=person.id, details=details
    )


def _file(
    opened: Sessions,
    login_language: Language,
    person: Person,
    wanted: CaseFilter,
    kind: str,
    crs: Crs,
    *,
    at: datetime,
    most: int,
    reporters: bool,
) -> Iterator[bytes]:
    """The bytes of the file; the rows come from one cursor that is open as long as they flow."""
    with opened() as session:
        writer = _Writer(session, person, login_language, crs, at=at)
        lines = queries.every_line(
            session, person, wanted, at=at, most=most, with_reporters=reporters
        )
        if kind == "csv":
            cells = writer.cells(lines, reporters=reporters)
            yield from sheets.csv_of(writer.heads(reporters=reporters), cells)
        elif kind == "geojson":
            yield from sheets.geojson_of(
                CRS_NAMES[crs], writer.features(lines, reporters=reporters)
            )
        else:
            widths = [*(width for _, width in HEADS), 12, 12, 30][: len(HEADS) + 2 + reporters]
            path = sheets.spreadsheet_of(
                writer.heads(reporters=reporters),
                widths,
                writer.cells(lines, reporters=reporters),
                title=pick(login_language, ("案件", "Cases")),
            )
            yield from sheets.pieces_of(path)


@router.get("/cases/export")
def export(
    session: Db,
    request: Request,
    person: Reader,
    login: CurrentLogin,
    opened: Aside,
    kind: Annotated[Format, Query(alias="format")] = "csv",
    crs: Crs = Crs.CGCS2000,
    reporters: Annotated[str, Query(max_length=5)] = "",
) -> Response:
    """Every case of the list that this person may see; who reported only for whom it is work."""
    asked, now = chosen(request.query_params, person), clock.now()
    wanted = filter_of(session, person, asked, at=now)
    with_reporters = bool(reporters) and person.has(*SEES_REPORTERS)
    most = min(city_setting(session, "export_row_limit", MOST_ROWS), sheets.MOST_ROWS_OF_A_SHEET)
    _note(session, person, kind, query=asked.query, reporters=with_reporters)
    language = language_of(request, own=login.person.language)
    stem = f"案件-{now.astimezone(clock.CITY_ZONE):%Y%m%d-%H%M}.{kind}"
    return StreamingResponse(
        _file(
            opened,
            language,
            person,
            wanted,
            kind,
            crs,
            at=now,
            most=most,
            reporters=with_reporters,
        ),
        media_type=MEDIA_TYPES[kind],
        headers={
            "Content-Disposition": f"attachment; filename=cases.{kind}; filename*=UTF-8''{quote(stem)}",
            "Cache-Control": "no-store",
        },
    )
