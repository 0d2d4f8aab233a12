"""Names that are nearly there: the same sound, or one character wrong, missing or too many."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from geo.gazetteer.kinds import How
from geo.gazetteer.names import Name, NameKind
from geo.gazetteer.sounds import coarse_keys, coarse_of, sounds_alike

# A slip in these makes another name (东环大道, 西环大道; 航三路, 航四路), so they never slip.
FIXED = frozenset("东西南北中上下前后左右内外大小新老一二三四五六七八九十百零0123456789")
_ROAD_ENDS = frozenset("路街道巷")
_KINDS = {
    NameKind.ROAD: 3,
    NameKind.PLACE: 4,
    NameKind.AREA: 4,
}  # the shortest that may be misspelt
MIN_NAME, MAX_NAME = 3, 18
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
        # last character -> first or second character -> lengths that a slip may have
        self._slip_frames: dict[str, dict[str, set[int]]] = {}
        # last sound -> first sound -> lengths in between which some name lies
        self._frames: dict[str, dict[str, set[int]]] = {}
        for name in names:
            if name.kind in _KINDS and _KINDS[name.kind] <= len(name.text) <= MAX_NAME:
                self._add(name)

    def _add(self, name: Name) -> None:
        text, size = name.text, len(name.text)
        frame = self._slip_frames.setdefault(text[-1], {})
        for char in text[:2]:
            frame.setdefault(char, set()).update((size - 1, size, size + 1))
        self._texts[text] = name
        for key in coarse_keys(text):
            self._sounds.setdefault(key, []).append(name)
            heard = key.split(" ")
            self._frames.setdefault(heard[-1], {}).setdefault(heard[0], set()).add(size)
        for n, char in enumerate(text):
            if char not in FIXED:
                self._holes.setdefault(text[:n] + "?" + text[n + 1 :], []).append(name)
                if size > _KINDS[name.kind]:
                    self._holes.setdefault(text[:n] + text[n + 1 :], []).append(name)

    def near(self, text: str, taken: list[tuple[int, int]]) -> list[Near]:
        """The best near names, none overlapping another.

        A near name may swallow an exact one (`taken`) that lies inside it, never cut one.
        """
        sounds = [coarse_of(c) for c in text]
        blocked = [m.span() for m in HARD.finditer(text)]
        found: list[tuple[int, int, Near]] = []
        for end in range(MIN_NAME, len(text) + 1):
            frames = self._frames.get(sounds[end - 1])
            ends = self._slip_frames.get(text[end - 1])
            if (frames is None and ends is None) or any(s < end <= e for s, e in blocked):
                continue
            for start in range(end - MIN_NAME, max(0, end - MAX_NAME) - 1, -1):
                lengths = frames.get(sounds[start]) if frames else None
                hit = None
                if lengths is not None and end - start in lengths:
                    hit = self._heard(text, start, end, " ".join(sounds[start:end]))
                if hit is None and ends is not None and _may_slip(ends, text, start, end):
                    slips = self._slips(text[start:end])
                    hit = Near(start, end, slips[0], slips[1]) if slips else None
                if hit is not None and _allowed(hit, taken):
                    found.append((_RANK[hit.how], start - end, hit))
        found.sort(key=lambda f: f[:2])
        kept: list[Near] = []
        for _, _, hit in found:
            if all(hit.end <= k.start or hit.start >= k.end for k in kept):
                kept.append(hit)
        return kept

    def _heard(self, text: str, start: int, end: int, key: str) -> Near | None:
        """Names that sound like a window."""
        heard = self._sounds.get(key)
        if not heard:
            return None
        window = text[start:end]
        exact = tuple(n for n in heard if all(map(sounds_alike, n.text, window)))
        if exact:
            return Near(start, end, exact, How.HOMOPHONE)
        return Near(start, end, tuple(heard), How.NEAR_HOMOPHONE)

    def _slips(self, window: str) -> tuple[tuple[Name, ...], How] | None:
        """Names that differ by one character: two swapped, one doubled, wrong, extra or missing."""
        clear = self._swapped(window)
        if clear:
            return tuple(clear.values()), How.SLIP
        wrong: dict[str, Name] = {}
        for n, char in enumerate(window):
            if char in FIXED:
                continue
            for name in self._holes.get(window[:n] + "?" + window[n + 1 :], ()):
                wrong[name.text] = name
            if len(window) > MIN_NAME + 1:
                whole = self._texts.get(window[:n] + window[n + 1 :])
                if whole is not None:
                    wrong[whole.text] = whole
        if not wrong:
            wrong = {name.text: name for name in self._holes.get(window, ())}
        return (tuple(wrong.values()), How.TYPO) if wrong else None

    def _swapped(self, window: str) -> dict[str, Name]:
        """Names of which two neighbouring characters are swapped, or one is doubled."""
        out: dict[str, Name] = {}
        for n in range(len(window) - 1):
            a, b = window[n], window[n + 1]
            text = window[:n] + window[n + 1 :] if a == b else window[:n] + b + a + window[n + 2 :]
            name = self._texts.get(text)
            if name is not None:
                out[name.text] = name
        return out


def _may_slip(frame: dict[str, set[int]], text: str, start: int, end: int) -> bool:
    """A cheap test before the dear one: does some name open like this window, about as long?"""
    size = end - start
    return size in frame.get(text[start], ()) or size in frame.get(text[start + 1], ())


_RANK = {How.HOMOPHONE: 0, How.SLIP: 0, How.NEAR_HOMOPHONE: 1, How.TYPO: 2}


def _allowed(hit: Near, taken: list[tuple[int, int]]) -> bool:
    """Whether a near name leaves the exact names whole: apart from them, or around them."""
    for start, end in taken:
        if hit.end <= start or hit.start >= end:
            continue
        inside = hit.start <= start and end <= hit.end
        longer = (hit.end - hit.start) - (end - start)
        if not inside or longer < 2 or (hit.how is How.TYPO and hit.end - hit.start < 6):
            return False
    return True
