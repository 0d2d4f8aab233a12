"""What words suggest: the category and condition they speak for, how surely, and when they say nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.orm import Session

from dispatch.catalogue.model import CitySetting
from dispatch.catalogue.reference import CategoryFacts, ConditionFacts, catalogue, city_setting
from dispatch.catalogue.suggest import Suggester, _automaton, _matches
from dispatch.kit import reference
from tests.factories.city import add_city

MANHOLE, LAMP, LAMP_POLE, LITTER = 1, 2, 3, 4
TERMS = [
    ("井盖", MANHOLE, 0.9),
    ("窨井", MANHOLE, 0.8),
    ("路灯", LAMP, 0.9),
    ("路灯杆", LAMP_POLE, 0.9),
    ("垃圾", LITTER, 0.9),
    ("脏", LITTER, 0.4),
]
HINTS = [
    ("不见了", "missing", 1.0),
    ("没了", "missing", 0.6),
    ("破", "broken", 1.0),
    ("不亮", "dark", 1.0),
]
TAGS = {
    MANHOLE: frozenset({"missing", "broken"}),
    LAMP: frozenset({"dark"}),
    LAMP_POLE: frozenset({"broken"}),
}


@pytest.fixture
def suggester() -> Suggester:
    return Suggester(terms=TERMS, condition_terms=HINTS, tags=TAGS)


def test_words_lead_to_the_category_and_are_named(suggester: Suggester) -> None:
    found = suggester.suggest("路口有个井盖不见了")

    assert found is not None
    assert found.category_id == MANHOLE
    assert found.words == ("井盖",)
    assert (found.condition_key, found.condition_words) == ("missing", ("不见了",))
    assert 0.9 < found.confidence < 1


def test_word_inside_a_longer_one_does_not_count(suggester: Suggester) -> None:
    found = suggester.suggest("路灯杆歪了")

    assert found is not None
    assert (found.category_id, found.words, found.rivals) == (LAMP_POLE, ("路灯杆",), ())


def test_second_word_for_the_same_category_makes_it_surer_the_same_word_again_does_not(
    suggester: Suggester,
) -> None:
    once = suggester.suggest("井盖有问题")
    twice = suggester.suggest("井盖,那个井盖有问题")
    both = suggester.suggest("窨井的井盖有问题")

    assert once is not None
    assert twice is not None
    assert both is not None
    assert once.confidence == twice.confidence < both.confidence
    assert both.words == ("窨井", "井盖")


def test_rival_close_behind_makes_it_less_sure_and_is_named(suggester: Suggester) -> None:
    alone = suggester.suggest("有垃圾")
    rivals = suggester.suggest("路灯下面有垃圾")
    distant = suggester.suggest("垃圾没人收")

    assert alone is not None
    assert rivals is not None
    assert distant is not None
    assert rivals.confidence < 0.85 < alone.confidence == distant.confidence
    assert {rivals.category_id, *(each for each, _ in rivals.rivals)} == {LAMP, LITTER}


def test_condition_that_only_one_of_two_rivals_answers_decides_between_them(
    suggester: Suggester,
) -> None:
    found = suggester.suggest("垃圾桶旁边的路灯不亮")

    assert found is not None
    assert (found.category_id, found.condition_key) == (LAMP, "dark")


def test_condition_of_another_category_is_not_taken_over(suggester: Suggester) -> None:
    found = suggester.suggest("垃圾堆破了")

    assert found is not None
    assert (found.category_id, found.condition_key) == (LITTER, None)


def test_of_two_conditions_the_one_with_more_weight_is_chosen(suggester: Suggester) -> None:
    assert suggester.condition_key("井盖没了,也许是破了", MANHOLE) == "broken"
    assert suggester.condition_key("井盖没了,不见了,框也破", MANHOLE) == "missing"
    assert suggester.condition_key("井盖", MANHOLE) is None


@pytest.mark.parametrize("text", ["", "你好", "1111111", "。。。", "祝大家新年快乐", "不见了"])
def test_text_without_words_of_the_catalogue_suggests_nothing(
    suggester: Suggester, text: str
) -> None:
    assert suggester.suggest(text) is None


def test_letters_count_in_either_case() -> None:
    suggester = Suggester(terms=[("LED屏", LAMP, 0.9)], condition_terms=[], tags={})

    found = suggester.suggest("路边的led屏坏了")

    assert found is not None
    assert found.words == ("led屏",)


def test_empty_vocabulary_suggests_nothing() -> None:
    assert Suggester(terms=[], condition_terms=[], tags={}).suggest("井盖不见了") is None


def _longest_from_the_left(words: set[str], text: str) -> list[str]:
    found, at = [], 0
    while at < len(text):
        word = max((w for w in words if text.startswith(w, at)), key=len, default="")
        if word:
            found.append(word)
        at += len(word) or 1
    return found


@given(
    st.sets(st.text("路灯杆井", min_size=1, max_size=4), min_size=1, max_size=8),
    st.text("路灯杆井盖", max_size=30),
)
def test_no_word_is_lost_however_the_vocabulary_overlaps(words: set[str], text: str) -> None:
    found = _matches(_automaton((word, word, 1.0) for word in words), text)

    assert [word for word, _ in found] == _longest_from_the_left(words, text)


@given(
    st.lists(
        st.tuples(st.text("井盖路灯", min_size=1, max_size=3), st.integers(1, 4), st.floats(0, 1)),
        max_size=10,
    ),
    st.text("井盖路灯坏", max_size=20),
)
def test_confidence_is_a_share_and_its_words_stand_in_the_text(
    terms: list[tuple[str, int, float]], text: str
) -> None:
    found = Suggester(terms=terms, condition_terms=[], tags={}).suggest(text)

    if found is None:
        assert not any(word in text for word, _, _ in terms)
        return
    assert 0 <= found.confidence <= 1
    assert found.words
    assert all(word in text for word in found.words)
    assert found.category_id not in {category for category, _ in found.rivals}


def _condition(key: str, *tags: str, is_default: bool = False) -> ConditionFacts:
    return ConditionFacts(
        id=hash(key),
        category_id=MANHOLE,
        key=key,
        tags=frozenset(tags),
        text=key,
        severity="normal",
        limit_value=1,
        limit_unit="hour",
        closing="",
        hazard=False,
        is_default=is_default,
    )


def test_condition_named_exactly_goes_before_one_that_answers_for_it() -> None:
    category = CategoryFacts(
        id=MANHOLE,
        scheme="T",
        code="P0101",
        kind="part",
        name="井盖",
        name_en="cover",
        group="manhole",
        sign="井",
        major_name="",
        major_name_en="",
        active=True,
        conditions=(
            _condition("broken", "broken", "missing", is_default=True),
            _condition("missing"),
        ),
    )

    assert category.condition_for("missing") == category.conditions[1]
    assert category.condition_for("broken") == category.conditions[0]
    assert category.condition_for("unheard-of") == category.conditions[0]
    assert category.condition_for(None) == category.conditions[0]


def test_category_is_found_by_code_scheme_and_name_and_the_one_in_use_wins(
    session: Session,
) -> None:
    city = add_city(session)
    session.add(
        type(city.manhole)(
            scheme="OLD",
            code="P0103",
            kind="part",
            major_code="01",
            major_name="",
            minor_code="03",
            name="旧名井盖",
            group="manhole",
        )
    )
    session.flush()
    reference.forget_all()
    known = catalogue(session)

    for name in ("P0103", "T:P0103", "雨水井盖", " P0103 "):
        found = known.find(name)
        assert found is not None
        assert found.id == city.manhole.id
    old = known.find("OLD:P0103")
    assert old is not None
    assert not old.active
    assert known.find("P9999") is None


def test_setting_of_the_city_replaces_the_default_and_keeps_its_kind(session: Session) -> None:
    assert city_setting(session, "reopen_days", 7) == 7

    session.add(CitySetting(name="reopen_days", value=3))
    session.flush()
    reference.forget_all()

    assert city_setting(session, "reopen_days", 7) == 3
    assert city_setting(session, "reopen_days", 7.5) == pytest.approx(3.0)
