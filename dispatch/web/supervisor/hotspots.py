"""Hot spots and repeats: what the last search found, each with its evidence and its cases, and to take away."""

from collections.abc import Callable, Sequence
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import Depends, Query, Request
from fastapi.responses import Response, StreamingResponse
from sqlalchemy.orm import Session

from dispatch.cases import present
from dispatch.cases.policy import visible_to
from dispatch.departments.reference import words_of_unit
from dispatch.hotspots.model import FindingKind, HotspotFinding
from dispatch.hotspots.queries import found
from dispatch.jurisdiction.reference import location_of
from dispatch.kit import audit, clock, sheets
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.kit.sheets import Cell
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.web.parts.language import Language, language_of, pick
from dispatch.web.parts.shell import desk_page

router = Router(prefix="/supervisor/hotspots", include_in_schema=False)

Reader = Annotated[Person, Depends(require(Permission.HOTSPOTS_READ))]
Pair = tuple[str, str]
Show = Callable[[HotspotFinding], Cell]
ROWS: Final = 50
SHOWN_CASES: Final = 50


def _p(finding: HotspotFinding) -> Cell:
    p = float(finding.evidence["p"])
    return "<0.0001" if p < 0.0001 else f"{p:.4f}"


def _of(name: str) -> Show:
    return lambda finding: finding.evidence.get(name)


def _day(name: str) -> Show:
    return lambda finding: str(finding.evidence.get(name) or "")[:10]


#: What is looked for: its name, what it means and by which statistics, and its columns.
KINDS: Final[dict[FindingKind, tuple[Pair, Pair, tuple[tuple[Pair, Show], ...]]]] = {
    FindingKind.CLUSTER: (
        ("热点片区", "Clusters"),
        (
            "单元网格及其周围的上报明显多于全市水平（Getis-Ord Gi*，Benjamini-Hochberg 控制误报）。",
            "Unit grids that, with those around them, have more reports than the city explains (Getis-Ord Gi*, Benjamini-Hochberg).",
        ),
        (
            (("上报", "reported"), _of("reported")),
            (("预期", "expected"), _of("expected")),
            (("网格数", "grids"), lambda each: len(each.evidence["grids"])),
            (("Gi* 得分", "Gi* score"), _of("score")),
            (("偶然概率", "chance"), _p),
        ),
    ),
    FindingKind.PLACE: (
        ("重复地点", "Repeated places"),
        (
            "同一网格里同一类问题反复出现，多于该网格、该类别各自数量所能解释的（泊松检验）。",
            "One thing again and again in one grid, more than the grid's and the category's own counts explain (Poisson).",
        ),
        (
            (("上报", "reported"), _of("reported")),
            (("预期", "expected"), _of("expected")),
            (("偶然概率", "chance"), _p),
        ),
    ),
    FindingKind.PART: (
        ("重复部件", "Repeated parts"),
        (
            "一年里反复出问题的部件，多于同类部件的平均（泊松检验）。",
            "Parts that failed more often in a year than their category does (Poisson).",
        ),
        (
            (("权属单位", "owner"), _of("owner")),
            (("案件", "cases"), _of("reported")),
            (("同类平均", "mean of its class"), _of("expected")),
            (("最近", "latest"), _day("latest")),
            (("偶然概率", "chance"), _p),
        ),
    ),
    FindingKind.RISING: (
        ("上升类别", "Rising"),
        (
            "上报数超过同季预期上限的类别（Farrington 法，往年同期；不足一年的用此前各期）。",
            "Categories above the upper bound of their season (Farrington, the same weeks of earlier years; recent ones where there is no year yet).",
        ),
        (
            (("上报", "reported"), _of("reported")),
            (("预期", "expected"), _of("expected")),
            (("上限", "bound"), _of("bound")),
            (("超出倍数", "times above"), _of("above")),
        ),
    ),
    FindingKind.RETURNS: (
        ("反复回退", "Returns"),
        (
            "两个单位之间来回回退的案件，可提请责权认定。",
            "Cases that two units give back and forth: a ruling would settle them.",
        ),
        (
            (("甲退乙", "one to other"), _of("one_to_other")),
            (("乙退甲", "other to one"), _of("other_to_one")),
            (("多次往返", "more than once"), _of("back_and_forth")),
            (("案件", "cases"), lambda each: each.cases),
        ),
    ),
    FindingKind.RENEWAL: (
        ("待更新部件", "Parts to renew"),
        (
            "超过使用年限或已损坏，两年内仍不断出问题的部件，按年限、案件、状态排序。",
            "Parts beyond their years or damaged that went on failing for two years; by age, cases and condition.",
        ),
        (
            (("权属单位", "owner"), _of("owner")),
            (("安装", "installed"), _day("installed_on")),
            (("年限", "made to last"), _of("life")),
            (("已用年数", "years"), _of("age")),
            (("案件", "cases"), _of("reported")),
            (("得分", "score"), _of("score")),
        ),
    ),
}


def _title(session: Session, finding: HotspotFinding, language: Language) -> str:
    """What a finding is about, in words."""
    facts = finding.evidence
    category = pick(language, (facts.get("category", ""), facts.get("category_en", "")))
    match FindingKind(finding.kind):
        case FindingKind.CLUSTER:
            return _place(session, finding.subject)
        case FindingKind.PLACE:
            return f"{category} · {_place(session, finding.subject)}"
        case FindingKind.RISING:
            return category
        case FindingKind.RETURNS:
            units = (words_of_unit(session, facts[each]) for each in ("one_id", "other_id"))
            return " ⇄ ".join(pick(language, each) for each in units)
        case FindingKind.PART | FindingKind.RENEWAL:
            place = _place(session, facts["grid"] or "")
            return " · ".join(each for each in (category, finding.subject, place) if each)


