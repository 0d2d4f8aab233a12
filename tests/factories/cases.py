"""Cases for tests: a report taken in as the platform takes it in, and the deeds to bring it further."""

from datetime import datetime
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, Channel
from dispatch.cases.states import Stage, Verb
from dispatch.intake.commands import receive
from dispatch.intake.schemas import Receipt, Report
from tests.factories.city import NOW, City, spot

_serial = count(1)


def report(session: Session, *, at: datetime = NOW, **given: Any) -> Receipt:
    """A report from the web, of a missing manhole cover in the middle of the city unless said otherwise."""
    longitude, latitude = spot()
    fields: dict[str, Any] = {
        "channel": Channel.WEB,
        "description": "路口的井盖不见了",
        "longitude": longitude,
        "latitude": latitude,
        "payload": {"n": next(_serial)},
        **given,
    }
    return receive(session, Report(**fields), at=at)


def add_case(
    session: Session, city: City, stage: Stage, *, at: datetime = NOW, **given: Any
) -> Case:
    """A case that has come to `stage` by legal deeds alone; `given` are fields of its report."""
    case = session.get_one(Case, report(session, at=at, **given).case_id)
    for verb, role, body in _way_to(city)[stage]:
        act(session, case.id, verb, by=city[role], at=at, body=body)
    assert case.stage == stage
    return case


def _way_to(city: City) -> dict[Stage, list[tuple[Verb, str, dict[str, Any]]]]:
    until = "2026-12-01T18:00:00+08:00"
    accepted: list[tuple[Verb, str, dict[str, Any]]] = [(Verb.ACCEPT, "agent", {})]
    filed = [*accepted, (Verb.FILE, "shift_leader", {"condition": city.missing.id})]
    dispatched = [*filed, (Verb.DISPATCH, "dispatcher", {"department": city.works.id})]
    handled = [*dispatched, (Verb.REPORT_DONE, "manager", {"result": "已换新井盖"})]
    checked = [*handled, (Verb.CHECK, "inspector", {"passed": True})]
    return {
        Stage.REPORTED: [],
        Stage.VERIFYING: [(Verb.REQUEST_VERIFICATION, "agent", {})],
        Stage.ACCEPTED: accepted,
        Stage.FILED: filed,
        Stage.DISPATCHED: dispatched,
        Stage.SUSPENDED: [
            *dispatched,
            (Verb.SUSPEND, "manager", {"until": until, "reason": "等材料"}),
            (Verb.APPROVE_SUSPENSION, "dispatcher", {}),
        ],
        Stage.HANDLED: handled,
        Stage.CHECKED: checked,
        Stage.CLOSED: [*checked, (Verb.CLOSE, "shift_leader", {"outcome": "fixed"})],
        Stage.REJECTED: [(Verb.REJECT, "agent", {"reason": "不属于城管"})],
        Stage.VOIDED: [(Verb.VOID, "shift_leader", {"reason": "误报"})],
    }
