"""Every candidate says what it was read from, with spans of the text as it was given."""

import pytest

from geo.gazetteer import Gazetteer, How, Role


def test_each_piece_of_an_address_is_named_with_its_span(gazetteer: Gazetteer) -> None:
    text = "西堤路柳江铁桥南侧约200米的绿化带内"
    best = gazetteer.geocode(text).best
    assert best is not None
    read = {p.text: p.role for p in best.recognised}
    assert read["柳江铁桥"] is Role.BRIDGE
    assert read["南侧"] is Role.DIRECTION
    assert read["约200米"] is Role.DISTANCE
    assert read["绿化带"] is Role.PART
    for piece in best.recognised:
        assert text[piece.start : piece.end] == piece.text


def test_spans_count_characters_of_the_original_with_its_blanks(gazetteer: Gazetteer) -> None:
    text = "柳 邕路 与 航鹰大道 交汇处"
    best = gazetteer.geocode(text).best
    assert best is not None
    assert [p.text for p in best.recognised if p.role is Role.ROAD] == ["柳 邕路", "航鹰大道"]
    for piece in best.recognised:
        assert text[piece.start : piece.end] == piece.text


def test_what_no_rule_used_is_named(gazetteer: Gazetteer) -> None:
    best = gazetteer.geocode("龙潭医院门前的招牌掉了").best
    assert best is not None
    assert [u.text for u in best.unrecognised] == ["招牌掉了"]
    assert "招牌掉了" in best.explanation


def test_a_homophone_is_named_as_one(gazetteer: Gazetteer) -> None:
    best = gazetteer.geocode("柳候公园门口").best
    assert best is not None
    assert best.recognised[0].how is How.HOMOPHONE
    assert "「柳候公园」(同音)" in best.explanation


@pytest.mark.parametrize(
    ("closer", "wider"),
    [
        ("龙潭医院门前", "龙潭医院附近"),
        ("柳侯公园", "柳侯公园往南约300米"),
        ("柳石路与洛维路交叉口", "柳石路、洛维路一带"),
    ],
)
def test_vaguer_words_give_a_wider_radius(gazetteer: Gazetteer, closer: str, wider: str) -> None:
    near, far = gazetteer.geocode(closer).best, gazetteer.geocode(wider).best
    assert near is not None
    assert far is not None
    assert near.radius_m < far.radius_m
