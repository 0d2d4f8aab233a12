"""What the administrator's desk holds, by group: for its start page."""

from dataclasses import dataclass
from typing import Final

Pair = tuple[str, str]


@dataclass(frozen=True)
class Section:
    """A page of the desk: where, called what, for what, and its icon."""

    address: str
    name: Pair
    about: Pair
    icon: str


SECTIONS: Final[tuple[tuple[Pair, tuple[Section, ...]], ...]] = (
    (
        ("组织", "Organisation"),
        (
            Section(
                "/admin/people",
                ("人员与岗位", "People and roles"),
                ("账号、岗位、密码、令牌", "Accounts, roles, passwords, tokens"),
                "users",
            ),
            Section(
                "/admin/departments",
                ("部门", "Departments"),
                ("名称、职责、联系人、系统对接", "Names, duties, contacts, their systems"),
                "building",
            ),
            Section(
                "/admin/working-grids",
                ("责任网格", "Working grids"),
                ("按日期安排巡查员", "Inspectors by date"),
                "map-2",
            ),
        ),
    ),
    (
        ("城市数据", "The city's data"),
        (
            Section(
                "/admin/grids",
                ("单元网格与区域", "Unit grids and areas"),
                ("导入、检查、区域名称", "Import, check, names of areas"),
                "map",
            ),
            Section(
                "/admin/places",
                ("地名", "Places"),
                ("道路、地点、门牌", "Roads, places, house numbers"),
                "map-search",
            ),
            Section(
                "/admin/parts",
                ("部件", "Parts"),
                ("权属、养护、状态", "Owners, upkeep, condition"),
                "list-details",
            ),
            Section(
                "/admin/facilities",
                ("公共设施", "Facilities"),
                ("开放时间、实时数据源", "Opening hours, live feeds"),
                "toilet-paper",
            ),
            Section(
                "/admin/cameras",
                ("摄像机", "Cameras"),
                ("位置、告警类型、测试", "Place, alarm types, test"),
                "device-cctv",
            ),
            Section(
                "/admin/uploads",
                ("导入记录", "Uploads"),
                ("检查报告与导入结果", "Reports of checks and imports"),
                "upload",
            ),
        ),
    ),
    (
        ("规则与话术", "Rules and scripts"),
        (
            Section(
                "/admin/rules",
                ("规则", "Rules"),
                ("派遣、渠道、类别、参数", "Routing, channels, categories, settings"),
                "adjustments",
            ),
            Section(
                "/admin/rules/limit-rules",
                ("时限与督办", "Time and lights"),
                (
                    "时限、工作日历、区域类别、督办阶梯",
                    "Limits, calendars, classes of areas, ladders",
                ),
                "clock",
            ),
            Section(
                "/admin/rules/snippets",
                ("话术与回访", "Scripts and call-backs"),
                ("知识库、常用语、回访、同意书", "Knowledge, text modules, call-backs, consent"),
                "phone",
            ),
        ),
    ),
    (
        ("运行", "Operation"),
        (
            Section(
                "/admin/notices",
                ("通知", "Notices"),
                ("文本、规则、发送方式与记录", "Texts, rules, ways and the log"),
                "message",
            ),
            Section(
                "/admin/deliveries",
                ("推送记录", "Deliveries"),
                ("发往部门系统的消息", "Messages to departments' systems"),
                "send",
            ),
            Section(
                "/admin/intake",
                ("接入日志", "Intake log"),
                ("收到的每一条报文", "Every message as it came in"),
                "inbox",
            ),
            Section(
                "/admin/audit",
                ("审计日志", "Audit log"),
                ("谁在何时做了什么", "Who did what, and when"),
                "history",
            ),
        ),
    ),
)
