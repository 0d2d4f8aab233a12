"""The words of the grammar: one expression that reads numbers, relations, directions, distances."""

import re
from typing import Final

from geo.gazetteer.kinds import Role

# Bounded, so that a text of nothing but numerals costs no more than any other.
NUM: Final = r"(?:\d{1,9}|[零一二三四五六七八九十百两]{1,7})"
_COMPASS = r"(?:东北|西北|东南|西南|东|西|南|北)"

# Order matters: the first that fits wins at a spot. Each name is a Role or a sub-kind of one.
PATTERNS: Final[tuple[tuple[str, Role, str], ...]] = (
    ("travel", Role.DETAIL, rf"(?:由|从|自)?{_COMPASS}(?:往|向|至|到){_COMPASS}(?:方向)?"),
    (
        "size",
        Role.DETAIL,
        (
            rf"(?:约|大约|大概|近)?{NUM}(?:\.\d+)?(?:多|来|几)?"
            r"(?:公分|厘米|毫米|CM|(?:米|M)(?:多|左右)?[长宽深高粗厚])"
            r"|(?<![十百\d])[一两二三四五六七八九\d]米[一二三四五六七八九半](?![岔叉])"
        ),
    ),
    (
        "distance",
        Role.DISTANCE,
        (
            rf"(?:大约|大概|约|近|差不多)?(?:{NUM}(?:\.\d+)?(?:多|来|几)?"
            r"|几十|几百|十几|百来|半)(?:公里|千米|里地|米|KM|M(?![A-Z]))(?:左右|多|远|开外|处)*"
        ),
    ),
    ("block", Role.BLOCK, rf"(?:[A-Z]?\d+|[A-Z]|{NUM})(?:[号\#]楼(?![下上前后])|栋|幢|座)"),
    ("quarter", Role.QUARTER, rf"{NUM}区"),
    ("lane_number", Role.LANE_NUMBER, rf"[东西南北中]?{NUM}(?:巷|弄)"),
    (
        "number",
        Role.NUMBER,
        (
            rf"(?<![月\d第一二三四五六七八九十百])(?:\d+-)?{NUM}(?:号|\#)(?![线车井杆令灯机段])"
            r"(?:之[一二三四五六七八九\d]+)?(?:大院|院子|院|门面|铺面|铺)?"
        ),
    ),
    ("detail", Role.DETAIL, rf"{NUM}(?:单元|楼|层|室|房|路车|路公交)|\d+"),
    (
        "cross",
        Role.CROSSING,
        (
            r"十字路口|丁字路口|三?[岔叉]路?口|交[叉汇会界接]?(?:路)?口|交[叉汇会界](?:的|那)?"
            r"(?:地方|处|点|那里|那儿|这里|这儿)?|相交(?:的地方|处)?|路口|街口|转[角弯](?:处)?|拐[角弯](?:处)?"
        ),
    ),
    ("stretch", Role.STRETCH, r"之间|中间(?!段)|路段|沿线|沿途|[这那]一?段|(?<![东西南北中])段"),
    (
        "portion",
        Role.PORTION,
        r"[东西南北中]段|中间段|(?:最|路)?[东西南北](?:端|头)|尽头|末端|路尾|尾端|起点|终点",
    ),
    ("toward", Role.DIRECTION, rf"(?:往|向|朝|以|靠|偏){_COMPASS}(?:侧|边|面|方向|方|角)?(?:走)?"),
    ("side", Role.DIRECTION, rf"{_COMPASS}(?:侧|边|面|方向|角|部|向)"),
    (
        "part",
        Role.PART,
        (
            r"非机动车[道车]+|机动车道|人行道|绿化隔?离?带|隔离带|慢车道|快车道|辅道|主道|盲道|车道|中央分隔带|路肩"
            r"|自行车道|消防通道|下水道|管道"
        ),
    ),
    (
        "plain",
        Role.DETAIL,
        (
            r"路灯|路面|道路|马路|公路|路边|路中间?|路上|路旁|街道上|大街上|规划路|支路上|小路|那条路|这条路|整条路"
            r"|走路|上路|一路|后街|过路|半路|问路|车辆|街边|街上"
        ),
    ),
    (
        "relation",
        Role.RELATION,
        (
            r"(?:大|正|后|侧|校)?门(?:前|口|外)|(?:大|正|校)门|出入口|出口|入口|正?对面|斜对面|对过|对出"
            r"|隔壁|旁边?|边上|附近|周边|周围|一带|左右|后面|背后|后方|后头|楼下|桥下|桥底|桥上|桥头|引桥|引道|脚下|底下|下方|下面"
            r"|前面|前方|跟前|里面|里头|内部|进去|内|里|外面|外|前|后|下|上"
        ),
    ),
    ("mouth", Role.CROSSING, r"口"),
    ("to", Role.TO, r"至|到|-+"),
    ("link", Role.LINK, r"(?:靠近|靠|接|挨着?|临近?)|和|与|跟|及|同|、|/|\+"),
)
ROLE_OF: Final = {name: role for name, role, _ in PATTERNS}

# Letters that any pattern may begin with: a cheap look ahead that skips most of a long text.
_FIRST = (
    r"由从自东西南北大约近差几十百半零一二三四五六七八九两\dA-Z月第交三岔叉丁相路街转拐之中沿这那段最尽末尾起终"
    r"往向朝以靠偏非机人绿隔慢快辅主盲车自消下管道马公规支小整走上后过问斜正侧校门出入对旁边附周左背楼桥引脚底前跟里内进外"
    r"口至到\-接挨临和与及同、/+斜隔"
)
WORDS: Final = re.compile(
    rf"(?=[{_FIRST}])(?:" + "|".join(f"(?P<{name}>{p})" for name, _, p in PATTERNS) + ")"
)
NUMBER_IN: Final = re.compile(NUM)

# Metres that a relation word adds to the radius of uncertainty.
RELATION_RADIUS: Final = {
    "附近": 90,
    "周边": 90,
    "周围": 90,
    "一带": 300,
    "左右": 60,
    "对面": 45,
    "正对面": 45,
    "斜对面": 60,
    "对过": 45,
    "对出": 40,
    "后面": 50,
    "背后": 50,
    "后方": 50,
    "后头": 50,
    "隔壁": 45,
    "旁": 35,
    "旁边": 35,
    "边上": 35,
    "前面": 45,
    "前方": 60,
    "外": 35,
    "外面": 35,
    "里": 30,
    "里面": 30,
    "内": 30,
    "里头": 30,
    "内部": 30,
    "引桥": 60,
    "引道": 60,
}

_S = 0.7071067811865476
COMPASS: Final = {
    "东北": (_S, _S),
    "西北": (-_S, _S),
    "东南": (_S, -_S),
    "西南": (-_S, -_S),
    "东": (1.0, 0.0),
    "西": (-1.0, 0.0),
    "南": (0.0, -1.0),
    "北": (0.0, 1.0),
}
COMPASS_IN: Final = re.compile(_COMPASS)
VAGUE_METRES: Final = {"几十": 40.0, "几百": 300.0, "十几": 15.0, "百来": 100.0, "半": 0.5}
