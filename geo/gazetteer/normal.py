"""Plain form of a text: full width to half width, small letters to capitals, blanks taken out."""

_TABLE = {0xFF01 + n: chr(0x21 + n) for n in range(94)}
_TABLE |= {ord(a): b for a, b in zip("—–−~～﹣", "------", strict=True)}
_TABLE |= {
    ord(a): b
    for a, b in zip("〇○０壹贰叁肆伍陆柒捌玖拾兩", "零零0一二三四五六七八九十两", strict=True)
}
_TABLE |= {ord(a): b for a, b in zip("①②③④⑤⑥⑦⑧⑨", "123456789", strict=True)}
_TABLE |= {n: chr(n - 32) for n in range(ord("a"), ord("z") + 1)}
_TABLE |= {0xFF41 + n: chr(0x41 + n) for n in range(26)}
_BLANKS = frozenset(" \t\r\n\u3000\u00a0\u200b\u200c\u200d\ufeff")

MAX_TEXT = 2_000  # a case description is far shorter; the rest of a longer text is not read

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}


def plain(text: str) -> tuple[str, list[int] | None]:
    """The plain form and, where blanks went out, each character's place in the original."""
    moved = text[:MAX_TEXT].translate(_TABLE)
    if _BLANKS.isdisjoint(moved):
        return moved, None
    kept = [n for n, c in enumerate(moved) if c not in _BLANKS]
    return "".join(moved[n] for n in kept), kept


def number(text: str) -> int | None:
    """A whole number in digits or Chinese numerals (十二, 二十, 一百零五, 两百, 三二一); else None."""
    if text.isascii():
        return int(text) if text.isdigit() and len(text) < 10 else None
    if not any(c in _TENS for c in text):
        digits = [str(_DIGITS[c]) if c in _DIGITS else c for c in text]
        joined = "".join(digits)
        return int(joined) if joined.isascii() and joined.isdigit() and len(joined) < 10 else None
    return _with_units(text)


def _with_units(text: str) -> int | None:
    total, pending = 0, 0
    last_unit = 0
    for c in text:
        if c in _TENS:
            total += (pending or 1) * _TENS[c]
            pending, last_unit = 0, _TENS[c]
        elif c in _DIGITS:
            pending = _DIGITS[c]
            if pending == 0:
                last_unit = 10  # 一百零五 is 105, 一百五 is 150
        elif c.isdigit() and c.isascii():
            pending = int(c)
        else:
            return None
    return total + pending * (last_unit // 10 if last_unit > 10 else 1)


def numeral(value: int) -> str:
    """A number below 100 in Chinese numerals (十二)."""
    tens, ones = divmod(value, 10)
    digits = "零一二三四五六七八九"
    if tens == 0:
        return digits[ones]
    return ("" if tens == 1 else digits[tens]) + "十" + (digits[ones] if ones else "")
