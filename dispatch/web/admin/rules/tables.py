"""Every table of rules that is edited row by row: its columns, what they may hold, what is not let through."""

from typing import Final

from dispatch.cases.commands.clocks import lights_changed
from dispatch.cases.states import RULES, VERB_LABELS
from dispatch.catalogue import commands as catalogue_commands
from dispatch.catalogue.model import (
    Category,
    CategoryTerm,
    CitySetting,
    Condition,
    ConditionTerm,
    Reason,
    Severity,
)
from dispatch.intake.commands import rules as intake_rules
from dispatch.intake.model import CameraType, DuplicateRule, IntakePolicy, PolicyAction
from dispatch.web.admin.rules.conditions import CONDITION_KEYS
from dispatch.web.admin.rules.publishing import PUBLISHING
from dispatch.web.admin.rules.spoken import SPOKEN
from dispatch.web.admin.rules.table import Column, Table
from dispatch.web.admin.rules.timed import TIMED
from dispatch.web.parts.labels import CHANNELS, GROUPS, SEVERITIES, UNITS

Pair = tuple[str, str]

ACTIONS: Final[dict[str, Pair]] = {
    PolicyAction.REVIEW: ("转坐席审核", "an agent looks"),
    PolicyAction.VERIFY: ("先派核实", "verified first"),
    PolicyAction.ACCEPT: ("自动受理", "accepted"),
    PolicyAction.FILE: ("自动立案", "filed"),
    PolicyAction.DISPATCH: ("自动派遣", "dispatched"),
}
#: The deeds that ask for a reason.
REASONED: Final[dict[str, Pair]] = {
    rule.verb: VERB_LABELS[rule.verb] for rule in RULES if "reason" in rule.needs
}
_GROUP_NAMES: Final = {code: pair for code, (_sign, pair) in GROUPS.items()}
_SEVERITIES: Final = {each.value: SEVERITIES[each] for each in Severity}


C = Column
_CATEGORY = C("category_id", ("类别", "category"), "category")
_GROUP = C("group", ("大类", "group"), "choice", choices=_GROUP_NAMES)
_LIMIT = (
    C("limit_value", ("时限", "limit"), "whole", need=True, least=1, most=100_000),
    C("limit_unit", ("单位", "unit"), "choice", need=True, choices=UNITS),
)

