"""A citizen's report while it is written: its fields, what is known beforehand, and what is still missing."""

from typing import Final

from pydantic import ValidationError
from sqlalchemy.orm import Session

from dispatch.cases.model import Channel
from dispatch.facilities.queries import placed_facility
from dispatch.intake.api import ReportIn
from dispatch.intake.commands import receive
from dispatch.intake.queries import message_by_key
from dispatch.intake.schemas import Receipt, Report
from dispatch.intake.tokens import case_of_ticket
from dispatch.jurisdiction.reference import gazetteer
from dispatch.kit import clock
from dispatch.web.parts.drafts import NOWHERE, Draft, complaints_of, empty

Pair = tuple[str, str]
FIELDS: Final = (
    "description",
    "address",
    "contact_name",
    "contact_phone",
    "longitude",
    "latitude",
    "place_from",
    "category",
    "category_other",
    "same_as",
    "asked",
)
#: Which of the web's doors a report came through.
SOURCE: Final = "page"
#: What is answered to "is it one of these?" by somebody who looked.
NONE_OF_THEM: Final = "none"


def checked(draft: Draft) -> ReportIn:
    """The fields as intake takes them; raises ValidationError. A class that was chosen by hand wins."""
    chosen = draft["category_other"] or draft["category"]
    return ReportIn.model_validate({**draft.fields, "category": chosen})


def problems_of(session: Session, draft: Draft) -> dict[str, Pair]:
    """What is still missing or wrong, by field."""
    try:
        given = checked(draft)
    except ValidationError as error:
        return complaints_of(error)
    if given.address or given.longitude is not None:
        return {}
    has_place = gazetteer(session).geocode(given.description, limit=1).candidates
    return {} if has_place else {"address": NOWHERE}


def report_of(draft: Draft) -> Report:
    """What is sent; the answer to "is it one of these?" counts where the case was really offered."""
    answer = draft["same_as"]
    same_as = case_of_ticket(answer, at=clock.now())
    return Report(
        channel=Channel.WEB,
        source=SOURCE,
        dedupe_key=draft.key,
        payload=dict(draft.fields),
        photos=draft.kept,
        place_source="photo" if draft["place_from"] == "photo" else "reporter",
        same_as=same_as,
        stands_alone=answer == NONE_OF_THEM,
        **checked(draft).model_dump(),
    )


def send(session: Session, draft: Draft) -> Receipt:
    """Take the report in."""
    return receive(session, report_of(draft), at=clock.now())


def is_sent(session: Session, draft: Draft) -> bool:
    """Whether this very form came in before: somebody pressed twice."""
    found = message_by_key(session, channel=Channel.WEB, source=SOURCE, dedupe_key=draft.key)
    return found is not None


def prefilled(session: Session, *, facility: str) -> tuple[Draft, str]:
    """An empty report, or one about a facility (with its name), placed where that stands."""
    draft = empty(FIELDS)
    found = placed_facility(session, facility) if facility else None
    if found is None:
        return draft, ""
    name = found.facility.name
    known = {
        "description": f"{name}：",
        "address": f"{found.facility.address}{name}",
        "longitude": f"{found.longitude:.6f}",
        "latitude": f"{found.latitude:.6f}",
        "place_from": "facility",
    }
    return Draft({**draft.fields, **known}, key=draft.key), name
