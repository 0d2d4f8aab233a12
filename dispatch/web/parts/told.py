"""What the platform wrote beside a case, said in the reader's language: which unit, why it, why this category."""

from collections.abc import Callable
from typing import Final

from sqlalchemy.orm import Session

from dispatch.cases import phrases as of_cases
from dispatch.catalogue.groups import GROUPS
from dispatch.catalogue.reference import catalogue
from dispatch.catalogue.reference import english_reasons as english_of_reasons
from dispatch.departments.reference import unit_words
from dispatch.intake import phrases as of_intake
from dispatch.intake.queries import english_explanations
from dispatch.routing import phrases as of_routing
from dispatch.routing.reference import english_reasons

Pair = tuple[str, str]
Teller = Callable[[str | None], Pair]
_PHRASES: Final = (*of_routing.PHRASES, *of_intake.PHRASES, *of_cases.PHRASES)
_BY_CHINESE: Final = {pair[0]: pair for pair in GROUPS.values()}


def teller(session: Session) -> Teller:
    """A function that says such a sentence in both languages; words of people stay as they are."""

    def tell(text: str | None) -> Pair:
        if not text:
            return ("", "")
        unit = unit_words(session, text)
        if unit is not None:
            return unit
        for phrase in _PHRASES:
            values = phrase.read(text)
            if values is not None:
                said = {name: _gap(session, name, value, tell) for name, value in values.items()}
                zh = {name: pair[0] for name, pair in said.items()}
                en = {name: pair[1] for name, pair in said.items()}
                return (phrase(**zh), phrase.en.format(**en))
        return (text, _chosen(session, text))

    return tell


def _chosen(session: Session, text: str) -> str:
    """What a policy says of itself, or a reason of the city's list with what somebody added to it."""
    explained = english_explanations(session).get(text)
    if explained is not None:
        return explained
    name, colon, more = text.partition(":")
    found = english_of_reasons(session).get(name)
    return text if found is None else f"{found}{': ' if colon else ''}{more}"


def _gap(session: Session, name: str, value: str, tell: Teller) -> Pair:
    """What stands in a gap: the names of the catalogue and of the rules have English of their own."""
    if name == "area" and value == of_routing.CITY[0]:
        return of_routing.CITY
    if name == "subject":
        return _subject(session, value)
    if name == "why":
        return value, english_reasons(session).get(value, value)
    if name == "found":
        return tell(value)
    if name == "words":
        return value, value.replace("、", ", ")
    return value, value


def _subject(session: Session, value: str) -> Pair:
    for pair in (*of_routing.KINDS.values(), of_routing.ANYTHING):
        if value == pair[0]:
            return pair
    category = catalogue(session).find(value)
    if category is not None:
        named = category.name_en
        return category.name, f"{named} {category.name}" if named else category.name
    old, new = of_routing.OLD_GROUP.read(value), of_routing.GROUP.read(value)
    if old is not None and old["group"] in GROUPS:
        zh, en = GROUPS[old["group"]]
    elif new is not None and new["group"] in _BY_CHINESE:
        zh, en = _BY_CHINESE[new["group"]]
    else:
        return value, value
    return of_routing.GROUP(group=zh), en
