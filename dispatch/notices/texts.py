"""Texts with placeholders: checked when they are saved, filled in without running anything, counted as an SMS is.

`{number}` is filled in; `[[,预计{due}前完成]]` is left out whole when something in it is not known.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from dispatch.kit.errors import Field, InvalidInput
from dispatch.notices.events import TELLINGS, Audience, Way

_HOLE = re.compile(r"\{([^{}]*)\}")
_OPTION = re.compile(r"\[\[(.*?)\]\]", re.DOTALL)
#: The letters of GSM 03.38 that an SMS takes as one of 160; with any other it has room for 70.
_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑܧ¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWICE = frozenset("^{}\\[~]|€")
#: Most characters by way, whatever an administrator sets; an SMS is counted in segments.
LONGEST = {
    Way.IN_APP: 500,
    Way.WECHAT_MESSAGE: 600,
    Way.WECHAT_TEMPLATE: 800,
    Way.SMS: 500,
    Way.ROBOT: 1800,
}
LONGEST_SUBJECT = 60


@dataclass(frozen=True)
class Placeholder:
    """Something that can stand in a text. `public`: a reporter may be told; `sample`: for trying out."""

    name: str
    zh: str
    en: str
    sample: tuple[str, str]
    public: bool = True


def _p(name: str, zh: str, en: str, sample: str, sample_en: str = "", **more: bool) -> Placeholder:
    return Placeholder(name, zh, en, (sample, sample_en or sample), **more)


PLACEHOLDERS: dict[str, Placeholder] = {
    each.name: each
    for each in (
        _p("number", "案件编号", "case number", "20261123-0001"),
        _p("category", "案件类别", "category", "雨水井盖", "storm drain cover"),
        _p("what", "案情摘要", "what was reported", "学院路口井盖不见了,很危险"),
        _p("place", "地点", "place", "柳南区 学院路 12 号"),
        _p("stage", "当前环节", "stage", "处理中", "being handled"),
        _p("department", "责任单位", "responsible unit", "市政维护处"),
        _p("due", "处理时限", "time limit", "今天 17:00", "today 17:00"),
        _p("link", "查看链接", "link", "https://12319.example.gov.cn/track/20261123-0001?token=…"),
        _p("city", "平台名称", "name of the service", "柳州市数字城管"),
        _p("why", "原因或意见", "reason or note", "不属于城市管理范围", "outside our duties"),
        _p("severity", "紧急程度", "haste", "紧急", "urgent", public=False),
        _p("overdue", "已超时间", "time over the limit", "1小时20分", "1 h 20 min", public=False),
        _p("by", "经办人", "who acted", "王晓", public=False),
        _p("clock", "时限名称", "which limit", "处理时限", "handling", public=False),
        _p("level", "督办级别", "level of escalation", "2", public=False),
        _p("reporters", "反映人数", "how many reported", "3", public=False),
    )
}


@dataclass(frozen=True)
class Said:
    """A text filled in for one reader."""

    subject: str
    body: str


def holes(text: str) -> list[str]:
    """The names in braces, in order, as they stand there."""
    return _HOLE.findall(text)


def may_say(name: str, *, event: str, audience: str) -> bool:
    """Whether this may be told to these people: notes are the office's own unless the event says why."""
    found = PLACEHOLDERS.get(name)
    if found is None:
        return False
    if audience != Audience.REPORTER:
        return True
    telling = TELLINGS.get(event)
    return (telling is not None and telling.says_why) if name == "why" else found.public


def check(text: str, *, event: str, audience: str, field: str) -> None:
    """Refuse a text with a placeholder that is unknown or not for these readers, or with a lone bracket."""
    problems = [
        *_wrong_names(holes(text), event=event, audience=audience, field=field),
        *_wrong_brackets(text, field=field),
    ]
    if problems:
        raise InvalidInput("bad_template", problems[0].zh, problems[0].en, problems)


def _wrong_names(names: Iterable[str], *, event: str, audience: str, field: str) -> Iterable[Field]:
    usable = [each for each in PLACEHOLDERS if may_say(each, event=event, audience=audience)]
    shown = "".join(f"{{{each}}}" for each in usable)
    for name in names:
        if name in usable:
            continue
        if name in PLACEHOLDERS:
            zh, en = PLACEHOLDERS[name].zh, PLACEHOLDERS[name].en
            yield Field(
                field,
                f"{{{name}}}({zh})不能告知这类对象;可用:{shown}",
                f"{{{name}}} ({en}) is not for these readers; usable: {shown}",
            )
        else:
            yield Field(
                field,
                f"没有占位符 {{{name}}};可用:{shown}",
                f"There is no placeholder {{{name}}}; usable: {shown}",
            )


def _wrong_brackets(text: str, *, field: str) -> Iterable[Field]:
    rest = _HOLE.sub("", _OPTION.sub(r"\1", text))
    if any(sign in rest for sign in ("{", "}", "[[", "]]")):
        yield Field(
            field,
            "括号不成对:占位符写作 {number},可省略的部分写作 [[…]]",
            "A bracket stands alone: write placeholders as {number}, what may be left out as [[…]]",
        )


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders filled in; nothing in `values` is read as a placeholder again."""

    def option(found: re.Match[str]) -> str:
        inside = found[1]
        return inside if all(values.get(name) for name in holes(inside)) else ""

    return _HOLE.sub(lambda hole: values.get(hole[1], ""), _OPTION.sub(option, text)).strip()


def say(subject: str, body: str, values: Mapping[str, str]) -> Said:
    """Both parts, filled in; the subject on one line."""
    return Said(" ".join(fill(subject, values).split()), fill(body, values))


def samples(language: str) -> dict[str, str]:
    """A value for every placeholder, to try a text with."""
    return {name: each.sample[language == "en"] for name, each in PLACEHOLDERS.items()}


@dataclass(frozen=True)
class Length:
    """How long an SMS is: characters as they count, the parts it is sent and paid in, its alphabet."""

    characters: int
    segments: int
    is_unicode: bool


def sms_length(text: str) -> Length:
    """The length of an SMS with its signature: 160/153 letters of GSM a part, 70/67 of any other."""
    if all(sign in _GSM or sign in _GSM_TWICE for sign in text):
        count = sum(2 if sign in _GSM_TWICE else 1 for sign in text)
        alone, joined, is_unicode = 160, 153, False
    else:
        count = len(text.encode("utf-16-be")) // 2
        alone, joined, is_unicode = 70, 67, True
    segments = 1 if count <= alone else -(-count // joined)
    return Length(count, segments, is_unicode)
