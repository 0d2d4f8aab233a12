"""A point described in words."""

from geo.gazetteer import Gazetteer


def test_a_point_at_a_crossing_is_told_by_the_crossing(village: Gazetteer) -> None:
    said = village.reverse(109.4001, 24.3001)
    assert said.crossing is not None
    assert said.crossing.text == "东西路与纵向大道交会处"
    assert said.text.startswith("东西路与纵向大道交会处")


def test_a_point_beside_a_road_is_told_by_its_side(village: Gazetteer) -> None:
    said = village.reverse(109.3950, 24.3005)
    assert said.road is not None
    assert (said.road.text, said.road.side) == ("东西路", "北")
    assert 50 < said.road.metres < 60
    assert said.district == "西山区"
    assert said.text.startswith("西山区东西路北侧")


def test_the_nearest_place_is_told_with_direction_and_distance(village: Gazetteer) -> None:
    said = village.reverse(109.402, 24.3011)
    assert said.place is not None
    assert said.place.text == "红星小学"
    assert said.place.side == "南"
    assert "红星小学南约100米" in said.text


def test_a_point_far_from_everything_is_told_by_nothing(village: Gazetteer) -> None:
    said = village.reverse(109.60, 24.60)
    assert said.road is None
    assert said.place is None
    assert said.text == ""


def test_a_point_in_the_city_is_told_with_its_district(gazetteer: Gazetteer) -> None:
    best = gazetteer.geocode("龙潭医院").best
    assert best is not None
    said = gazetteer.reverse(best.lon, best.lat)
    assert said.district == "鱼峰区"
    assert said.community
    assert said.place is not None
    assert said.place.text == "龙潭医院"


def test_what_is_said_of_a_crossing_leads_back_to_it(gazetteer: Gazetteer) -> None:
    best = gazetteer.geocode("柳邕路与航鹰大道交汇处").best
    assert best is not None
    said = gazetteer.reverse(best.lon, best.lat)
    assert said.crossing is not None
    again = gazetteer.geocode(said.crossing.text).best
    assert again is not None
    assert (again.lon, again.lat) == (best.lon, best.lat)
