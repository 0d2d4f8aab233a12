"""Words of the administrator's desk: what a deed, a field and a state are called, in both languages."""

from collections.abc import Callable
from typing import Any, Final

import orjson
from sqlalchemy.orm import Session

from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import words_of_unit
from dispatch.jurisdiction.model import AreaKind
from dispatch.jurisdiction.reference import area_name, area_names
from dispatch.kit.audit import AuditEntry
from dispatch.web.admin.rules.tables import TABLES
from dispatch.web.parts.labels import CHANNELS, GROUPS, ROLES, Pair, word

#: What a page says after a deed, by what `?said=` names.
SAID: Final[dict[str, Pair]] = {
    "saved": ("已保存。", "Saved."),
    "added": ("已新增。", "Added."),
    "closed": ("已停用。", "Deactivated."),
    "opened": ("已启用。", "Activated."),
    "ended": ("已结束登录。", "The sessions were ended."),
    "sent": ("已重新排队发送。", "Queued to be sent again."),
    "dropped": ("已放弃发送。", "Given up."),
    "played": ("已重放。", "Played again."),
    "assigned": ("已安排。", "Assigned."),
    "discarded": ("已作废。", "Put away."),
    "published": ("已发布。", "Published."),
    "opted_out": ("已登记，不再向这个号码发短信。", "Kept: no more SMS to this number."),
    "opted_in": ("已恢复发送。", "Notices are sent again."),
    "renamed": ("新名称已登记。", "The new name is kept."),
}
#: What the audit log calls a deed.
ACTIONS: Final[dict[str, Pair]] = {
    "login": ("登录", "logged in"),
    "login_failed": ("登录失败", "failed to log in"),
    "logout": ("退出登录", "logged out"),
    "user_added": ("新增人员", "added a person"),
    "user_edited": ("修改人员", "changed a person"),
    "user_activated": ("启用账号", "activated an account"),
    "user_deactivated": ("停用账号", "deactivated an account"),
    "rule_added": ("新增规则", "added a rule"),
    "rule_changed": ("修改规则", "changed a rule"),
    "rule_removed": ("删除规则", "removed a rule"),
    "notice_template_saved": ("修改通知文本", "changed a notice's text"),
    "notice_rule_saved": ("修改通知规则", "changed a notice's rule"),
    "notice_way_saved": ("修改发送方式", "changed a way of notices"),
    "notice_robot_saved": ("修改群机器人", "changed a group robot"),
    "notice_robot_removed": ("删除群机器人", "removed a group robot"),
    "notice_opted_out": ("登记退订", "kept an opt-out"),
    "notice_opted_in": ("恢复发送", "took an opt-out back"),
    "notice.resent": ("重发通知", "sent a notice again"),
    "notices.resent": ("重发失败的通知", "sent notices again that were given up"),
    "password_set": ("设置密码", "set a password"),
    "token_given": ("发放令牌", "gave out a token"),
    "sessions_ended": ("结束登录", "ended sessions"),
    "grids_assigned": ("安排责任网格", "assigned working grids"),
    "department_added": ("新增部门", "added a department"),
    "department_edited": ("修改部门", "changed a department"),
    "department_renamed": ("部门更名", "renamed a department"),
    "department_closed": ("停用部门", "closed a department"),
    "department_reopened": ("恢复部门", "reopened a department"),
    "endpoint.set": ("设置推送地址", "set a webhook"),
    "endpoint.tried": ("测试推送", "tried a webhook"),
    "delivery.resend": ("重新推送", "sent a message again"),
    "delivery.resend_dead": ("批量重新推送", "sent messages again"),
    "delivery.dropped": ("放弃推送", "gave up a message"),
    "escalation.answered": ("签收督办", "answered for a step"),
    "outbox.resend": ("重发事件", "sent events again"),
    "part_edited": ("修改部件", "changed a part"),
    "facility_added": ("新增设施", "added a facility"),
    "facility_edited": ("修改设施", "changed a facility"),
    "facility_key_given": ("发放数据密钥", "gave a feed its key"),
    "facility_key_changed": ("修改数据密钥", "changed a feed's key"),
    "camera_added": ("新增摄像机", "added a camera"),
    "camera_edited": ("修改摄像机", "changed a camera"),
    "camera_type_edited": ("修改告警类型", "changed an alarm type"),
    "camera_tried": ("测试告警", "raised a test alarm"),
    "message_revealed": ("查看原始报文", "looked at a raw message"),
    "message_replayed": ("重放报文", "played a message again"),
    "area_renamed": ("修改区域名称", "renamed an area"),
    "virtual_district_set": ("调整功能区", "changed a virtual district"),
    "patrol.consent_text": ("发布定位同意书", "published the consent to tracks"),
    "patrol.consent_given": ("同意记录轨迹", "agreed to be tracked"),
    "patrol.consent_withdrawn": ("撤回轨迹同意", "withdrew the consent to tracks"),
    "patrol.team_seen": ("查看巡查员位置", "looked where inspectors are"),
    "patrol.track_seen": ("查看轨迹", "looked at a track"),
    "reporter.looked_up": ("按电话查举报人", "looked a reporter up"),
    "reporter.revealed": ("查看举报人信息", "looked at a reporter"),
    "reporter.searched": ("搜索举报人", "searched for a reporter"),
    "cases.exported": ("导出案件", "exported cases"),
    "audit_exported": ("导出审计日志", "exported the audit log"),
    "upload_asked": ("上传文件", "uploaded a file"),
    "upload_applied": ("导入数据", "imported a file"),
    "upload_discarded": ("作废上传", "put an upload away"),
    "reporter_revealed": ("查看反映人", "looked at a reporter"),
}
#: What a field is called.
FIELDS: Final[dict[str, Pair]] = {
    "username": ("用户名", "user name"),
    "display_name": ("姓名", "name"),
    "name": ("名称", "name"),
    "name_en": ("英文名称", "English name"),
    "streets": ("包含的街道", "streets"),
    "phone": ("电话", "telephone"),
    "roles": ("岗位", "roles"),
    "department_id": ("部门", "department"),
    "district_code": ("区", "district"),
    "subject": ("标题", "subject"),
    "body": ("内容", "text"),
    "external_id": ("模板编号", "registered template"),
    "quiet_from": ("免打扰开始", "quiet from"),
    "quiet_until": ("免打扰结束", "quiet until"),
    "max_length": ("最长", "longest"),
    "host": ("地址", "address"),
    "secret": ("密钥", "secret"),
    "working_grids": ("责任网格", "working grids"),
    "active": ("启用", "active"),
    "kind": ("类型", "kind"),
    "parent_id": ("上级部门", "parent"),
    "duties": ("职责", "duties"),
    "duty_lines": ("职责范围", "area of duty"),
    "contacts": ("联系人", "contacts"),
    "closed_on": ("停用日期", "closed on"),
    "merged_into_id": ("并入", "merged into"),
    "valid_from": ("生效日期", "valid from"),
    "url": ("推送地址", "address"),
    "enabled": ("启用", "enabled"),
    "timeout_s": ("超时秒数", "time limit in seconds"),
    "rate_per_minute": ("每分钟上限", "messages a minute"),
    "max_attempts": ("最多尝试", "attempts"),
    "secret_version": ("密钥版本", "secret version"),
    "owner_id": ("权属单位", "owner"),
    "maintainer_id": ("养护单位", "maintainer"),
    "governing_id": ("主管部门", "governing unit"),
    "condition": ("状态", "condition"),
    "address": ("地址", "address"),
    "opening_hours": ("开放时间", "opening hours"),
    "accessible": ("无障碍", "accessible"),
    "spaces_total": ("总数", "spaces"),
    "min_confidence": ("置信度下限", "least confidence"),
    "longitude": ("经度", "longitude"),
    "latitude": ("纬度", "latitude"),
    "label": ("名称", "label"),
    "category_id": ("小类", "category"),
    "condition_id": ("立案条件", "condition"),
    "valid_to": ("失效日期", "valid to"),
    "user_id": ("巡查员编号", "inspector's id"),
    "until": ("结束日期", "until"),
    "area_kind": ("区域类型", "kind of area"),
    "area_code": ("区域", "area"),
    "source": ("依据", "source"),
    "reason": ("理由", "reason"),
    "rank": ("次序", "order"),
    "otherwise": ("前面的方式未送达时", "only when the ways before it do not reach"),
    "case_channel": ("案件来源", "channel of the case"),
    "urgent": ("不受免打扰限制", "in quiet hours too"),
    "hours": ("工作时段", "working hours"),
    "weekdays": ("工作日", "working days"),
    "keeps_holidays": ("节假日适用", "holidays hold"),
    "opted_out": ("已退订", "opted out"),
    "version": ("版本", "version"),
    "zh": ("中文", "Chinese"),
    "en": ("英文", "English"),
}
#: The columns of every table of rules are called as their lists call them; so are the codes that they hold.
_RULES: Final = {
    f"rule-{table.key}": {column.name: column for column in table.columns}
    for table in TABLES.values()
}
#: Codes that fields hold.
KINDS: Final[dict[str, Pair]] = {
    "centre": ("指挥中心", "command centre"),
    "bureau": ("市级部门", "city bureau"),
    "district": ("区级部门", "district unit"),
    "street_office": ("街道办", "street office"),
    "enterprise": ("企业", "enterprise"),
    "carrier": ("通信运营商", "carrier"),
}
CONDITIONS: Final[dict[str, Pair]] = {
    "good": ("完好", "good"),
    "damaged": ("破损", "damaged"),
    "missing": ("丢失", "missing"),
    "abandoned": ("废弃", "abandoned"),
}
FACILITIES: Final[dict[str, Pair]] = {
    "toilet": ("公共厕所", "toilet"),
    "parking": ("停车位", "parking"),
}
#: The sets of reference data.
SETS: Final[dict[str, Pair]] = {
    "areas": ("区域", "areas"),
    "grid": ("单元网格", "unit grids"),
    "gazetteer": ("地名", "places"),
    "catalogue": ("立案标准", "catalogue"),
    "calendar": ("工作日历", "calendar"),
    "settings": ("城市设置", "city settings"),
    "departments": ("部门", "departments"),
    "routing": ("派遣规则", "routing rules"),
    "policies": ("渠道策略", "channel policies"),
    "cameras": ("摄像机", "cameras"),
    "limits": ("时限规则", "limits"),
    "ladders": ("督办阶梯", "ladders"),
    "knowledge": ("知识库", "knowledge"),
    "notices": ("通知规则", "notices"),
}
#: What an uploaded file brings, how far it is, what is being done with it, what its report counts.
UPLOADS: Final[dict[str, Pair]] = {
    "grid": ("单元网格", "unit grids"),
    "parts": ("部件", "parts"),
    "facilities": ("公共设施", "facilities"),
    "places": ("地名", "places"),
    "people": ("人员", "people"),
    "cameras": ("摄像机", "cameras"),
}
UPLOAD_RAIL: Final[dict[str, str]] = {
    "grid": "grids",
    "parts": "parts",
    "facilities": "facilities",
    "places": "places",
    "people": "people",
    "cameras": "cameras",
}
UPLOAD_STATES: Final[dict[str, tuple[str, str, Pair]]] = {
    "waiting": ("none", "○", ("等待检查", "waiting for its check")),
    "checking": ("none", "○", ("正在检查", "being checked")),
    "checked": ("green", "●", ("检查通过，等待决定", "checked, waits for a decision")),
    "unusable": ("red", "■", ("检查未通过", "did not pass the check")),
    "to_apply": ("none", "○", ("等待导入", "waiting to be imported")),
    "applying": ("none", "○", ("正在导入", "being imported")),
    "applied": ("green", "✓", ("已导入", "imported")),
    "failed": ("red", "■", ("无法处理", "could not be used")),
    "discarded": ("none", "○", ("已作废", "put away")),
}
STEPS: Final[dict[str, Pair]] = {
    "": ("排队中", "queued"),
    "read": ("读取并检查文件", "reading and checking the file"),
    "store": ("写入数据", "storing the rows"),
    "relocate": ("重新定位部件", "placing parts on the new grid"),
}
TOTALS: Final[dict[str, Pair]] = {
    "cells": ("网格数", "grids"),
    "km2": ("面积（km²）", "area (km²)"),
    "system": ("坐标系", "coordinate system"),
    "rows": ("行数", "rows"),
    "accepted": ("可用", "accepted"),
    "inserted": ("新增", "new"),
    "updated": ("更新", "changed"),
    "refused": ("拒绝", "refused"),
    "unit_grids": ("单元网格", "unit grids"),
    "working_grids": ("责任网格", "working grids"),
    "areas": ("区域", "areas"),
    "parts_moved": ("换网格的部件", "parts in another grid"),
}
SEVERITIES: Final[dict[str, tuple[str, str, Pair]]] = {
    "error": ("red", "■", ("错误", "error")),
    "warning": ("yellow", "▲", ("警告", "warning")),
    "note": ("none", "○", ("提示", "note")),
}
PLACES: Final[dict[str, Pair]] = {
    "road": ("道路", "roads"),
    "place": ("地点", "places"),
    "number": ("门牌", "house numbers"),
    "bridge": ("桥梁", "bridges"),
    "water": ("水系", "water"),
}
#: How far a message is: lamp, shape, words.
DELIVERIES: Final[dict[str, tuple[str, str, Pair]]] = {
    "pending": ("yellow", "▲", ("等待发送", "waiting")),
    "delivered": ("green", "●", ("已送达", "delivered")),
    "dead": ("red", "■", ("多次失败，等待处理", "failed, waits for somebody")),
    "dropped": ("none", "○", ("已放弃", "given up")),
}
#: What became of a message that came in.
MESSAGES: Final[dict[str, tuple[str, str, Pair]]] = {
    "received": ("yellow", "▲", ("已收到，未处理", "received")),
    "done": ("green", "●", ("已处理", "done")),
    "ignored": ("none", "○", ("无需处理", "nothing to do")),
    "failed": ("red", "■", ("未能处理", "failed")),
}
AREAS: Final[dict[str, Pair]] = {
    "city": ("全市", "city"),
    "district": ("区（县）", "districts"),
    "virtual_district": ("功能区", "virtual districts"),
    "street": ("街道", "streets"),
    "community": ("社区", "communities"),
    "working_grid": ("责任网格", "working grids"),
}
CODES: Final[dict[str, Pair]] = {**KINDS, **CONDITIONS, **FACILITIES}
#: Codes that stand for something else in another field.
CODES_IN: Final[dict[str, dict[str, Pair]]] = {
    "area_kind": AREAS,
    "case_channel": dict(CHANNELS),
    "group": {code: pair for code, (_sign, pair) in GROUPS.items()},
    "kind": {**CODES, "part": ("部件", "parts"), "event": ("事件", "events")},
}
YES: Final[Pair] = ("是", "yes")
NO: Final[Pair] = ("否", "no")
NOTHING: Final[Pair] = ("（空）", "(empty)")
_UNITS: Final = frozenset(
    {"department_id", "parent_id", "merged_into_id", "owner_id", "maintainer_id", "governing_id"}
)


