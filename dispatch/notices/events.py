"""What can be told of: the facts of a case with the people they can concern, and the notices' own facts."""

from dataclasses import dataclass
from enum import StrEnum


class Way(StrEnum):
    """How a notice travels."""

    IN_APP = "in_app"
    WECHAT_MESSAGE = "wechat_message"
    WECHAT_TEMPLATE = "wechat_template"
    SMS = "sms"
    ROBOT = "robot"


class Audience(StrEnum):
    """Who is told; everybody but the reporter is staff."""

    REPORTER = "reporter"
    MANAGERS = "managers"
    HANDLERS = "handlers"
    INSPECTOR = "inspector"
    AGENTS = "agents"
    DISPATCHERS = "dispatchers"
    SHIFT_LEADERS = "shift_leaders"
    SUPERVISORS = "supervisors"
    LEADERS = "leaders"
    DEPARTMENT_GROUP = "department_group"
    CENTRE_GROUP = "centre_group"


A = Audience

#: A notice waits to be sent at once (an agent's answer), staff have something new behind the bell.
WAITING = "notice.waiting"
TOLD = "notice.told"
#: What became of an agent's answer.
SETTLED = "notice.settled"
#: A step of a ladder: it names itself who is told and by which way, so no rule is asked.
ESCALATED = "case.escalated"
#: What an agent writes to a follower has no rule and no template.
AGENT_MESSAGE = "agent.message"
#: Somebody wrote 退订 to the official account.
OPTED_OUT = "wechat.opted_out"

CENTRE = (
    A.AGENTS,
    A.DISPATCHERS,
    A.SHIFT_LEADERS,
    A.SUPERVISORS,
    A.LEADERS,
    A.CENTRE_GROUP,
)
UNIT = (A.MANAGERS, A.HANDLERS, A.DEPARTMENT_GROUP)
STAFF = (*CENTRE, *UNIT, A.INSPECTOR)
EVERYBODY = (A.REPORTER, *STAFF)


@dataclass(frozen=True)
class Telling:
    """An event as an administrator sees it. `says_why`: the deed's note may be told to the reporter too."""

    zh: str
    en: str
    audiences: tuple[Audience, ...] = STAFF
    says_why: bool = False

    @property
    def name(self) -> tuple[str, str]:
        """Its name in both languages."""
        return self.zh, self.en


#: Everything that can be told of, in the order of a case's life.
TELLINGS: dict[str, Telling] = {
    "case.reported": Telling("收到上报", "reported", EVERYBODY),
    "case.accepted": Telling("已受理", "accepted", EVERYBODY),
    "case.rejected": Telling("不予受理", "not accepted", EVERYBODY, says_why=True),
    "case.duplicate": Telling("已并案", "linked as a duplicate", EVERYBODY),
    "case.verifying": Telling("派发核实", "to be verified"),
    "case.verified": Telling("核实反馈", "verified"),
    "case.filed": Telling("已立案", "filed", EVERYBODY),
    "case.dispatched": Telling("已派遣", "dispatched", EVERYBODY),
    "case.returned": Telling("部门回退", "returned by the unit"),
    "case.extension_requested": Telling("申请延期", "extension asked for"),
    "case.extended": Telling("同意延期", "extended", EVERYBODY),
    "case.extension_refused": Telling("不同意延期", "extension refused"),
    "case.suspension_requested": Telling("申请挂账", "suspension asked for"),
    "case.suspended": Telling("已挂账", "suspended", EVERYBODY),
    "case.suspension_refused": Telling("不同意挂账", "suspension refused"),
    "case.resumed": Telling("恢复处理", "resumed", EVERYBODY),
    "case.made_safe": Telling("先行排险", "made safe", EVERYBODY),
    "case.warned": Telling("时限将到", "nearing its limit"),
    "case.overdue": Telling("处理超期", "overdue"),
    "case.stage_warned": Telling("环节将超时", "a stage nears its limit"),
    "case.stage_overdue": Telling("环节超时", "a stage takes too long"),
    "case.unacknowledged": Telling("逾期未签收", "not acknowledged in time"),
    ESCALATED: Telling("逐级督办", "escalated"),
    "case.urged": Telling("督办", "urged"),
    "case.handled": Telling("处理完毕", "handled", EVERYBODY),
    "case.rework": Telling("要求返工", "to be done again"),
    "case.checked": Telling("核查反馈", "checked"),
    "case.closed": Telling("已结案", "closed", EVERYBODY),
    "case.voided": Telling("已作废", "voided", EVERYBODY),
    "case.rated": Telling("市民评价", "rated by the reporter"),
    "case.reopened": Telling("重新办理", "reopened", EVERYBODY),
    "case.appealed": Telling("部门申诉", "appealed"),
    "case.appeal_decided": Telling("申诉裁定", "appeal decided"),
}

AUDIENCES: dict[Audience, tuple[str, str]] = {
    A.REPORTER: ("市民(上报人)", "the citizens who reported"),
    A.MANAGERS: ("部门主管", "the unit's managers"),
    A.HANDLERS: ("处置员", "the unit's handlers"),
    A.INSPECTOR: ("责任网格巡查员", "the grid's inspectors"),
    A.AGENTS: ("坐席员", "agents"),
    A.DISPATCHERS: ("派遣员", "dispatchers"),
    A.SHIFT_LEADERS: ("值班长", "shift leaders"),
    A.SUPERVISORS: ("监督员", "supervisors"),
    A.LEADERS: ("分管领导", "the city's leaders"),
    A.DEPARTMENT_GROUP: ("部门工作群", "the unit's chat group"),
    A.CENTRE_GROUP: ("中心工作群", "the centre's chat group"),
}
WAYS: dict[Way, tuple[str, str]] = {
    Way.IN_APP: ("站内", "in-app"),
    Way.WECHAT_MESSAGE: ("微信客服消息", "WeChat customer message"),
    Way.WECHAT_TEMPLATE: ("微信模板消息", "WeChat template message"),
    Way.SMS: ("短信", "SMS"),
    Way.ROBOT: ("群机器人", "group robot"),
}
GROUPS = frozenset({A.DEPARTMENT_GROUP, A.CENTRE_GROUP})
#: By which ways an audience can be reached.
WAYS_TO: dict[Audience, tuple[Way, ...]] = {
    A.REPORTER: (Way.WECHAT_MESSAGE, Way.WECHAT_TEMPLATE, Way.SMS),
    **{each: (Way.IN_APP, Way.SMS) for each in STAFF if each not in GROUPS},
    **dict.fromkeys(GROUPS, (Way.ROBOT,)),
}
