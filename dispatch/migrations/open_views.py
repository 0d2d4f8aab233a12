"""The views that everybody may take away (`open_data`), and the columns that they share with `analysis`.

Every column says in both languages what it holds; `docs/open-data.md` is written from these comments.
"""

from dataclasses import dataclass
from typing import Final

#: Each column: its name, what it is made of, and what it means in Chinese and English.
Column = tuple[str, str, str, str]


@dataclass(frozen=True)
class View:
    """A view: what it holds, its columns, and where they come from."""

    name: str
    zh: str
    en: str
    columns: tuple[Column, ...]
    source: str

    def statements(self) -> list[str]:
        """What makes the view and its comments."""
        chosen = ",\n  ".join(f'{made} AS "{name}"' for name, made, _, _ in self.columns)
        made = [
            f"CREATE VIEW {self.name} WITH (security_barrier) AS SELECT\n  {chosen}\n{self.source}",
            f"COMMENT ON VIEW {self.name} IS {_quoted(self.zh, self.en)}",
        ]
        made += [
            f'COMMENT ON COLUMN {self.name}."{name}" IS {_quoted(zh, en)}'
            for name, _, zh, en in self.columns
        ]
        return made


def _quoted(zh: str, en: str) -> str:
    return "'" + f"{zh} / {en}".replace("'", "''") + "'"


def _hour(column: str) -> str:
    return f"date_trunc('hour', {column})"


