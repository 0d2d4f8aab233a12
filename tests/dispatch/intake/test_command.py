"""`dispatch intake` at the terminal: what failed, one message whole, and playing messages again."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import typer
from sqlalchemy import select
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from dispatch.cases.model import Case, Channel
from dispatch.cases.states import Stage
from dispatch.intake import command
from dispatch.intake.channels.replay import replay
from dispatch.intake.model import IntakeMessage
from dispatch.kit.errors import Conflict, DomainError
from dispatch.kit.terminal import refuse
from tests.factories.cases import report
from tests.factories.city import NOW, City, add_city, spot

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


@pytest.fixture
def run(session: Session, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The commands in this test's transaction, refusals as `kit.terminal.transaction` shows them."""

    @contextmanager
    def lent() -> Iterator[Session]:
        try:
            with session.begin_nested():
                yield session
        except DomainError as error:
            raise refuse(error.zh, error.en) from error

    monkeypatch.setattr(command, "transaction", lent)

    def invoke(*words: str) -> tuple[int, str]:
        done = CliRunner().invoke(command.app, list(words))
        assert done.exception is None or isinstance(done.exception, SystemExit | typer.Exit)
        return done.exit_code, done.output

    return invoke


def form(**given: object) -> dict[str, object]:
    longitude, latitude = spot()
    return {
        "description": "井盖不见了",
        "longitude": longitude,
        "latitude": latitude,
        **given,
    }


def failed_alarm(session: Session) -> IntakeMessage:
    row = IntakeMessage(
        channel=Channel.CAMERA,
        source="generic",
        raw=b"{broken",
        status="failed",
        error_code="unreadable",
        error="不是有效的 JSON / not valid JSON",
    )
    session.add(row)
    session.flush()
    return row


def message_of(session: Session, case_id: int) -> IntakeMessage:
    return session.scalars(select(IntakeMessage).where(IntakeMessage.case_id == case_id)).one()


def test_failed_messages_are_listed_with_the_reason(session: Session, city: City, run: Run) -> None:
    assert "没有失败的消息" in run("failed")[1]
    report(session)
    row = failed_alarm(session)

    code, said = run("failed")

    assert code == 0
    assert f"{row.id}" in said
    assert "camera/generic  failed  unreadable: 不是有效的 JSON" in said
    assert len(said.splitlines()) == 1
    assert "没有失败的消息" in run("failed", "--channel", "web")[1]


def test_message_is_shown_whole(session: Session, city: City, run: Run) -> None:
    receipt = report(
        session, payload={"description": "井盖"}, raw="原文".encode(), dedupe_key="key-7"
    )
    row = message_of(session, receipt.case_id)

    code, said = run("show", str(row.id))

    assert code == 0
    for part in ("web", "done", "key-7", receipt.number, '{"description":"井盖"}', "原文"):
        assert part in said


def test_unknown_message_is_refused_in_words(city: City, run: Run) -> None:
    for words in (("show", "0"), ("replay", "0")):
        code, said = run(*words)
        assert code == 1
        assert "接入日志中没有消息 0" in said


def test_report_whose_case_is_gone_wrong_is_played_again_from_its_payload(
    session: Session, city: City, run: Run
) -> None:
    first = report(session, payload=form(contact_phone="13800001234", photos_sha256=["x"]))
    session.get_one(Case, first.case_id).stage = Stage.VOIDED
    session.flush()
    row = message_of(session, first.case_id)

    assert run("replay", str(row.id))[0] == 1, "it was done"
    code, said = run("replay", str(row.id), "--again")

    assert code == 0, said
    case = session.scalars(select(Case).where(Case.id != first.case_id)).one()
    assert case.number in said
    assert (case.stage, case.channel, case.description) == (Stage.REPORTED, "web", "井盖不见了")
    played = message_of(session, case.id)
    assert (played.replay_of_id, played.payload) == (row.id, row.payload)
    assert row.case_id == first.case_id


def test_second_play_of_an_open_case_is_linked_to_it(session: Session, city: City) -> None:
    first = report(session, payload=form())
    row = message_of(session, first.case_id)

    (played,) = replay(session, row.id, at=NOW, again=True)

    assert played.case_id is not None
    assert session.get_one(Case, played.case_id).duplicate_of_id == first.case_id


def test_registration_by_staff_is_played_as_theirs(session: Session, city: City) -> None:
    agent = city["agent"]
    payload = form(reporter="王女士", category="P0103", condition="broken", photos=["no-id"])
    session.add(
        IntakeMessage(
            channel=Channel.PHONE, source=f"user:{agent.id}", payload=payload, status="failed"
        )
    )
    session.flush()
    row = session.scalars(select(IntakeMessage)).one()

    (played,) = replay(session, row.id, at=NOW)

    assert played.case_id is not None
    case = session.get_one(Case, played.case_id)
    assert (case.channel, case.reported_by_id) == ("phone", agent.id)
    assert case.condition_id == city.broken.id
    assert (row.status, row.case_id) == ("done", case.id)


def test_what_is_no_form_is_refused_and_holds_up_nobody_else(
    session: Session, city: City, run: Run
) -> None:
    alarm = failed_alarm(session)
    sample = IntakeMessage(
        channel="web", source="sample", payload={"type": "Feature"}, status="failed"
    )
    good = IntakeMessage(channel="web", payload=form(), status="failed")
    session.add_all([sample, good])
    session.flush()
    with pytest.raises(Conflict) as refused:
        replay(session, sample.id, at=NOW)
    assert refused.value.extra == {"fields": ["description"]}

    code, said = run("replay", *(str(each.id) for each in (alarm, sample, good)))

    assert code == 1
    assert "不是上报表单" in said
    assert f"消息 {good.id} 已重放" in said
    assert [each.status for each in (alarm, sample, good)] == ["failed", "failed", "done"]
