"""Whatever is sent, the geocoder answers in order and never raises."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.gazetteer import Gazetteer, Verdict

PARTS = [
    "柳邕路", "航鹰大道", "学院路", "潭中东路", "雅儒路东四巷", "永前路四区", "龙潭医院", "静兰桥",
    "柳南区", "龙城社区", "与", "和", "至", "到", "路口", "口", "交汇处", "12号", "十四栋", "四区",
    "东四巷", "往北", "南侧", "约200米", "两百米", "1公里", "门前", "对面", "附近", "中段", "尾",
    "人行道", "段", "之间", ",", "。", "的", "那边", " ", "从", "谭中东路", "柳候公园", "井盖坏了", "学院",
]  # fmt: skip


def check(gazetteer: Gazetteer, text: str, near: tuple[float, float] | None = None) -> None:
    answer = gazetteer.geocode(text, near=near)
    assert answer.text == text
    assert (answer.verdict is Verdict.NOTHING) == (not answer.candidates)
    assert len(answer.candidates) <= 5
    ranked = [c.confidence for c in answer.candidates]
    assert ranked == sorted(ranked, reverse=True)
    for c in answer.candidates:
        assert 0.0 <= c.confidence <= 1.0
        assert 105 < c.lon < 113
        assert 21 < c.lat < 28
        assert c.radius_m > 0
        assert c.explanation
        spans = [(p.start, p.end, p.text) for p in c.recognised]
        spans += [(u.start, u.end, u.text) for u in c.unrecognised]
        for start, end, piece in spans:
            assert 0 <= start < end <= len(text)
            assert text[start:end] == piece


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=80))
def test_any_text_is_answered(gazetteer: Gazetteer, text: str) -> None:
    check(gazetteer, text)


@settings(max_examples=400, deadline=None)
@given(parts=st.lists(st.sampled_from(PARTS), max_size=9))
def test_any_jumble_of_address_parts_is_answered(gazetteer: Gazetteer, parts: list[str]) -> None:
    check(gazetteer, "".join(parts))


@settings(max_examples=100, deadline=None)
@given(
    parts=st.lists(st.sampled_from(PARTS), max_size=6),
    lon=st.floats(109.2, 109.7),
    lat=st.floats(24.1, 24.5),
)
def test_any_position_of_the_reporter_is_taken(
    gazetteer: Gazetteer, parts: list[str], lon: float, lat: float
) -> None:
    check(gazetteer, "".join(parts), (lon, lat))


@pytest.mark.parametrize(
    "text", ["路" * 5_000, "一" * 5_000, "柳邕路" * 900, "号12" * 900, "学院路与" * 600]
)
def test_a_text_made_to_be_slow_is_answered_too(gazetteer: Gazetteer, text: str) -> None:
    check(gazetteer, text)