def pretty(value: Any) -> str:
    """A JSON value as people read it."""
    return orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()


def compact(value: Any) -> str:
    """A JSON value on one line."""
    return orjson.dumps(value).decode()


def action(code: str) -> Pair:
    """What a deed of the audit log is called."""
    return word(ACTIONS, code)


def field_name(code: str, subject: str = "") -> Pair:
    """What a field is called; a table of rules has names of its own."""
    column = _RULES.get(subject.partition(":")[0], {}).get(code)
    return column.label if column else word(FIELDS, code)


def changes_in(line: AuditEntry) -> list[tuple[str, Any, Any]]:
    """The changes that a line tells: field, before, after."""
    found = line.details.get("changes", {})
    return [(name, pair[0], pair[1]) for name, pair in found.items()]


def why(line: AuditEntry) -> str:
    """The reason that was given for a change; empty where none was asked for."""
    return str(line.details.get("reason") or "")


def teller(session: Session) -> Callable[..., Pair]:
    """How a value of a field is told: units, categories and areas by name, codes and yes and no in words."""
    named: dict[str, Callable[[Any], Pair]] = {
        **dict.fromkeys(_UNITS, lambda value: words_of_unit(session, value)),
        "category_id": lambda value: _category(session, value),
        "district_code": lambda value: _same(area_name(session, AreaKind.DISTRICT, value)),
        "area_code": lambda value: _area(session, value),
    }

    def told(name: str, value: Any, subject: str = "") -> Pair:
        if value is None or value in ("", []):
            return NOTHING
        if isinstance(value, bool):
            return YES if value else NO
        if isinstance(value, list):
            pairs = [word(ROLES, each) if name == "roles" else _item(each) for each in value]
            return "、".join(zh for zh, _ in pairs), ", ".join(en for _, en in pairs)
        if name in named:
            return named[name](value)
        return _code(name, value, subject)

    return told


def _code(name: str, value: Any, subject: str) -> Pair:
    """A code by the words of its own table, else by those of its field."""
    column = _RULES.get(subject.partition(":")[0], {}).get(name)
    if column is not None and isinstance(value, str) and value in column.choices:
        return column.choices[value]
    codes = CODES_IN.get(name, CODES)
    return word(codes, value) if isinstance(value, str) else _same(value)


def _category(session: Session, value: Any) -> Pair:
    found = catalogue(session).by_id.get(value)
    return (found.name, found.name_en or found.name) if found else _same(value)


def _area(session: Session, code: Any) -> Pair:
    """An area by its code alone; the codes of different kinds are of different lengths."""
    known = area_names(session)
    return _same(next((known[kind, code] for kind in AREAS if (kind, code) in known), code))


def _item(value: Any) -> Pair:
    """One of a list; a pair of hours reads as a span."""
    return _same("–".join(map(str, value)) if isinstance(value, list) else value)


def _same(value: Any) -> Pair:
    return str(value), str(value)
