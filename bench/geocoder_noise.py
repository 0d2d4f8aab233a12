"""How people spoil a phrase: slips of the pen, homophones, numerals in words, full-width characters."""

import random
from collections import defaultdict

from pypinyin import lazy_pinyin

NUMERALS = "零一二三四五六七八九"


class Noise:
    """Spoils names and phrases the way people and machines do."""

    def __init__(self, rng: random.Random, names: set[str]) -> None:
        self.rng, self.names = rng, names
        common = [
            bytes((high, low)).decode("gb2312")
            for high in range(0xB0, 0xD8)
            for low in range(0xA1, 0xFF)
            if not (high == 0xD7 and low > 0xF9)
        ]
        self.common = common
        self.alike: dict[str, list[str]] = defaultdict(list)
        for char, reading in zip(common, lazy_pinyin(common), strict=True):
            self.alike[reading].append(char)

    def homophone(self, name: str) -> str:
        spots = [n for n, c in enumerate(name) if "\u4e00" <= c <= "\u9fff"]
        for n in self.rng.sample(spots, len(spots)):
            alike = (
                [c for c in self.alike[lazy_pinyin(name)[n]] if c != name[n]]
                if len(lazy_pinyin(name)) == len(name)
                else []
            )
            if alike:
                return name[:n] + self.rng.choice(alike) + name[n + 1 :]
        return name

    def typo(self, name: str) -> str:
        n = self.rng.randrange(len(name))
        draw = self.rng.random()
        if draw < 0.4:
            return name[:n] + self.rng.choice(self.common) + name[n + 1 :]
        if draw < 0.7:
            return name[:n] + name[n + 1 :]
        if draw < 0.85:
            return name[:n] + name[n] + name[n:]
        m = min(n + 1, len(name) - 1)
        return name[:n] + name[m] + name[n] + name[m + 1 :] if m > n else name

    def spoil(self, words: dict[str, str], named: list[str], noise: str) -> bool:
        """Spoil one name; False where that gives another existing name or none at all."""
        if noise not in {"homophone", "typo"}:
            return True
        key = self.rng.choice(named)
        spoilt = getattr(self, noise)(words[key])
        words[key] = spoilt
        return spoilt not in self.names and len(spoilt) > 1


def chinese(number: str) -> str:
    """Digits below 1000 as a person says them."""
    n = int(number)
    if n >= 1000:
        return "".join(NUMERALS[int(c)] for c in number)
    hundreds, rest = divmod(n, 100)
    tens, ones = divmod(rest, 10)
    out = f"{NUMERALS[hundreds]}百" if hundreds else ""
    if tens:
        out += "十" if tens == 1 and not hundreds else f"{NUMERALS[tens]}十"
    elif hundreds and ones:
        out += "零"
    return out + (NUMERALS[ones] if ones else "") or "零"


def full_width(text: str, rng: random.Random) -> str:
    """Full-width digits and signs, and a stray blank."""
    wide = "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)
    n = rng.randrange(len(wide) + 1)
    return wide[:n] + rng.choice([" ", "\u3000"]) + wide[n:]
