"""What the phone takes along to work without net: who it is, the tasks, the forms, the ground."""

from dataclasses import asdict
from typing import Annotated, Any, Final

import orjson
from fastapi import Depends, Request, Response

from dispatch.cases import present
from dispatch.cases.model import Case, Photo
from dispatch.cases.schemas import CaseOut
from dispatch.catalogue.reference import CategoryFacts, catalogue
from dispatch.facilities.navigation import links
from dispatch.kit import clock
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.kit.tags import etag_of, tagged
from dispatch.patrol.api import standing
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.web.inspector import queries
from dispatch.web.parts import labels

router = Router(prefix="/inspector/pack", include_in_schema=False)

Inspector = Annotated[Person, Depends(require(Permission.PATROL))]
JSON: Final = "application/json"
#: A phone asks again each time it has net; it keeps what it has when nothing changed.
CACHE: Final = "private, no-cache"


@router.get("/session")
def show_session(session: Db, person: Inspector, login: CurrentLogin) -> dict[str, Any]:
    """Whose phone this is now, the token for what it sends, and how the person stands."""
    return {
        "id": person.id,
        "name": person.name,
        "csrf": login.csrf_token,
        "language": person.language,
        "working_grids": sorted(person.working_grids),
        "now": clock.now(),
        "patrol": standing(session, person).model_dump(mode="json"),
    }


@router.get("/tasks")
def show_tasks(session: Db, request: Request, person: Inspector) -> Response:
    """The cases to verify and to check, with all that their forms need."""
    cases, now = queries.tasks_of(session, person), clock.now()
    shown = present.cases_out(session, cases, person=person, at=now)
    photos = queries.photos_of_many(session, cases)
    tasks = [
        _task(case, out, photos.get(case.id, [])) for case, out in zip(cases, shown, strict=True)
    ]
    return _tagged(request, {"items": tasks})


def _task(case: Case, out: CaseOut, photos: list[Photo]) -> dict[str, Any]:
    category = out.category
    name = category.name if category else ""
    lon, lat = out.longitude, out.latitude
    return {
        "id": out.id,
        "number": out.number,
        "version": out.version,
        "stage": out.stage,
        "verb": "check" if out.stage == "handled" else "verify",
        "description": out.description,
        "category": name,
        "category_en": category.name_en if category else "",
        "sign": labels.sign(category.group if category else None),
        "condition": out.condition.text if out.condition else "",
        "condition_en": out.condition.text_en if out.condition else "",
        "closing": out.condition.closing if out.condition else "",
        "closing_en": out.condition.closing_en if out.condition else "",
        "hazard": out.hazard,
        "place": _place(out),
        "longitude": lon,
        "latitude": lat,
        "grid": out.grid_code,
        "part": out.part_code,
        "department": out.department.name if out.department else "",
        "department_en": out.department.name_en if out.department else "",
        "result": out.result or "",
        "since": case.stage_since,
        "due": out.stage_due_at,
        "navigation": asdict(links(lon, lat, name or out.number)) if lon and lat else None,
        "photos": [{"id": str(each.id), "kind": each.kind} for each in photos],
    }


def _place(out: CaseOut) -> str:
    words = next((each.text for each in out.places if each.text), "")
    return words or "".join(each for each in (out.street, out.community) if each)


@router.get("/forms")
def show_forms(session: Db, request: Request, _person: Inspector) -> Response:
    """Categories with their conditions, by group: what a new report is chosen from."""
    known = [each for each in catalogue(session).by_id.values() if each.active]
    used = {each.group for each in known}
    groups = [
        {"code": code, "sign": sign, "zh": zh, "en": en}
        for code, (sign, (zh, en)) in labels.GROUPS.items()
        if code in used
    ]
    return _tagged(request, {"groups": groups, "categories": [_category(each) for each in known]})


def _category(category: CategoryFacts) -> dict[str, Any]:
    return {
        "id": category.id,
        "code": f"{category.scheme}:{category.code}",
        "kind": category.kind,
        "name": category.name,
        "name_en": category.name_en,
        "major": category.major_name,
        "major_en": category.major_name_en,
        "group": category.group,
        "sign": category.sign,
        "conditions": [
            {
                "id": each.id,
                "text": each.text,
                "text_en": each.text_en,
                "default": each.is_default,
            }
            for each in category.conditions
        ],
    }


@router.get("/ground")
def show_ground(session: Db, request: Request, person: Inspector) -> Response:
    """The map of the working grids: unit grids, roads, water, places and parts."""
    return _tagged(request, vars(queries.ground_of(session, sorted(person.working_grids))))


def _tagged(request: Request, body: dict[str, Any]) -> Response:
    content = orjson.dumps(body)
    return tagged(request, content, etag=etag_of(content), media_type=JSON, cache=CACHE)
