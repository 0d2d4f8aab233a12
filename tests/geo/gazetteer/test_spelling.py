"""Names as people misspell them, and the ways in which numbers and signs are written."""

import pytest

from geo.gazetteer import Gazetteer, How, Verdict
from geo.gazetteer.normal import number, numeral, plain
from geo.gazetteer.sounds import coarse_key, sounds_alike


@pytest.mark.parametrize(
    ("text", "label", "how"),
    [
        ("谭中东路和学院路交叉口", "学院路与潭中东路交会处", How.HOMOPHONE),
        ("柳候公园门口", "柳侯公园", How.HOMOPHONE),
        ("龙坛医院门前", "龙潭医院", How.HOMOPHONE),
        ("龙潭医元门前", "龙潭医院", How.HOMOPHONE),
        ("龙谈医营门前", "", How.EXACT),
        ("航音大道与柳邕路交汇处", "柳邕路与航鹰大道交会处", How.NEAR_HOMOPHONE),
        ("院学路与潭中东路口", "学院路与潭中东路交会处", How.SLIP),
        ("柳邕邕路与航鹰大道交汇处", "柳邕路与航鹰大道交会处", How.SLIP),
        ("柳邑路与航鹰大道交汇处", "柳邕路与航鹰大道交会处", How.TYPO),
        ("学院和潭中东路口", "学院路与潭中东路交会处", How.SHORT),
        ("潭中路与学院路口", "学院路与潭中东路交会处", How.SHORT),
    ],
)
def test_a_misspelt_name_is_found_and_said_to_be_misspelt(
    gazetteer: Gazetteer, text: str, label: str, how: How
) -> None:
    answer = gazetteer.geocode(text)
    if not label:
        assert answer.candidates == ()
        return
    assert answer.best is not None
    assert set(answer.best.text.removesuffix("交会处").split("与")) == set(
        label.removesuffix("交会处").split("与")
    )
    assert how in {p.how for p in answer.best.recognised}


@pytest.mark.parametrize("text", ["航六路柳州站", "西环大道", "东堤大街"])
def test_a_numeral_or_compass_word_is_never_taken_for_a_slip(
    gazetteer: Gazetteer, text: str
) -> None:
    for candidate in gazetteer.geocode(text).candidates:
        assert all(p.how is not How.TYPO for p in candidate.recognised)


def test_a_short_road_with_a_wrong_character_counts_only_where_something_bears_it_out(
    gazetteer: Gazetteer,
) -> None:
    assert gazetteer.geocode("柳邑路有垃圾").candidates == ()
    assert gazetteer.geocode("柳邑路与航鹰大道路口").best is not None


@pytest.mark.parametrize(
    "text",
    [
        "雅儒路东四巷12号",
        "雅儒路东4巷12号",
        "雅儒路东四巷十二号",
        "雅儒路 东四巷 12号",
    ],
)
def test_digits_numerals_blanks_and_full_width_are_one(gazetteer: Gazetteer, text: str) -> None:
    best = gazetteer.geocode(text).best
    assert best is not None
    assert best.text == "雅儒路东四巷12号"


@pytest.mark.parametrize(
    ("text", "value"),
    [("12", 12), ("十", 10), ("十二", 12), ("二十", 20), ("两百", 200), ("一百五", 150), ("一百零五", 105),
     ("三二一", 321), ("百", 100), ("一百二十", 120), ("二百五十三", 253), ("路", None), ("", None)],
)  # fmt: skip
def test_numbers_are_read(text: str, value: int | None) -> None:
    assert number(text) == value


@pytest.mark.parametrize("value", range(1, 100))
def test_a_numeral_read_back_is_the_number(value: int) -> None:
    assert number(numeral(value)) == value


def test_the_plain_form_keeps_track_of_the_original() -> None:
    text, offsets = plain("柳 邕路 12号")
    assert text == "柳邕路12号"
    assert offsets == [0, 2, 3, 5, 6, 7]


def test_southern_confusions_sound_the_same_and_others_do_not() -> None:
    assert coarse_key("航鹰") == coarse_key("航音")
    assert coarse_key("柳石") == coarse_key("牛四")
    assert coarse_key("潭中") != coarse_key("潭西")
    assert sounds_alike("潭", "谭")
    assert not sounds_alike("鹰", "音")


def test_a_guessed_name_is_never_as_sure_as_an_exact_one(gazetteer: Gazetteer) -> None:
    exact = gazetteer.geocode("龙潭医院门前").best
    heard = gazetteer.geocode("龙坛医院门前").best
    assert exact is not None
    assert heard is not None
    assert heard.confidence < exact.confidence
    assert gazetteer.geocode("柳邑路12号").verdict is not Verdict.CONFIDENT
