"""English names of units, major classes and explanations; settings that older cities have not got."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

#: Tables and the columns that say in English what stands beside them.
WORDS = (
    ("departments", "name_en"),
    ("department_names", "name_en"),
    ("categories", "major_name_en"),
    ("intake_policies", "explanation_en"),
)
MAJORS = {
    "市容环境": "city appearance and environment",
    "宣传广告": "notices and advertising",
    "施工管理": "building sites",
    "突发事件": "emergencies",
    "街面秩序": "order in the streets",
    "其他事件": "other events",
    "公用设施": "public utilities",
    "道路交通": "roads and traffic",
    "道路交通设施": "road and traffic facilities",
    "市容环境设施": "city appearance facilities",
    "园林绿化": "parks and greens",
    "园林绿化设施": "parks and greens facilities",
    "其他部件": "other parts",
    "房屋土地": "buildings and land",
    "其他设施": "other facilities",
}
EXPLANATIONS = {
    "坐席受理": "an agent accepts it",
    "事项不明,坐席受理": "the matter is unclear: an agent accepts it",
    "类别不明,坐席受理": "the category is unclear: an agent accepts it",
    "消防通道由坐席核对": "fire lanes are looked at by an agent",
    "坐席已定类别,直接立案": "an agent has set the category: filed at once",
    "类别明确,先立案,由派遣员派遣": "the category is clear: filed, and dispatched by hand",
    "其他事项由派遣员派遣": "other matters are dispatched by hand",
    "安全隐患,直接派遣": "a hazard: dispatched at once",
    "普通案件自动派遣": "an ordinary case: dispatched by itself",
    "巡查员现场上报,直接派遣": "an inspector reports on the spot: dispatched at once",
    "需现场核实": "to be verified on the spot",
    "置信度不足,人工复核": "not sure enough: somebody looks",
    "置信度达标,自动立案派遣": "sure enough: filed and dispatched by itself",
    "井盖隐患,降低门槛": "covers are a danger: less certainty is asked for",
    "线缆隐患,降低门槛": "cables are a danger: less certainty is asked for",
    "烧烤、焚烧以高置信度派遣": "barbecues and burning only with great certainty",
    "积水以高置信度派遣": "standing water only with great certainty",
    "树木一律人工复核": "trees are always looked at by somebody",
    "违建一律人工复核": "illegal buildings are always looked at by somebody",
}
#: What the platform takes where a city has not set it, so that an administrator finds it in the list.
SETTINGS = {
    "import_keep_days": ("30", "导入文件无人确认时保留的天数"),
    "notices_keep_days": ("180", "通知保存天数"),
    "service_name": ('"柳州市数字城管"', "通知中的服务名称"),
    "dispute_returns": ("2", "回退几次即算争议"),
    "export_row_limit": ("200000", "一次导出的行数上限"),
    "public_photos": ("1", "公开页面是否显示照片(1 是,0 否)"),
    "hotspot_days": ("28", "热点与重复查找的天数"),
    "hotspot_metres": ("400", "热点片区的邻近距离(米)"),
    "hotspot_false_share": ("0.05", "热点中允许的误报比例"),
    "hotspot_least_cases": ("3", "重复至少几件才算"),
}


def upgrade() -> None:
    """Add the columns, and say in English what a city took over as it was delivered."""
    for table, column in WORDS:
        op.add_column(table, sa.Column(column, sa.Text(), server_default="", nullable=False))
    _say("categories", "major_name", MAJORS)
    _say("intake_policies", "explanation", EXPLANATIONS)
    for name, (value, explanation) in SETTINGS.items():
        op.execute(
            sa.text(
                "INSERT INTO city_settings (name, value, explanation)"
                " SELECT :name, CAST(:value AS jsonb), :explanation"
                " WHERE EXISTS (SELECT FROM city_settings) ON CONFLICT DO NOTHING"
            ).bindparams(name=name, value=value, explanation=explanation)
        )


def downgrade() -> None:
    """Take the columns away; settings stay, as an administrator may have set them."""
    for table, column in reversed(WORDS):
        op.drop_column(table, column)


def _say(table: str, column: str, words: dict[str, str]) -> None:
    for chinese, english in words.items():
        op.execute(
            sa.text(
                f"UPDATE {table} SET {column}_en = :english WHERE {column} = :chinese"  # noqa: S608
            ).bindparams(english=english, chinese=chinese)
        )
