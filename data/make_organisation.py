"""Write the departments, their dated names and the routing rules of Liuzhou.

The tables below are the source; run `python data/make_organisation.py` after a change.
Which unit answers for what follows published replies of Liuzhou units; where nothing was
published the row says `demonstration`. The people are written by `make_people.py`.
"""

import csv
import json
from collections.abc import Iterator
from pathlib import Path

HERE = Path(__file__).parent
PUBLISHED = "published replies of Liuzhou units, 2010-2026"
DEMO = "demonstration"
SINCE = "2016-01-01"
DISTRICTS = {
    "450202": ("chengzhong", "城中区"),
    "450203": ("yufeng", "鱼峰区"),
    "450204": ("liunan", "柳南区"),
    "450205": ("liubei", "柳北区"),
    "450206": ("liujiang", "柳江区"),
}

# code, kind, parent, name, short name, English name, area (virtual district), duties, source
CITY = """
centre|centre||柳州市城市管理信息中心|信息中心|City-management information centre||受理、立案、派遣、核查、结案|PUB
dispatch-desk|centre|centre|柳州市城市管理信息中心指挥大厅|派遣台|Dispatchers' desk||权属不明案件的人工派遣、现场会商|PUB
housing-construction|bureau||柳州市住房和城乡建设局|市住建局|Housing and construction bureau||主干道雨水、污水井盖,城市道路,地下管廊,燃气行业管理|PUB
municipal-works|bureau|housing-construction|柳州市市政设施维护管理处|市政处|Municipal works office||市管道路、桥梁、人行道、雨水箅子、道路积水抢险|PUB
street-lighting|bureau|housing-construction|柳州市路灯管理处|路灯处|Street-lighting office||路灯、景观灯、路灯井盖|PUB
police|bureau||柳州市公安局|市公安局|Public security bureau||公安监控立杆、公安井盖、治安岗亭|PUB
traffic-police|bureau|police|柳州市公安局交通警察支队|交警支队|Traffic police||交通标志、信号灯、护栏|PUB
forestry-parks|bureau||柳州市林业和园林局|市林业园林局|Forestry and parks bureau||主干道行道树、古树名木、市管公园绿地|PUB
civil-affairs|bureau||柳州市民政局|市民政局|Civil affairs bureau||路名牌、地名标志|PUB
enforcement|bureau||柳州市城市管理综合行政执法局|市综合执法局|City enforcement bureau||全市市容执法、户外广告、渣土运输|PUB
water-patrol|bureau|enforcement|柳州市水上综合执法支队|水上执法支队|Water enforcement detachment||水域市容、餐厨垃圾非法收运|PUB
ecology|bureau||柳州市生态环境局|市生态环境局|Ecology and environment bureau||施工噪声、河道污染、油烟监测|PUB
water-resources|bureau||柳州市水利局|市水利局|Water resources bureau||河道、堤岸、水域护栏|DEMO
highway|bureau||柳州公路发展中心|公路中心|Highway office||国道、省道、县道|PUB
transport|bureau||柳州市交通运输局|市交通局|Transport bureau||公交、出租行业管理|DEMO
emergency|bureau||柳州市应急管理局|市应急局|Emergency management bureau||加油(气)站安全、危险源|DEMO
health|bureau||柳州市卫生健康委员会|市卫健委|Health commission||医疗废物|DEMO
market-supervision|bureau||柳州市市场监督管理局|市市场监管局|Market supervision bureau||农贸市场、无照经营|DEMO
fire-rescue|bureau||柳州市消防救援支队|消防支队|Fire and rescue||消防通道、消防设施监督|DEMO
water-group|enterprise||广西柳州市水务集团有限公司|水务集团|Water group||给水井盖、供水管网、消火栓|PUB
pipe-network|enterprise||柳州市管网公司|管网公司|Sewer network company||排水管网疏通、抢修|PUB
gas|enterprise||柳州中燃城市燃气发展有限公司|中燃|City gas company||燃气井盖、调压箱、燃气管网|PUB
power-supply|enterprise||广西电网有限责任公司柳州供电局|供电局|Power company||电力井盖、电杆、架空电力线、配电箱|PUB
dongcheng|enterprise||柳州市东城投资开发集团有限公司|东城集团|Dongcheng group||柳东新区未移交的道路、井盖、路灯|PUB
beicheng|enterprise||柳州市北城投资开发集团有限公司|北城集团|Beicheng group||北部生态新区未移交的道路、井盖、路灯|PUB
bus|enterprise|transport|柳州市公交企业|公交企业|Bus operator||公交站亭、站牌|DEMO
post|enterprise||中国邮政柳州市分公司|邮政|Post||邮筒、报刊亭|DEMO
telecom|carrier||中国电信柳州分公司|电信|China Telecom Liuzhou||电信井盖、通信立杆、线缆、交接箱|PUB
mobile|carrier||中国移动柳州分公司|移动|China Mobile Liuzhou||移动井盖、通信立杆、线缆|PUB
unicom|carrier||中国联通柳州分公司|联通|China Unicom Liuzhou||联通井盖、通信立杆、线缆|PUB
tietong|carrier||中国铁通柳州分公司|铁通|China Tietong Liuzhou||铁通井盖、线缆|PUB
cable-tv|carrier||广西广电网络柳州分公司|广电网络|Cable television network||电视井盖、有线电视线缆|PUB
liudong-committee|district||柳东新区管理委员会|柳东新区|Liudong new district committee|4502LD|柳东新区环卫、绿化及兜底处置|PUB
liudong-enforcement|district|enforcement|柳州市城市管理综合行政执法局柳东分局|执法局柳东分局|City enforcement, Liudong branch|4502LD|柳东新区市容执法|PUB
beibu-committee|district||北部生态新区管理委员会|北部生态新区|Northern ecological new district committee|4502BB|北部生态新区环卫、绿化、市容及兜底处置|PUB
"""
DISTRICT_UNITS = (
    ("government", "{d}城市管理监督指挥中心", "{d}平台", "district platform", "本区兜底处置、街道协调"),
    ("enforcement", "{d}综合行政执法局", "{d}执法局", "district enforcement bureau",
     "占道经营、店外经营、乱堆放、违建、人行道违停、小广告、烧烤"),
    ("sanitation", "{d}环境卫生管理所", "{d}环卫所", "district sanitation office",
     "道路保洁、暴露垃圾、撒漏清理、公厕、果皮箱"),
    ("greens", "{d}园林绿化所", "{d}绿化所", "district green office", "区管绿地、绿化带、行道树修剪"),
    ("construction", "{d}住房和城乡建设局", "{d}住建局", "district construction bureau",
     "小街小巷道路设施、施工公示"),
)  # fmt: skip
#: Streets and towns in pinyin, as English signs write them.
PINYIN = {
    "城中": "Chengzhong", "公园": "Gongyuan", "中南": "Zhongnan", "沿江": "Yanjiang", "潭中": "Tanzhong",
    "河东": "Hedong", "静兰": "Jinglan", "天马": "Tianma", "驾鹤": "Jiahe", "箭盘山": "Jianpanshan",
    "五里亭": "Wuliting", "荣军": "Rongjun", "白莲": "Bailian", "麒麟": "Qilin", "阳和": "Yanghe",
    "雒容": "Luorong", "洛埠": "Luobu", "河西": "Hexi", "南站": "Nanzhan", "鹅山": "Eshan",
    "柳南": "Liunan", "柳石": "Liushi", "银山": "Yinshan", "潭西": "Tanxi", "南环": "Nanhuan",
    "解放": "Jiefang", "雅儒": "Yaru", "胜利": "Shengli", "雀儿山": "Que'ershan", "钢城": "Gangcheng",
    "锦绣": "Jinxiu", "白露": "Bailu", "跃进": "Yuejin", "柳长": "Liuchang", "拉堡": "Labao",
    "进德": "Jinde",
}  # fmt: skip
# department | name | short name | English name | from | until (the first day it no longer holds) | source, ~ = about
FORMER_NAMES = """
enforcement|柳州市城市管理行政执法局|市城管执法局|City-management enforcement bureau|2008-01-01|2019-04-01|~ name used in replies until about 2019
water-group|柳州威立雅水务有限责任公司|威立雅|Liuzhou Veolia Water|2005-01-01|2019-07-01|~ name used in a reply of 2018-11
forestry-parks|柳州市园林局|市园林局|Parks bureau|2000-01-01|2019-04-01|~ demonstration date
ecology|柳州市环境保护局|市环保局|Environmental protection bureau|2000-01-01|2019-04-01|~ demonstration date
housing-construction|柳州市住房和城乡建设委员会|市住建委|Housing and construction commission|2010-01-01|2019-04-01|~ name used in a reply of 2016
civil-affairs|柳州市民政局地名办公室|市地名办|Civil affairs bureau, place-names office|2000-01-01|2019-01-01|~ demonstration date
highway|桂中公路管理局|桂中公路局|Guizhong highway administration|2000-01-01|2020-01-01|~ name used in a reply of 2016
chengzhong-enforcement|城中区城市管理行政执法局|城中区城管执法局|Chengzhong district city-management enforcement bureau|2008-01-01|2022-07-01|~ replies say 城管执法局 until 2022
yufeng-enforcement|鱼峰区城市管理行政执法局|鱼峰区城管执法局|Yufeng district city-management enforcement bureau|2008-01-01|2022-07-01|~ replies say 城管执法局 until 2022
liunan-enforcement|柳南区城市管理行政执法局|柳南区城管执法局|Liunan district city-management enforcement bureau|2008-01-01|2022-07-01|~ replies say 城管执法局 until 2022
liubei-enforcement|柳北区城市管理行政执法局|柳北区城管执法局|Liubei district city-management enforcement bureau|2008-01-01|2022-07-01|~ replies say 城管执法局 until 2022
liujiang-enforcement|柳江县城市管理行政执法局|柳江县城管执法局|Liujiang county city-management enforcement bureau|2008-01-01|2017-01-01|~ the county became a district around the turn of 2017
liujiang-government|柳江县城市管理监督指挥中心|柳江县平台|Liujiang county platform|2010-01-01|2017-01-01|~ the county became a district around the turn of 2017
liujiang-construction|柳江县住房和城乡建设局|柳江县住建局|Liujiang county construction bureau|2010-01-01|2017-01-01|~ the county became a district around the turn of 2017
liudong-enforcement|柳州市城市管理行政执法局柳东分局|执法局柳东分局|City-management enforcement, Liudong branch|2008-01-01|2020-01-01|~ name used in a reply of 2019-10
"""

