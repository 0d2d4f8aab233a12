"""Where a report lies: the point given, the words, or the doubt that an agent must settle."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CasePlace
from dispatch.cases.states import Stage
from dispatch.intake.schemas import Receipt
from geo.crs import Crs, convert
from tests.factories.cases import report
from tests.factories.city import SOUTH, WEST, City, add_city, add_names, spot

MIDDLE = "450204001001013"
OUTSIDE = (WEST + 1, SOUTH + 1)


@pytest.fixture
def city(session: Session) -> City:
    made = add_city(session)
    add_names(session)
    return made


def case_of(session: Session, receipt: Receipt) -> Case:
    return session.get_one(Case, receipt.case_id, populate_existing=True)


def place_of(session: Session, receipt: Receipt) -> CasePlace:
    return session.scalars(select(CasePlace).where(CasePlace.case_id == receipt.case_id)).one()


def in_words(session: Session, **given: Any) -> Receipt:
    """A report without a point."""
    return report(session, longitude=None, latitude=None, **given)


@pytest.mark.parametrize("crs", list(Crs))
def test_point_in_any_system_lies_in_its_unit_grid(session: Session, city: City, crs: Crs) -> None:
    longitude, latitude = convert(*spot(), source=Crs.CGCS2000, target=crs)

    receipt = report(session, longitude=longitude, latitude=latitude, crs=crs)

    case = case_of(session, receipt)
    assert receipt.grid_code == case.grid_code == MIDDLE
    assert case.longitude == pytest.approx(spot()[0], abs=1e-7)
    assert case.latitude == pytest.approx(spot()[1], abs=1e-7)
    assert case.community_code == "450204001001"
    assert case.street_code == "450204001"
    assert case.district_code == "450204"
    assert case.place_confidence == 1.0
    assert case.review_reason is None


def test_point_is_kept_as_it_was_given_with_its_system_and_words(
    session: Session, city: City
) -> None:
    longitude, latitude = convert(*spot(), source=Crs.CGCS2000, target=Crs.BD09)

    receipt = report(
        session, longitude=longitude, latitude=latitude, crs=Crs.BD09, address="龙潭医院门前"
    )

    place = place_of(session, receipt)
    assert (place.longitude, place.latitude, place.crs) == (longitude, latitude, "bd09")
    assert (place.source, place.text) == ("reporter", "龙潭医院门前")


def test_address_alone_leads_to_the_place_and_explains_itself(session: Session, city: City) -> None:
    receipt = in_words(session, address="龙潭医院门前")

    case, place = case_of(session, receipt), place_of(session, receipt)
    assert receipt.grid_code == MIDDLE
    assert case.review_reason is None
    assert case.place_confidence is not None
    assert 0.85 <= case.place_confidence < 1
    assert (place.text, place.longitude, place.crs) == ("龙潭医院门前", None, None)
    assert place.radius_m is not None
    assert place.explanation["text"] == "龙潭医院"
    assert "龙潭医院" in place.explanation["words"]


def test_description_alone_leads_to_the_place(session: Session, city: City) -> None:
    receipt = in_words(session, description="龙潭医院门前的井盖不见了")

    assert receipt.grid_code == MIDDLE
    assert receipt.review_reason is None


def test_description_helps_where_the_address_says_nothing_but_stays_a_doubt(
    session: Session, city: City
) -> None:
    receipt = in_words(session, address="我家楼下", description="龙潭医院门前的井盖不见了")

    assert receipt.grid_code == MIDDLE
    assert receipt.review_reason == "place_uncertain"


def test_report_without_any_place_is_kept_for_an_agent(session: Session, city: City) -> None:
    receipt = in_words(session, description="井盖不见了,快来修")

    case = case_of(session, receipt)
    assert receipt.review_reason == "no_place"
    assert (case.longitude, case.grid_code, case.stage) == (None, None, Stage.REPORTED)


def test_vague_address_is_placed_but_waits_for_an_agent(session: Session, city: City) -> None:
    receipt = in_words(session, address="柳南区")

    assert receipt.review_reason in {"place_uncertain", "no_place"}


def test_point_outside_the_city_is_kept_with_the_reason(session: Session, city: City) -> None:
    receipt = report(session, longitude=OUTSIDE[0], latitude=OUTSIDE[1])

    case, place = case_of(session, receipt), place_of(session, receipt)
    assert receipt.review_reason == "outside_jurisdiction"
    assert (case.longitude, case.grid_code) == (None, None)
    assert (place.longitude, place.latitude) == OUTSIDE


def test_words_place_a_report_whose_point_lies_outside_but_the_doubt_stays(
    session: Session, city: City
) -> None:
    receipt = report(session, longitude=OUTSIDE[0], latitude=OUTSIDE[1], address="龙潭医院门前")

    assert receipt.grid_code == MIDDLE
    assert receipt.review_reason == "outside_jurisdiction"


def test_swapped_longitude_and_latitude_are_seen_through_and_said(
    session: Session, city: City
) -> None:
    longitude, latitude = spot()

    receipt = report(session, longitude=latitude, latitude=longitude)

    assert receipt.grid_code == MIDDLE
    assert receipt.review_reason == "swapped_coordinates"
    assert "写反" in place_of(session, receipt).explanation["words"]


def test_numbers_that_are_no_place_are_kept_with_the_reason(session: Session, city: City) -> None:
    receipt = report(session, longitude=500.0, latitude=24.3, address="龙潭医院门前")

    assert receipt.grid_code == MIDDLE
    assert receipt.review_reason == "bad_coordinates"


def test_half_a_point_counts_for_nothing_and_the_words_for_all(
    session: Session, city: City
) -> None:
    receipt = report(session, latitude=None, address="龙潭医院门前")

    assert receipt.grid_code == MIDDLE
    assert receipt.review_reason is None


def test_point_far_from_the_address_waits_for_an_agent(session: Session, city: City) -> None:
    longitude, latitude = spot(0, 0)

    receipt = report(session, longitude=longitude, latitude=latitude, address="柳州饭店门前")

    case, place = case_of(session, receipt), place_of(session, receipt)
    assert receipt.review_reason == "place_conflict"
    assert receipt.grid_code == "450204001001001"
    assert case.place_confidence is None
    assert place.explanation["text"] == "柳州饭店"
    assert place.explanation["distance_m"] == pytest.approx(600, abs=30)


def test_point_near_its_address_is_no_conflict(session: Session, city: City) -> None:
    longitude, latitude = spot(1, 2)

    receipt = report(session, longitude=longitude, latitude=latitude, address="龙潭医院门前")

    assert receipt.review_reason is None