WHAT: Final[tuple[Column, ...]] = (
    ("category_scheme", "k.scheme", "类别编码体系", "numbering that the category code belongs to"),
    ("category_code", "k.code", "类别代码", "code of the category"),
    ("category", "k.name", "类别（小类）", "name of the category, in Chinese"),
    ("category_en", "k.name_en", "类别英文名", "name of the category, in English"),
    ("major", "k.major_name", "所属大类", "major class, in Chinese"),
    ("kind", "k.kind", "部件 part 或事件 event", "part (a thing) or event"),
    ("group", 'c."group"', "分组，井盖、杆件、线缆等", "group: manhole, pole, line and so on"),
    ("condition", "o.text", "立案条件", "filing condition, in Chinese"),
    ("severity", "c.severity", "缓急：urgent 紧急，normal 一般", "urgent or normal"),
    ("hazard", "c.hazard", "是否安全隐患", "whether it is a safety hazard"),
)
WHERE: Final[tuple[Column, ...]] = (
    ("grid_code", "c.grid_code", "单元网格编码（15 位）", "unit grid, 15 digits"),
    ("community_code", "c.community_code", "社区代码（12 位）", "community, 12 digits"),
    ("street_code", "c.street_code", "街道代码（9 位）", "street office, 9 digits"),
    ("district_code", "c.district_code", "城区代码（6 位）", "district, 6 digits"),
    (
        "virtual_district_code",
        "c.virtual_district_code",
        "功能区代码（柳东新区等），可空",
        "development zone that is scored like a district; may be empty",
    ),
)
COUNTS: Final[tuple[Column, ...]] = (
    ("reporters", "c.reporters_count", "反映人数", "how many people reported the same matter"),
    ("returns", "c.return_count", "回退次数", "how often a unit gave it back"),
    ("reworks", "c.rework_count", "返工次数", "how often it had to be done again"),
    ("extensions", "c.extension_count", "延期次数", "how often the limit was extended"),
    ("urges", "c.urge_count", "督办次数", "how often it was urged"),
    ("reopened", "c.reopen_count", "重新办理次数", "how often it was opened again after closing"),
    (
        "overdue",
        "(c.overdue_at IS NOT NULL AND NOT c.exempt)",
        "是否超时（申诉成立的不算）",
        "whether handling passed its limit; not when an appeal was granted",
    ),
    (
        "outcome",
        "c.outcome",
        "结案结果：fixed 已解决，not_fixed 未解决，not_found 未发现，other 其他",
        "how it was closed: fixed, not_fixed, not_found, other",
    ),
    (
        "rating",
        "c.rating",
        "反映人评分，1 至 5，可空",
        "the reporter's rating, 1 to 5; may be empty",
    ),
)
STAGE: Final[Column] = (
    "stage",
    "c.stage",
    "环节，见术语表",
    "stage of the case, see the glossary",
)
CHANNEL: Final[Column] = ("channel", "c.channel", "来源渠道", "channel by which it came in")
OF_CASES: Final = """FROM cases c
LEFT JOIN categories k ON k.id = c.category_id
LEFT JOIN conditions o ON o.id = c.condition_id
LEFT JOIN departments d ON d.id = c.department_id
LEFT JOIN cases main ON main.id = c.duplicate_of_id"""
UNIT: Final[tuple[Column, ...]] = (
    ("department_code", "d.code", "责任单位代码", "code of the responsible unit"),
    ("department", "d.name", "责任单位", "name of the responsible unit"),
)
SAME_AS: Final[Column] = (
    "duplicate_of",
    "main.public_id",
    "并入的案件编号，可空",
    "the case that this one was found to be the same as; may be empty",
)
OF_GRIDS: Final[tuple[Column, ...]] = (
    ("code", "g.code", "单元网格编码（15 位）", "code of the unit grid, 15 digits"),
    ("community_code", "g.community_code", "社区代码", "community, 12 digits"),
    ("street_code", "g.street_code", "街道代码", "street office, 9 digits"),
    ("district_code", "g.district_code", "城区代码", "district, 6 digits"),
    (
        "virtual_district_code",
        "g.virtual_district_code",
        "功能区代码，可空",
        "development zone; may be empty",
    ),
    (
        "working_grid_code",
        "g.working_grid_code",
        "责任网格编码",
        "working grid, the beat of an inspector",
    ),
    ("area_m2", "round(g.area_m2)::bigint", "面积（平方米）", "area in square metres"),
    ("synthetic", "g.synthetic", "是否合成数据", "whether the row is made up"),
    ("geom", "g.geom", "边界（CGCS2000）", "boundary, CGCS2000 degrees"),
)
OF_PARTS: Final[tuple[Column, ...]] = (
    ("code", "p.code", "部件编码（16 位）", "code of the part, 16 characters"),
    ("name", "p.name", "部件名称", "name of the part"),
    ("category_code", "k.code", "类别代码", "code of the category"),
    ("category", "k.name", "类别", "name of the category, in Chinese"),
    ("group", 'k."group"', "分组", "group of the category"),
    ("owner", "w.name", "权属单位", "the unit that owns it"),
    ("maintainer", "m.name", "养护单位", "the unit that maintains it"),
    ("governing", "v.name", "主管部门", "the unit that governs it"),
    ("grid_code", "p.grid_code", "单元网格编码", "unit grid"),
    (
        "condition",
        "p.condition",
        "状态：good 完好，damaged 破损，missing 丢失，abandoned 废弃",
        "good, damaged, missing or abandoned",
    ),
    (
        "accuracy",
        "p.accuracy",
        "精度：A ±0.5 米，B ±1 米，C ±10 米",
        "accuracy class: A ±0.5 m, B ±1 m, C ±10 m",
    ),
    ("installed_on", "p.installed_on", "安装日期，可空", "day of installation; may be empty"),
    ("synthetic", "p.synthetic", "是否合成数据", "whether the row is made up"),
    ("longitude", "ST_X(p.geom)", "经度（CGCS2000）", "longitude, CGCS2000 degrees"),
    ("latitude", "ST_Y(p.geom)", "纬度（CGCS2000）", "latitude, CGCS2000 degrees"),
    ("geom", "p.geom", "位置（CGCS2000）", "place, CGCS2000 degrees"),
)
PARTS_FROM: Final = """FROM parts p
JOIN categories k ON k.id = p.category_id
LEFT JOIN departments w ON w.id = p.owner_id
LEFT JOIN departments m ON m.id = p.maintainer_id
LEFT JOIN departments v ON v.id = p.governing_id"""
OF_FACILITIES: Final[tuple[Column, ...]] = (
    ("code", "f.code", "设施编码", "code of the facility"),
    ("kind", "f.kind", "种类：toilet 公厕，parking 停车", "toilet or parking"),
    ("name", "f.name", "名称", "name"),
    ("address", "f.address", "设施地址", "address of the facility"),
    (
        "opening_hours",
        "f.opening_hours",
        "开放时间（OpenStreetMap 写法）",
        "opening hours in OpenStreetMap's syntax",
    ),
    ("accessible", "f.accessible", "是否无障碍", "whether it is accessible with a wheelchair"),
    ("spaces_total", "f.spaces_total", "车位总数，可空", "parking spaces in all; may be empty"),
    ("synthetic", "f.synthetic", "是否合成数据", "whether the row is made up"),
    ("longitude", "ST_X(f.geom)", "经度（CGCS2000）", "longitude, CGCS2000 degrees"),
    ("latitude", "ST_Y(f.geom)", "纬度（CGCS2000）", "latitude, CGCS2000 degrees"),
    ("geom", "f.geom", "位置（CGCS2000）", "place, CGCS2000 degrees"),
)

