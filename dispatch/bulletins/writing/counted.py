"""The figures of a bulletin as they are kept: named, ordered, and whole, so that nothing is looked up when it is shown."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from sqlalchemy.orm import Session

from dispatch.bulletins.queries import figures
from dispatch.bulletins.states import Days, before, year_before
from dispatch.cases.model import Channel
from dispatch.catalogue.reference import catalogue
from dispatch.departments.model import DepartmentKind
from dispatch.departments.reference import department_name, departments
from dispatch.jurisdiction.model import AreaKind
from dispatch.jurisdiction.reference import area_names
from dispatch.kit.db import Json

#: The order in which the centre tells of its channels.
ORDER: Final = (
    Channel.INSPECTOR,
    Channel.PHONE,
    Channel.WECHAT,
    Channel.TRANSFER,
    Channel.WEB,
    Channel.CAMERA,
    Channel.APP,
    Channel.MEDIA,
)
#: Units that a table lists after one another.
_KINDS: Final = {kind: number for number, kind in enumerate(DepartmentKind)}
NOBODY: Final = "未定责任单位"
_RATED: Final = ("rated", "scores", "satisfied", "fixed")


def monthly(session: Session, days: Days) -> Json:
    """Everything that a monthly bulletin tells."""
    found = figures.cuts(session, days)
    return {
        "total": found["total"][""],
        "before": figures.total(session, before(days)),
        "year_before": figures.total(session, year_before(days)),
        "messages": figures.wechat_messages(session, days),
        "channels": [
            {"channel": each.value, **found["channels"].get(each.value, _nothing())}
            for each in ORDER
        ],
        "categories": _categories(session, found["categories"]),
        "departments": _units(session, found["departments"], days, by="filed"),
        "areas": _areas(session, found["areas"]),
        "hazards": hazards(session, days),
        "ratings": _units(session, figures.ratings(session, days), days, by="rated"),
        "first_contact": _units(session, figures.first_contact(session, days), days, by="first"),
        "coverage": _coverage(session, figures.coverage(session, days)),
    }


def hazards(session: Session, days: Days) -> Json:
    """The hazards of manholes, poles and lines: of each unit, and of the span before in all."""
    now, then = figures.hazards(session, days), figures.hazards(session, before(days))
    rows = _units(session, now, days, by="filed")
    rows.sort(key=lambda row: (-row["handled"] / row["filed"], -row["filed"], row["unit"]))
    return {
        "rows": rows,
        "before": {
            "filed": sum(each["filed"] for each in then.values()),
            "handled": sum(each["handled"] for each in then.values()),
        },
    }


def _nothing() -> dict[str, int]:
    return dict.fromkeys(figures.COUNTED, 0)


def _categories(session: Session, found: Mapping[Any, Mapping[str, int]]) -> list[Json]:
    known = catalogue(session).by_id
    rows = []
    for category_id, counts in found.items():
        category = known.get(category_id)
        rows.append(
            {
                "category_id": category_id,
                "name": category.name if category else "类别未定",
                "kind": category.kind if category else "",
                "major": category.major_name if category else "类别未定",
                **counts,
            }
        )
    return sorted(rows, key=lambda row: (-row["filed"], row["name"]))


def _units(
    session: Session, found: Mapping[Any, Mapping[str, int]], days: Days, *, by: str
) -> list[Json]:
    """Rows by unit under the name that it bore on the last day, those with the most first."""
    known = departments(session)
    rows = []
    for unit_id, counts in found.items():
        if not counts[by]:
            continue
        unit = known.get(unit_id)
        rows.append(
            {
                "department_id": unit_id,
                "unit": department_name(session, unit_id, on=days.last) or NOBODY,
                "district": unit.kind == DepartmentKind.DISTRICT if unit else False,
                **counts,
            }
        )
    return sorted(rows, key=lambda row: (-row[by], row["unit"]))


def _areas(session: Session, found: Mapping[Any, Mapping[str, int]]) -> list[Json]:
    rows = [
        {"code": code, "name": _area(session, code), **counts} for code, counts in found.items()
    ]
    return sorted(rows, key=lambda row: (not row["code"], row["code"] or ""))


def _area(session: Session, code: str | None) -> str:
    names = area_names(session)
    kinds = (AreaKind.VIRTUAL_DISTRICT, AreaKind.DISTRICT)
    found = (names.get((kind.value, code)) for kind in kinds if code)
    return next((name for name in found if name), code or "区域未定")


def _coverage(session: Session, found: Iterable[Json]) -> Json:
    """By district or zone, and the working grids of which least was seen."""
    rows = list(found)
    areas: dict[str | None, Json] = {}
    for row in rows:
        area = areas.setdefault(
            row["area"],
            {
                "code": row["area"],
                "name": _area(session, row["area"]),
                "beats": 0,
                "grids": 0,
                "covered": 0,
            },
        )
        area["beats"] += 1
        area["grids"] += row["grids"]
        area["covered"] += row["covered"]
    least = sorted(rows, key=lambda row: (row["covered"] / row["grids"], -row["grids"]))[:10]
    return {
        "areas": sorted(areas.values(), key=lambda area: area["code"] or ""),
        "least": [{**row, "area_name": _area(session, row["area"])} for row in least],
    }
