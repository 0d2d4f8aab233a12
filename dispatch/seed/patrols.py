"""Seed patrols: the text that inspectors agree to; for a demonstration a day's shifts with their ways."""

import math
import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dispatch.jurisdiction.model import UnitGrid
from dispatch.kit import clock
from dispatch.patrol.commands import add_text, give_consent, keep_points
from dispatch.patrol.model import Fix, Shift
from dispatch.patrol.queries import current_text
from dispatch.patrol.settings import is_working_time
from dispatch.people.model import Role, User
from dispatch.people.policy import SYSTEM
from dispatch.people.queries import person_of

TEXT_ZH: Final = (
    "记录什么:在您签到之后、签退之前,并且在巡查工作时间之内,本应用打开时手机的位置、时间和误差。"
    "不在班、不在工作时间、应用关闭时都不记录。\n"
    "做什么用:统计您走过的单元网格(覆盖率),在您遇到危险时找到您。不用于其他目的。\n"
    "谁能看到:您本人,以及负责您所在责任网格的值班长和监督员;每次查看都记入审计日志。\n"
    "保存多久:轨迹点按本市规定的天数保存后自动删除;只有“哪天到过哪些网格”会保留,用于考评。\n"
    "您的权利:不同意不影响签到和办案。您可以随时在“我的”中撤回同意,撤回后已记录的轨迹立即删除。"
)
TEXT_EN: Final = (
    "What is recorded: the phone's position, time and accuracy while you have the app open, between "
    "signing in and signing out and within the working hours of patrols. Nothing off shift, outside "
    "those hours, or while the app is closed.\n"
    "What for: to count the unit grids that you walked, and to find you in danger. For nothing else.\n"
    "Who sees it: you, and the shift leader and supervisor who answer for your working grid; every "
    "look is written into the audit log.\n"
    "For how long: points are deleted after the number of days that the city has set; only which "
    "grids were visited on which day stays, for evaluation.\n"
    "Your rights: signing in and your work do not depend on it. You may take your consent back at any "
    "time under 'Me'; what was recorded is deleted at once."
)
#: How many inspectors of a demonstration are on shift.
ON_SHIFT: Final = 24
STEP: Final = timedelta(seconds=60)
METRES: Final = 70.0


def seed_consent_text(session: Session, _folder: Path) -> int:
    """The first version of the text."""
    add_text(session, zh=TEXT_ZH, en=TEXT_EN, by=SYSTEM, at=clock.now())
    return 1


def seed_shifts(session: Session, _folder: Path) -> int:
    """Shifts of today: each inspector walks about their working grid, by consent. All is made up."""
    now = clock.now()
    begin = now - timedelta(hours=3)
    rng = random.Random(20161121)  # noqa: S311 - nothing is secret about a made-up walk
    inspectors = session.scalars(
        select(User)
        .where(User.roles.contains([Role.INSPECTOR.value]), User.synthetic)
        .order_by(User.username)
        .limit(ON_SHIFT)
    ).all()
    text = current_text(session)
    for number, user in enumerate(inspectors):
        person = person_of(user)
        started = begin + timedelta(minutes=number % 7)
        session.add(Shift(user_id=user.id, started_at=started, synthetic=True))
        session.flush()
        # every sixth has not agreed: the leader sees that too
        if text is None or number % 6 == 5:
            continue
        give_consent(session, person, version=text.version, at=started)
        walked = list(_walk(session, user, started=started, until=now, rng=rng))
        keep_points(session, person, fixes=walked, at=now)
    return len(inspectors)


def _walk(
    session: Session, user: User, *, started: datetime, until: datetime, rng: random.Random
) -> Iterator[Fix]:
    """From unit grid to unit grid, by what time patrols work."""
    centre = func.ST_PointOnSurface(UnitGrid.geom)
    places = session.execute(
        select(func.ST_X(centre), func.ST_Y(centre))
        .where(UnitGrid.working_grid_code.in_(user.working_grids))
        .order_by(UnitGrid.code)
    ).all()
    if not places:
        return
    at, (x, y) = started, rng.choice(places)
    while at < until:
        goal = min(rng.sample(places, min(5, len(places))), key=lambda p: _far(p[0], p[1], x, y))
        steps = max(1, int(_far(goal[0], goal[1], x, y) / METRES))
        for step in range(1, steps + 1):
            at += STEP
            if at >= until:
                return
            east, north = x + (goal[0] - x) * step / steps, y + (goal[1] - y) * step / steps
            if is_working_time(session, at):
                yield Fix(at, round(east, 6), round(north, 6), round(rng.uniform(4, 18), 1))
        x, y = goal


def _far(x: float, y: float, other_x: float, other_y: float) -> float:
    """Metres, well enough for a made-up walk."""
    wide = (x - other_x) * 111_320 * math.cos(math.radians(y))
    return math.hypot(wide, (y - other_y) * 111_320)
