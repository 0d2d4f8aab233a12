"""One deed on one case while it is being done: the case as locked, who acts, and what changes."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, inspect, select
from sqlalchemy.orm import Session

from dispatch.cases import deadlines
from dispatch.cases.commands import ledger
from dispatch.cases.events import FACTS, fact
from dispatch.cases.model import Case
from dispatch.cases.states import Stage, Verb
from dispatch.kit import outbox
from dispatch.kit.db import Json
from dispatch.people.policy import Person

#: Columns whose changes the history row does not list: they follow from the others.
_SILENT = frozenset(
    {
        "version",
        "stage",
        "updated_at",
        "stage_since",
        "stage_due_at",
        "open_requests",
        "decided_by_id",
        "geom",
        "longitude",
        "latitude",
    }
)
_TOLD = tuple(each.key for each in inspect(Case).column_attrs if each.key not in _SILENT)


@dataclass
class Deed:
    """A deed in the making. Effects change `case`; `extra` goes into the event beside the usual."""

    session: Session
    case: Case
    verb: Verb
    by: Person
    at: datetime
    body: Json
    note: str | None = None
    extra: Json = field(default_factory=dict)
    changes: Json = field(default_factory=dict)
    before: Json = field(init=False)

    def __post_init__(self) -> None:
        self.before = snapshot_of(self.case)

    def finish(self, to: Stage) -> None:
        """Move the case to `to`, write its history row and publish the fact."""
        case, origin = self.case, self.case.stage
        case.version += 1
        case.updated_at = self.at
        if to != origin:
            if case.stage_due_at is not None and self.at > case.stage_due_at:
                # the stage's own limit falls away with it; that it was missed is kept
                self.changes["stage_overdue"] = [None, case.stage_due_at.isoformat()]
            deadlines.leave_stage(
                self.session, case, to=to, at=self.at, held_by=self.before["department_id"]
            )
        self.changes = {**changes_between(self.before, snapshot_of(case)), **self.changes}
        tell(
            self.session,
            case,
            FACTS[self.verb],
            verb=self.verb,
            by=self.by,
            at=self.at,
            origin=origin,
            note=self.note,
            changes=self.changes,
            extra=self.extra,
        )


def snapshot_of(case: Case) -> Json:
    """The columns whose changes a history row lists, as they are now."""
    return {name: getattr(case, name) for name in _TOLD}


def changes_between(before: Json, after: Json) -> Json:
    """What has changed: column → [before, after]."""
    return {
        name: [_plain(before[name]), _plain(value)]
        for name, value in after.items()
        if before[name] != value
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def tell(
    session: Session,
    case: Case,
    name: str,
    *,
    verb: Verb,
    by: Person,
    at: datetime,
    origin: str | None,
    note: str | None,
    changes: Json,
    extra: Json | None = None,
) -> None:
    """The row that tells of this version of the case, and the fact of this name."""
    ledger.enter(
        session,
        history={
            "case_id": case.id,
            "version": case.version,
            "verb": verb,
            "actor_id": by.id,
            "actor": by.name,
            "role": role_word(by),
            "from_stage": origin,
            "to_stage": case.stage,
            "note": note,
        },
        changes=changes,
        at=at,
        fact=fact_of(case, name, verb=verb, at=at, extra=extra),
    )


def role_word(person: Person) -> str:
    """In which capacity somebody acted, for the history."""
    if person.is_reporter:
        return "reporter"
    return "system" if person.is_system else ",".join(sorted(person.roles))


def payload_of(case: Case, *, verb: str, at: datetime) -> Json:
    """What every event about a case carries."""
    return {
        "case_id": case.id,
        "public_id": case.public_id,
        "number": case.number,
        "version": case.version,
        "stage": case.stage,
        "verb": verb,
        "department_id": case.department_id,
        "inspector_id": case.inspector_id,
        "reported_by_id": case.reported_by_id,
        "district_code": case.district_code,
        "working_grid": case.working_grid,
        "channel": case.channel,
        "at": at.isoformat(),
    }


def publish(
    session: Session, case: Case, name: str, *, verb: str, at: datetime, extra: Json | None = None
) -> None:
    """Put a fact about the case into the outbox, in this transaction."""
    outbox.publish(session, fact_of(case, name, verb=verb, at=at, extra=extra))


def fact_of(case: Case, name: str, *, verb: str, at: datetime, extra: Json | None) -> outbox.Event:
    """A fact about the case, with what every event carries and `extra`."""
    return fact(name, {**payload_of(case, verb=verb, at=at), **(extra or {})})


_LOCKED = (
    select(Case)
    .where(Case.id == bindparam("wanted"))
    .with_for_update()
    .execution_options(populate_existing=True)
)


def lock_case(session: Session, case_id: int) -> Case | None:
    """The case, locked until the transaction ends, as it stands now."""
    return session.scalar(_LOCKED, {"wanted": case_id})