# categories | department (a trailing * = the unit of that kind in each district) | reason | source
CATEGORY_RULES = """
P0101 P0125 P0196 P0198|water-group|供水设施归供水企业|PUB
P0102 P0103|housing-construction|主干道雨水、污水井盖归住建部门|PUB
P0104 P0126|municipal-works|雨水箅子、沟槽盖板随市管道路养护|PUB
P0105 P0128 P0129 P0130 P0185 P0189 P0191|power-supply|电力设施归供电企业|PUB
P0106|street-lighting|路灯井盖归路灯管理处|PUB
P0107 P0109 P0127 P0131 P0184|telecom|通信设施先派电信认领,非其所有的按标识转派|DEMO
P0108|cable-tv|电视井盖归广电网络|PUB
P0111 P0149 P0157|gas|燃气设施归燃气企业|PUB
P0112 P0150 P0151|police|公安监控立杆及岗亭归公安|PUB
P0114|forestry-parks|园林井盖归园林部门|DEMO
P0118 P0302 P0199|*sanitation|环卫设施归区环卫|PUB
P0211 P0220 P0221|municipal-works|限高架、阻车桩随市管道路养护|DEMO
P0212|civil-affairs|路名牌归民政|PUB
P0217 P0283 P0296 P0297 P0298|traffic-police|交通标志、信号、护栏归交警|PUB
P0230 P0506 P0507 P0508|water-resources|水域附属设施归水利|DEMO
P0401|forestry-parks|古树名木归林业园林|PUB
P0402|forestry-parks|主干道行道树归林业园林|PUB
P0497 P0498|*greens|树池、绿地标牌归区绿化|PUB
P0598|*construction|零星指示牌归区住建|DEMO
P0140 P0195|post|报刊亭、邮筒归邮政|DEMO
P0145 P0154 P0180 P0201 P0225|*enforcement|占用公共空间的设施由区执法管理|DEMO
P0152|*greens|休息亭归区绿化|DEMO
P0179|*construction|节庆装饰归区住建|DEMO
P0190|municipal-works|综合管廊归市政|DEMO
P0204|bus|公交站亭归公交企业|DEMO
P0503 P0504|emergency|加油(气)站安全由应急部门牵头|DEMO
P0396|*construction|施工公示牌归区住建|DEMO
E0108|*enforcement|私拉乱架由区执法查处|PUB
E0180|telecom|低垂线缆多为通信线,先派电信认领,非其所有的转派|DEMO
E0508|power-supply|断落线缆按带电处置,先由供电排险再找产权单位|DEMO
E0111 E0311 E0312|*enforcement|偷倒渣土、渣土车由区执法查处|PUB
E0131|water-patrol|餐厨垃圾非法收运由水上综合执法支队专项查处|PUB
E0133|health|医疗废物归卫健部门|DEMO
E0126|ecology|河道污染归生态环境部门|PUB
E0197 E0303|*enforcement|私开道口、掘路由区执法查处|DEMO
E0196 E0497|*enforcement|地锁、人行道违停由区执法查处|PUB
E0304|*enforcement|工地扬尘由区执法查处|PUB
E0396|*construction|施工缓慢由区住建督促|DEMO
E0496|fire-rescue|消防通道由消防救援机构牵头|DEMO
E0498|market-supervision|农贸市场由市场监管部门牵头|DEMO
E0501|water-group|供水管抢修归供水企业|PUB
E0502|gas|燃气管抢修归燃气企业|PUB
E0503|pipe-network|排水管疏通抢修归管网公司|PUB
E0505 E0506|municipal-works|路面塌陷、积水由市政抢险|PUB
E0595|*government|突发事件由区平台协调|DEMO
"""
BY_STREET = ("P0123", "P0146", "P0308", "P0186", "E0596")
STREET_REASON = {
    "P0123": ("无主井盖由属地街道先处置", PUBLISHED),
    "P0146": ("社区健身设施由属地街道维护", DEMO),
    "P0308": ("社区宣传栏由属地街道维护", DEMO),
    "P0186": ("台阶由属地街道处置", DEMO),
    "E0596": ("建筑坠物由属地街道牵头排险", DEMO),
}
# group | department or *unit | reason | source
GROUP_RULES = """
manhole|housing-construction|未辨明类别的井盖先由住建部门排险|PUB
pole|municipal-works|未辨明权属的立杆先由市政排险|DEMO
lamp|street-lighting|路灯、景观灯归路灯管理处|PUB
line|telecom|线缆先派电信认领|DEMO
utility|municipal-works|公用设施先派市政认领|DEMO
amenity|*government|便民设施由区平台协调|DEMO
road|municipal-works|市管道路、桥梁归市政|PUB
traffic|traffic-police|交通设施归交警|PUB
sanitation|*sanitation|保洁、垃圾、公厕归区环卫|PUB
greening|*greens|区管绿化归区绿化所|PUB
water|water-resources|河道水域归水利|DEMO
advertising|*enforcement|广告、招牌由区执法管理|PUB
building|*enforcement|违建、外立面由区执法管理|PUB
construction|*enforcement|施工管理由区执法牵头|DEMO
order|*enforcement|街面秩序由区执法管理|PUB
environment|*enforcement|烧烤、油烟、商业噪音由区执法管理|PUB
emergency|*government|突发事件由区平台协调|DEMO
other|*government|其他事项由区平台协调|DEMO
"""
# category or @group | area kind | area | department | reason | source
LOCAL_RULES = """
@road|district|450206|liujiang-construction|柳江区道路归柳江区住建局|https://yybnet.net/liuzhou/liujiang/202010/10962561.html
P0402|district|450204|liunan-greens|柳南区行道树由区绿化所处置|http://www.jiankangrr.com/cvvah/news_26721.html
P0402|district|450205|liubei-greens|柳北区行道树由区绿化所处置|https://yybnet.net/liuzhou/news/202008/10803867.html
E0505|district|450206|liujiang-construction|柳江区道路抢险归柳江区住建局|DEMO
E0506|district|450206|liujiang-construction|柳江区道路积水归柳江区住建局|DEMO
P0102 P0103 P0104 P0106 P0123 P0126 @lamp @road E0505 E0506|virtual_district|4502LD|dongcheng|新区道路设施未移交,由东城集团维护|PUB
P0102 P0103 P0104 P0106 P0123 P0126 @lamp @road E0505 E0506|virtual_district|4502BB|beicheng|新区道路设施未移交,由北城集团维护|PUB
@order @advertising @building @environment @construction E0108 E0111 E0196 E0303 E0304 E0311 E0312 E0497|virtual_district|4502LD|liudong-enforcement|柳东新区市容执法归柳东分局|https://m.yybnet.net/liuzhou/news/201910/9767574.html
@order @advertising @building @environment @construction E0108 E0111 E0196 E0303 E0304 E0311 E0312 E0497|virtual_district|4502BB|beibu-committee|北部生态新区市容由管委会负责|DEMO
@sanitation @greening @amenity @emergency @other P0118 P0402 P0497|virtual_district|4502LD|liudong-committee|柳东新区环卫、绿化由管委会负责|PUB
@sanitation @greening @amenity @emergency @other P0118 P0402 P0497|virtual_district|4502BB|beibu-committee|北部生态新区环卫、绿化由管委会负责|PUB
"""
# category | department | from | until (the first day it no longer holds) | reason | source
DATED_RULES = """
E0301|*enforcement|2016-01-01|2019-04-01|施工噪声原由区执法查处|DEMO
E0301|ecology|2019-04-01||施工噪声归生态环境部门|http://liuzhou.gov.cn/hdhy/zmhd/cjwthb/wshj/t19700101_3298802.shtml
"""

