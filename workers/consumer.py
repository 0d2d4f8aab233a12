"""The worker: RQ's in-process worker, taught to follow new departments and to talk less to Redis."""

import logging
import os
import threading
import time
from collections.abc import Sequence
from functools import partial
from types import FrameType, TracebackType

from redis import Redis, RedisError
from redis.client import Pipeline
from rq import SimpleWorker
from rq.exceptions import StopRequested
from rq.job import Job
from rq.timeouts import JobTimeoutException, UnixSignalDeathPenalty
from rq.worker import DequeueStrategy
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from dispatch.departments.model import Department
from dispatch.kit import db, reference
from workers import beside, places, queues
from workers.jobs import camera, deliver, ticks, triage, wechat
from workers.jobs.once import note_failure
from workers.signs import Signs
from workers.supervise import Crew

log = logging.getLogger(__name__)

#: Seconds between looks for new departments; the first case of a new one may wait so long.
FOLLOW_EVERY = 2.0
#: Seconds between signs of life; RQ by itself gives several a job.
SIGN_EVERY = 5.0
#: Reference data that triage needs.
REFERENCE = frozenset({"catalogue", "policies", "routing", "departments", "calendar", "settings"})
#: Imported before the first job asks for them by name.
JOBS = (camera, deliver, ticks, triage, wechat)
#: RQ blocks on the queues for this less fifteen: two seconds.
WORKER_TTL = 17


class TookTooLong(JobTimeoutException, KeyboardInterrupt):
    """A job is cut off. As an interrupt too, so that psycopg cancels the statement that is running
    and the connection can be used again."""


