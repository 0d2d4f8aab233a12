"""What the reporter says after closing: a score, and whether it is really mended."""

from datetime import datetime

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dispatch.cases.commands.act import perform
from dispatch.cases.commands.deed import lock_case, publish
from dispatch.cases.model import Case, CaseRating
from dispatch.cases.states import Stage, Verb
from dispatch.kit.errors import Conflict
from dispatch.people.policy import REPORTER


def rate_report(
    session: Session,
    report: Case,
    *,
    score: int,
    fixed: bool,
    comment: str | None,
    at: datetime,
) -> Case:
    """Store the rating of a report, once for each closing; "not fixed" reopens the case.

    A report that was linked to another case rates that one. Raises Conflict when the case is not
    closed, was rated already, or is reopened too late.
    """
    case = lock_case(session, report.duplicate_of_id or report.id)
    if case is None or case.stage != Stage.CLOSED:
        raise Conflict(
            "not_closed",
            "案件还没有结案,结案后才能评价",
            "The case is not closed yet; it can be rated afterwards",
        )
    stored = session.execute(
        insert(CaseRating)
        .values(
            case_id=case.id,
            report_id=report.public_id,
            round=case.reopen_count,
            score=score,
            fixed=fixed,
            comment=comment,
            at=at,
        )
        .on_conflict_do_nothing()
        .returning(CaseRating.case_id)
    ).first()
    if stored is None:
        raise Conflict("already_rated", "您已评价过", "You have rated it already")
    if case.id == report.id:
        case.rating = score
    publish(session, case, "case.rated", verb="rate", at=at, extra={"score": score, "fixed": fixed})
    if not fixed:
        reason = f"举报人反映未解决:{comment}" if comment else "举报人反映未解决"
        perform(session, case, Verb.REOPEN, by=REPORTER, at=at, body={"reason": reason})
    session.flush()
    return case
