"""What the calendar changes in the city's set-up: names and assignments whose day has come, and the doctor's round."""

import subprocess
import sys

from dispatch.cases.queries.held import left_at_closed_units
from dispatch.catalogue.commands import settle_calendars
from dispatch.departments.commands import apply_due_names
from dispatch.departments.events import left
from dispatch.kit import checkup, clock
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.db import open_session
from dispatch.kit.outbox import publish
from dispatch.kit.redis import client
from dispatch.people.commands import apply_due_assignments
from dispatch.people.policy import SYSTEM
from workers.beside import READERS

#: Why the platform keeps a version of a calendar that nobody edited here.
KEPT = "按现行工作时间与国家公布的节假日 / as it stands, with the national holidays announced"
#: A round takes seconds; one that hangs is given up.
SECONDS = 120


def turn_the_day() -> None:
    """Let departments bear the names, and inspectors have the grids, of today; leave closed units no work."""
    day = clock.now().astimezone(CITY_ZONE).date()
    with open_session() as session:
        apply_due_names(session, day=day)
    with open_session() as session:
        apply_due_assignments(session, day=day)
    with open_session() as session:
        settle_calendars(session, by=SYSTEM, reason=KEPT, at=clock.now(), is_first=True)
    with open_session() as session:
        for department_id in left_at_closed_units(session):
            publish(session, left(department_id, day=day))


def examine() -> None:
    """Have the doctor make a round in a process of its own, and keep what was found."""
    READERS.start("doctor", _examine)


def _examine() -> None:
    program = "from dispatch.cli import app; app()"
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", program, "doctor", "--json"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=SECONDS,
        check=False,  # it ends with 1 where something is broken, and says what
    )
    checkup.keep(client(), done.stdout, at=clock.now())
