"""Names that are nearly there: the same sound, or one character wrong, missing or too many."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from geo.gazetteer.kinds import How
from geo.gazetteer.names import Name, NameKind
from geo.gazetteer.sounds import coarse_key, coarse_keys, sounds_alike

# A slip in these makes another name (东环大道, 西环大道; 航三路, 航四路), so they never slip.
FIXED = frozenset("东西南北中上下前后左右内外大小新老一二三四五六七八九十百零0123456789")
_ROAD_ENDS = frozenset("路街道巷")
MIN_ROAD, MIN_PLACE, MAX_NAME = 3, 4, 14
# Everyday words that end like a road: never an ending of a misspelt name.
HARD = re.compile(
    r"非机动车道|机动车道|人行道|慢车道|快车道|车道|辅道|主道|盲道|马路|公路|道路|小路|规划路|那条路|这条路|整条路"
    r"|走路|上路|一路|半路|过路|问路|铁路|支路|通道|街道|管道|下水道|自行车道|知道|味道|报道|渠道|频道|难道|消防通道"
    r"|水路|电路|线路|修路|堵路|拦路|占道|\d+路|路灯|路面|路口|路边"
)


@dataclass(frozen=True, slots=True)
class Near:
    """A name that a piece of text nearly is."""

    start: int
    end: int
    names: tuple[Name, ...]
    how: How


class FuzzyIndex:
    """Names by sound and by their forms with one character left out."""

    def __init__(self, names: Iterable[Name]) -> None:
        self._sounds: dict[str, list[Name]] = {}
        self._holes: dict[str, list[Name]] = {}
        self._texts: dict[str, Name] = {}
        ends = set()
        for name in names:
            size = len(name.text)
            least = MIN_ROAD if name.kind is NameKind.ROAD else MIN_PLACE
            if name.kind not in {NameKind.ROAD, NameKind.PLACE} or not least <= size <= MAX_NAME:
                continue
            ends.add(name.text[-1])
            self._texts[name.text] = name
            for key in coarse_keys(name.text):
                self._sounds.setdefault(key, []).append(name)
            for n, char in enumerate(name.text):
                if char not in FIXED:
                    hole = name.text[:n] + "?" + name.text[n + 1 :]
                    self._holes.setdefault(hole, []).append(name)
                    if size > least:
                        self._holes.setdefault(name.text[:n] + name.text[n + 1 :], []).append(name)
        self._ends = frozenset(ends)

    def near(self, text: str, taken: list[tuple[int, int]], *, places: bool) -> list[Near]:
        """The best near names outside the `taken` spans, none overlapping another."""
        ends = self._ends if places else _ROAD_ENDS
        spots = [n + 1 for n, c in enumerate(text) if c in ends]
        if not spots:
            return []
        blocked = taken + [m.span() for m in HARD.finditer(text)]
        found: list[tuple[int, int, Near]] = []
        for end in spots:
            if any(s < end <= e for s, e in blocked):
                continue
            floor = max((e for _, e in blocked if e <= end), default=0)
            for start in range(end - MIN_ROAD, max(floor, end - MAX_NAME) - 1, -1):
                hit = self._window(text, start, end)
                if hit is not None:
                    found.append((_RANK[hit.how], start - end, hit))
        found.sort(key=lambda f: f[:2])
        kept: list[Near] = []
        for _, _, hit in found:
            if all(hit.end <= k.start or hit.start >= k.end for k in kept):
                kept.append(hit)
        return kept

    def _window(self, text: str, start: int, end: int) -> Near | None:
        window = text[start:end]
        heard = self._sounds.get(coarse_key(window))
        if heard:
            exact = tuple(n for n in heard if all(map(sounds_alike, n.text, window)))
            if exact:
                return Near(start, end, exact, How.HOMOPHONE)
            return Near(start, end, tuple(heard), How.NEAR_HOMOPHONE)
        slips = self._slips(window)
        return Near(start, end, slips, How.TYPO) if slips else None

    def _slips(self, window: str) -> tuple[Name, ...]:
        """Names that differ by one character; short road names only by a swapped one."""
        out: dict[str, Name] = {}
        size = len(window)
        for n, char in enumerate(window):
            if char in FIXED:
                continue
            for name in self._holes.get(window[:n] + "?" + window[n + 1 :], ()):
                if len(name.text) == size:
                    out[name.text] = name
            if size > MIN_ROAD + 1:
                whole = self._texts.get(window[:n] + window[n + 1 :])
                if whole is not None:
                    out[whole.text] = whole
        if not out:
            for name in self._holes.get(window, ()):
                if len(name.text) == size + 1:
                    out[name.text] = name
        return tuple(out.values())


_RANK = {How.HOMOPHONE: 0, How.NEAR_HOMOPHONE: 1, How.TYPO: 2}
