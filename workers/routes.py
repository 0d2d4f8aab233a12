"""Which event becomes which jobs: a plain table. Events without a line are only published live."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from dispatch.notices.events import ESCALATED, OPTED_OUT, WAITING
from workers.queues import INTAKE, MEDIA, NOTICES, TIME_LIMIT, Job, department_queue

#: Stands for the queue of the department that an assignment belongs to.
ITS_DEPARTMENT = "dept"


@dataclass(frozen=True)
class Route:
    """One job for an event, or, with `each`, one for every item of that list in its payload.

    `takes` names what is handed over from the payload; the rest the job looks up. `gathered`: events
    that are sent together share one job, which takes an item for each: a job costs more than most deeds.
    """

    job: str
    function: str
    queue: str
    takes: tuple[str, ...] = ()
    each: str | None = None
    item: str = ""
    time_limit: int = TIME_LIMIT
    gathered: bool = False


#: Whom to tell: a job of every event that an administrator's rule names.
TELL = Route("tell", "workers.jobs.notices.plan", NOTICES, gathered=True)
#: So many events share a job at most: it must end within its time limit.
MOST_GATHERED = 40

#: What a closed unit had finds another place, some at a time.
HAND_OVER = Route(
    "hand-over", "workers.jobs.departments.hand_over", MEDIA, takes=("department_id", "day")
)

ROUTES: dict[str, tuple[Route, ...]] = {
    "case.reported": (
        Route("triage", "workers.jobs.triage.triage", INTAKE, takes=("case_id",), gathered=True),
    ),
    "case.dispatched": (
        Route(
            "deliver",
            "workers.jobs.deliver.deliver",
            ITS_DEPARTMENT,
            each="assignment_ids",
            item="assignment_id",
            gathered=True,
        ),
    ),
    "wechat.media": (
        Route("fetch", "workers.jobs.wechat.fetch_media", MEDIA, takes=("media_row_id",)),
    ),
    "camera.picture": (
        Route("fetch", "workers.jobs.camera.fetch_picture", MEDIA, takes=("case_id", "url")),
    ),
    "case.closed": (
        Route(
            "plan-calls",
            "workers.jobs.hotline.plan_calls",
            INTAKE,
            takes=("case_id",),
            gathered=True,
        ),
    ),
    "import.rows": (Route("take", "workers.jobs.hotline.take_import", MEDIA, takes=("batch_id",)),),
    "department.closed": (HAND_OVER,),
    "department.left": (HAND_OVER,),
    "bulletin.asked": (
        Route("make", "workers.jobs.bulletins.make", MEDIA, takes=("bulletin_id",)),
    ),
    "bulletin.written": (
        Route("make", "workers.jobs.bulletins.make", MEDIA, takes=("bulletin_id",)),
    ),
    "open_data.asked": (Route("make", "workers.jobs.opendata.make", MEDIA, takes=("dataset",)),),
    "upload.asked": (Route("read", "workers.jobs.uploads.work_on", MEDIA, takes=("upload_id",)),),
    OPTED_OUT: (
        Route(
            "opt-out",
            "workers.jobs.notices.opt_out",
            NOTICES,
            takes=("recipient", "masked", "wants"),
        ),
    ),
    ESCALATED: (TELL,),
    "settings.changed": (
        Route(
            "count-anew",
            "workers.jobs.clocks.count_anew",
            MEDIA,
            takes=("note", "after"),
        ),
    ),
    "limits.changed": (
        Route(
            "count-limits",
            "workers.jobs.clocks.count_limits",
            MEDIA,
            takes=("categories", "note", "after"),
        ),
    ),
    "stage_limits.changed": (
        Route(
            "count-stages",
            "workers.jobs.clocks.count_stages",
            MEDIA,
            takes=("stage", "severity", "note", "after"),
        ),
    ),
    "ladder.switched_on": (
        Route("tell-backlog", "workers.jobs.clocks.tell_backlog", MEDIA, takes=("step_id",)),
    ),
    WAITING: (Route("send", "workers.jobs.notices.send_waiting", NOTICES, takes=("way",)),),
}


@dataclass(frozen=True)
class Planned:
    """A job of an event before it is numbered: its name within the event and the rest."""

    name: str
    function: str
    queue: str
    arguments: dict[str, Any]
    time_limit: int
    gathered: bool = False

    def numbered(self, event_id: int, attempt: int) -> Job:
        """The job for this sending of the event; an id of its own, so that no leftover shadows it."""
        return Job(
            id=f"{event_id}-{attempt}-{self.name}",
            function=self.function,
            queue=self.queue,
            arguments={"event_id": event_id, "job": self.name, **self.arguments},
            time_limit=self.time_limit,
        )


def gathered_id(events: Iterable[int], attempt: int, name: str) -> str:
    """The id of a job of several events, from which `events_in` reads them again."""
    return f"{'_'.join(map(str, events))}-{attempt}-{name}"


def events_in(job_id: str) -> set[tuple[int, str]]:
    """The events of a job by its id, each with the job's name; none of what the relay did not send."""
    numbers, _, rest = job_id.partition("-")
    _, _, name = rest.partition("-")
    return {(int(each), name) for each in numbers.split("_") if each.isdecimal()}