Row = dict[str, str]


def lines(text: str) -> Iterator[list[str]]:
    for line in text.strip().splitlines():
        cells = line.split("|")
        yield [{"PUB": PUBLISHED, "DEMO": DEMO}.get(cell, cell) for cell in cells]


def read(name: str) -> list[Row]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(name: str, rows: list[Row]) -> None:
    with (HERE / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    print(f"{name}: {len(rows)} rows")


def streets() -> list[tuple[str, str, str]]:
    """Code, name and district name of each street that has unit grids."""
    layer = json.loads((HERE / "grid/streets_synthetic.geojson").read_text(encoding="utf-8"))
    found = [
        (str(p["street_code"]), str(p["street"]), str(p["district"]))
        for p in (feature["properties"] for feature in layer["features"])
    ]
    return sorted(found)


def department(  # one table row, named
    code: str, kind: str, parent: str, name: str, short: str, english: str,
    *, district: str = "", area: str = "", duties: str, source: str,
) -> Row:  # fmt: skip
    return {
        "code": code, "kind": kind, "parent": parent, "name": name, "short_name": short,
        "english_name": english, "district": district, "virtual_district": area,
        "duties": duties, "source": source,
    }  # fmt: skip


def departments() -> list[Row]:
    rows = [
        department(c, k, p, n, s, e, area=area, duties=d, source=src)
        for c, k, p, n, s, e, area, d, src in lines(CITY)
    ]
    for code, (slug, district) in DISTRICTS.items():
        for unit, name, short, english, duties in DISTRICT_UNITS:
            rows.append(
                department(
                    f"{slug}-{unit}", "district", "" if unit == "government" else f"{slug}-government",
                    name.format(d=district), short.format(d=district), f"{slug.title()} {english}",
                    district=code, duties=duties, source=PUBLISHED,
                )
            )  # fmt: skip
    for code, name, district in streets():
        town = name.endswith("镇")
        full = f"{district}{name}{'人民政府' if town else '办事处'}"
        rows.append(
            department(
                f"street-{code}", "street_office", f"{DISTRICTS[code[:6]][0]}-government", full, name,
                f"{PINYIN[name.removesuffix('镇').removesuffix('街道')]} "
                f"{'town government' if town else 'sub-district office'}", district=code[:6],
                duties="无主井盖、社区设施、小区树木、属地兜底", source=PUBLISHED,
            )
        )  # fmt: skip
    return rows


def department_names(units: list[Row]) -> list[Row]:
    former = list(lines(FORMER_NAMES))
    ends = {cells[0]: cells[5] for cells in former}
    rows = [
        {
            "department": d, "name": n, "short_name": s, "english_name": e,
            "valid_from": a, "valid_to": b, "source": src,
        }
        for d, n, s, e, a, b, src in former
    ]  # fmt: skip
    for unit in units:
        end = ends.get(unit["code"])
        rows.append(
            {
                "department": unit["code"], "name": unit["name"], "short_name": unit["short_name"],
                "english_name": unit["english_name"],
                "valid_from": end or "2000-01-01", "valid_to": "",
                "source": "follows the former name" if end else unit["source"],
            }
        )  # fmt: skip
    return sorted(rows, key=lambda row: (row["department"], row["valid_from"]))


def rule(
    *, category: str = "", group: str = "", kind: str = "", area_kind: str = "city", area: str = "",
    to: str, since: str = SINCE, until: str = "", reason: str, source: str,
) -> Row:  # fmt: skip
    return {
        "scheme": SCHEMES.get(category, ""), "category": category, "group": group, "kind": kind,
        "area_kind": area_kind, "area_code": area, "department": to, "valid_from": since,
        "valid_to": until, "reason": reason, "reason_en": REASONS_EN[reason], "source": source,
    }  # fmt: skip


def spread(to: str) -> list[tuple[str, str, str]]:
    """Area kind, area code and department; `*unit` stands for that unit of every district."""
    if not to.startswith("*"):
        return [("city", "", to)]
    return [("district", code, f"{slug}-{to[1:]}") for code, (slug, _) in DISTRICTS.items()]


def spread_rules(
    named: Row, to: str, *, since: str = SINCE, until: str = "", reason: str, source: str
) -> list[Row]:
    """One rule for the city, or one a district where `to` is a `*unit`."""
    return [
        rule(
            **named,
            area_kind=kind,
            area=area,
            to=unit,
            since=since,
            until=until,
            reason=reason,
            source=source,
        )
        for kind, area, unit in spread(to)
    ]


def street_rules() -> list[Row]:
    rows: list[Row] = []
    for category in BY_STREET:
        reason, source = STREET_REASON[category]
        rows += [
            rule(
                category=category,
                area_kind="street",
                area=code,
                to=f"street-{code}",
                reason=reason,
                source=source,
            )
            for code, _, _ in streets()
        ]
        rows += spread_rules(
            {"category": category},
            "*government",
            reason=f"{reason};街道不明时由区平台转办",
            source=source,
        )
    return rows


def local_rules() -> list[Row]:
    return [
        rule(
            **({"group": what[1:]} if what.startswith("@") else {"category": what}),
            area_kind=kind,
            area=area,
            to=to,
            reason=reason,
            source=source,
        )
        for whats, kind, area, to, reason, source in lines(LOCAL_RULES)
        for what in whats.split()
    ]


def routing_rules() -> list[Row]:
    rows: list[Row] = []
    for codes, to, reason, source in lines(CATEGORY_RULES):
        for category in codes.split():
            rows += spread_rules({"category": category}, to, reason=reason, source=source)
    rows += street_rules()
    for category, to, since, until, reason, source in lines(DATED_RULES):
        rows += spread_rules(
            {"category": category}, to, since=since, until=until, reason=reason, source=source
        )
    rows += local_rules()
    for group, to, reason, source in lines(GROUP_RULES):
        rows += spread_rules({"group": group}, to, reason=reason, source=source)
    rows.append(rule(kind="part", to="municipal-works", reason="部件兜底:市政先排险", source=DEMO))
    rows += spread_rules(
        {"kind": "event"}, "*government", reason="事件兜底:区平台协调", source=DEMO
    )
    return rows


REASONS_EN = {row["reason"]: row["reason_en"] for row in read("departments/rule_reasons.csv")}
SCHEMES = {row["category"]: row["scheme"] for row in read("catalogue/active.csv")}

if __name__ == "__main__":
    units = departments()
    write("departments/departments.csv", units)
    write("departments/department_names.csv", department_names(units))
    write("departments/routing_rules.csv", routing_rules())
