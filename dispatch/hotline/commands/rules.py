"""What an administrator may not write into knowledge, text modules and call-back rules."""

import re
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.hotline.model import CallbackRule, ModuleUse, TextModule
from dispatch.kit.errors import invalid

#: What the words of a call-back may say of the case.
PLACEHOLDERS: Final = frozenset({"what", "number"})
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")


def check_snippet(_session: Session, values: Mapping[str, Any]) -> None:
    """Something must call it up, and what is not ours names who does it. Raises InvalidInput."""
    if values["category_id"] is not None and values["group"]:
        raise invalid("group", "类别和大类只填一项", "Give a category or a group, not both")
    if not (values["category_id"] or values["group"] or values["words"]):
        raise invalid(
            "words",
            "请填写词语、类别或大类中的一项，否则它永远不会出现",
            "Give words, a category or a group; else it never appears",
        )
    if values["kind"] == "not_ours" and not (values["unit"] or values["phone"]):
        raise invalid(
            "unit",
            "不归我们的，请写明该找哪个单位或拨什么电话",
            "What is not ours must say whom to call",
        )


def check_module(session: Session, values: Mapping[str, Any]) -> None:
    """A short word is there once for its use and has no blank; placeholders are known. Raises InvalidInput."""
    word = values["word"]
    if re.search(r"[\s:：]", word):
        raise invalid("word", "短语里不能有空格和冒号", "A short word has no blanks and colons")
    taken = session.scalar(
        select(TextModule.id).where(TextModule.use == values["use"], TextModule.word == word)
    )
    if taken is not None and taken != values["id"]:
        raise invalid("word", "这里已有同样的短语", "There is this short word already")
    allowed = PLACEHOLDERS if values["use"] == ModuleUse.CALLBACK else frozenset()
    unknown = [name for name in _PLACEHOLDER.findall(values["text"]) if name not in allowed]
    if unknown:
        raise invalid(
            "text",
            f"这里不能用占位符 {{{unknown[0]}}}",
            f"The placeholder {{{unknown[0]}}} is not filled in here",
        )


def check_callback_rule(session: Session, values: Mapping[str, Any]) -> None:
    """There is one rule for a channel and a group; two would leave it to chance. Raises InvalidInput."""
    if not values["active"]:
        return
    twin = session.scalar(
        select(CallbackRule.id).where(
            CallbackRule.active,
            CallbackRule.channel.is_not_distinct_from(values["channel"]),
            CallbackRule.group.is_not_distinct_from(values["group"]),
            CallbackRule.id != (values["id"] or 0),
        )
    )
    if twin is not None:
        raise invalid(
            "channel",
            f"同一渠道和大类已有规则 {twin}，请修改或停用它",
            f"Rule {twin} is for this channel and group already; change it or put it out of use",
        )