def jobs_of(planned: Iterable[tuple[int, int, Planned]]) -> list[Job]:
    """The jobs to be sent now, from (event, attempt, what is planned); those that can be are gathered."""
    jobs: list[Job] = []
    together: dict[tuple[str, str, str, int], list[tuple[int, Planned]]] = {}
    for event_id, attempt, each in planned:
        if each.gathered:
            key = (each.name, each.function, each.queue, attempt)
            together.setdefault(key, []).append((event_id, each))
        else:
            jobs.append(each.numbered(event_id, attempt))
    for (name, function, queue, attempt), found in together.items():
        for start in range(0, len(found), MOST_GATHERED):
            some = found[start : start + MOST_GATHERED]
            items = [{"event_id": event_id, **each.arguments} for event_id, each in some]
            jobs.append(
                Job(
                    id=gathered_id([event_id for event_id, _ in some], attempt, name),
                    function=function,
                    queue=queue,
                    arguments={"items": items, "job": name},
                    time_limit=some[0][1].time_limit,
                )
            )
    return jobs


class BadEvent(Exception):
    """An event lacks what its route takes from it."""


def assignments_in(name: str, payload: Mapping[str, Any]) -> list[int]:
    """The assignments whose departments must be known to route the event."""
    return [
        item
        for route in ROUTES.get(name, ())
        if route.queue == ITS_DEPARTMENT and route.each
        for item in payload.get(route.each, ())
    ]


def plan(
    name: str,
    payload: Mapping[str, Any],
    departments: Mapping[int, str],
    *,
    told: Collection[str] = (),
) -> tuple[Planned, ...]:
    """The jobs of an event. Raises BadEvent.

    `departments` gives the code for each assignment, `told` names the events that people are told of.
    """
    own = ROUTES.get(name, ())
    routes = (*own, *((TELL,) if name in told and TELL not in own else ()))
    try:
        return tuple(job for route in routes for job in _jobs_of(route, payload, departments))
    except KeyError as missing:
        raise BadEvent(f"{name} carries no {missing}") from None


def _jobs_of(
    route: Route, payload: Mapping[str, Any], departments: Mapping[int, str]
) -> Iterator[Planned]:
    arguments = {key: payload[key] for key in route.takes}
    if route.each is None:
        yield Planned(
            route.job, route.function, route.queue, arguments, route.time_limit, route.gathered
        )
        return
    items = payload.get(route.each, ())
    for item in items:
        code = departments.get(item)
        yield Planned(
            # a name of its own for each receipt; the usual single one shares its job with others
            name=route.job if len(items) == 1 else f"{route.job}-{item}",
            function=route.function,
            queue=department_queue(code) if code else INTAKE,
            arguments={**arguments, route.item: item},
            time_limit=route.time_limit,
            gathered=route.gathered,
        )
