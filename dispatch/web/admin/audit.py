"""The audit log: who did what, when, from where; and its export."""

import csv
import io
from datetime import date, datetime, time, timedelta
from typing import Annotated

from fastapi import Depends, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.kit import audit, audit_log
from dispatch.kit.audit_log import LogFilter
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.people.http import CurrentLogin, require
from dispatch.people.permissions import Permission
from dispatch.people.policy import Person
from dispatch.people.queries import user_by_name
from dispatch.web.admin import words
from dispatch.web.admin.frame import PAGE, Asked, admin_page, asked, listing
from dispatch.web.parts.language import language_of, pick
from dispatch.web.parts.times import full_time

router = Router(include_in_schema=False)
Reader = Annotated[Person, Depends(require(Permission.AUDIT_READ))]
GIVEN = ("person", "subject", "action", "since", "until")
#: Nobody has this id: a name that nobody bears finds nothing.
NOBODY = -1


@router.get("/admin/audit")
def show(session: Db, request: Request, _person: Reader, login: CurrentLogin) -> Response:
    """The log, newest first."""
    wanted = asked(request, *GIVEN)
    rows = audit_log.lines_found(
        session, _filter(session, wanted), before=wanted.after(int), limit=PAGE + 1
    )
    return admin_page(
        request,
        session,
        login,
        "admin/audit.html",
        listing=listing(wanted, rows, key=lambda row: row.id),
        actions=sorted(words.ACTIONS.items(), key=lambda each: each[1]),
    )


@router.get("/admin/audit.csv")
def export(session: Db, request: Request, person: Reader) -> Response:
    """The lines that fit as a table. That it was taken is a line of its own."""
    wanted = asked(request, *GIVEN)
    language = language_of(request, own=person.language)
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(("id", "at", "actor", "action", "subject", "address", "details"))
    for row in audit_log.exported(session, _filter(session, wanted)):
        deed = pick(language, words.action(row.action))
        shown = (full_time(row.at), row.actor, deed, row.subject, row.address or "")
        writer.writerow((row.id, *map(_harmless, shown), words.compact(row.details)))
    audit.record(
        session,
        "audit_exported",
        subject="audit",
        actor=person.username or person.name,
        actor_id=person.id,
        details={name: value for name, value in wanted.given.items() if value},
    )
    return Response(
        "\ufeff" + table.getvalue(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="audit.csv"'},
    )


def _harmless(text: str) -> str:
    """A spreadsheet takes no cell for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _filter(session: Session, wanted: Asked) -> LogFilter:
    name = wanted["person"]
    user = user_by_name(session, name) if name else None
    return LogFilter(
        actor_id=None if not name else (user.id if user else NOBODY),
        subject=wanted["subject"],
        action=wanted["action"],
        since=day_start(wanted["since"]),
        until=day_start(wanted["until"], days=1),
    )


def day_start(text: str, *, days: int = 0) -> datetime | None:
    """When a day begins in the city (or so many days later); None for what is no day."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return datetime.combine(day + timedelta(days=days), time.min, CITY_ZONE)
