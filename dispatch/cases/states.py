"""The life of a case as one table: which deed leads from which stage to which, by whom, with what.

`step` is the only judge. Pages ask `allowed_verbs` which buttons to show, `docs/states.md` is
written from `RULES`, and the properties of the whole table are tested.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from dispatch.kit.errors import InvalidInput, NotAllowed, WrongStage, invalid
from dispatch.people.model import Role


class Stage(StrEnum):
    """Where a case stands."""

    REPORTED = "reported"
    VERIFYING = "verifying"
    ACCEPTED = "accepted"
    FILED = "filed"
    DISPATCHED = "dispatched"
    SUSPENDED = "suspended"
    HANDLED = "handled"
    CHECKED = "checked"
    CLOSED = "closed"
    REJECTED = "rejected"
    VOIDED = "voided"
    DUPLICATE = "duplicate"


class Verb(StrEnum):
    """What can be done to a case; the address of a deed is the same word."""

    REPORT = "report"
    ACCEPT = "accept"
    REJECT = "reject"
    TAKE_BACK = "take-back"
    REQUEST_VERIFICATION = "request-verification"
    VERIFY = "verify"
    FILE = "file"
    VOID = "void"
    LINK_DUPLICATE = "link-duplicate"
    HANDLE_ON_THE_SPOT = "handle-on-the-spot"
    DISPATCH = "dispatch"
    ACKNOWLEDGE = "acknowledge"
    ASSIGN = "assign"
    START = "start"
    RETURN = "return"
    EXTEND = "extend"
    APPROVE_EXTENSION = "approve-extension"
    REFUSE_EXTENSION = "refuse-extension"
    SUSPEND = "suspend"
    APPROVE_SUSPENSION = "approve-suspension"
    REFUSE_SUSPENSION = "refuse-suspension"
    RESUME = "resume"
    MAKE_SAFE = "make-safe"
    REPORT_DONE = "report-done"
    CHECK = "check"
    REWORK = "rework"
    CLOSE = "close"
    REOPEN = "reopen"
    URGE = "urge"
    APPEAL = "appeal"
    DECIDE_APPEAL = "decide-appeal"
    CORRECT = "correct"
    NOTE = "note"


class Actor(StrEnum):
    """Those who act without being staff."""

    SYSTEM = "system"
    REPORTER = "reporter"


Who = Role | Actor

STAGE_LABELS: dict[Stage, tuple[str, str]] = {
    Stage.REPORTED: ("待受理", "waiting for acceptance"),
    Stage.VERIFYING: ("核实中", "being verified"),
    Stage.ACCEPTED: ("待立案", "waiting for filing"),
    Stage.FILED: ("待派遣", "waiting for dispatch"),
    Stage.DISPATCHED: ("处理中", "being handled"),
    Stage.SUSPENDED: ("挂账", "suspended"),
    Stage.HANDLED: ("待核查", "waiting for check"),
    Stage.CHECKED: ("待结案", "waiting for closing"),
    Stage.CLOSED: ("已结案", "closed"),
    Stage.REJECTED: ("不予受理", "not accepted"),
    Stage.VOIDED: ("已作废", "voided"),
    Stage.DUPLICATE: ("已并案", "linked to another case"),
}

VERB_LABELS: dict[Verb, tuple[str, str]] = {
    Verb.REPORT: ("上报", "report"),
    Verb.ACCEPT: ("受理", "accept"),
    Verb.REJECT: ("不予受理", "reject"),
    Verb.TAKE_BACK: ("撤回", "take back"),
    Verb.REQUEST_VERIFICATION: ("派发核实", "have verified"),
    Verb.VERIFY: ("核实反馈", "verify"),
    Verb.FILE: ("立案", "file"),
    Verb.VOID: ("作废", "void"),
    Verb.LINK_DUPLICATE: ("并案", "link as duplicate"),
    Verb.HANDLE_ON_THE_SPOT: ("自行处置", "handled on the spot"),
    Verb.DISPATCH: ("派遣", "dispatch"),
    Verb.ACKNOWLEDGE: ("签收", "acknowledge"),
    Verb.ASSIGN: ("分派", "assign"),
    Verb.START: ("开工", "start work"),
    Verb.RETURN: ("回退", "return"),
    Verb.EXTEND: ("申请延期", "ask for extension"),
    Verb.APPROVE_EXTENSION: ("同意延期", "approve extension"),
    Verb.REFUSE_EXTENSION: ("不同意延期", "refuse extension"),
    Verb.SUSPEND: ("申请挂账", "ask for suspension"),
    Verb.APPROVE_SUSPENSION: ("同意挂账", "approve suspension"),
    Verb.REFUSE_SUSPENSION: ("不同意挂账", "refuse suspension"),
    Verb.RESUME: ("恢复处理", "resume"),
    Verb.MAKE_SAFE: ("先行排险", "make safe"),
    Verb.REPORT_DONE: ("处理完毕", "report done"),
    Verb.CHECK: ("核查", "check"),
    Verb.REWORK: ("返工", "rework"),
    Verb.CLOSE: ("结案", "close"),
    Verb.REOPEN: ("重新办理", "reopen"),
    Verb.URGE: ("督办", "urge"),
    Verb.APPEAL: ("申诉", "appeal"),
    Verb.DECIDE_APPEAL: ("申诉裁定", "decide appeal"),
    Verb.CORRECT: ("更正信息", "correct facts"),
    Verb.NOTE: ("备注", "note"),
}


@dataclass(frozen=True)
class Rule:
    """One row. `to` None: the stage stays. `when` picks among rows of one verb by a field's value.

    `needs` must be in the body; `holder`: only the unit that has the case; `if_fact`: a fact that
    must be (or, with a leading "!", must not be) so: a request of that kind waits for its answer
    ("extension", "suspension", "appeal"), a unit has had the case ("unit"), has acknowledged it or
    begun ("acknowledged", "started"), a ruling gave it to the unit ("settled"), or this very person
    accepted or rejected it ("decided").
    """

    verb: Verb
    stages: frozenset[Stage]
    to: Stage | None
    roles: frozenset[Who]
    needs: tuple[str, ...] = ()
    when: tuple[str, object] | None = None
    holder: bool = False
    if_fact: str | None = None


def _rule(
    verb: Verb,
    stages: Iterable[Stage],
    to: Stage | None,
    roles: Iterable[Who],
    **more: Any,
) -> Rule:
    return Rule(verb, frozenset(stages), to, frozenset(roles), **more)


S, V, R, A = Stage, Verb, Role, Actor

#: Stages in which a case is still in work.
OPEN = frozenset(
    {
        S.REPORTED,
        S.VERIFYING,
        S.ACCEPTED,
        S.FILED,
        S.DISPATCHED,
        S.SUSPENDED,
        S.HANDLED,
        S.CHECKED,
    }
)
FINAL = frozenset(Stage) - OPEN
_DESK = (R.AGENT, R.SHIFT_LEADER)
_BEFORE_DEPARTMENT = (S.REPORTED, S.VERIFYING, S.ACCEPTED, S.FILED)
_UNIT = (R.MANAGER, R.HANDLER)
_ANSWERS = (R.DISPATCHER, R.SHIFT_LEADER)
#: Who looks on the spot. A place that lies in nobody's working grid is the shift leader's to settle.
_LOOKS = (R.INSPECTOR, R.SHIFT_LEADER)

RULES: tuple[Rule, ...] = (
    # accept
    _rule(V.ACCEPT, (S.REPORTED, S.VERIFYING), S.ACCEPTED, (*_DESK, A.SYSTEM)),
    _rule(V.REJECT, (S.REPORTED, S.VERIFYING, S.ACCEPTED), S.REJECTED, _DESK, needs=("reason",)),
    _rule(V.TAKE_BACK, (S.ACCEPTED, S.REJECTED), S.REPORTED, _DESK, if_fact="decided"),
    _rule(V.REQUEST_VERIFICATION, (S.REPORTED,), S.VERIFYING, (*_DESK, A.SYSTEM)),
    _rule(V.VERIFY, (S.VERIFYING,), S.REPORTED, _LOOKS, needs=("confirmed",)),
    _rule(
        V.LINK_DUPLICATE,
        (*_BEFORE_DEPARTMENT, S.DISPATCHED),
        S.DUPLICATE,
        (*_DESK, A.SYSTEM),
        needs=("of",),
    ),
    _rule(V.HANDLE_ON_THE_SPOT, (S.REPORTED,), S.CHECKED, (R.INSPECTOR, A.SYSTEM)),
    # file
    _rule(
        V.FILE,
        (S.ACCEPTED,),
        S.FILED,
        (R.SHIFT_LEADER, A.SYSTEM),
        needs=("category", "condition"),
    ),
    _rule(V.VOID, OPEN, S.VOIDED, (R.SHIFT_LEADER,), needs=("reason",)),
    # dispatch
    _rule(V.DISPATCH, (S.FILED,), S.DISPATCHED, (R.DISPATCHER, A.SYSTEM), needs=("department",)),
    _rule(V.DISPATCH, (S.FILED,), S.DISPATCHED, (R.SHIFT_LEADER,), needs=("department", "ruling")),
    # handle
    _rule(V.ACKNOWLEDGE, (S.DISPATCHED,), None, _UNIT, holder=True, if_fact="!acknowledged"),
    _rule(V.ASSIGN, (S.DISPATCHED, S.SUSPENDED), None, (R.MANAGER,), holder=True),
    _rule(V.START, (S.DISPATCHED,), None, _UNIT, holder=True, if_fact="!started"),
    _rule(
        V.RETURN,
        (S.DISPATCHED,),
        S.FILED,
        (R.MANAGER,),
        needs=("reason",),
        holder=True,
        if_fact="!settled",
    ),
    _rule(V.RETURN, (S.DISPATCHED, S.SUSPENDED), S.FILED, (A.SYSTEM,), needs=("reason",)),
    _rule(
        V.EXTEND,
        (S.DISPATCHED,),
        None,
        (R.MANAGER,),
        needs=("until", "reason"),
        holder=True,
        if_fact="!extension",
    ),
    _rule(V.APPROVE_EXTENSION, (S.DISPATCHED,), None, _ANSWERS, if_fact="extension"),
    _rule(V.REFUSE_EXTENSION, (S.DISPATCHED,), None, _ANSWERS, if_fact="extension"),
    _rule(
        V.SUSPEND,
        (S.DISPATCHED,),
        None,
        (R.MANAGER,),
        needs=("until", "reason"),
        holder=True,
        if_fact="!suspension",
    ),
    _rule(V.APPROVE_SUSPENSION, (S.DISPATCHED,), S.SUSPENDED, _ANSWERS, if_fact="suspension"),
    _rule(V.REFUSE_SUSPENSION, (S.DISPATCHED,), None, _ANSWERS, if_fact="suspension"),
    _rule(V.RESUME, (S.SUSPENDED,), S.DISPATCHED, (R.DISPATCHER, R.SHIFT_LEADER, A.SYSTEM)),
    _rule(V.RESUME, (S.SUSPENDED,), S.DISPATCHED, (R.MANAGER,), holder=True),
    _rule(V.MAKE_SAFE, (S.DISPATCHED, S.SUSPENDED), None, _UNIT, holder=True),
    _rule(V.REPORT_DONE, (S.DISPATCHED,), S.HANDLED, _UNIT, needs=("result",), holder=True),
    # check and close
    _rule(V.CHECK, (S.HANDLED,), S.CHECKED, _LOOKS, needs=("passed",), when=("passed", True)),
    _rule(
        V.CHECK,
        (S.HANDLED,),
        S.DISPATCHED,
        _LOOKS,
        needs=("passed",),
        when=("passed", False),
    ),
    _rule(
        V.REWORK,
        (S.HANDLED, S.CHECKED),
        S.DISPATCHED,
        (R.SHIFT_LEADER, R.DISPATCHER),
        needs=("reason",),
        if_fact="unit",
    ),
    _rule(V.CLOSE, (S.CHECKED,), S.CLOSED, (R.SHIFT_LEADER, A.SYSTEM), needs=("outcome",)),
    _rule(V.REOPEN, (S.CLOSED,), S.FILED, (*_DESK, A.REPORTER), needs=("reason",)),
    _rule(V.REOPEN, (S.REJECTED, S.VOIDED), S.REPORTED, (R.SHIFT_LEADER,), needs=("reason",)),
    _rule(V.REOPEN, (S.DUPLICATE,), S.REPORTED, _DESK, needs=("reason",)),
    # beside the way
    _rule(
        V.URGE,
        OPEN - {S.CHECKED},
        None,
        (R.SUPERVISOR, R.LEADER, R.SHIFT_LEADER, R.DISPATCHER, R.AGENT),
        needs=("text",),
    ),
    _rule(
        V.APPEAL,
        (S.DISPATCHED, S.HANDLED, S.CHECKED, S.CLOSED),
        None,
        (R.MANAGER,),
        needs=("reason",),
        holder=True,
        if_fact="!appeal",
    ),
    _rule(
        V.DECIDE_APPEAL,
        (S.DISPATCHED, S.SUSPENDED, S.FILED, S.HANDLED, S.CHECKED, S.CLOSED),
        None,
        (R.SUPERVISOR,),
        needs=("granted",),
        if_fact="appeal",
    ),
    _rule(V.CORRECT, OPEN, None, (*_DESK, R.DISPATCHER)),
    _rule(V.NOTE, frozenset(Stage), None, (*(r for r in Role if r is not R.ADMIN), A.SYSTEM)),
)


@dataclass(frozen=True)
class Standing:
    """What `step` must know of a case and of the one who acts."""

    stage: Stage
    who: frozenset[Who]
    is_holder: bool = False
    facts: frozenset[str] = frozenset()


#: Which roles may do a verb in this city, where that differs from the table (who files, who closes).
Settings = Mapping[Verb, frozenset[Who]]
NO_SETTINGS: Settings = {}


def _roles_of(rule: Rule, city: Settings) -> frozenset[Who]:
    given = city.get(rule.verb)
    return rule.roles if given is None else given | (rule.roles & {A.SYSTEM})


def _may(rule: Rule, standing: Standing, city: Settings) -> bool:
    return not _roles_of(rule, city).isdisjoint(standing.who) and (
        standing.is_holder or not rule.holder
    )


def _fits_now(rule: Rule, standing: Standing) -> bool:
    if standing.stage not in rule.stages:
        return False
    if rule.if_fact is None:
        return True
    wanted = not rule.if_fact.startswith("!")
    return (rule.if_fact.lstrip("!") in standing.facts) == wanted


def allowed_verbs(standing: Standing, *, city: Settings = NO_SETTINGS) -> list[Verb]:
    """The deeds that this person may do to this case now, in the order of the table."""
    found = {
        rule.verb: None
        for rule in RULES
        if _fits_now(rule, standing) and _may(rule, standing, city)
    }
    return list(found)


def _missing(rule: Rule, body: Mapping[str, Any]) -> InvalidInput | None:
    for name in rule.needs:
        if body.get(name) in (None, ""):
            return invalid(name, f"请填写 {name}", f"{name} is required", code="missing_field")
    return None


def step(
    verb: Verb, standing: Standing, body: Mapping[str, Any], *, city: Settings = NO_SETTINGS
) -> Stage:
    """The stage that `verb` leads to.

    Raises NotAllowed when nobody of these roles may ever do it, WrongStage when not at this stage
    (naming what is allowed), InvalidInput when something that must be present is not.
    """
    rows = [rule for rule in RULES if rule.verb is verb]
    mine = [rule for rule in rows if _may(rule, standing, city)]
    if not mine:
        zh, en = VERB_LABELS[verb]
        raise NotAllowed("not_allowed", f"您没有“{zh}”的权限", f"You may not {en} this case")
    fitting = [rule for rule in mine if _fits_now(rule, standing)]
    if not fitting:
        raise _wrong_stage(verb, standing, city)
    for rule in fitting:
        problem = _missing(rule, body)
        if problem is not None:
            raise problem
        if rule.when is None or body[rule.when[0]] == rule.when[1]:
            return rule.to or standing.stage
    name = fitting[0].when[0] if fitting[0].when else ""
    raise invalid(name, f"{name} 的值不被接受", f"{name} does not have an accepted value")


def _wrong_stage(verb: Verb, standing: Standing, city: Settings) -> WrongStage:
    allowed = allowed_verbs(standing, city=city)
    stage_zh, stage_en = STAGE_LABELS[standing.stage]
    verb_zh, verb_en = VERB_LABELS[verb]
    words_zh = "、".join(VERB_LABELS[each][0] for each in allowed) or "无"
    words_en = ", ".join(allowed) or "nothing"
    return WrongStage(
        "wrong_stage",
        f"案件当前为“{stage_zh}”,不能{verb_zh};现在可以:{words_zh}",
        f"The case is {stage_en}: it cannot be given '{verb_en}'; possible now: {words_en}",
        extra={"stage": standing.stage.value, "allowed": [each.value for each in allowed]},
    )
