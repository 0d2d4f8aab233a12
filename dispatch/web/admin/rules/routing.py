"""Routing rules: the list, a rule tried over last month's cases before it takes effect, its end."""

import hashlib
from dataclasses import asdict
from datetime import date
from typing import Annotated, Any, Final

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases.rerouting import DryRun, dry_run
from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import departments
from dispatch.jurisdiction.model import AreaKind
from dispatch.jurisdiction.queries import areas_named
from dispatch.kit import audit, clock, ruling
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import Login
from dispatch.routing import commands
from dispatch.routing.commands import RuleDraft
from dispatch.routing.model import RoutingRule
from dispatch.routing.queries import rules_listed
from dispatch.web.admin.frame import (
    PAGE,
    Filled,
    a_day,
    a_reason,
    admin_page,
    asked,
    attempt,
    filled,
    listing,
    maybe_day,
    maybe_id,
    seen_in,
    typed,
)
from dispatch.web.parts.forms import Form, Posted
from dispatch.web.parts.labels import GROUPS
from dispatch.web.parts.page import go

router = Router(include_in_schema=False)
Editor = Annotated[Person, Depends(require(Permission.RULES_EDIT))]
KINDS: Final = {"part": ("部件", "parts"), "event": ("事件", "events")}
STATES: Final = {
    "now": ("生效中", "in force"),
    "coming": ("待生效", "to come"),
    "ended": ("已失效", "ended"),
}
AREAS: Final = {
    AreaKind.DISTRICT: ("区", "district"),
    AreaKind.VIRTUAL_DISTRICT: ("功能区", "special district"),
    AreaKind.STREET: ("街道", "street"),
    AreaKind.COMMUNITY: ("社区", "community"),
}


