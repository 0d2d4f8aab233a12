"""Look at who reported, unmasked: only for those whose work needs it, and every look is written down."""

from collections.abc import Sequence

from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseReporter
from dispatch.cases.queries import reporters_of
from dispatch.kit import audit
from dispatch.kit.errors import NotAllowed
from dispatch.people.policy import SEES_REPORTERS, Person


def reveal_reporters(
    session: Session, case: Case, *, by: Person, address: str | None = None
) -> Sequence[tuple[CaseReporter, str]]:
    """Who reported, with the channel, and a line in the audit log. NotAllowed for other posts."""
    if not by.has(*SEES_REPORTERS):
        raise NotAllowed(
            "missing_permission",
            "您的岗位不能查看举报人信息",
            "Your post may not see who reported",
        )
    audit.record(
        session,
        "reporter.revealed",
        subject=f"case:{case.public_id}",
        actor=by.username or by.name,
        actor_id=by.id,
        address=address,
    )
    return reporters_of(session, case)
