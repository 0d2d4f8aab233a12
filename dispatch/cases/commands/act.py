"""Do a deed to a case: lock it, ask who and whether, change it, write its history, publish the fact."""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from dispatch.cases import policy
from dispatch.cases.commands import effects_desk as desk
from dispatch.cases.commands import effects_unit as unit
from dispatch.cases.commands import effects_work as work
from dispatch.cases.commands.deed import Deed
from dispatch.cases.model import Case, CaseAssignment, CaseHistory, Photo, PhotoKind
from dispatch.cases.states import Verb, Who, step
from dispatch.catalogue.reference import city_setting
from dispatch.kit.db import Json
from dispatch.kit.errors import NotFound, StaleVersion, invalid
from dispatch.people.model import Role
from dispatch.people.policy import Person

Effect = Callable[[Deed], None]


def _nothing(_deed: Deed) -> None:
    """The stage alone changes."""


EFFECTS: dict[Verb, Effect] = {
    Verb.ACCEPT: desk.accept,
    Verb.REJECT: desk.reject,
    Verb.TAKE_BACK: desk.take_back,
    Verb.REQUEST_VERIFICATION: _nothing,
    Verb.VERIFY: desk.verify,
    Verb.FILE: desk.file,
    Verb.VOID: unit.void,
    Verb.LINK_DUPLICATE: desk.link_duplicate,
    Verb.HANDLE_ON_THE_SPOT: _nothing,
    Verb.DISPATCH: unit.dispatch,
    Verb.ACKNOWLEDGE: work.acknowledge,
    Verb.ASSIGN: work.assign,
    Verb.START: work.start,
    Verb.RETURN: unit.give_back,
    Verb.EXTEND: unit.extend,
    Verb.APPROVE_EXTENSION: unit.approve_extension,
    Verb.REFUSE_EXTENSION: unit.refuse_extension,
    Verb.SUSPEND: unit.suspend,
    Verb.APPROVE_SUSPENSION: unit.approve_suspension,
    Verb.REFUSE_SUSPENSION: unit.refuse_suspension,
    Verb.RESUME: unit.resume,
    Verb.MAKE_SAFE: unit.make_safe,
    Verb.REPORT_DONE: unit.report_done,
    Verb.CHECK: unit.check,
    Verb.REWORK: unit.rework,
    Verb.CLOSE: desk.close,
    Verb.REOPEN: desk.reopen,
    Verb.URGE: desk.urge,
    Verb.APPEAL: unit.appeal,
    Verb.DECIDE_APPEAL: desk.decide_appeal,
    Verb.CORRECT: desk.correct,
    Verb.NOTE: _nothing,
}
#: What a photo that comes with a deed shows.
PHOTO_KINDS = {
    Verb.REPORT_DONE: PhotoKind.AFTER,
    Verb.CHECK: PhotoKind.AFTER,
    Verb.MAKE_SAFE: PhotoKind.DURING,
}
#: Lists of photos beside `photos` that a deed may bring, and what they show.
_OTHER_MOMENTS = {"before_photos": PhotoKind.BEFORE, "during_photos": PhotoKind.DURING}
#: Deeds that may carry a category and condition of their own, so that one step corrects and goes on.
_CORRECTING = frozenset({Verb.ACCEPT})


def act(
    session: Session,
    case: str | int,
    verb: Verb,
    *,
    by: Person,
    at: datetime,
    body: Mapping[str, Any] | None = None,
    expected_version: int | None = None,
) -> Case:
    """Do `verb` to the case with this public id (or row id) and return it as it is now.

    Raises NotFound (also when the person may not know of it), NotAllowed, WrongStage, StaleVersion
    (with what changed since `expected_version`), InvalidInput and Conflict; then nothing is changed.
    """
    found = find_case(session, case, by=by, lock=True)
    if expected_version is not None and expected_version != found.version:
        raise _stale(session, found, expected_version)
    with session.no_autoflush:  # what a deed changes is written once, at its end
        perform(session, found, verb, by=by, at=at, body=body)
    session.flush()
    return found


def perform(
    session: Session,
    found: Case,
    verb: Verb,
    *,
    by: Person,
    at: datetime,
    body: Mapping[str, Any] | None = None,
) -> None:
    """`act` on a case that this transaction has locked already; the caller flushes."""
    given: Json = dict(body or {})
    if verb is Verb.FILE:
        _fill_in(given, found)
    to = step(verb, policy.standing_of(by, found), given, city=city_roles(session))
    note = given.get("note") or given.get("reason")
    deed = Deed(session, found, verb, by=by, at=at, body=given, note=note)
    if verb in _CORRECTING:
        desk.correct(deed)
    EFFECTS[verb](deed)
    _attach_photos(deed)
    deed.finish(to)