@router.get("/admin/rules/routing")
def show_list(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """Rules in the order in which they were made."""
    wanted = asked(request, "q", "state", "department")
    unit = wanted["department"]
    rows = rules_listed(
        session,
        on=_today(),
        state=wanted["state"],
        text=wanted["q"],
        department_id=int(unit) if unit.isdigit() else None,
        after=wanted.after(int),
        limit=PAGE + 1,
    )
    return admin_page(
        request,
        session,
        login,
        "admin/rules/routing.html",
        listing=listing(wanted, rows, key=lambda row: row.id),
        today=_today(),
        states=STATES,
        **_names(session),
    )


@router.get("/admin/rules/routing/new")
def ask_new(session: Db, request: Request, _person: Editor, login: CurrentLogin) -> Response:
    """The empty form."""
    return _form(session, request, login, filled({"valid_from": _today()}))


@router.get("/admin/rules/routing/{rule_id}")
def show_one(
    rule_id: int, session: Db, request: Request, _person: Editor, login: CurrentLogin
) -> Response:
    """A rule; what is saved takes its place from a day on."""
    row = ruling.found_row(session, RoutingRule, rule_id)
    area = f"{row.area_kind}:{row.area_code}" if row.area_code else ""
    form = filled(
        {
            "subject": _subject_value(row),
            "area": area,
            "department": row.department_id,
            "valid_from": max(_today(), row.valid_from),
            "valid_to": row.valid_to,
            "why": row.reason,
            "why_en": row.reason_en,
            "source": row.source,
        },
        seen=audit.version_of(session, commands.subject_of(rule_id)),
    )
    return _form(session, request, login, form, row=row)


@router.post("/admin/rules/routing/new")
def add(
    session: Db, request: Request, person: Editor, login: CurrentLogin, posted: Form
) -> Response:
    """Try a new rule, and put it in force once it has been tried."""
    return _save(session, request, login, posted, person)


@router.post("/admin/rules/routing/{rule_id}")
def save(
    rule_id: int,
    session: Db,
    request: Request,
    person: Editor,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Try a change, and let it take the rule's place once it has been tried."""
    row = ruling.found_row(session, RoutingRule, rule_id)
    return _save(session, request, login, posted, person, row=row)


@router.post("/admin/rules/routing/{rule_id}/end")
def end(
    rule_id: int,
    session: Db,
    request: Request,
    person: Editor,
    login: CurrentLogin,
    posted: Form,
) -> Response:
    """Let a rule hold no longer, after seeing what would then go where."""
    row = ruling.found_row(session, RoutingRule, rule_id)
    form = typed(posted)
    if posted.get("tried") != f"end-{rule_id}":
        run = dry_run(session, draft=None, without=rule_id, on=_today(), at=clock.now())
        return _form(session, request, login, form, row=row, run=run, tried=f"end-{rule_id}")
    tried = attempt(
        session,
        lambda: commands.end_rule(
            session,
            rule_id,
            on=a_day(posted, "end_on"),
            by=person,
            today=_today(),
            why=a_reason(posted),
            seen=seen_in(posted),
        ),
    )
    if tried.error is not None:
        return _form(session, request, login, tried.again(posted), row=row, status=tried.status)
    return go(f"/admin/rules/routing/{rule_id}?said=closed")


def _save(
    session: Session,
    request: Request,
    login: Login,
    posted: Posted,
    person: Person,
    *,
    row: RoutingRule | None = None,
) -> Response:
    """Nothing takes effect that has not been tried just as it stands."""
    read = attempt(session, lambda: _draft(session, posted))
    if read.done is None:
        form = read.again(posted)
        return _form(session, request, login, form, row=row, status=read.status)
    draft, mark = read.done, _mark(read.done, row)
    if posted.get("do") != "save" or posted.get("tried") != mark:
        run = dry_run(
            session,
            draft=draft.as_facts(),
            without=row.id if row else None,
            on=draft.valid_from,
            at=clock.now(),
        )
        return _form(session, request, login, typed(posted), row=row, run=run, tried=mark)
    made = attempt(session, lambda: _put(session, draft, posted, person, row))
    if made.done is None:
        form = made.again(posted)
        return _form(session, request, login, form, row=row, status=made.status, tried=mark)
    return go(f"/admin/rules/routing/{made.done.id}?said=saved")


def _put(
    session: Session, draft: RuleDraft, posted: Posted, person: Person, row: RoutingRule | None
) -> RoutingRule:
    why = a_reason(posted)
    if row is None:
        return commands.add_rule(session, draft, by=person, today=_today(), why=why)
    return commands.replace_rule(
        session, row.id, draft, by=person, today=_today(), why=why, seen=seen_in(posted)
    )


def _draft(session: Session, posted: Posted) -> RuleDraft:
    kind, _, value = posted.get("subject").partition(":")
    area_kind, _, area_code = posted.get("area").partition(":")
    draft = RuleDraft(
        category_id=int(value) if kind == "category" and value.isdigit() else None,
        group=value if kind == "group" else None,
        kind=value if kind == "kind" else None,
        area_kind=area_kind or None,
        area_code=area_code or None,
        department_id=maybe_id(posted, "department") or 0,
        valid_from=a_day(posted, "valid_from"),
        valid_to=maybe_day(posted, "valid_to"),
        reason=posted.get("why")[:300],
        reason_en=posted.get("why_en")[:300],
        source=posted.get("source")[:300],
    )
    commands.check(session, draft, today=_today())
    return draft


def _mark(draft: RuleDraft, row: RoutingRule | None) -> str:
    """By this a form shows that just this draft has been tried."""
    told = repr((sorted(asdict(draft).items()), row.id if row else None))
    return hashlib.sha256(told.encode()).hexdigest()[:20]


def _subject_value(row: RoutingRule) -> str:
    if row.category_id is not None:
        return f"category:{row.category_id}"
    if row.group is not None:
        return f"group:{row.group}"
    return f"kind:{row.kind}" if row.kind else ""


def _today() -> date:
    return clock.now().astimezone(CITY_ZONE).date()


def _names(session: Session) -> dict[str, Any]:
    """Words for what rules refer to."""
    areas = {kind.value: dict(areas_named(session, kind)) for kind in AREAS}
    return {
        "units": {each.id: each.words for each in departments(session).values()},
        "categories": catalogue(session).by_id,
        "groups": {code: pair for code, (_sign, pair) in GROUPS.items()},
        "kinds": KINDS,
        "area_kinds": {kind.value: pair for kind, pair in AREAS.items()},
        "areas": areas,
    }


def _form(
    session: Session,
    request: Request,
    login: Login,
    form: Filled,
    *,
    row: RoutingRule | None = None,
    run: DryRun | None = None,
    tried: str = "",
    status: int = 200,
) -> Response:
    return admin_page(
        request,
        session,
        login,
        "admin/rules/route.html",
        subject=commands.subject_of(row.id) if row else None,
        status=status,
        filled=form,
        row=row,
        run=run,
        tried=tried,
        today=_today(),
        active_units=[
            (each.id, each.words) for each in departments(session).values() if each.active
        ],
        **_names(session),
    )
