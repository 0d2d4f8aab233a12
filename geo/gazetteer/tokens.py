"""Reading a text into tokens: names of the gazetteer and words of the grammar, with their spans."""

import re
from dataclasses import dataclass

from geo.gazetteer.city import City
from geo.gazetteer.fuzzy import Near
from geo.gazetteer.kinds import How, Role
from geo.gazetteer.names import Match, Name, NameKind
from geo.gazetteer.normal import number
from geo.gazetteer.words import NUMBER_IN, ROLE_OF, VAGUE_METRES, WORDS

# Stems that are everyday words: 公园路灯 is a lamp in a park, not a lamp of 公园路.
_EVERYDAY = frozenset(
    ("公园", "广场", "学校", "小区", "体育", "工业", "商业", "青年", "团结", "市场")
)
_UNREAD = re.compile(r"[\u4e00-\u9fff](?:(?![的在那这就是有个里边处])[\u4e00-\u9fff])")
_SCALES = (("公里", 1000.0), ("千米", 1000.0), ("KM", 1000.0), ("里地", 500.0))
_DECIMAL = re.compile(r"\d+\.\d+")
_OPENERS = frozenset("在从到的和与跟及去沿过区县市镇至接靠近是就往由同、")  # may precede a name
_AFTER_ROAD = frozenset("灯面边口牌基沿障政过")


@dataclass(slots=True)
class Token:
    """A piece of the plain text and what it is read as."""

    start: int
    end: int
    role: Role
    sub: str  # the pattern's name, or the name itself
    refs: tuple[int, ...] = ()
    how: How = How.EXACT
    value: float = 0.0


def read_tokens(city: City, text: str) -> list[Token]:
    """All tokens of a plain text in order."""
    matches = [m for m in city.index.longest(text) if not _is_lamp(m, text)]
    stems = [
        _named(city, m.start, m.end, (m.name,), How.SHORT)
        for m in matches
        if m.name.kind is NameKind.STEM
    ]
    names = [
        _named(city, m.start, m.end, (m.name,), How.EXACT)
        for m in matches
        if m.name.kind is not NameKind.STEM
    ]
    tokens = _with_words(names, stems, text)
    if not _has_rest(text, tokens):
        return tokens
    near = _near(city, text, [(t.start, t.end) for t in names])
    if not near:
        return tokens
    names = [t for t in names if all(t.end <= n.start or t.start >= n.end for n in near)] + near
    stems = [t for t in stems if all(t.end <= n.start or t.start >= n.end for n in near)]
    return _with_words(names, stems, text)


def _near(city: City, text: str, taken: list[tuple[int, int]]) -> list[Token]:
    """Misspelt names beside (or around) the exact ones."""
    return [
        _misread(_named(city, n.start, n.end, _of_one_kind(n), n.how), text)
        for n in city.fuzzy.near(text, taken)
        if n.how is not How.TYPO or _opens(text, n.start, taken)
    ]


def _misread(token: Token, text: str) -> Token:
    """Note how many characters differ from the name: two wrong ones that sound right say less."""
    token.value = sum(a != b for a, b in zip(token.sub, text[token.start :], strict=False))
    return token


def _has_rest(text: str, tokens: list[Token]) -> bool:
    """Whether two characters in a row are left that no exact name, word or filler explains."""
    at = 0
    for start, end in [*((t.start, t.end) for t in tokens if t.sub != "stem"), (len(text),) * 2]:
        if start - at >= 2 and _UNREAD.search(text, at, start):
            return True
        at = max(at, end)
    return False


def _is_lamp(match: Match, text: str) -> bool:
    """Whether 公园路灯 and its like were read as a road's name."""
    name = match.name.text
    following = text[match.end : match.end + 1]
    return name[-1] == "路" and following in _AFTER_ROAD and name[:-1] in _EVERYDAY


def _opens(text: str, start: int, taken: list[tuple[int, int]]) -> bool:
    """Whether a name may begin here: not in the middle of a longer unknown word."""
    before = text[start - 1 : start]
    return (
        not ("\u4e00" <= before <= "\u9fff")
        or before in _OPENERS
        or any(end == start for _, end in taken)
    )


def is_weak(token: Token) -> bool:
    """Whether a token counts only where a second road bears it out."""
    slip = token.how is How.TYPO and (len(token.sub) <= 3 or len(token.refs) > 1)
    return token.sub == "stem" or (slip and token.role in {Role.ROAD, Role.LANE})


def _of_one_kind(near: Near) -> tuple[Name, ...]:
    first = near.names[0].kind
    return tuple(n for n in near.names if n.kind is first)


def _named(city: City, start: int, end: int, names: tuple[Name, ...], how: How) -> Token:
    kind = names[0].kind
    refs = tuple(dict.fromkeys(r for n in names for r in n.refs))
    if kind is NameKind.AREA:
        return Token(start, end, Role.AREA, names[0].text, refs, how)
    if kind is NameKind.PLACE:
        bridge = all(city.places[r].line is not None for r in refs)
        return Token(start, end, Role.BRIDGE if bridge else Role.PLACE, names[0].text, refs, how)
    if kind in {NameKind.SHORT, NameKind.STEM}:
        how = How.SHORT
    lane = all(city.roads[r].is_lane for r in refs)
    sub = "stem" if kind is NameKind.STEM else names[0].text
    return Token(start, end, Role.LANE if lane else Role.ROAD, sub, refs, how)


def _with_words(named: list[Token], stems: list[Token], text: str) -> list[Token]:
    """Read the words between the names; 口 counts only right behind a name."""
    names = sorted((*named, *stems), key=lambda t: t.start)
    out: list[Token] = []
    at = 0
    for name in [*names, None]:
        until = len(text) if name is None else name.start
        if until > at:
            _words_between(out, text, at, until)
        if name is not None:
            out.append(name)
            at = name.end
    return out


def _words_between(out: list[Token], text: str, at: int, until: int) -> None:
    for found in WORDS.finditer(text, at, until):
        sub = found.lastgroup or ""
        start, end = found.span()
        if sub == "mouth" and not (out and out[-1].end == start and out[-1].refs):
            continue
        out.append(Token(start, end, ROLE_OF[sub], sub, value=_value(sub, found.group())))


def _value(sub: str, text: str) -> float:
    """The number that a word carries: metres of a distance, else the number itself."""
    if sub == "distance":
        return _metres(text)
    if sub in {"number", "block", "lane_number", "quarter"}:
        found = NUMBER_IN.search(text)
        return float((number(found.group()) if found else None) or 0)
    return 0.0


def _metres(text: str) -> float:
    scale = next((s for unit, s in _SCALES if unit in text), 1.0)
    for vague, metres in VAGUE_METRES.items():
        if vague in text:
            return metres * scale
    decimal = _DECIMAL.search(text)
    if decimal:
        return float(decimal.group()) * scale
    found = NUMBER_IN.search(text)
    return ((number(found.group()) if found else None) or 0) * scale
