"""The jobs of figures: count what has changed, and compare with the history once a night."""

from sqlalchemy import select

from dispatch.kit import clock
from dispatch.kit.clock import CITY_ZONE, city_date
from dispatch.kit.db import open_session
from dispatch.supervision import rounds
from dispatch.supervision.commands.rollup import refresh
from dispatch.supervision.model import FigureCheck
from workers.beside import READERS

#: The hour of the city's night in which the figures are compared with the history.
NIGHT = 3


def roll_up() -> None:
    """Count every change of a case since the last time."""
    with open_session() as session:
        refresh(session, at=clock.now())


def compare_tonight() -> None:
    """Once a night, on a thread of its own: compare the figures with the history and heal them."""
    now = clock.now()
    if now.astimezone(CITY_ZONE).hour != NIGHT:
        return
    with open_session() as session:
        last = session.scalar(select(FigureCheck.at).order_by(FigureCheck.id.desc()).limit(1))
    if last is None or city_date(last) < city_date(now):
        READERS.start("figures", rounds.check_tonight)
