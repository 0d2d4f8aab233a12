"""What followers write to command us, and every sentence that they are answered with."""

import re
import unicodedata
from collections.abc import Iterable
from enum import StrEnum

from dispatch.cases.states import Stage


class Command(StrEnum):
    """A word that asks for something instead of telling of a problem."""

    HELP = "help"
    PROGRESS = "progress"
    FINISH = "finish"
    CANCEL = "cancel"
    NEW = "new"
    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"


class Missing(StrEnum):
    """What a report still lacks."""

    WHAT = "what"
    WHERE = "where"
    WHERE_EXACTLY = "where_exactly"


_SPELLINGS: dict[Command, tuple[str, ...]] = {
    Command.HELP: ("帮助", "?", "help", "怎么用", "使用说明", "菜单"),
    Command.PROGRESS: ("进度", "查询", "查询进度", "查进度", "我的上报", "progress"),
    Command.FINISH: ("完成", "提交", "上报完成", "发完了", "finish", "submit"),
    Command.CANCEL: ("取消", "取消上报", "不报了", "cancel"),
    Command.OPT_OUT: ("退订", "td", "不再通知", "unsubscribe"),
    Command.OPT_IN: ("恢复通知", "订阅通知", "subscribe"),
    Command.NEW: ("新上报", "再报一个", "上报", "我要上报", "随手拍", "report"),
}
#: Every spelling of every command, and the keys of the account's menu (`PROGRESS`, `REPORT` …).
COMMANDS = {spelling: command for command, all_ in _SPELLINGS.items() for spelling in all_}
SMALL_TALK = frozenset(
    [
        "你好",
        "您好",
        "在吗",
        "在么",
        "有人吗",
        "谢谢",
        "谢谢你",
        "感谢",
        "多谢",
        "好",
        "好的",
        "好吧",
        "嗯",
        "嗯嗯",
        "收到",
        "知道了",
        "再见",
        "ok",
        "hi",
        "hello",
    ]
)
_ENDS = " \t\r\n。.!,~、"
_CASE_NUMBER = re.compile(r"(?:进度|查询)?\s*:?\s*(\d{8}-\d{4,}|\S{1,16}?\d{4}第\d{8,}号)")

HELP = (
    "发送文字、照片和位置即可上报城市管理问题,先后不限:\n"
    "1. 写明是什么问题,如“井盖不见了”\n"
    "2. 写明地点,或点“+”发送“位置”\n"
    "3. 有照片请一并发来\n"
    "信息齐全即自动提交。回复“完成”立即提交,“取消”放弃,“进度”查看办理情况,“帮助”查看本说明。"
)
GREETING = "您好,欢迎关注城市管理随手拍。\n" + HELP
KEPT_FOR_LATER = "您的消息已收到,系统繁忙,稍后会自动处理,请勿重复发送。"
OPTED_OUT = "已退订,以后不再向您发送办理进展通知;回复“恢复通知”可重新接收,回复“进度”随时可查。"
OPTED_IN = "已恢复,您上报的案件有进展时会通知您。"
NOTHING_OPEN = "目前没有正在填写的上报。直接发送文字、照片或位置即可开始。"
STARTED = "请发送问题说明、照片和位置,先后不限。"
CANCELLED = "已放弃本次上报。需要时直接发送文字、照片或位置即可重新开始。"
VOICE_UNCLEAR = "没有听清这段语音,请用文字再说一遍。"
NO_VIDEO = "暂不能处理视频,请改发照片,并用文字说明问题和地点。"
NO_CASES = "没有查到您上报的案件。直接发送文字、照片或位置即可上报。"
NOT_YOURS = "没有查到您上报的这个案件,请核对编号。回复“进度”可查看您最近的案件。"
UNKNOWN_KIND = "暂不能处理这类消息,请发送文字、照片或位置。"
NO_TEXT = "(市民未写文字说明)"

_ASK = {
    Missing.WHAT: "是什么问题(如“井盖破损”)",
    Missing.WHERE: "地点(写明路名、门牌或附近地标,或点“+”发送“位置”)",
    Missing.WHERE_EXACTLY: "更具体的地点(所写地点范围较大或不止一处,请补充地标,或点“+”发送“位置”)",
}

#: What a citizen is told of a stage; {unit} and {due} are filled in where they are known.
STAGE_WORDS: dict[Stage, str] = {
    Stage.REPORTED: "已收到,正在受理",
    Stage.VERIFYING: "已收到,正在派人到现场核实",
    Stage.ACCEPTED: "已受理,正在立案",
    Stage.FILED: "已立案,正在安排处理单位",
    Stage.DISPATCHED: "已派给{unit}{due}",
    Stage.SUSPENDED: "处理单位{unit}已申请暂缓,条件具备后继续处理",
    Stage.HANDLED: "{unit}已处理,正在核查",
    Stage.CHECKED: "已核查,即将结案",
    Stage.CLOSED: "已办结",
    Stage.REJECTED: "不属于受理范围,未予受理",
    Stage.VOIDED: "经核对已作废",
    Stage.DUPLICATE: "与已有案件是同一问题,已合并办理",
}


def _plain(text: str) -> str:
    """Full-width letters, digits and marks as ASCII, without the marks around the words."""
    narrow = unicodedata.normalize("NFKC", text)
    return narrow.strip(_ENDS) or narrow.strip()


def _folded(text: str) -> str:
    return _plain(text).lower()


def command_in(text: str) -> Command | None:
    """The command that the whole text is, if it is one."""
    return COMMANDS.get(_folded(text))


def menu_command(key: str) -> Command | None:
    """The command behind a key of the account's menu."""
    return COMMANDS.get(key.strip().lower())


def case_asked_for(text: str) -> str | None:
    """The case number or id that the whole text asks for, if it does."""
    found = _CASE_NUMBER.fullmatch(_plain(text))
    return found[1] if found else None


def is_small_talk(text: str) -> bool:
    """Whether the text greets or thanks, or holds no word at all."""
    return _folded(text) in SMALL_TALK or not any(char.isalnum() for char in text)


def still_missing(missing: Iterable[Missing], *, photos: int, had: str) -> str:
    """What was received and what is asked for next; `had` names the latest message."""
    asked = ";".join(_ASK[each] for each in missing)
    pictures = f"(照片共 {photos} 张)" if photos else ""
    return f"{had}已收到{pictures}。还需要:{asked}。回复“完成”可直接提交,“取消”放弃。"


def completed(
    *, number: str, url: str, missing: Iterable[Missing], existing: str | None, minutes: int
) -> str:
    """The receipt of a report; `existing` is the number of the case that it was linked to."""
    lines = [f"上报成功,案件编号:{number}"]
    if existing:
        lines.append(f"同一问题已有案件 {existing} 正在办理,已为您合并。")
    if list(missing):
        lines.append("信息不全,将由坐席人工核对;您仍可继续补充。")
    lines.append(f"查看进度:{url}")
    lines.append(f"{minutes} 分钟内再发照片、位置或说明,会补充到本案;另有问题请先回复“新上报”。")
    return "\n".join(lines)


def supplemented(what: str, number: str) -> str:
    """What was added to which case."""
    return f"{what}已补充到案件 {number}。如是另一个问题,请先回复“新上报”。"


def too_late_to_cancel(number: str) -> str:
    """A report that is a case already cannot be thrown away."""
    return f"没有正在填写的上报。案件 {number} 已提交,如有误请直接回复说明,坐席会核对。"


def too_many_photos(limit: int) -> str:
    """No more photos are taken."""
    return f"最多可附 {limit} 张照片,这一张未保存。回复“完成”提交。"
