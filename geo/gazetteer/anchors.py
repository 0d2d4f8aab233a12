"""The grammar: which tokens together name one spot, and which words move it."""

import itertools
import math
import re
from dataclasses import dataclass, field

from geo.gazetteer.city import City
from geo.gazetteer.kinds import How, Kind, Role
from geo.gazetteer.names import NameKind
from geo.gazetteer.normal import numeral
from geo.gazetteer.tokens import Token, is_weak

THINGS = frozenset((Role.ROAD, Role.LANE, Role.PLACE, Role.BRIDGE))
ROADS = frozenset((Role.ROAD, Role.LANE))
MODIFIERS = frozenset((Role.DIRECTION, Role.DISTANCE, Role.RELATION, Role.PART, Role.DETAIL))
_STOP = re.compile(r"[。;!?;!?]")
_REACH = 8  # characters of filler (那边的, 这里,) that may stand between parts of one address
INWARD = frozenset(("内", "里", "里面", "进去", "里头"))
MAX_GUESSES = 4  # a misspelt name that could be more roads than this says nothing
_PROOFS = frozenset((Role.NUMBER, Role.PORTION, Role.CROSSING, Role.LANE_NUMBER))
_PART_NUMBERS = frozenset((Role.TO, Role.DISTANCE, Role.LANE_NUMBER, Role.QUARTER))
_BLOCK_KEY = re.compile(r"号楼|#楼|[栋幢座]")


@dataclass(slots=True)
class Anchor:
    """Tokens that name one spot together; `main` and `other` by the kind's own rule."""

    kind: Kind
    main: Token
    tokens: list[Token]
    other: Token | None = None
    third: Token | None = None
    value: int = 0
    word: str = ""
    modifiers: list[Token] = field(default_factory=list)

    @property
    def start(self) -> int:
        """Where the anchor's first token begins."""
        return min(t.start for t in self.tokens)

    @property
    def end(self) -> int:
        """Where the anchor's last token ends."""
        return max(t.end for t in self.tokens)


