"""The deeds as forms: for each one allowed now, the fields that the table of states asks for and may take."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from dispatch.cases.schemas import CaseOut
from dispatch.cases.states import RULES, VERB_LABELS, Stage, Verb
from dispatch.kit.errors import invalid
from dispatch.people.policy import Person
from dispatch.web.parts.forms import Posted
from dispatch.web.parts.given import worker_given
from dispatch.web.parts.times import local_instant

Pair = tuple[str, str]

V = Verb


@dataclass(frozen=True)
class Field:
    """A field of a deed: how it is drawn, what it is called, what can be chosen."""

    name: str
    kind: str
    label: Pair
    choices: tuple[tuple[str, Pair], ...] = ()
    required: bool = False


_YES, _NO = "yes", "no"
_MAY_BE_EMPTIED: Final = frozenset({"part_code"})
#: Every field that a deed's body can have and a person fills in.
FIELDS: Final[dict[str, Field]] = {
    each.name: each
    for each in (
        Field("reason", "words", ("原因", "Reason")),
        Field("text", "words", ("督办意见", "What is urged")),
        Field("result", "words", ("处理结果", "What was done")),
        Field("note", "words", ("备注", "Note")),
        Field(
            "ruling", "words", ("裁定意见(裁定后责任单位不能再回退)", "Ruling (it binds the unit)")
        ),
        Field("to", "worker", ("分派给", "Give it to"), required=True),
        Field("of", "line", ("并入的案件编号", "Number of the other case")),
        Field("category", "category", ("类别", "Category")),
        Field("condition", "condition", ("立案条件", "Filing condition")),
        Field(
            "severity",
            "choice",
            ("缓急", "Urgency"),
            (
                ("", ("按立案条件", "as the condition says")),
                ("urgent", ("紧急", "urgent")),
                ("normal", ("一般", "ordinary")),
            ),
        ),
        Field("department", "department", ("主办单位", "Unit that leads")),
        Field("assisting", "departments", ("协办单位", "Units that assist")),
        Field("until", "instant", ("到", "Until")),
        Field(
            "confirmed",
            "yesno",
            ("情况属实吗？", "Is it as reported?"),
            ((_YES, ("属实", "yes, it is so")), (_NO, ("不属实", "no, it is not"))),
        ),
        Field(
            "passed",
            "yesno",
            ("处理好了吗？", "Is it done well?"),
            ((_YES, ("合格", "passed")), (_NO, ("不合格，返工", "not passed: rework"))),
        ),
        Field(
            "granted",
            "yesno",
            ("裁定", "Decision"),
            ((_YES, ("申诉成立", "granted")), (_NO, ("申诉不成立", "refused"))),
        ),
        Field(
            "outcome",
            "choice",
            ("结案结果", "Outcome"),
            (
                ("fixed", ("已解决", "fixed")),
                ("not_fixed", ("未解决", "not fixed")),
                ("not_found", ("未发现问题", "nothing was found")),
                ("other", ("其他", "other")),
            ),
        ),
        Field("photos", "photos", ("照片", "Photos")),
        Field("description", "words", ("描述", "Description")),
        Field("longitude", "number", ("经度", "Longitude")),
        Field("latitude", "number", ("纬度", "Latitude")),
        Field("address", "line", ("位置说明", "Place in words")),
        Field("part_code", "line", ("部件编码", "Part code")),
        Field("foreign_number", "line", ("对方编号", "Their number")),
        Field("foreign_source", "line", ("对方平台", "Their platform")),
    )
}
#: The same fields where a fact is corrected in place: some must not be emptied.
EDITED: Final[dict[str, Field]] = {
    name: replace(field, required=name in ("category", "description", "severity"))
    for name, field in FIELDS.items()
}
#: What a deed may take beside what it needs.
EXTRAS: Final[dict[Verb, tuple[str, ...]]] = {
    V.ACCEPT: ("category", "condition"),
    V.FILE: ("severity",),
    V.DISPATCH: ("assisting",),
    V.MAKE_SAFE: ("photos",),
    V.ASSIGN: ("to",),
    V.REPORT_DONE: ("photos",),
    V.CHECK: ("photos",),
    V.VERIFY: ("photos",),
    V.CORRECT: (
        "category",
        "condition",
        "severity",
        "description",
        "address",
        "longitude",
        "latitude",
        "part_code",
        "foreign_number",
        "foreign_source",
    ),
}
#: Deeds whose own words already say why.
_SPEAKING: Final = frozenset({"reason", "text", "result", "ruling"})
#: The usual next deed at each stage, drawn first and filled.
USUAL: Final[dict[Stage, tuple[Verb, ...]]] = {
    Stage.REPORTED: (V.ACCEPT,),
    Stage.VERIFYING: (V.VERIFY, V.ACCEPT),
    Stage.ACCEPTED: (V.FILE,),
    Stage.FILED: (V.DISPATCH,),
    Stage.DISPATCHED: (
        V.APPROVE_EXTENSION,
        V.APPROVE_SUSPENSION,
        V.ACKNOWLEDGE,
        V.START,
        V.REPORT_DONE,
    ),
    Stage.SUSPENDED: (V.RESUME,),
    Stage.HANDLED: (V.CHECK,),
    Stage.CHECKED: (V.CLOSE,),
    Stage.CLOSED: (V.DECIDE_APPEAL,),
}


#: The key that a deed would like; where two meet, the later takes the next free letter.
KEYS: Final[dict[Verb, str]] = {
    V.ACCEPT: "a",
    V.REJECT: "r",
    V.REQUEST_VERIFICATION: "v",
    V.VERIFY: "v",
    V.FILE: "f",
    V.VOID: "z",
    V.LINK_DUPLICATE: "l",
    V.TAKE_BACK: "k",
    V.DISPATCH: "d",
    V.RETURN: "r",
    V.ACKNOWLEDGE: "a",
    V.ASSIGN: "g",
    V.START: "s",
    V.EXTEND: "e",
    V.APPROVE_EXTENSION: "y",
    V.REFUSE_EXTENSION: "u",
    V.SUSPEND: "h",
    V.APPROVE_SUSPENSION: "y",
    V.REFUSE_SUSPENSION: "u",
    V.RESUME: "s",
    V.MAKE_SAFE: "m",
    V.REPORT_DONE: "d",
    V.CHECK: "c",
    V.REWORK: "w",
    V.CLOSE: "c",
    V.REOPEN: "o",
    V.URGE: "u",
    V.APPEAL: "p",
    V.DECIDE_APPEAL: "y",
    V.NOTE: "t",
}
#: Letters for those who came too late; n and b belong to the shell, i, j, k to what is looked at.
_SPARE: Final = "qxweoghvfmlpzrcdsayu"
#: What is done to a fact where the fact stands, not by a button.
IN_PLACE: Final = frozenset({V.CORRECT})


@dataclass(frozen=True)
class DeedForm:
    """A deed that is allowed now: its words, its fields, its key, whether it is the usual one."""

    verb: Verb
    label: Pair
    fields: tuple[Field, ...]
    key: str
    is_usual: bool


def needs_of(verb: Verb, person: Person, *, stage: str | None = None) -> tuple[str, ...]:
    """What the table of states asks of this person for a deed, at one stage or any; the least of it."""
    rules = [rule for rule in RULES if rule.verb is verb and stage in (None, *rule.stages)]
    mine = [rule for rule in rules if rule.roles & person.roles] or rules
    return mine[0].needs if mine else ()


def _names(verb: Verb, case: CaseOut, person: Person) -> list[str]:
    needed = needs_of(verb, person, stage=case.stage)
    names = list(dict.fromkeys((*needed, *EXTRAS.get(verb, ()))))
    return names if _SPEAKING.intersection(names) else [*names, "note"]


def _is_required(name: str, verb: Verb, case: CaseOut) -> bool:
    if name in ("note", "to"):
        return name == "to" or verb is V.NOTE
    if name in EXTRAS.get(verb, ()):
        return False
    known = {"category": case.category, "condition": case.condition}
    return known.get(name) is None


def _field(name: str, verb: Verb, case: CaseOut) -> Field:
    return replace(FIELDS[name], required=_is_required(name, verb, case))


def keys_for(verbs: Iterable[Verb]) -> dict[Verb, str]:
    """A key for each deed, no key twice."""
    found: dict[Verb, str] = {}
    for verb in verbs:
        wanted = (KEYS.get(verb, ""), *_SPARE)
        found[verb] = next((key for key in wanted if key and key not in found.values()), "")
    return found


def forms_for(case: CaseOut, person: Person) -> list[DeedForm]:
    """The forms of the deeds that are allowed, the usual one first."""
    verbs = [verb for verb in case.allowed if verb not in IN_PLACE]
    usual = next((verb for verb in USUAL.get(case.stage, ()) if verb in verbs), None)
    keys = keys_for(verbs)
    forms = [
        DeedForm(
            verb,
            VERB_LABELS[verb],
            tuple(_field(name, verb, case) for name in _names(verb, case, person)),
            keys[verb],
            verb is usual,
        )
        for verb in verbs
    ]
    return sorted(forms, key=lambda each: not each.is_usual)


def body_of(verb: Verb, posted: Posted) -> dict[str, Any]:
    """The body of a deed as its form was filled in; what was left empty is not in it.

    A fact that is corrected may be emptied: what its form holds counts, also when it is nothing.
    """
    body: dict[str, Any] = dict(worker_given(posted)) if verb is V.ASSIGN else {}
    names = {name for rule in RULES if rule.verb is verb for name in rule.needs}
    for name in (*sorted(names), *EXTRAS.get(verb, ()), "note"):
        value = _value(FIELDS[name], posted)
        is_emptied = name in _MAY_BE_EMPTIED and name in posted.fields
        if value not in (None, "", []) or is_emptied:
            body[name] = value
    return body


def _value(field: Field, posted: Posted) -> Any:
    given = posted.get(field.name)
    if field.kind in ("photos", "worker"):
        return None
    if field.kind == "departments":
        return [each for each in posted.lists.get(field.name, ()) if each]
    if field.kind == "yesno":
        return {_YES: True, _NO: False}.get(given)
    read = _READERS.get(field.kind)
    return read(field, given) if read and given else given


def _id(_field: Field, given: str) -> int | str:
    return int(given) if given.isdigit() else given


def _instant(field: Field, given: str) -> str:
    at = local_instant(given)
    if at is None:
        raise invalid(
            field.name,
            "时间应如 2026-12-01 18:00",
            "Give a time like 2026-12-01 18:00",
        )
    return at.isoformat()


def _number(field: Field, given: str) -> float:
    try:
        return float(given)
    except ValueError:
        raise invalid(
            field.name, "请在地图上重新标出位置", "Mark the place on the map again"
        ) from None


_READERS: Final[dict[str, Callable[[Field, str], Any]]] = {
    "instant": _instant,
    "number": _number,
    "category": _id,
    "condition": _id,
}


def typed(posted: Posted) -> Mapping[str, str]:
    """What was typed, for drawing the form again."""
    return posted.fields
