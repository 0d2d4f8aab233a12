"""Do the figures keep up with the history, and what did the last comparison of the two find?"""

import sqlalchemy as sa

from dispatch.doctor.findings import Finding, doubtful, well
from dispatch.kit import clock
from dispatch.kit.db import engine
from dispatch.supervision.model import FigureCheck, FigureMark

#: The clock has figures counted every two seconds.
LATE_SECONDS = 120


def check_figures() -> Finding:
    """They are counted all the time, and agreed with the history when last compared."""
    with engine().connect() as connection:
        ran = connection.scalar(sa.select(FigureMark.ran_at))
        last = connection.execute(
            sa.select(FigureCheck.at, FigureCheck.wrong_cases, FigureCheck.wrong_counts)
            .order_by(FigureCheck.id.desc())
            .limit(1)
        ).one_or_none()
    silent = (clock.now() - ran).total_seconds() if ran else None
    if silent is None or silent > LATE_SECONDS:
        since = "从未 never" if silent is None else f"{silent:.0f} s"
        return doubtful(
            f"统计数据没有更新({since})",
            f"figures are not kept up ({since})",
            do=("确认时钟和工人进程在运行", "see that clock and workers run"),
        )
    if last is not None and last.wrong_cases + last.wrong_counts:
        return doubtful(
            f"{last.at:%Y-%m-%d} 核对时有 {last.wrong_cases} 案、{last.wrong_counts} 个数与流转记录不符,已更正",
            f"on {last.at:%Y-%m-%d} {last.wrong_cases} cases and {last.wrong_counts} counts differed from"
            " the history and were put right",
            do=(
                "再运行一次 dispatch figures check;若仍有不符,请报告",
                "run dispatch figures check again; if they differ once more, report it",
            ),
        )
    return well("与流转记录一致", "in agreement with the history")
