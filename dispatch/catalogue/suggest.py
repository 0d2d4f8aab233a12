"""From a text to a category: a suggestion with a confidence and the words that led to it, never a guess.

Words and weights are data (`category_terms`, `condition_terms`). The longest words count, a word
inside a longer one does not. Two different words for one category strengthen each other; a rival
category close behind weakens the suggestion.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import ahocorasick

M = TypeVar("M")


@dataclass(frozen=True)
class Suggestion:
    """What a text seems to be about; `confidence` from 0 to 1, `words` as they stand in the text."""

    category_id: int
    confidence: float
    words: tuple[str, ...]
    condition_key: str | None
    condition_words: tuple[str, ...]
    rivals: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class Ranked:
    """A category that some words of a text speak for, and how strongly."""

    category_id: int
    score: float
    words: tuple[str, ...]


class Suggester:
    """Finds words of the catalogue's vocabulary in a text.

    `terms`: (word, category id, weight 0–1); `condition_terms`: (word, condition key, weight);
    `tags`: category id → the condition keys that its conditions answer.
    """

    def __init__(
        self,
        *,
        terms: Iterable[tuple[str, int, float]],
        condition_terms: Iterable[tuple[str, str, float]],
        tags: Mapping[int, frozenset[str]],
    ) -> None:
        self._terms = _automaton(terms)
        self._condition_terms = _automaton(condition_terms)
        self._tags = tags

    def suggest(self, text: str) -> Suggestion | None:
        """The best category for a text, or None when no word of it is known."""
        hints = _matches(self._condition_terms, text.lower())
        ranked, words = self._ranked(text.lower(), hints)
        if not ranked:
            return None
        best, top = ranked[0]
        second = ranked[1][1] if len(ranked) > 1 else 0.0
        key, key_words = self._condition(best, hints)
        return Suggestion(
            category_id=best,
            confidence=round(top * (1 - 0.5 * second**2 if top - second < 0.2 else 1.0), 3),
            words=tuple(words[best]),
            condition_key=key,
            condition_words=key_words,
            rivals=tuple((category, round(score, 3)) for category, score in ranked[1:4]),
        )

    def ranking(self, text: str, *, most: int) -> list[Ranked]:
        """Every category that a word of the text speaks for, the likeliest first."""
        hints = _matches(self._condition_terms, text.lower())
        ranked, words = self._ranked(text.lower(), hints)
        return [
            Ranked(category, round(score, 3), tuple(words[category]))
            for category, score in ranked[:most]
        ]

    def _ranked(
        self, folded: str, hints: list[tuple[str, list[Any]]]
    ) -> tuple[list[tuple[int, float]], dict[int, dict[str, None]]]:
        """Categories with their scores, the best first, and the words that spoke for each."""
        scores: dict[int, float] = defaultdict(float)
        words: dict[int, dict[str, None]] = defaultdict(dict)
        for word, meanings in _matches(self._terms, folded):
            for category, weight in meanings:
                if word not in words[category]:
                    words[category][word] = None
                    scores[category] = 1 - (1 - scores[category]) * (1 - min(weight, 0.95))
        keys = {key: None for _, meanings in hints for key, _ in meanings}
        for category, score in scores.items():
            if not self._tags.get(category, frozenset()).isdisjoint(keys):
                scores[category] = 1 - (1 - score) * 0.6
        return sorted(scores.items(), key=lambda pair: (-pair[1], pair[0])), words

    def condition_key(self, text: str, category: int) -> str | None:
        """The condition key that a text points to within a category, or None."""
        key, _ = self._condition(category, _matches(self._condition_terms, text.lower()))
        return key

    def _condition(
        self, category: int, hints: list[tuple[str, list[tuple[str, float]]]]
    ) -> tuple[str | None, tuple[str, ...]]:
        """The key with the most weight among those that the category's conditions answer."""
        weights: dict[str, float] = defaultdict(float)
        words: dict[str, list[str]] = defaultdict(list)
        for word, meanings in hints:
            for key, weight in meanings:
                if key in self._tags.get(category, frozenset()):
                    weights[key] += weight
                    words[key].append(word)
        if not weights:
            return None, ()
        key = max(weights, key=lambda each: weights[each])
        return key, tuple(words[key])


def _automaton(rows: Iterable[tuple[str, M, float]]) -> ahocorasick.Automaton:
    meanings: dict[str, list[tuple[M, float]]] = defaultdict(list)
    for word, meaning, weight in rows:
        meanings[word.lower()].append((meaning, weight))
    made = ahocorasick.Automaton()
    for word, found in meanings.items():
        made.add_word(word, (word, found))
    if len(made):
        made.make_automaton()
    return made


def _matches(automaton: ahocorasick.Automaton, text: str) -> list[tuple[str, list[Any]]]:
    """The longest word at each place from left to right, none of which overlap.

    The automaton's own `iter_long` loses words that begin inside one that came to nothing.
    """
    if not len(automaton):
        return []
    longest: dict[int, tuple[str, list[Any]]] = {}
    for end, found in automaton.iter(text):
        start = end + 1 - len(found[0])
        if start not in longest or len(longest[start][0]) < len(found[0]):
            longest[start] = found
    taken, free_from = [], 0
    for start in sorted(longest):
        if start >= free_from:
            taken.append(longest[start])
            free_from = start + len(longest[start][0])
    return taken