class Reader:
    """Reads one text's tokens into anchors."""

    __slots__ = ("city", "found", "text", "tokens", "used")

    def __init__(self, city: City, text: str, tokens: list[Token]) -> None:
        self.city, self.text, self.tokens = city, text, tokens
        self.used: set[int] = set()
        self.found: list[Anchor] = []

    def read(self) -> list[Anchor]:
        """All anchors in the order of the text, each with the words that move it."""
        roles = {t.role for t in self.tokens}
        if roles.isdisjoint(THINGS) and Role.AREA not in roles:
            return []
        if Role.LANE_NUMBER in roles or Role.QUARTER in roles:
            self._compose()
        if Role.TO in roles:
            self._stretches()
        self._crossings()
        self._drop_weak()
        if Role.NUMBER in roles or Role.BLOCK in roles:
            self._numbers()
        if Role.PORTION in roles:
            self._portions()
        self._singles()
        self.found.sort(key=lambda a: a.start)
        self._modify()
        return self.found

    def _gap(self, a: Token, b: Token) -> str:
        return self.text[a.end : b.start]

    def _near(self, a: Token, b: Token, reach: int = _REACH) -> bool:
        return b.start - a.end <= reach and not _STOP.search(self._gap(a, b))

    def _free(self, roles: frozenset[Role]) -> list[Token]:
        return [t for t in self.tokens if t.role in roles and id(t) not in self.used]

    def _take(self, anchor: Anchor) -> None:
        self.found.append(anchor)
        self.used.update(id(t) for t in anchor.tokens)

    def _before(self, token: Token, roles: frozenset[Role], reach: int = _REACH) -> Token | None:
        """The last free token of these roles that ends shortly before this one."""
        best = None
        for t in self.tokens:
            if t.start >= token.start:
                break
            if t.role in roles and id(t) not in self.used and self._near(t, token, reach):
                best = t
        return best

    def _after(self, token: Token, roles: frozenset[Role], reach: int = _REACH) -> Token | None:
        """The first token of these roles that begins shortly after this one."""
        for t in self.tokens:
            if t.start >= token.end and t.role in roles and id(t) not in self.used:
                return t if self._near(token, t, reach) else None
        return None

    def _compose(self) -> None:
        """雅儒路那边的东四巷 and 永前路的四区: put a road's name and a numbered part together."""
        for t in list(self.tokens):
            if t.role not in {Role.LANE_NUMBER, Role.QUARTER}:
                continue
            road = self._before(t, frozenset((Role.ROAD,)))
            if road is None:
                continue
            word = self.text[t.start : t.end]
            side = word[0] if word[0] in "东西南北中" else ""
            full = f"{side}{numeral(int(t.value)) if 0 < t.value < 100 else t.value}{word[-1]}"
            kind = NameKind.ROAD if t.role is Role.LANE_NUMBER else NameKind.PLACE
            names = [self.city.index.get(self.city.roads[r].name + full, kind) for r in road.refs]
            refs = tuple(dict.fromkeys(r for n in names if n for r in n.refs))
            if refs:
                role = Role.LANE if kind is NameKind.ROAD else Role.PLACE
                joined = Token(road.start, t.end, role, full, refs, road.how)
                at = self.tokens.index(road)
                self.tokens = [
                    joined if n == at else x
                    for n, x in enumerate(self.tokens)
                    if n == at or not road.start <= x.start < t.end
                ]

    def _stretches(self) -> None:
        for to in [t for t in self.tokens if t.role is Role.TO]:
            a, b = self._before(to, THINGS, 5), self._after(to, THINGS, 4)
            if a is None or b is None or a.refs == b.refs:
                continue
            main = self._before(a, ROADS, 12) or self._main_behind(b)
            ends = self._after(b, frozenset((Role.STRETCH,)), _REACH)
            if main is None and ends is None:
                continue
            if main is None and a.role in ROADS and b.role in ROADS:
                continue
            tokens = [t for t in (main, a, to, b, ends) if t is not None]
            self._take(Anchor(Kind.STRETCH, main or a, tokens, a, b, word="" if main else "free"))

    def _main_behind(self, b: Token) -> Token | None:
        """河西路至和平路段的西环路: the road may come last."""
        ends = self._after(b, frozenset((Role.STRETCH,)), 3)
        return self._after(ends, ROADS, 2) if ends else None

    def _crossings(self) -> None:
        roads = self._free(ROADS)
        for a, b in itertools.pairwise(roads):
            if id(a) in self.used or id(b) in self.used or not self._near(a, b):
                continue
            between = [t for t in self.tokens if a.end <= t.start < b.start]
            if any(t.role in THINGS or t.role is Role.NUMBER for t in between):
                continue
            link = next((t for t in between if t.role is Role.LINK), None)
            if (is_weak(a) or is_weak(b)) and not self._bears_out(a, b):
                continue
            cross = self._crossing_word(a, b, between)
            spans = any(t.role is Role.TO for t in between)
            if spans and (cross is None or cross.sub == "mouth"):
                continue
            if cross is None and not self._cross_bare(a, b, link):
                continue
            tokens = [t for t in (a, link, b, cross) if t is not None]
            self._take(Anchor(Kind.CROSSING, a, tokens, b, word="" if cross else "bare"))

    def _crossing_word(self, a: Token, b: Token, between: list[Token]) -> Token | None:
        """The word that makes two roads a crossing: behind them, between them or before them."""
        behind = self._after(b, frozenset((Role.CROSSING,)), 5)
        if behind is not None:
            return behind
        for t in between:
            if t.role is Role.CROSSING:
                return t
        return self._before(a, frozenset((Role.CROSSING,)), 4)

    def _cross_bare(self, a: Token, b: Token, link: Token | None) -> bool:
        """Two roads without a crossing word: only where they meet and nothing else is said."""
        own_lane = b.role is Role.LANE and link is None
        if own_lane or is_weak(a) or is_weak(b) or b.start - a.end > (3 if link else 1):
            return False
        follow = self._after(b, frozenset((Role.NUMBER, Role.PORTION, Role.DISTANCE)), 3)
        inside = self._after(b, frozenset((Role.RELATION,)), 0)
        if follow or (inside and self.text[inside.start : inside.end] in INWARD):
            return False
        return self._meet(a, b)

    def _meet(self, a: Token, b: Token) -> bool:
        return any(y in self.city.roads[x].meets for x in a.refs for y in b.refs)

    def _bears_out(self, a: Token, b: Token) -> bool:
        """Whether a doubtful name makes a real crossing with its neighbour."""
        cut = any(
            t.sub == "stem"
            and self.text[t.end : t.end + 2].startswith(("大道", "街", "路", "道", "巷"))
            and not self.text.startswith("路口", t.end)
            for t in (a, b)
        )
        return not cut and self._meet(a, b)

    def _drop_weak(self) -> None:
        weak = {id(t) for t in self.tokens if is_weak(t) and not self._borne_out(t)} - self.used
        if weak:
            self.tokens = [t for t in self.tokens if id(t) not in weak]

    def _borne_out(self, token: Token) -> bool:
        """Whether a misspelt road is followed or led by words that only an address has."""
        if token.sub == "stem" or len(token.refs) > MAX_GUESSES:
            return False
        n = self.tokens.index(token)
        after = self.tokens[n + 1] if n + 1 < len(self.tokens) else None
        before = self.tokens[n - 1] if n else None
        follows = after is not None and after.start == token.end and after.role in _PROOFS
        return follows or (
            before is not None and before.end == token.start and before.role is Role.AREA
        )

    def _numbers(self) -> None:
        homes = frozenset((*ROADS, Role.PLACE))
        for t in self.tokens:
            if t.role is not Role.BLOCK and (t.role is not Role.NUMBER or not t.value):
                continue
            home = self._home_before(t, homes) or self._after(t, homes, 4)
            if home is None:
                continue
            key = _BLOCK_KEY.split(self.text[t.start : t.end])[0]
            block = self._block(home, t, key)
            if block:
                self._take(Anchor(Kind.BLOCK, home, [home, t], t, word=block))
            elif home.role is Role.PLACE and t.role is Role.BLOCK and id(home) not in self.used:
                self._take(Anchor(Kind.PLACE, home, [home, t], word=self.text[t.start : t.end]))
            elif home.role in ROADS and t.role is Role.NUMBER:
                self._take(Anchor(Kind.HOUSE_NUMBER, home, [home, t], t, value=int(t.value)))

    def _home_before(self, token: Token, homes: frozenset[Role]) -> Token | None:
        """The road, lane or estate that a number belongs to; nothing else may stand between."""
        home = self._before(token, homes)
        if home is None:
            return None
        between = [t for t in self.tokens if home.end <= t.start < token.start]
        if any(t.role in _PART_NUMBERS for t in between) or "巷" in self._gap(home, token):
            return None
        return home

    def _block(self, home: Token, token: Token, key: str) -> str:
        for ref in home.refs if home.role is Role.PLACE else ():
            blocks = self.city.places[ref].blocks
            for k in (key, str(int(token.value)) if token.value else key):
                if k in blocks:
                    return k
        return ""

    def _portions(self) -> None:
        for t in self.tokens:
            if t.role is Role.PORTION and id(t) not in self.used:
                road = self._before(t, ROADS, 3) or self._after(t, ROADS, 1)
                if road is not None:
                    word = self.text[t.start : t.end]
                    self._take(Anchor(Kind.PORTION, road, [road, t], t, word=word))

    def _singles(self) -> None:
        kinds = {
            Role.PLACE: Kind.PLACE, Role.BRIDGE: Kind.BRIDGE, Role.LANE: Kind.LANE,
            Role.ROAD: Kind.ROAD, Role.AREA: Kind.DISTRICT,
        }  # fmt: skip
        for t in self._free(frozenset(kinds)):
            tokens, word = [t], ""
            if t.role in ROADS:
                mouth = self._after(t, frozenset((Role.CROSSING,)), 0)
                if mouth is not None:
                    tokens, word = [t, mouth], "mouth"
            self._take(Anchor(kinds[t.role], t, tokens, word=word))

    def _modify(self) -> None:
        """Hand each anchor the relation, direction and distance words that follow it closely."""
        spots = [a for a in self.found if a.kind is not Kind.DISTRICT]
        for n, anchor in enumerate(spots):
            until = spots[n + 1].start if n + 1 < len(spots) else len(self.text)
            at = anchor.end
            for t in self.tokens:
                if t.start < at or t.start >= until or id(t) in self.used:
                    continue
                if (
                    t.role not in MODIFIERS
                    or t.start - at > 5
                    or _STOP.search(self.text[at : t.start])
                ):
                    if t.role in MODIFIERS:
                        break
                    continue
                anchor.modifiers.append(t)
                at = t.end
            self.used.update(id(t) for t in anchor.modifiers)
        if spots and not spots[0].modifiers:
            self._modify_from_before(spots)

    def _modify_from_before(self, spots: list[Anchor]) -> None:
        """南侧约200米,西堤路柳江铁桥: the words may come first, and speak of the bridge."""
        anchor, at = spots[0], spots[0].start
        if anchor.kind is Kind.ROAD and len(spots) > 1 and spots[1].start - anchor.end <= 3:
            anchor = spots[1]
        for t in reversed(self.tokens):
            moves = t.role in {Role.DIRECTION, Role.DISTANCE, Role.RELATION}
            if t.end <= at and moves and at - t.end <= 3 and id(t) not in self.used:
                anchor.modifiers.insert(0, t)
                self.used.add(id(t))
                at = t.start


def weight_of(token: Token) -> float:
    """How much to trust a name by the way it was matched; a slip in a long name says more."""
    if token.how is How.TYPO:
        size = min(len(token.sub), 6)
        return _TYPO_TRUST.get(size, 0.9) / math.sqrt(len(token.refs))
    if token.how is How.HOMOPHONE and token.value > 1:
        return _TRUST[How.NEAR_HOMOPHONE]
    return _TRUST[token.how]


_TYPO_TRUST = {2: 0.4, 3: 0.45, 4: 0.72, 5: 0.86}  # by the length of the name
_TRUST: dict[How, float] = {
    How.EXACT: 1.0, How.HOMOPHONE: 0.95, How.SLIP: 0.93, How.NEAR_HOMOPHONE: 0.86, How.SHORT: 0.92,
}  # fmt: skip
