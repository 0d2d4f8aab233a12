"""`dispatch outbox` at the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from dispatch.cases.model import Case, CaseAssignment
from dispatch.departments.model import DepartmentEndpoint
from dispatch.exchange import command, commands, queries
from dispatch.exchange.model import Delivery, DeliveryKind, DeliveryStatus
from dispatch.kit.outbox import OutboxRow
from tests.factories.city import NOW


@pytest.fixture
def run(session: Session, monkeypatch: pytest.MonkeyPatch) -> "Run":
    @contextmanager
    def lent() -> Iterator[Session]:
        yield session

    monkeypatch.setattr(command, "transaction", lent)
    return Run()


class Run:
    def __call__(self, *words: str) -> tuple[int, str]:
        done = CliRunner().invoke(command.app, list(words))
        return done.exit_code, done.output


@pytest.mark.usefixtures("case")
def test_events_are_listed_by_state(run: Run, session: Session) -> None:
    code, said = run("list", "--state", "unsent")

    assert code == 0
    assert "case.reported" in said
    assert "待转发" in said


def test_dead_event_is_sent_again(run: Run, session: Session, case: Case) -> None:
    row = session.query(OutboxRow).order_by(OutboxRow.id).first()
    assert row is not None
    row.sent_at, row.jobs, row.attempts = NOW, 1, queries.MOST_ATTEMPTS
    row.last_error = "KeyError: condition"
    session.flush()

    assert "KeyError: condition" in run("list", "--state", "dead")[1]
    assert run("resend", "--all") == (0, "✓ 1 个事件将重新发送 / 1 events will be sent again\n")
    assert run("resend", str(row.id))[1].startswith("✓ 1 ")


def test_dead_message_is_sent_again(
    run: Run, session: Session, assignment: CaseAssignment, endpoint: DepartmentEndpoint
) -> None:
    assert "没有失败的推送" in run("dead")[1]
    commands.deliver_assignments(session, {assignment.id: 1}, at=NOW)
    delivery = session.query(Delivery).filter_by(kind=DeliveryKind.WEBHOOK).one()
    delivery.status = DeliveryStatus.DEAD
    session.flush()

    assert "works" in run("dead")[1]
    assert run("redeliver", str(delivery.id))[0] == 0
    assert delivery.status == DeliveryStatus.PENDING


def test_all_dead_messages_are_sent_again(
    run: Run, session: Session, assignment: CaseAssignment, endpoint: DepartmentEndpoint
) -> None:
    commands.deliver_assignments(session, {assignment.id: 1}, at=NOW)
    delivery = session.query(Delivery).filter_by(kind=DeliveryKind.WEBHOOK).one()
    delivery.status = DeliveryStatus.DEAD
    session.flush()

    assert run("redeliver", "--all")[1].startswith("✓ 1 ")


@pytest.mark.parametrize("words", [("resend",), ("resend", "--all", "3"), ("redeliver",)])
def test_neither_or_both_of_ids_and_all_is_a_mistake(run: Run, words: tuple[str, ...]) -> None:
    assert run(*words)[0] == 2
