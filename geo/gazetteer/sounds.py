"""How characters sound: readings without tones, and the coarser sounds that southerners confuse."""

from functools import cache
from importlib.resources import files
from itertools import product

_FLAT = (("zh", "z"), ("ch", "c"), ("sh", "s"))


def coarse(reading: str) -> str:
    """The reading with zh/z, ch/c, sh/s, n/l, -ng/-n made one."""
    for retroflex, flat in _FLAT:
        if reading.startswith(retroflex):
            reading = flat + reading[2:]
            break
    if reading.startswith("l"):
        reading = "n" + reading[1:]
    return reading[:-1] if reading.endswith("ng") else reading


@cache
def _table() -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Each character's usual reading, and the other readings of those that have several."""
    usual: dict[str, str] = {}
    other: dict[str, tuple[str, ...]] = {}
    text = files("geo.gazetteer").joinpath("readings.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        reading, chars = line.split(" ", 1)
        first, _, more = chars.partition("|")
        usual.update(dict.fromkeys(first, reading))
        for char in more:
            other[char] = (*other.get(char, ()), reading)
    return usual, other


def readings(text: str) -> tuple[str, ...]:
    """The usual reading of each character; a character without one stands for itself."""
    usual, _ = _table()
    return tuple(usual.get(c, c) for c in text)


@cache
def coarse_of(char: str) -> str:
    """The coarse sound of one character."""
    return coarse(_table()[0].get(char, char))


def coarse_key(text: str) -> str:
    """The coarse sound of a text, for look-ups."""
    return " ".join(map(coarse_of, text))


def coarse_keys(name: str) -> list[str]:
    """All coarse sounds of a name whose characters may be read in several ways (at most eight)."""
    other = _table()[1]
    ways = [(coarse_of(c), *(coarse(r) for r in other.get(c, ()))) for c in name]
    keys = [" ".join(way) for way, _ in zip(product(*ways), range(8), strict=False)]
    return list(dict.fromkeys(keys))


def sounds_alike(a: str, b: str) -> bool:
    """Whether two characters share a reading exactly (tones aside)."""
    usual, other = _table()
    return bool({usual.get(a, a), *other.get(a, ())} & {usual.get(b, b), *other.get(b, ())})
