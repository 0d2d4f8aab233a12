"""Why a unit was chosen, in sentences: how each is written, and how it is said in English."""

from typing import Final

from dispatch.kit.phrases import Phrase

OWNER: Final = Phrase("部件 {code}({part})的权属单位", "owner of part {code} ({part})")
NEAREST: Final = Phrase(
    "距报告位置 {metres} 米的部件 {code}({part})的权属单位",
    "owner of part {code} ({part}), {metres} m from the place reported",
)
RULE: Final = Phrase(
    "规则 {rule}({area}·{subject}):{why}", "rule {rule} ({area} · {subject}): {why}"
)
BARE_RULE: Final = Phrase("规则 {rule}({area}·{subject})", "rule {rule} ({area} · {subject})")
NO_CATEGORY: Final = Phrase("没有类别,由派遣员判断", "no category yet; left to the dispatcher")
NO_RULE: Final = Phrase(
    "没有适用于“{subject}”的规则,由派遣员判断",
    "no rule fits “{subject}”; left to the dispatcher",
)
#: In the order in which a sentence is tried.
PHRASES: Final = (OWNER, NEAREST, RULE, BARE_RULE, NO_CATEGORY, NO_RULE)

CITY: Final = ("全市", "the whole city")
ANYTHING: Final = ("一切案件", "every case")
KINDS: Final = {"part": ("部件", "parts"), "event": ("事件", "events")}
#: What a rule about a whole group is about: 广告类; rows of old have the code there: advertising 类.
GROUP: Final = Phrase("{group}类", "{group}")
OLD_GROUP: Final = Phrase("{group} 类", "{group}")
