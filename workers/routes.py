"""Which event becomes which jobs: a plain table. Events without a line are only published live."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from workers.queues import INTAKE, MEDIA, TIME_LIMIT, Job, department_queue

#: Stands for the queue of the department that an assignment belongs to.
ITS_DEPARTMENT = "dept"


@dataclass(frozen=True)
class Route:
    """One job for an event, or, with `each`, one for every item of that list in its payload.

    `takes` names what is handed over from the payload; the rest the job looks up.
    """

    job: str
    function: str
    queue: str
    takes: tuple[str, ...] = ()
    each: str | None = None
    item: str = ""
    time_limit: int = TIME_LIMIT


ROUTES: dict[str, tuple[Route, ...]] = {
    "case.reported": (Route("triage", "workers.jobs.triage.triage", INTAKE, takes=("case_id",)),),
    "case.dispatched": (
        Route(
            "deliver",
            "workers.jobs.deliver.deliver",
            ITS_DEPARTMENT,
            each="assignment_ids",
            item="assignment_id",
        ),
    ),
    "wechat.media": (
        Route("fetch", "workers.jobs.wechat.fetch_media", MEDIA, takes=("media_row_id",)),
    ),
    "camera.picture": (
        Route("fetch", "workers.jobs.camera.fetch_picture", MEDIA, takes=("case_id", "url")),
    ),
}


@dataclass(frozen=True)
class Planned:
    """A job of an event before it is numbered: its name within the event and the rest."""

    name: str
    function: str
    queue: str
    arguments: dict[str, Any]
    time_limit: int

    def numbered(self, event_id: int, attempt: int) -> Job:
        """The job for this sending of the event; an id of its own, so that no leftover shadows it."""
        return Job(
            id=f"{event_id}-{attempt}-{self.name}",
            function=self.function,
            queue=self.queue,
            arguments={"event_id": event_id, "job": self.name, **self.arguments},
            time_limit=self.time_limit,
        )


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
    name: str, payload: Mapping[str, Any], departments: Mapping[int, str]
) -> tuple[Planned, ...]:
    """The jobs of an event; `departments` gives the code for each assignment. Raises BadEvent."""
    try:
        return tuple(
            job for route in ROUTES.get(name, ()) for job in _jobs_of(route, payload, departments)
        )
    except KeyError as missing:
        raise BadEvent(f"{name} carries no {missing}") from None


def _jobs_of(
    route: Route, payload: Mapping[str, Any], departments: Mapping[int, str]
) -> Iterator[Planned]:
    arguments = {key: payload[key] for key in route.takes}
    if route.each is None:
        yield Planned(route.job, route.function, route.queue, arguments, route.time_limit)
        return
    for item in payload.get(route.each, ()):
        code = departments.get(item)
        yield Planned(
            name=f"{route.job}-{item}",
            function=route.function,
            queue=department_queue(code) if code else INTAKE,
            arguments={**arguments, route.item: item},
            time_limit=route.time_limit,
        )
