"""The views of the city's analysts (`analysis`), and the statements that make and drop both schemas."""

from typing import Final

from dispatch.migrations.open_views import (
    CHANNEL,
    COUNTS,
    OF_CASES,
    OF_FACILITIES,
    OF_GRIDS,
    OF_PARTS,
    OPEN,
    PARTS_FROM,
    SAME_AS,
    STAGE,
    UNIT,
    WHAT,
    WHERE,
    Column,
    View,
)

PART: Final[Column] = (
    "part_code",
    "c.part_code",
    "部件编码，可空",
    "code of the part; may be empty",
)

#: What the city's analysts read: every case and step with its exact times; still nobody's words or names.
ANALYSIS: Final[tuple[View, ...]] = (
    View(
        "analysis.cases",
        "全部案件；没有描述、地址和反映人，位置到约 100 米",
        "all cases; no descriptions, addresses or reporters; places to about 100 metres",
        (
            (
                "case_id",
                "c.id",
                "内部编号，与其他视图关联",
                "internal number, joins the other views",
            ),
            ("id", "c.public_id", "案件编号", "number of the case"),
            ("created_at", "c.created_at", "上报时间", "when it was reported"),
            ("closed_at", "c.closed_at", "结案时间，可空", "when it was closed; may be empty"),
            ("due_at", "c.due_at", "处理时限，可空", "when handling is due; may be empty"),
            (
                "clock_started_at",
                "c.clock_started_at",
                "处置计时开始，可空",
                "when the handling clock began; may be empty",
            ),
            (
                "clock_stopped_at",
                "c.clock_stopped_at",
                "处置计时停止，可空",
                "when the handling clock stopped; may be empty",
            ),
            (
                "made_safe_at",
                "c.made_safe_at",
                "排险时间，可空",
                "when the danger was removed; may be empty",
            ),
            (
                "exempt",
                "c.exempt",
                "申诉成立，考核豁免",
                "an appeal was granted: not counted in scores",
            ),
            CHANNEL,
            STAGE,
            *WHAT,
            *WHERE,
            ("working_grid", "c.working_grid", "责任网格", "working grid"),
            PART,
            *UNIT,
            SAME_AS,
            *COUNTS,
            (
                "longitude",
                "round(c.longitude::numeric, 3)::float8",
                "经度，三位小数（约 100 米）",
                "longitude to three decimals, about 100 m",
            ),
            (
                "latitude",
                "round(c.latitude::numeric, 3)::float8",
                "纬度，三位小数（约 100 米）",
                "latitude to three decimals, about 100 m",
            ),
        ),
        OF_CASES,
    ),
    View(
        "analysis.case_steps",
        "案件经过：每一步何时、由什么岗位办理；没有姓名和意见",
        "what happened to cases: each deed, when, and by which post; no names or notes",
        (
            ("case_id", "h.case_id", "案件内部编号", "internal number of the case"),
            ("step", "h.version", "第几步", "number of the step"),
            ("at", "h.at", "时间", "when"),
            ("deed", "h.verb", "操作，见术语表", "deed, see the glossary"),
            ("post", "h.role", "办理岗位", "post of whoever did it"),
            ("from_stage", "h.from_stage", "原环节", "stage before"),
            ("to_stage", "h.to_stage", "新环节", "stage after"),
        ),
        "FROM case_history h",
    ),
    View(
        "analysis.case_assignments",
        "案件先后派给过哪些单位，结果如何",
        "which units had a case one after the other, and how that ended",
        (
            ("case_id", "a.case_id", "案件内部编号", "internal number of the case"),
            ("department_code", "d.code", "单位代码", "code of the unit"),
            ("department", "d.name", "单位", "name of the unit"),
            ("leads", "a.leads", "是否主办", "leads, or assists"),
            ("method", "a.method", "派遣依据", "how it was chosen"),
            ("at", "a.at", "派遣时间", "when it was given the case"),
            ("acknowledged_at", "a.acknowledged_at", "签收时间", "when it acknowledged"),
            ("started_at", "a.started_at", "开始处置时间", "when it began"),
            ("handled_at", "a.handled_at", "办结时间", "when it last reported done"),
            ("ended_at", "a.ended_at", "交出时间", "when it no longer had the case"),
            ("end_deed", "a.end_verb", "交出方式", "the deed that ended it"),
            ("end_reason_code", "a.end_code", "交出原因代码", "code of the reason"),
        ),
        "FROM case_assignments a JOIN departments d ON d.id = a.department_id",
    ),
    View(
        "analysis.case_ratings",
        "反映人评价；没有留言",
        "what reporters rated; no comments",
        (
            ("case_id", "r.case_id", "案件内部编号", "internal number of the case"),
            ("round", "r.round", "第几次结案后（从 0 起）", "after which closing, from 0"),
            ("score", "r.score", "评分 1 至 5", "score, 1 to 5"),
            ("fixed", "r.fixed", "反映人认为是否解决", "whether the reporter finds it fixed"),
            (
                "rated_on",
                "(r.at AT TIME ZONE 'Asia/Shanghai')::date",
                "评价日期",
                "day of the rating",
            ),
        ),
        "FROM case_ratings r",
    ),
    View(
        "analysis.departments",
        "责任单位",
        "units",
        (
            ("code", "d.code", "单位代码", "code"),
            ("name", "d.name", "现名", "present name"),
            ("kind", "d.kind", "性质", "sort of unit"),
            ("parent_code", "p.code", "上级单位代码", "code of the unit above it"),
            (
                "district_code",
                "d.district_code",
                "所属城区，可空",
                "district, if it belongs to one",
            ),
            ("active", "d.active", "是否在用", "whether it is in use"),
        ),
        "FROM departments d LEFT JOIN departments p ON p.id = d.parent_id",
    ),
    View(
        "analysis.areas",
        "城区、街道、社区、责任网格",
        "districts, streets, communities and working grids",
        (
            ("kind", "a.kind", "种类", "sort of area"),
            ("code", "a.code", "代码", "code"),
            ("name", "a.name", "名称", "name"),
            ("parent_code", "a.parent_code", "上级代码", "code of the area around it"),
            ("synthetic", "a.synthetic", "是否合成数据", "whether the row is made up"),
            ("geom", "a.geom", "边界（CGCS2000）", "boundary, CGCS2000 degrees"),
        ),
        "FROM areas a",
    ),
    View("analysis.unit_grids", "单元网格", "unit grids", OF_GRIDS, "FROM unit_grids g"),
    View("analysis.parts", "城市部件", "parts of the city", OF_PARTS, PARTS_FROM),
    View(
        "analysis.facilities",
        "公共厕所和停车位，包括停用的",
        "public toilets and parking, also those out of use",
        (
            *OF_FACILITIES[:-1],
            ("active", "f.active", "是否在用", "whether it is in use"),
            OF_FACILITIES[-1],
        ),
        "FROM facilities f",
    ),
    View(
        "analysis.grid_coverage",
        "单元网格每天有几名巡查员到过；没有姓名",
        "how many inspectors were in a unit grid each day; no names",
        (
            ("day", "v.day", "日期", "day"),
            ("grid_code", "v.grid_code", "单元网格", "unit grid"),
            ("working_grid", "v.working_grid", "责任网格", "working grid"),
            ("inspectors", "count(*)", "到过的人数", "how many people"),
        ),
        "FROM patrol_coverage v GROUP BY v.day, v.grid_code, v.working_grid",
    ),
)
SCHEMAS: Final = {
    "open_data": "开放数据:谁都可以取用 / open data: for everybody",
    "analysis": "本市分析人员的只读视图 / read-only views for the city's analysts",
}


def create() -> list[str]:
    """What makes the schemas and views."""
    made = []
    for name, words in SCHEMAS.items():
        made += [f"CREATE SCHEMA {name}", f"COMMENT ON SCHEMA {name} IS $${words}$$"]
    return made + [each for view in (*OPEN, *ANALYSIS) for each in view.statements()]


def drop() -> list[str]:
    """What takes them away."""
    return [f"DROP SCHEMA {name} CASCADE" for name in SCHEMAS]
