"""The tables of what agents say and whom they call back: knowledge, text modules, call-back rules."""

from typing import Final

from dispatch.hotline.commands import rules
from dispatch.hotline.model import CallbackRule, ModuleUse, Snippet, SnippetKind, TextModule
from dispatch.hotline.queries import trials
from dispatch.web.admin.rules.table import Column, Pair, Table
from dispatch.web.parts.labels import CHANNELS, GROUPS

#: The tabs that these tables stand among.
FAMILY: Final = "spoken"
KINDS: Final[dict[str, Pair]] = {
    SnippetKind.OURS: ("归我们办", "ours to handle"),
    SnippetKind.NOT_OURS: ("不归我们", "not ours"),
}
USES: Final[dict[str, Pair]] = {
    ModuleUse.CALL: ("来电登记", "writing a call down"),
    ModuleUse.WECHAT: ("微信答复", "answers on WeChat"),
    ModuleUse.REJECT: ("不予受理的答复", "answers when not accepted"),
    ModuleUse.CALLBACK: ("回访话术", "words of a call-back"),
}
_GROUPS: Final = {code: pair for code, (_sign, pair) in GROUPS.items()}
_ACTIVE: Final = Column("active", ("启用", "in use"), "tick", start="yes")
_ORIGIN: Final = Column(
    "origin",
    ("依据", "source"),
    hidden=True,
    hint=(
        "例如文件号；平台自带的写作“平台建议”。",
        "A document's number; what came with the platform says 平台建议.",
    ),
)
C = Column

SPOKEN: Final[tuple[Table, ...]] = (
    Table(
        "snippets",
        ("知识库", "Knowledge"),
        (
            "坐席登记来电时出现的提示：谁负责、怎样告诉来电人；不归我们的写明该找谁。",
            "What appears beside a call: who does it and what to tell the caller; for what is not ours, whom to call.",
        ),
        Snippet,
        (
            C(
                "kind",
                ("归属", "whose"),
                "choice",
                need=True,
                choices=KINDS,
                start=SnippetKind.OURS,
            ),
            C("title", ("标题", "title"), need=True, longest=60),
            C(
                "text",
                ("怎样告诉来电人", "what to tell the caller"),
                "area",
                need=True,
                clipped=True,
            ),
            C("unit", ("责任单位", "who does it"), longest=60),
            C("phone", ("电话", "telephone"), longest=30),
            C("category_id", ("类别", "category"), "category", hidden=True),
            C("group", ("大类", "group"), "choice", choices=_GROUPS),
            C(
                "words",
                ("出现的词语", "words that call it up"),
                "words",
                hint=(
                    "来电人的话里有其中一个就出现；用空格分开。",
                    "It appears when the caller says one of them; separate them by spaces.",
                ),
            ),
            _ACTIVE,
            _ORIGIN,
        ),
        search=("title", "text", "unit"),
        check=rules.check_snippet,
        preview=trials.try_snippet,
        trial=("来电人说的话", "what a caller says"),
        family=FAMILY,
    ),
    Table(
        "text-modules",
        ("常用语", "Text modules"),
        (
            "登记来电、微信答复、不予受理和回访时反复使用的话；输入 :: 和短语即可取用。",
            "Words used again and again in calls, on WeChat, when refusing and when calling back; typed as :: and a short word.",
        ),
        TextModule,
        (
            C("use", ("用在", "used in"), "choice", need=True, fixed=True, choices=USES),
            C("word", ("短语", "short word"), need=True, longest=20),
            C("title", ("标题", "title"), need=True, longest=60),
            C(
                "text",
                ("内容", "text"),
                "area",
                need=True,
                clipped=True,
                hint=(
                    "回访话术里可用 {what}（类别）和 {number}（编号）；其他地方不用占位符。",
                    "Words of a call-back may say {what} (category) and {number}; others take no placeholders.",
                ),
            ),
            C("ordinal", ("次序", "position"), "whole", need=True, most=10_000, start="0"),
            _ACTIVE,
            _ORIGIN,
        ),
        search=("word", "title", "text"),
        check=rules.check_module,
        preview=trials.fill_sample,
        family=FAMILY,
    ),
    Table(
        "callbacks",
        ("回访规则", "Call-back rules"),
        (
            "结案后抽多少上报人打电话回访、何时打、打几次；渠道和大类都写明的最优先。",
            "Which share of reporters is called after closing, when, and how often; the narrowest rule wins.",
        ),
        CallbackRule,
        (
            C("channel", ("渠道", "channel"), "choice", choices=CHANNELS),
            C("group", ("大类", "group"), "choice", choices=_GROUPS),
            C("share", ("抽取（%）", "share (%)"), "percent", need=True, most=100),
            C(
                "after_hours",
                ("结案后（小时）", "hours after closing"),
                "number",
                need=True,
                most=720,
            ),
            C("most_attempts", ("最多打几次", "tries"), "whole", need=True, least=1, most=10),
            C(
                "pause_hours",
                ("间隔（小时）", "hours between tries"),
                "number",
                need=True,
                least=0.5,
                most=168,
            ),
            _ACTIVE,
            C("explanation", ("说明", "explanation")),
        ),
        search=("explanation", "channel", "group"),
        check=rules.check_callback_rule,
        preview=trials.try_callback_rule,
        preview_at_once=False,
        family=FAMILY,
    ),
)