TABLES: Final[dict[str, Table]] = {
    each.key: each
    for each in (
        Table(
            "policies",
            ("渠道策略", "Channel policies"),
            (
                "某渠道、某类别的上报,把握达到多少时自动办到哪一步;最具体的一条生效。",
                "How far a report goes without a hand, by channel, category and confidence.",
            ),
            IntakePolicy,
            (
                C("channel", ("渠道", "channel"), "choice", choices=CHANNELS),
                _CATEGORY,
                _GROUP,
                C("min_confidence", ("把握不低于", "confidence from"), "number", need=True, most=1),
                C("action", ("办到", "as far as"), "choice", need=True, choices=ACTIONS),
                C("explanation", ("说明", "explanation"), english="explanation_en"),
                C("explanation_en", ("说明（英文）", "explanation in English"), hidden=True),
            ),
            search=("explanation", "explanation_en", "channel"),
            check=intake_rules.check_policy,
        ),
        Table(
            "duplicates",
            ("并案规则", "Duplicate rules"),
            (
                "同类上报相距多少米、多少小时内算同一件事。",
                "Within how many metres and hours two reports are the same thing.",
            ),
            DuplicateRule,
            (
                _CATEGORY,
                _GROUP,
                C("distance_m", ("距离(米)", "metres"), "number", need=True, least=1, most=2000),
                C("hours", ("时间(小时)", "hours"), "number", need=True, least=0.1, most=2400),
            ),
            search=("group",),
            check=intake_rules.check_duplicate_rule,
        ),
        Table(
            "categories",
            ("类别", "Categories"),
            (
                "停用的类别不再用于新的上报;已有案件不变。",
                "What is not in use is not offered for new reports; cases keep theirs.",
            ),
            Category,
            (
                C("code", ("代码", "code"), fixed=True),
                C("name", ("名称", "name"), need=True),
                C("name_en", ("英文名称", "English name")),
                C("major_name", ("所属大类", "major class"), fixed=True, english="major_name_en"),
                C(
                    "major_name_en",
                    ("所属大类（英文）", "major class in English"),
                    hidden=True,
                    fixed=True,
                ),
                C("group", ("分组", "group"), "choice", need=True, choices=_GROUP_NAMES),
                C("active", ("启用", "in use"), "tick"),
            ),
            search=("name", "code", "major_name"),
            can_add=False,
            can_remove=False,
        ),
        Table(
            "conditions",
            ("立案条件", "Filing conditions"),
            (
                "每个类别的立案条件、处理时限和结案条件;改动只对以后的立案生效。",
                "What is filed, how long it may take and when it counts as mended; for cases filed from now on.",
            ),
            Condition,
            (
                C("category_id", ("类别", "category"), "category", need=True, fixed=True),
                C("text", ("立案条件", "condition"), "area", need=True),
                C("text_en", ("立案条件（英文）", "condition in English"), "area", hidden=True),
                C("severity", ("紧急程度", "haste"), "choice", need=True, choices=_SEVERITIES),
                *_LIMIT,
                C("closing", ("结案条件", "closing condition"), "area", hidden=True),
                C("closing_en", ("结案条件（英文）", "closing in English"), "area", hidden=True),
                C("hazard", ("安全隐患", "hazard"), "tick"),
                C("is_default", ("缺省条件", "by default"), "tick", hidden=True),
                C("key", ("识别词义", "what words point to it"), hidden=True),
            ),
            search=("text",),
            check=catalogue_commands.check_condition,
            can_remove=False,
        ),
        Table(
            "terms",
            ("词语", "Words"),
            (
                "上报文字中出现这些词时,建议相应的类别。",
                "Words of a report that suggest a category.",
            ),
            CategoryTerm,
            (
                C("term", ("词语", "word"), need=True),
                C("category_id", ("类别", "category"), "category", need=True),
                C("weight", ("分量", "weight"), "number", need=True, least=0.05, most=1),
            ),
            search=("term",),
        ),
        Table(
            "condition-terms",
            ("状况词语", "Words of conditions"),
            (
                "上报文字中出现这些词时，在该类别的立案条件中选相应的状况。",
                "Words of a report that tell which of a category's conditions is meant.",
            ),
            ConditionTerm,
            (
                C("term", ("词语", "word"), need=True),
                C("key", ("状况", "state of things"), "choice", need=True, choices=CONDITION_KEYS),
                C("weight", ("分量", "weight"), "number", need=True, least=0.05, most=1),
            ),
            search=("term", "key"),
        ),
        Table(
            "reasons",
            ("办理原因", "Reasons"),
            (
                "回退、不予受理等操作时可选的原因;停用的不再提供,已用过的不变。",
                "What can be chosen as the reason of a deed; what is not in use is not offered any more.",
            ),
            Reason,
            (
                C("verb", ("操作", "deed"), "choice", need=True, fixed=True, choices=REASONED),
                C("code", ("代码", "code"), need=True, fixed=True),
                C("name", ("原因", "reason"), need=True),
                C("name_en", ("英文", "in English"), need=True),
                C("position", ("次序", "position"), "whole", need=True, most=10_000),
                C("wants_note", ("须写明情况", "needs words"), "tick"),
                C("active", ("启用", "in use"), "tick"),
            ),
            identity=("verb", "code"),
            search=("name", "name_en", "code"),
            check=catalogue_commands.check_reason,
            can_remove=False,
        ),
        Table(
            "camera-types",
            ("视频类型", "Camera types"),
            (
                "厂商的告警类型对应本平台的哪个类别;不填类别表示不受理。",
                "What a vendor's type of alarm means here; without a category it is not taken.",
            ),
            CameraType,
            (
                C("source", ("厂商", "vendor"), need=True, fixed=True),
                C("type_code", ("类型代码", "type code"), need=True, fixed=True),
                C("label", ("名称", "name"), need=True),
                _CATEGORY,
                C("condition_id", ("立案条件", "condition"), "condition"),
            ),
            search=("label", "type_code", "source"),
            check=intake_rules.check_camera_type,
        ),
        Table(
            "settings",
            ("城市参数", "City settings"),
            (
                "全市统一的参数;改动几秒内生效。",
                "Settings of the whole city; they hold within seconds.",
            ),
            CitySetting,
            (
                C("name", ("参数", "setting"), fixed=True),
                C("value", ("取值", "value"), "setting", need=True),
            ),
            identity=("name",),
            search=("name", "explanation"),
            can_add=False,
            can_remove=False,
            after=lights_changed,
        ),
        *SPOKEN,
        *TIMED,
        *PUBLISHING,
    )
}
