"""Every sample report through the one path of intake in the seeded city: each comes to what it expects."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, Channel
from dispatch.cases.states import Stage
from dispatch.intake.commands import receive, triage
from dispatch.kit.errors import DomainError
from dispatch.seed.cases import report_of, sample_features
from dispatch.seed.files import seed_folder

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
#: What must be worked out about the place and the category before a case may go on by itself.
DOUBTS = {"no_place", "place_uncertain", "outside_jurisdiction"}


@dataclass(frozen=True)
class Outcome:
    """A sample and what came of it; no case: it was refused."""

    told: dict[str, Any]
    case: Case | None

    @property
    def reason(self) -> str | None:
        return self.case.review_reason if self.case else None


@pytest.fixture(scope="module")
def outcomes(city_and_report: tuple[Session, object]) -> Iterator[list[Outcome]]:
    """All samples but those of cameras, whose adapters know their types, a minute apart."""
    session = city_and_report[0]
    found = []
    with session.begin_nested() as savepoint:
        for minute, feature in enumerate(sample_features(seed_folder())):
            told, at = feature["properties"], NOW + timedelta(minutes=minute)
            if told["channel"] != Channel.CAMERA:
                found.append(Outcome(told, _taken(session, feature, at=at)))
        yield found
        session.expunge_all()
        savepoint.rollback()


def _taken(session: Session, feature: dict[str, Any], *, at: datetime) -> Case | None:
    try:
        with session.begin_nested():
            receipt = receive(session, report_of(feature), at=at)
            triage(session, receipt.case_id, at=at)
    except DomainError:
        return None
    return session.get_one(Case, receipt.case_id, populate_existing=True)


def expecting(outcomes: list[Outcome], expect: str, reason: str | None = None) -> list[Outcome]:
    return [
        each
        for each in outcomes
        if each.told["expect"] == expect and each.told.get("expect_reason") == reason
    ]


def test_points_go_to_their_grid_and_on_without_a_hand(outcomes: list[Outcome]) -> None:
    pinned = expecting(outcomes, "filed_place")
    wrong = [
        each.told["id"]
        for each in pinned
        if each.case is None
        or each.case.grid_code != each.told.get("expect_grid", each.case.grid_code)
    ]
    onward = [each for each in pinned if each.case and each.case.stage != Stage.REPORTED]

    assert len(pinned) >= 200
    assert wrong == []
    assert len(onward) / len(pinned) >= 0.9
    doubted = [each for each in pinned if each.reason in DOUBTS | {"place_conflict"}]
    assert len(doubted) / len(pinned) <= 0.02


def test_words_alone_are_placed_and_go_on(outcomes: list[Outcome]) -> None:
    in_words = expecting(outcomes, "geocoded")
    doubted = [each for each in in_words if each.reason in DOUBTS]

    assert len(in_words) >= 100
    assert len(doubted) / len(in_words) <= 0.05


def test_duplicates_are_linked_to_their_case_and_nothing_else_is(outcomes: list[Outcome]) -> None:
    ids = {each.told["id"]: each.case.id for each in outcomes if each.case}
    linked = {
        each.told["id"]: each.case.duplicate_of_id
        for each in outcomes
        if each.case and each.case.duplicate_of_id
    }
    expected = {
        each.told["id"]: ids[each.told["expect_duplicate_of"]]
        for each in expecting(outcomes, "duplicate")
    }

    assert len(expected) >= 10
    assert linked == expected


@pytest.mark.parametrize("reason", ["no_category", "no_place", "place_conflict"])
def test_what_is_wrong_on_purpose_waits_with_its_reason(
    outcomes: list[Outcome], reason: str
) -> None:
    faulty = expecting(outcomes, "review", reason)

    assert len(faulty) >= 6
    assert {each.reason for each in faulty} == {reason}


def test_reports_from_elsewhere_wait_for_an_agent(outcomes: list[Outcome]) -> None:
    elsewhere = expecting(outcomes, "review", "outside_jurisdiction")

    assert len(elsewhere) >= 8
    assert {each.reason for each in elsewhere} <= DOUBTS
    assert {each.case.stage for each in elsewhere if each.case} == {Stage.REPORTED}


def test_swapped_coordinates_are_seen_through_and_no_person_is_refused(
    outcomes: list[Outcome],
) -> None:
    swapped = expecting(outcomes, "refused", "invalid_coordinates")
    refused = {each.told.get("expect_reason") for each in outcomes if each.case is None}

    assert {each.reason for each in swapped} == {"swapped_coordinates"}
    assert refused == {"invalid_crs"}, "a system that no channel lets through"
