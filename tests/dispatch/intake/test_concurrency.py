"""Reports that come at once, with real commits: one case a message, one number a case, no report lost."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import TypeVar

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, CaseHistory
from dispatch.cases.states import Stage, Verb
from dispatch.intake.commands import receive, triage
from dispatch.intake.model import IntakeMessage
from dispatch.kit import db
from dispatch.kit.errors import Conflict
from dispatch.kit.outbox import OutboxRow
from tests.factories.cases import report
from tests.factories.city import NOW, City, add_city, spot
from tests.factories.servers import own_database, using_database

T = TypeVar("T")


@pytest.fixture(scope="module")
def city() -> Iterator[City]:
    """The small city in a database that is committed to."""
    with own_database("intake") as url, using_database(url):
        with db.open_session() as session:
            made = add_city(session)
        yield made


def at_once(count: int, deed: Callable[[Session, int], T]) -> list[T]:
    """`deed` in so many threads, all begun at the same moment, each in a transaction of its own."""
    together = Barrier(count)

    def one(number: int) -> T:
        together.wait()
        with db.open_session() as session:
            return deed(session, number)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(one, range(count)))


def one_by_one(deed: Callable[[Session], T]) -> T:
    with db.open_session() as session:
        return deed(session)


def test_fifty_reports_at_once_get_fifty_numbers(city: City) -> None:
    day = NOW + timedelta(days=1)

    receipts = at_once(50, lambda session, n: report(session, at=day, description=f"你好 {n}"))

    numbers = {receipt.number for receipt in receipts}
    assert len(numbers) == 50
    assert all(number.startswith("柳数管2026第1124") for number in numbers)
    assert {receipt.id.removeprefix("20261124-") for receipt in receipts} == {
        number.removeprefix("柳数管2026第1124").removesuffix("号") for number in numbers
    }
    with db.open_session() as session:
        kept = session.scalars(select(Case.number).where(Case.number.in_(numbers))).all()
        events = session.scalars(
            select(OutboxRow.payload["number"].astext).where(OutboxRow.name == "case.reported")
        ).all()
    assert set(kept) == numbers
    assert sorted(each for each in events if each in numbers) == sorted(numbers)


def test_more_than_9999_reports_a_day_get_five_digits(city: City) -> None:
    day = NOW + timedelta(days=2)
    one_by_one(lambda session: report(session, at=day, description="你好"))
    one_by_one(
        lambda session: session.execute(
            text("SELECT setval('case_serials', base + 9998) FROM case_numbers WHERE day = :day"),
            {"day": "20261125"},
        )
    )

    last, beyond = (
        one_by_one(lambda session: report(session, at=day, description="你好")) for _ in range(2)
    )

    assert (last.id, last.number) == ("20261125-9999", "柳数管2026第11259999号")
    assert (beyond.id, beyond.number) == ("20261125-10000", "柳数管2026第112510000号")


def test_ten_times_the_same_message_at_once_make_one_case(city: City) -> None:
    receipts = at_once(
        10,
        lambda session, _: report(session, dedupe_key="same", payload={"a": 1}, description="你好"),
    )

    assert len({receipt.id for receipt in receipts}) == 1
    assert sorted(receipt.repeated for receipt in receipts) == [False] + [True] * 9
    with db.open_session() as session:
        kept = session.scalar(
            select(func.count())
            .select_from(IntakeMessage)
            .where(IntakeMessage.dedupe_key == "same")
        )
    assert kept == 1


def test_same_key_with_different_bodies_at_once_keeps_one_and_refuses_the_rest(
    city: City,
) -> None:
    def one(session: Session, n: int) -> str:
        try:
            report(session, dedupe_key="other", payload={"n": n}, description="你好")
        except Conflict as error:
            return error.code
        return "kept"

    assert sorted(at_once(8, one)) == ["idempotency_key_reused"] * 7 + ["kept"]


def test_two_reports_of_one_thing_at_the_same_instant_are_both_kept_and_linked_by_triage(
    city: City,
) -> None:
    longitude, latitude = spot(1, 1)

    receipts = at_once(
        2, lambda session, _: report(session, longitude=longitude, latitude=latitude)
    )
    for receipt in receipts:
        one_by_one(partial(triage, case_id=receipt.case_id, at=NOW))

    with db.open_session() as session:
        ids = sorted(receipt.case_id for receipt in receipts)
        first, second = (session.get_one(Case, each) for each in ids)
        assert {first.stage, second.stage} == {Stage.DISPATCHED, Stage.DUPLICATE}
        master, other = (first, second) if second.duplicate_of_id else (second, first)
        assert other.duplicate_of_id == master.id
        assert master.reporters_count == 2


def test_triage_twice_at_once_is_triage_once(city: City) -> None:
    longitude, latitude = spot(3, 1)
    receipt = one_by_one(lambda session: report(session, longitude=longitude, latitude=latitude))

    at_once(4, lambda session, _: triage(session, receipt.case_id, at=NOW))

    with db.open_session() as session:
        verbs = session.scalars(
            select(CaseHistory.verb)
            .where(CaseHistory.case_id == receipt.case_id)
            .order_by(CaseHistory.version)
        ).all()
    assert verbs == ["report", "accept", "file", "dispatch"]


def test_report_stands_alone_when_its_master_is_finished_meanwhile(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    longitude, latitude = spot(3, 3)
    master = one_by_one(lambda session: report(session, longitude=longitude, latitude=latitude))

    def finished_meanwhile(session: Session, made: object, *, at: object) -> object:
        with db.open_session() as other:
            act(
                other,
                master.case_id,
                Verb.VOID,
                by=city["shift_leader"],
                at=NOW,
                body={"reason": "误报"},
            )
        return store(session, made, at=at)

    module = receive.__globals__
    store = module["store"]
    monkeypatch.setitem(module, "store", finished_meanwhile)
    late = one_by_one(lambda session: report(session, longitude=longitude, latitude=latitude))

    assert (late.stage, late.duplicate_of) == (Stage.REPORTED, None)
