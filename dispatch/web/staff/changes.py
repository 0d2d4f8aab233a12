"""What a deed changed, in words: names for ids, labels for codes, times of the city."""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import words_of_unit
from dispatch.web.parts import labels
from dispatch.web.parts.times import full_time

Pair = tuple[str, str]
Word = Callable[[Session, Any], Pair]


def _same(text: object) -> Pair:
    return (str(text), str(text))


def _unit(session: Session, value: Any) -> Pair:
    return words_of_unit(session, value)


def _category(session: Session, value: Any) -> Pair:
    found = catalogue(session).by_id.get(value)
    return _same(value) if found is None else found.words


def _condition(session: Session, value: Any) -> Pair:
    found = catalogue(session).conditions.get(value)
    return _same(value) if found is None else found.words


def _time(_session: Session, value: Any) -> Pair:
    try:
        return _same(full_time(datetime.fromisoformat(str(value))))
    except ValueError:
        return _same(value)


def _limit(_session: Session, value: Any) -> Pair:
    """`4 work_hour` as 4 工作时."""
    number, _, unit = str(value).partition(" ")
    zh, en = labels.word(labels.UNITS, unit)
    return f"{number} {zh}", f"{number} {en}"


def _plain(_session: Session, value: Any) -> Pair:
    return _same(value)


def _of(table: dict[str, Pair]) -> Word:
    return lambda _session, value: labels.word(table, str(value))


#: The columns that people care about, what they are called, and how their values are told.
SHOWN: Final[dict[str, tuple[Pair, Word]]] = {
    "department_id": (("责任单位", "unit"), _unit),
    "category_id": (("类别", "category"), _category),
    "condition_id": (("立案条件", "condition"), _condition),
    "severity": (("缓急", "urgency"), _of(labels.SEVERITIES)),
    "due_at": (("时限", "due"), _time),
    "stage_due_at": (("环节时限", "stage due"), _time),
    "until": (("申请到", "asked until"), _time),
    "acknowledge_overdue": (("签收超时，原应完成于", "acknowledged late; it was due"), _time),
    "limit": (("处理时限", "limit"), _limit),
    "limit_rule": (("时限规则", "rule of the limit"), _plain),
    "stage_overdue": (("本环节超时，原应完成于", "stage overdue; it was due"), _time),
    "suspended_until": (("挂账至", "suspended until"), _time),
    "description": (("描述", "description"), _plain),
    "part_code": (("部件", "part"), _plain),
    "foreign_number": (("对方编号", "their number"), _plain),
    "grid_code": (("单元网格", "unit grid"), _plain),
    "outcome": (("结案结果", "outcome"), _of(labels.OUTCOMES)),
    "reporters_count": (("反映人数", "reporters"), _plain),
    "photos": (("照片", "photos"), _plain),
}


def told(session: Session, changes: Mapping[str, Any]) -> Iterator[tuple[Pair, Pair | None, Pair]]:
    """Each change that is worth telling: what, from which value (if there was one), to which."""
    for name, pair in changes.items():
        if name not in SHOWN or not isinstance(pair, list) or len(pair) != 2:
            continue
        label, word = SHOWN[name]
        before, after = pair
        yield (
            label,
            None if before in (None, "", 0) else word(session, before),
            ("无", "none") if after in (None, "") else word(session, after),
        )
