"""After a report: its number, what is promised, and how it stands while one still looks."""

from typing import Annotated

from fastapi import Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.intake.follow import follow, report_for
from dispatch.intake.tokens import track_url
from dispatch.kit import clock
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.web.citizen.promise import limit_words
from dispatch.web.parts.page import show

router = Router(include_in_schema=False)

ReportToken = Annotated[str, Query(max_length=64)]


def _page(
    session: Session, request: Request, template: str, report_id: str, token: str
) -> Response:
    found = report_for(session, report_id, token)
    case = session.get_one(Case, found.duplicate_of_id) if found.duplicate_of_id else found
    return show(
        request,
        template,
        headers={"Cache-Control": "no-store"},
        report=follow(session, found, at=clock.now()),
        limit=limit_words(case.limit_value, case.limit_unit),
        accept_by=case.stage_due_at,
        track_url=track_url(report_id),
        track_path=f"/track/{report_id}?token={token}",
        standing_path=f"/report/done/{report_id}/standing?token={token}",
    )


@router.get("/report/done/{report_id}")
def done(session: Db, request: Request, report_id: str, token: ReportToken) -> Response:
    """The number, the promise, and the link that opens it again."""
    return _page(session, request, "citizen/done.html", report_id, token)


@router.get("/report/done/{report_id}/standing")
def standing(session: Db, request: Request, report_id: str, token: ReportToken) -> Response:
    """What is known by now: who has it and until when."""
    return _page(session, request, "citizen/standing.html", report_id, token)
