"""The closed list of names: longest match in a text, with the variants that people write."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum

import ahocorasick

from geo.gazetteer.normal import number, numeral, plain

_NUMERAL = re.compile(r"\d+|[一二三四五六七八九十]+")
_DIRECTED = re.compile(r"^(.{2,})[东西南北中](路|街|大道)$")
_ROAD_END = re.compile(r"(?:大道|路|街|道)$")
_SCHOOL = re.compile(r"^(?:柳州)?(市?)第?(\d+|[一二三四五六七八九十]+)(?:中学|小学)$")
_CITY = re.compile(r"^[^市]{2,3}市(?=.{4,})")


class NameKind(IntEnum):
    """What a name stands for."""

    ROAD = 0
    PLACE = 1  # bridges too
    AREA = 2
    STEM = 3  # a road's name without its ending: counts only beside another road and a crossing
    SHORT = 4  # a road's name without its compass word: 潭中路


@dataclass(slots=True)
class Name:
    """A name in its plain form, with the indices of the things that bear it."""

    text: str
    kind: NameKind
    refs: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Match:
    """A name found in a text."""

    start: int
    end: int
    name: Name


def variants(name: str) -> list[str]:
    """The name with its numerals written the other way (东四巷, 东4巷), and without its city."""
    out = [name]
    found = list(_NUMERAL.finditer(name))
    # 五一路 and 八一路 are words, not numbers; a name that opens with a lone numeral mostly too.
    numbers = [m for m in found if m.start() > 0 and _is_number(m.group())]
    for m in numbers[:2]:
        value = number(m.group())
        if value is None or value >= 100:
            continue
        other = numeral(value) if m.group().isdigit() else str(value)
        out += [v[: m.start()] + other + v[m.end() :] for v in out if len(v) == len(name)]
    city = _CITY.match(name)
    if city:
        out += [v[city.end() :] for v in list(out)]
    return list(dict.fromkeys(out))


def _is_number(text: str) -> bool:
    return text.isdigit() or len(text) == 1 or "十" in text


class NameIndex:
    """Names by their plain text, and the automaton over all of them."""

    def __init__(self) -> None:
        self.names: dict[tuple[str, NameKind], Name] = {}
        self.by_text: dict[str, list[Name]] = {}
        self._automaton = ahocorasick.Automaton()

    def add(self, text: str, kind: NameKind, ref: int) -> None:
        """Add a name and its variants for one thing."""
        for variant in variants(plain(text)[0]):
            self._put(variant, kind, ref)

    def _put(self, text: str, kind: NameKind, ref: int) -> None:
        if len(text) < 2:
            return
        name = self.names.get((text, kind))
        if name is None:
            name = self.names[text, kind] = Name(text, kind)
            self.by_text.setdefault(text, []).append(name)
        if ref not in name.refs:
            name.refs.append(ref)

    def add_short_roads(self, roads: Iterable[tuple[str, int]]) -> None:
        """Add the shortened forms of road names, where they are no name of their own."""
        for name, ref in roads:
            text = plain(name)[0]
            directed = _DIRECTED.match(text)
            if directed:
                bare = directed.group(1) + directed.group(2)
                if (bare, NameKind.ROAD) not in self.names:
                    self._put(bare, NameKind.SHORT, ref)
            stem = _ROAD_END.sub("", text)
            if len(stem) >= 2 and stem != text:
                self._put(stem, NameKind.STEM, ref)

    def freeze(self) -> None:
        """Build the automaton; of equal texts a road goes before a place, a stem comes last."""
        order = (NameKind.ROAD, NameKind.PLACE, NameKind.AREA, NameKind.SHORT, NameKind.STEM)
        for text, names in self.by_text.items():
            names.sort(key=lambda n: order.index(n.kind))
            self._automaton.add_word(text, (len(text), names[0]))
        if self.by_text:
            self._automaton.make_automaton()

    def get(self, text: str, kind: NameKind) -> Name | None:
        """The name with exactly this plain text."""
        return self.names.get((text, kind))

    def longest(self, text: str) -> list[Match]:
        """Non-overlapping matches, the longest first served, in the order of the text."""
        if not self.by_text:
            return []
        found = [
            (end - size + 1, end + 1, name) for end, (size, name) in self._automaton.iter(text)
        ]
        if len(found) > 1:
            found.sort(key=lambda f: (f[2].kind is NameKind.STEM, f[0] - f[1], f[0]))
            kept: list[tuple[int, int, Name]] = []
            for start, end, name in found:
                if all(end <= s or start >= e for s, e, _ in kept):
                    kept.append((start, end, name))
            kept.sort(key=lambda f: f[0])
            found = kept
        return [Match(start, end, name) for start, end, name in found]