#: Each grid's middle is found once for a query, not once for a case. What nobody has looked at yet, or what
#: was found to be nothing, is not published.
_MIDDLES: Final = """
LEFT JOIN (
  SELECT code, point AS geom, round(ST_X(point)::numeric, 5)::float8 AS lon,
         round(ST_Y(point)::numeric, 5)::float8 AS lat
  FROM (SELECT code, ST_PointOnSurface(geom) AS point FROM unit_grids OFFSET 0) p OFFSET 0
) g ON g.code = c.grid_code
WHERE c.stage NOT IN ('reported', 'verifying', 'rejected', 'voided')"""

#: What everybody may take away. Cases are coarse: the hour, the unit grid and its middle, no words.
OPEN: Final[tuple[View, ...]] = (
    View(
        "open_data.cases",
        "受理以后的案件；时间到小时，位置到单元网格，没有描述、地址和反映人",
        "cases that were accepted; times to the hour, places to the unit grid; no descriptions, addresses or reporters",
        (
            (
                "id",
                "c.public_id",
                "案件编号（上报日期-当日序号）",
                "day of the report and serial of the day",
            ),
            (
                "year",
                "extract(year FROM c.created_at AT TIME ZONE 'Asia/Shanghai')::int",
                "上报年份",
                "year of the report, in the city's time",
            ),
            (
                "reported_at",
                _hour("c.created_at"),
                "上报时间（到小时）",
                "when it was reported, to the hour",
            ),
            (
                "closed_at",
                _hour("c.closed_at"),
                "结案时间（到小时），可空",
                "when it was closed, to the hour; may be empty",
            ),
            CHANNEL,
            STAGE,
            *WHAT,
            *WHERE,
            *UNIT,
            SAME_AS,
            *COUNTS,
            (
                "longitude",
                "g.lon",
                "单元网格中心经度（CGCS2000）",
                "longitude of the middle of the unit grid, CGCS2000",
            ),
            (
                "latitude",
                "g.lat",
                "单元网格中心纬度（CGCS2000）",
                "latitude of the middle of the unit grid, CGCS2000",
            ),
            ("geom", "g.geom", "单元网格中心点", "middle of the unit grid as a point"),
        ),
        OF_CASES + _MIDDLES,
    ),
    View(
        "open_data.facilities",
        "公共厕所和停车位",
        "public toilets and parking",
        OF_FACILITIES,
        "FROM facilities f WHERE f.active",
    ),
    View(
        "open_data.unit_grids",
        "单元网格",
        "unit grids",
        OF_GRIDS,
        "FROM unit_grids g",
    ),
    View(
        "open_data.parts",
        "城市部件：井盖、杆件、路灯等",
        "parts of the city: manholes, poles, lamps and so on",
        OF_PARTS,
        PARTS_FROM,
    ),
)