_BY_ID = (
    select(Case).where(Case.id == bindparam("wanted")).execution_options(populate_existing=True)
)
_BY_PUBLIC_ID = (
    select(Case)
    .where(Case.public_id == bindparam("wanted"))
    .execution_options(populate_existing=True)
)
#: The look-up of a case by the type of what is given, without and with its lock.
_FIND = {
    (int, False): _BY_ID,
    (int, True): _BY_ID.with_for_update(),
    (str, False): _BY_PUBLIC_ID,
    (str, True): _BY_PUBLIC_ID.with_for_update(),
}
_UNITS = select(CaseAssignment.department_id).where(
    CaseAssignment.case_id == bindparam("case_id"), CaseAssignment.ended_at.is_(None)
)


def find_case(session: Session, case: str | int, *, by: Person, lock: bool = False) -> Case:
    """The case, if this person may know of it; NotFound otherwise, so that ids cannot be tried out."""
    found = session.scalar(_FIND[type(case), lock], {"wanted": case})
    if found is None or not _knows(session, found, by):
        raise NotFound(
            "case_not_found",
            f"没有案件 {case},或您无权查看",
            f"There is no case {case}, or you may not see it",
        )
    return found


def _knows(session: Session, case: Case, by: Person) -> bool:
    """By what stands on the case; else as one of the units that have it, which takes a look-up."""
    if by.is_reporter or _sees(case, by, units={case.department_id}):
        return True
    if by.department_id is None:
        return False
    return _sees(case, by, units=set(session.scalars(_UNITS, {"case_id": case.id})))


def _sees(case: Case, by: Person, *, units: AbstractSet[int | None]) -> bool:
    return policy.may_see(
        by,
        department_ids=frozenset(each for each in units if each is not None),
        district_code=case.district_code,
        working_grid=case.working_grid,
        staff_ids=frozenset(
            each for each in (case.reported_by_id, case.inspector_id) if each is not None
        ),
    )


def city_roles(session: Session) -> dict[Verb, frozenset[Who]]:
    """Who files and who closes in this city."""
    return {
        Verb.FILE: _roles(city_setting(session, "filing_role", Role.SHIFT_LEADER.value)),
        Verb.CLOSE: _roles(city_setting(session, "closing_role", Role.SHIFT_LEADER.value)),
    }


def _roles(setting: str) -> frozenset[Who]:
    return frozenset(Role(each.strip()) for each in setting.split(",") if each.strip())


def _fill_in(body: Json, case: Case) -> None:
    """What is known already need not be said again when filing."""
    if body.get("category") in (None, ""):
        body["category"] = case.category_id
    if body.get("condition") in (None, ""):
        body["condition"] = case.condition_id


def _stale(session: Session, case: Case, expected: int) -> StaleVersion:
    rows = session.scalars(
        select(CaseHistory)
        .where(CaseHistory.case_id == case.id, CaseHistory.version > expected)
        .order_by(CaseHistory.version)
    )
    changes = [
        {
            "version": row.version,
            "at": row.at.isoformat(),
            "verb": row.verb,
            "actor": row.actor,
            "from_stage": row.from_stage,
            "to_stage": row.to_stage,
            "note": row.note,
            "changes": row.changes,
        }
        for row in rows
    ]
    return StaleVersion(
        "stale_version",
        "案件刚被他人更新,请看过变化后再操作",
        "Somebody else has just changed the case; look at what changed and decide again",
        extra={"version": case.version, "stage": case.stage, "changes": changes},
    )


def _attach_photos(deed: Deed) -> None:
    moments = {"photos": PHOTO_KINDS.get(deed.verb, PhotoKind.BEFORE), **_OTHER_MOMENTS}
    taken = sum(_attach(deed, deed.body.get(name) or [], kind) for name, kind in moments.items())
    if taken:
        deed.changes["photos"] = [0, taken]


def _attach(deed: Deed, given: Sequence[Any], kind: PhotoKind) -> int:
    """How many photos the case has taken; all of those given, or InvalidInput."""
    if not given:
        return 0
    try:
        ids = [each if isinstance(each, UUID) else UUID(str(each)) for each in given]
    except ValueError:
        ids = []
    taken = deed.session.execute(
        update(Photo)
        .where(Photo.id.in_(ids), Photo.case_id.is_(None), Photo.by_id == deed.by.id)
        .values(case_id=deed.case.id, kind=kind)
        .returning(Photo.id)
        .execution_options(synchronize_session=False)
    ).all()
    if len(taken) != len(set(given)):
        raise invalid(
            "photos",
            "照片编号不存在或已用于其他案件,请重新上传",
            "Some photo ids do not exist or belong to another case; upload them again",
        )
    return len(taken)
