"""When several readings stand apart: verdict, rivals, and what decides between them."""

from geo.gazetteer import CONFIDENT, Gazetteer, Kind, Verdict

WEST_SHOP, EAST_SHOP = (109.3905, 24.3003), (109.4095, 24.3003)


def test_two_bearers_of_a_name_far_apart_need_an_operator(village: Gazetteer) -> None:
    answer = village.geocode("老张超市门口")
    assert answer.needs_operator
    assert answer.verdict is Verdict.NEEDS_OPERATOR
    assert {(c.lon, c.lat) for c in answer.candidates[:2]} == {WEST_SHOP, EAST_SHOP}
    assert answer.best is not None
    assert answer.best.confidence < CONFIDENT
    assert answer.best.rivals[0].metres > 1_900
    assert "另有可能" in answer.best.explanation


def test_the_reporters_position_decides_between_rivals(village: Gazetteer) -> None:
    best = village.geocode("老张超市门口", near=(109.4090, 24.3000)).best
    assert best is not None
    assert (best.lon, best.lat) == EAST_SHOP


def test_a_named_district_decides_between_rivals(village: Gazetteer) -> None:
    best = village.geocode("西山区老张超市").best
    assert best is not None
    assert (best.lon, best.lat) == WEST_SHOP


def test_the_reporters_position_pins_a_road_named_without_more(village: Gazetteer) -> None:
    wide = village.geocode("东西路").best
    pinned = village.geocode("东西路", near=(109.3930, 24.3004)).best
    assert wide is not None
    assert pinned is not None
    assert pinned.radius_m < 200 < wide.radius_m
    assert abs(pinned.lon - 109.3930) < 0.0001


def test_a_list_of_places_needs_an_operator(gazetteer: Gazetteer) -> None:
    answer = gazetteer.geocode("柳南万达广场、星光大道购物广场、柳北区保利大江郡等区域")
    assert answer.needs_operator
    assert {c.text for c in answer.candidates} == {"柳南万达广场", "星光大道购物广场", "保利大江郡"}


def test_a_place_far_from_the_road_named_with_it_is_not_trusted(gazetteer: Gazetteer) -> None:
    answer = gazetteer.geocode("新柳大道龙潭医院门前")
    assert answer.verdict is not Verdict.CONFIDENT


def test_roads_that_do_not_meet_are_no_crossing(village: Gazetteer) -> None:
    answer = village.geocode("纵向大道与东西路一巷交叉口")
    assert answer.verdict is not Verdict.CONFIDENT
    assert all(c.kind is not Kind.CROSSING for c in answer.candidates)
    assert answer.best is not None
    assert "两路不相交" in answer.best.explanation


def test_an_unknown_road_beside_a_known_place_lowers_the_confidence(gazetteer: Gazetteer) -> None:
    known = gazetteer.geocode("龙潭医院门前").best
    strange = gazetteer.geocode("子虚大道龙潭医院门前").best
    assert known is not None
    assert strange is not None
    assert strange.confidence < CONFIDENT < known.confidence


def test_a_place_of_another_city_is_not_trusted(gazetteer: Gazetteer) -> None:
    answer = gazetteer.geocode("苍梧县龙潭医院门前")
    assert answer.verdict is not Verdict.CONFIDENT


def test_no_more_candidates_than_asked_for(gazetteer: Gazetteer) -> None:
    text = "柳南万达广场、星光大道购物广场、保利大江郡"
    assert len(gazetteer.geocode(text, limit=2).candidates) == 2
