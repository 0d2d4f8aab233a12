"""What forms of several desks give in the same way: a reason of the city's list, a crew or a person."""

from sqlalchemy.orm import Session

from dispatch.catalogue.queries import reasons_for
from dispatch.kit.errors import invalid
from dispatch.web.parts.forms import Posted


def reason_given(session: Session, verb: str, posted: Posted) -> dict[str, str]:
    """The reason chosen, and the words beside it; some reasons mean nothing without words."""
    code, words = posted.get("reason_code"), posted.get("reason")
    chosen = next((each for each in reasons_for(session, verb) if each.code == code), None)
    if chosen is None:
        return {"reason": words} if words else {}
    if chosen.wants_note and not words:
        raise invalid(
            "reason",
            f"“{chosen.name}”要写明情况,如应由谁负责、现场查到什么",
            f"'{chosen.name_en}' needs a word more: whose it is, what was found on the spot",
        )
    return {"reason": f"{chosen.name}:{words}" if words else chosen.name, "reason_code": code}


def worker_given(posted: Posted) -> dict[str, str]:
    """The crew or person that a list of both (`crew:3`, `person:17`) was left at; nothing when neither."""
    kind, _, who = posted.get("to").partition(":")
    return {"crew" if kind == "crew" else "assignee": who} if who else {}
