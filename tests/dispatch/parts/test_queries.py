"""Parts by nearness: true metres, the right class, and nothing beyond the reach."""

import pytest
from sqlalchemy.orm import Session

from dispatch.parts.queries import nearest_among, nearest_of, part_by_code, parts_near
from geo.shapes import distance_m
from tests.factories.parts import add_category, add_part

LON, LAT = 109.4116, 24.3178


def test_the_nearest_is_found_by_true_metres(session: Session) -> None:
    manhole = add_category(session)
    # 0.00021° east are 21.3 m, 0.0002° north 22.2 m: flat degrees would say otherwise
    east = add_part(session, manhole, 1, lon=LON + 0.00021, lat=LAT)
    add_part(session, manhole, 2, lon=LON, lat=LAT + 0.0002)

    found = nearest_of(session, manhole.id, LON, LAT, 50)

    assert found is not None
    assert found.part is east
    assert found.distance_m == pytest.approx(distance_m(LON, LAT, LON + 0.00021, LAT), abs=1e-3)


def test_a_nearer_part_of_another_class_does_not_count(session: Session) -> None:
    manhole, lamp = add_category(session), add_category(session, "P0301", name="路灯")
    add_part(session, lamp, 1, lon=LON, lat=LAT)
    wanted = add_part(session, manhole, 1, lon=LON + 0.0001, lat=LAT)

    of_one = nearest_of(session, manhole.id, LON, LAT, 50)
    of_both = nearest_among(session, [manhole.id, lamp.id], lon=LON, lat=LAT, within_m=50)

    assert of_one is not None
    assert of_one.part is wanted
    assert of_both is not None
    assert of_both.part.name == "路灯"


def test_beyond_the_reach_there_is_none(session: Session) -> None:
    manhole = add_category(session)
    away = LON + 0.0005
    add_part(session, manhole, 1, lon=away, lat=LAT)
    metres = distance_m(LON, LAT, away, LAT)

    assert nearest_of(session, manhole.id, LON, LAT, metres - 0.01) is None
    assert nearest_of(session, manhole.id, LON, LAT, metres + 0.01) is not None


def test_of_two_at_one_place_the_lower_code_is_taken(session: Session) -> None:
    manhole = add_category(session)
    add_part(session, manhole, 2, lon=LON, lat=LAT)
    lower = add_part(session, manhole, 1, lon=LON, lat=LAT)

    found = nearest_of(session, manhole.id, LON, LAT, 5)

    assert found is not None
    assert found.part is lower


def test_all_classes_are_meant_when_none_is_named(session: Session) -> None:
    manhole = add_category(session)
    for serial in range(1, 41):
        add_part(session, manhole, serial, lon=LON + serial / 100, lat=LAT)

    found = parts_near(session, lon=LON, lat=LAT, within_m=1500, category_ids=[], limit=10)

    assert [row.part.code[-2:] for row in found] == ["01"]


def test_a_code_is_found_with_blanks_around_it(session: Session) -> None:
    part = add_part(session, add_category(session), 7, lon=LON, lat=LAT)

    assert part_by_code(session, f" {part.code} ") is part
    assert part_by_code(session, "0000000000000000") is None
