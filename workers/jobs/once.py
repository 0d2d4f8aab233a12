"""The frame of every job: a transaction, and in it the receipt that makes a second run do nothing."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from rq.timeouts import JobTimeoutException
from sqlalchemy import update
from sqlalchemy.orm import Session

from dispatch.kit.db import open_session
from dispatch.kit.outbox import OutboxRow, claim_job, claim_jobs

T = TypeVar("T")
Item = Mapping[str, Any]
#: Characters kept of an error.
LONGEST_ERROR = 500


@contextmanager
def once(event_id: int, job: str) -> Iterator[Session | None]:
    """A transaction with the receipt in it; None if the job was done before.

    A second run of the same job waits here until the first has ended.
    """
    with open_session() as session:
        yield session if claim_job(session, event_id=event_id, job=job) else None


def each_once(
    items: Sequence[Mapping[str, Any]], job: str, do: Callable[[Session, Mapping[str, Any]], None]
) -> None:
    """A job of several events, each with a transaction of its own, so that none fails with another.

    What goes wrong is kept with its event; the job then fails, and is done again for those alone.
    """
    failed: Exception | None = None
    for item in items:
        try:
            with once(item["event_id"], job) as session:
                if session is not None:
                    do(session, item)
        except JobTimeoutException:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the others come first
            note_failure(item["event_id"], error)
            failed = error
    if failed is not None:
        raise failed


def together_once(
    items: Sequence[Item], job: str, do: Callable[[Session, Sequence[Item]], Collection[T]]
) -> set[T]:
    """A job of several events in one transaction, without those that were done before.

    If that goes wrong, each in one of its own: one that cannot be done does not hold up the others.
    """
    try:
        with open_session() as session:
            fresh = set(
                claim_jobs(session, event_ids=[each["event_id"] for each in items], job=job)
            )
            todo = [each for each in items if each["event_id"] in fresh]
            return set(do(session, todo)) if todo else set()
    except JobTimeoutException:
        raise
    except Exception as error:
        if len(items) == 1:
            note_failure(items[0]["event_id"], error)
            raise
    found: set[T] = set()
    each_once(items, job, lambda session, item: found.update(do(session, [item])))
    return found


@contextmanager
def noting_failure(event_id: int) -> Iterator[None]:
    """Keep with the event what goes wrong inside, and let it go on its way."""
    try:
        yield
    except Exception as error:
        note_failure(event_id, error)
        raise


def note_failure(event_id: int, error: BaseException) -> None:
    """Keep with the event why its job failed, for whoever looks at the outbox."""
    words = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
    with open_session() as session:
        session.execute(
            update(OutboxRow)
            .where(OutboxRow.id == event_id)
            .values(last_error=words)
            .execution_options(synchronize_session=False)
        )
