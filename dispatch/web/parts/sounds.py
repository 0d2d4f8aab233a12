"""How Chinese names sound, so that they can be found by typing pinyin or its initials."""

from functools import lru_cache

from geo.gazetteer.sounds import readings


@lru_cache(maxsize=2048)
def sound_of(name: str) -> tuple[str, str]:
    """A name in pinyin without tones and blanks, and its initials: 井盖 → ("jinggai", "jg")."""
    read = readings(name)
    return "".join(read), "".join(each[:1] for each in read)