class CutOff(UnixSignalDeathPenalty):
    """RQ's time limit, with the exception above."""

    def handle_death_penalty(self, signum: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Cut off the job at hand."""
        raise TookTooLong(f"the job took longer than its {self._timeout} s")


class LeanJob(Job):
    """A job that is forgotten at once when it has succeeded: it has no result and nothing hangs on it.

    RQ would first ask Redis where it stands, a round trip for each job.
    """

    def cleanup(
        self,
        ttl: int | None = None,
        pipeline: Pipeline | None = None,
        remove_from_queue: bool = True,
    ) -> None:
        """Delete its keys with the rest of what its success changes."""
        if ttl == 0 and pipeline is not None:
            pipeline.delete(self.key, self.dependents_key, self.dependencies_key)
        else:
            super().cleanup(ttl, pipeline, remove_from_queue)


class Worker(SimpleWorker):
    """Takes jobs from the queues that match its patterns, in turn, so that none starves.

    RQ takes a list of queues for a lifetime. This worker looks again every few seconds, where RQ
    gives room for maintenance, and adds the queues of departments that have been founded since.
    """

    death_penalty_class = CutOff
    log_result_lifespan = False
    log_job_description = False
    max_connection_wait_time = 2.0
    done = 0

    def __init__(
        self,
        patterns: Sequence[str],
        *,
        redis: Redis,
        signs: Signs,
        parent: int | None = None,
    ) -> None:
        self.patterns = tuple(patterns)
        self.signs = signs
        self.is_stopping = False
        self._parent = parent
        self._next_follow = self._next_sign = self._next_suspension = 0.0
        super().__init__(
            [queues.named(name, redis) for name in queues.matching(_names(redis), self.patterns)],
            name=places.name_of_process("worker"),
            connection=redis,
            job_class=LeanJob,
            serializer=queues.SERIALIZER,
            worker_ttl=WORKER_TTL,
            exception_handlers=[_keep_reason],
            log_job_description=False,
        )

    @property
    def should_run_maintenance_tasks(self) -> bool:
        """Whether it is time to look at the list of queues."""
        return time.monotonic() >= self._next_follow

    def run_maintenance_tasks(self) -> None:
        """Follow the departments, and now and then do RQ's own maintenance."""
        self._next_follow = time.monotonic() + FOLLOW_EVERY
        self.follow(_names(self.connection))
        if super().should_run_maintenance_tasks:
            super().run_maintenance_tasks()  # type: ignore[no-untyped-call]

    def follow(self, names: set[str]) -> None:
        """Listen to these queues as well, as far as the patterns take them."""
        known = set(self.queue_names())
        for name in queues.matching(names - known, self.patterns):
            queue = queues.named(name, self.connection)
            self.queues.append(queue)
            self._ordered_queues.append(queue)

    def heartbeat(self, timeout: int | None = None, pipeline: Pipeline | None = None) -> None:
        """RQ's heartbeat, but where it stands alone only every few seconds, with our own sign of life."""
        if pipeline is not None:
            super().heartbeat(timeout, pipeline)
            return
        now = time.monotonic()
        if now < self._next_sign:
            return
        self._next_sign = now + SIGN_EVERY
        super().heartbeat(timeout)
        self.signs.give(queues=len(self.queues), done=self.done)
        if _is_orphan(self._parent):
            self.is_stopping = True
            raise StopRequested

    def set_state(self, state: str, pipeline: Pipeline | None = None) -> None:
        """Tell Redis how this worker stands, unless it stands so already."""
        if pipeline is not None or state != self.get_state():
            super().set_state(state, pipeline)

    def check_for_suspension(self, burst: bool) -> None:
        """Whether `rq suspend` was called: a question for every second, not for every job."""
        if time.monotonic() >= self._next_suspension:
            self._next_suspension = time.monotonic() + 1.0
            super().check_for_suspension(burst)

    def increment_successful_job_count(self, pipeline: Pipeline | None = None) -> None:
        """Count here too, for the sign of life."""
        self.done += 1
        super().increment_successful_job_count(pipeline)

    def request_stop(self, signum: int, frame: FrameType | None) -> None:
        """Finish the job at hand, then end."""
        self.is_stopping = True
        super().request_stop(signum, frame)  # type: ignore[no-untyped-call]


def _names(redis: Redis) -> set[str]:
    """The queues there are: the fixed ones, one a department, and what Redis has seen."""
    fixed = (queues.INTAKE, queues.CLOCK, queues.MEDIA, queues.NOTICES)
    names = {*fixed, *queues.lengths(redis)}
    try:
        with db.open_session() as session:
            codes = session.scalars(select(Department.code)).all()
    except SQLAlchemyError as error:
        log.warning("the departments cannot be read now: %s", error)
        codes = []
    return names | {queues.department_queue(code) for code in codes}


def _keep_reason(
    job: Job,
    _kind: type[BaseException],
    error: BaseException,
    _trace: TracebackType | None,
) -> bool:
    event_id = job.kwargs.get("event_id")
    log.error("job %s failed: %s", job.id, error, exc_info=error)
    if event_id is not None:
        try:
            note_failure(event_id, error)
        except SQLAlchemyError:
            log.warning("the reason could not be kept with event %s", event_id)
    return True


def _is_orphan(parent: int | None) -> bool:
    """Whether the parent that this process should go with is gone."""
    return parent is not None and os.getppid() != parent


def consume(patterns: Sequence[str], stop: threading.Event, *, parent: int | None = None) -> None:
    """Work until told to stop, through any outage of Redis; then let what runs beside come to its end.

    With a `parent`, also until that process is gone.
    """
    try:
        while not stop.is_set() and not _is_orphan(parent):
            redis = places.connect_redis()
            try:
                worker = Worker(patterns, redis=redis, signs=Signs("worker", redis), parent=parent)
                _warm_up()
                worker.work(dequeue_strategy=DequeueStrategy.ROUND_ROBIN, logging_level="WARNING")
                if worker.is_stopping:
                    return
            except StopRequested:
                return
            except RedisError as error:
                log.error("Redis does not answer: %s", error)  # noqa: TRY400
            stop.wait(1.0)
    finally:
        beside.stop_all()


def _warm_up() -> None:
    """Read what the first report needs before it comes."""
    try:
        with db.open_session() as session:
            reference.load(session, REFERENCE)
    except SQLAlchemyError as error:
        log.warning("the reference data cannot be read now: %s", error)


def run(stop: threading.Event, *, patterns: Sequence[str], count: int) -> None:
    """One worker in this process, or several under it."""
    if count == 1:
        consume(patterns, stop)
    else:
        Crew(partial(consume, patterns, stop, parent=os.getpid()), count=count, name="worker").run(
            stop
        )