def _place(session: Session, grid_code: str) -> str:
    found_at = location_of(session, grid_code)
    if found_at is None:
        return grid_code
    return f"{found_at.street}{found_at.community}"


def _kind(given: str) -> FindingKind:
    return FindingKind(given) if given in set(FindingKind) else FindingKind.CLUSTER


@router.get("")
def hotspots(
    session: Db,
    request: Request,
    person: Reader,
    login: CurrentLogin,
    kind: Annotated[str, Query(max_length=16)] = "",
    after: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """The findings of one kind, the strongest first."""
    asked, language = _kind(kind), language_of(request, own=login.person.language)
    search = found.last_search(session)
    rows: Sequence[HotspotFinding] = ()
    counts: dict[str, int] = {}
    if search is not None:
        whose = person.district_code
        rows = found.findings(
            session, search.id, asked, limit=ROWS + 1, after=after, district=whose
        )
        counts = found.counts_of(session, search.id, district=whose)
    shown = rows[:ROWS]
    return desk_page(
        request,
        session,
        login,
        "supervisor/hotspots.html",
        search=search,
        kinds={each: (words, counts.get(each, 0)) for each, (words, _, _) in KINDS.items()},
        kind=asked,
        about=KINDS[asked][1],
        heads=_heads(asked, shown, language),
        rows=[_line(session, each, asked, language) for each in shown],
        following=shown[-1].rank if len(rows) > ROWS else None,
        tested=search.tested.get(asked, 0) if search else 0,
    )


def _heads(
    kind: FindingKind, rows: Sequence[HotspotFinding], language: Language
) -> list[str | tuple[str, str]]:
    """The heads of the columns; those of numbers stand right, as their cells do."""
    return [
        (pick(language, head), "right")
        if rows and isinstance(show(rows[0]), int | float)
        else pick(language, head)
        for head, show in KINDS[kind][2]
    ]


def _line(
    session: Session, finding: HotspotFinding, kind: FindingKind, language: Language
) -> dict[str, Any]:
    return {
        "id": finding.id,
        "title": _title(session, finding, language),
        "cells": [show(finding) for _, show in KINDS[kind][2]],
    }


@router.get("/export")
def export(
    session: Db,
    request: Request,
    person: Reader,
    login: CurrentLogin,
    kind: Annotated[str, Query(max_length=16)] = "",
) -> Response:
    """The findings of one kind as CSV, with their evidence and the numbers of their latest cases."""
    asked, language = _kind(kind), language_of(request, own=login.person.language)
    search = found.last_search(session)
    whose = person.district_code
    rows = found.findings(session, search.id, asked, limit=1000, district=whose) if search else ()
    name, _, columns = KINDS[asked]
    heads = [
        pick(language, pair) for pair in (("名次", "rank"), ("对象", "subject"), ("说明", "what"))
    ]
    heads += [pick(language, head) for head, _ in columns]
    heads += [
        pick(language, pair)
        for pair in (("经度", "longitude"), ("纬度", "latitude"), ("案件编号", "cases"))
    ]
    numbers = _numbers(session, person, rows)
    lines: list[list[Cell]] = [
        [
            each.rank,
            each.subject,
            _title(session, each, language),
            *(show(each) for _, show in columns),
            each.longitude,
            each.latitude,
            " ".join(numbers[case] for case in each.case_ids if case in numbers),
        ]
        for each in rows
    ]
    audit.record(
        session,
        "hotspots.exported",
        subject="hotspots",
        actor=person.username or person.name,
        actor_id=person.id,
        details={"kind": asked},
    )
    stem = quote(f"{pick(language, name)}-{clock.city_day(clock.now())}.csv")
    return StreamingResponse(
        sheets.csv_of(heads, lines),
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f"attachment; filename=hotspots.csv; filename*=UTF-8''{stem}",
            "Cache-Control": "no-store",
        },
    )


def _numbers(session: Session, person: Person, rows: Sequence[HotspotFinding]) -> dict[int, str]:
    ids = {case for each in rows for case in each.case_ids}
    return {case.id: case.public_id for case in found.cases_seen(session, visible_to(person), ids)}


@router.get("/{finding_id}")
def finding(
    session: Db, request: Request, person: Reader, login: CurrentLogin, finding_id: int
) -> Response:
    """One finding: the figures that speak for it, and its cases."""
    language = language_of(request, own=login.person.language)
    one = found.finding_by_id(session, finding_id, district=person.district_code)
    kind = FindingKind(one.kind)
    cases = found.cases_seen(session, visible_to(person), one.case_ids[:SHOWN_CASES])
    name, about, columns = KINDS[kind]
    return desk_page(
        request,
        session,
        login,
        "supervisor/hotspot.html",
        current="hotspots",
        finding=one,
        kind=kind,
        name=name,
        about=about,
        title=_title(session, one, language),
        evidence=[(head, show(one)) for head, show in columns],
        cases=present.cases_out(session, cases, person=person, at=clock.now()),
    )
