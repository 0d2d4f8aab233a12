"""Queue names (one a department), time limits, and how jobs are written into Redis."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from redis import Redis
from redis.client import Pipeline
from rq import Queue, Retry
from rq.utils import as_text

#: What a report needs first: policy, filing, routing.
INTAKE = "intake"
#: What the clock asks for.
CLOCK = "clock"
#: Photos to be fetched from other servers.
MEDIA = "media"
#: Whom to tell of what has happened; the sending itself goes on beside the queue.
NOTICES = "notices"
#: One queue a department carries its deliveries.
DEPARTMENT_PREFIX = "dept-"
#: What a worker listens to unless it is told otherwise.
EVERYTHING = (INTAKE, CLOCK, MEDIA, NOTICES, f"{DEPARTMENT_PREFIX}*")

#: Seconds after which a job is cut off. Nothing here waits for another system's server.
TIME_LIMIT = 10
#: Seconds for which a failed job can be looked at in Redis.
FAILURE_TTL = 24 * 3600
#: Jobs are JSON, not pickles: who can write into Redis must not be able to run code.
SERIALIZER = "json"
#: A job that fails is tried again at once (a deadlock, a dropped connection); after that the outbox
#: sends it again, ever more slowly.
RETRY_AT_ONCE = 1


@dataclass(frozen=True)
class Job:
    """A job to be: its id in Redis, the function by its dotted name, its queue and what it is given."""

    id: str
    function: str
    queue: str
    arguments: dict[str, Any] = field(default_factory=dict)
    time_limit: int = TIME_LIMIT


def department_queue(code: str) -> str:
    """The queue of a department."""
    return f"{DEPARTMENT_PREFIX}{code}"


def named(name: str, redis: Redis) -> Queue:
    """The queue of this name."""
    return Queue(name, connection=redis, serializer=SERIALIZER, default_timeout=TIME_LIMIT)


class Sender:
    """Writes batches of jobs in one round trip, whatever queues they go to."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._queues: dict[str, Queue] = {}

    def add(self, jobs: Iterable[Job], pipeline: Pipeline) -> None:
        """Put the jobs into the pipeline."""
        by_queue: dict[str, list[Job]] = {}
        for job in jobs:
            by_queue.setdefault(job.queue, []).append(job)
        for name, batch in by_queue.items():
            self._queue(name).enqueue_many(
                [
                    Queue.prepare_data(
                        job.function,
                        kwargs=job.arguments,
                        job_id=job.id,
                        timeout=job.time_limit,
                        result_ttl=0,
                        failure_ttl=FAILURE_TTL,
                        description=job.function,
                        retry=Retry(max=RETRY_AT_ONCE),
                    )
                    for job in batch
                ],
                pipeline=pipeline,
            )

    def waiting_in(self, queues: Iterable[str]) -> list[str]:
        """The ids of the jobs that stand in these queues."""
        with self._redis.pipeline(transaction=False) as pipeline:
            for name in queues:
                pipeline.lrange(self._queue(name).key, 0, -1)
            return [as_text(id_) for ids in pipeline.execute() for id_ in ids]

    def _queue(self, name: str) -> Queue:
        if name not in self._queues:
            self._queues[name] = named(name, self._redis)
        return self._queues[name]


def lengths(redis: Redis) -> dict[str, int]:
    """How many jobs wait in each queue that Redis knows of."""
    prefix = Queue.redis_queue_namespace_prefix
    keys = sorted(as_text(key) for key in redis.smembers(Queue.redis_queues_keys))
    with redis.pipeline(transaction=False) as pipeline:
        for key in keys:
            pipeline.llen(key)
        return dict(
            zip((key.removeprefix(prefix) for key in keys), pipeline.execute(), strict=True)
        )


def matching(names: Iterable[str], patterns: Sequence[str]) -> list[str]:
    """The names that one of the patterns (`dept-*`) takes, in order."""
    return sorted(
        name for name in set(names) if any(fnmatchcase(name, pattern) for pattern in patterns)
    )
