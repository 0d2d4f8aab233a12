"""`dispatch …`: what an operator does at a terminal; each command stands in its own module."""

import typer

from dispatch.kit.lazy_commands import Later, LazyGroup


class Commands(LazyGroup):
    """Every command with its place and the words that `dispatch --help` says of it."""

    later = (
        Later(
            "migrate",
            "dispatch.kit.migrate_command:migrate",
            "升级数据库结构 / bring the database to the shape that this version needs.",
        ),
        Later(
            "seed",
            "dispatch.seed.cli:seed",
            "导入基础数据 / fill what is empty: grid, places, catalogue, departments, rules.",
        ),
        Later(
            "simulate",
            "dispatch.simulate.command:simulate",
            "模拟一座城市 / play a city through the public API with all roles, and count what came of it.",
        ),
        Later(
            "doctor",
            "dispatch.doctor.command:doctor",
            "检查数据库、Redis、队列、时钟、磁盘和照片存储 / examine everything and say what is wrong.",
        ),
        Later(
            "web",
            "dispatch.kit.serve:web",
            "运行网站和接口 / serve pages and API until told to stop.",
        ),
        Later("user", "dispatch.people.command:app", "用户 / people who log in"),
        Later(
            "outbox",
            "dispatch.exchange.command:app",
            "待发事件与推送:查看、重发 / events and messages that wait, failed, or were given up",
        ),
        Later(
            "intake",
            "dispatch.intake.command:app",
            "接入日志:查看失败的消息、重放 / messages as they came in: look at them, play them again",
        ),
        Later(
            "docs",
            "dispatch.cases.command:app",
            "由程序生成的文档 / pages of documentation written from the program",
        ),
        Later(
            "figures",
            "dispatch.supervision.command:app",
            "统计数据:重建、核对 / figures: rebuild them from the history, check them against it",
        ),
        Later(
            "grid", "dispatch.jurisdiction.command:grid_app", "单元网格 / the grid of unit cells"
        ),
        Later("places", "dispatch.jurisdiction.command:places_app", "地名 / the gazetteer"),
        Later("parts", "dispatch.parts.command:app", "部件 / the inventory of parts"),
        Later("facilities", "dispatch.facilities.command:app", "公共设施 / toilets and parking"),
        Later("bulletin", "dispatch.bulletins.command:app", "通报 / bulletins"),
        Later("hotspots", "dispatch.hotspots.command:app", "热点与重复 / hot spots and repeats"),
        Later("open-data", "dispatch.opendata.command:app", "开放数据 / open data"),
        Later(
            "analyst",
            "dispatch.opendata.command:analyst_app",
            "分析人员的只读账号 / read-only log-ins",
        ),
        Later(
            "uploads",
            "dispatch.uploads.command:app",
            "上传的文件 / files that administrators brought",
        ),
    )


app = typer.Typer(
    name="dispatch", cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False
)


@app.callback()
def dispatch() -> None:
    """城市管理案件调度平台 / the case-dispatch platform of a city-management centre"""
