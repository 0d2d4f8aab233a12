"""What the geocoder answers: ranked candidates that explain themselves, and a verdict."""

from dataclasses import dataclass

from geo.gazetteer.kinds import How, Kind, Role, Verdict

CONFIDENT = 0.85  # from here on the best candidate may be used without a person's eye
RIVAL_METRES = 200.0
ROLE_WORDS = {
    Role.ROAD: "道路", Role.LANE: "巷", Role.PLACE: "地点", Role.BRIDGE: "桥", Role.AREA: "辖区",
    Role.NUMBER: "门牌", Role.BLOCK: "栋号", Role.LANE_NUMBER: "巷号", Role.QUARTER: "区号",
    Role.CROSSING: "路口", Role.LINK: "连接词", Role.TO: "起讫", Role.STRETCH: "路段",
    Role.PORTION: "段位", Role.DIRECTION: "方位", Role.DISTANCE: "距离", Role.RELATION: "关系词",
    Role.PART: "道路部位", Role.DETAIL: "细节",
}  # fmt: skip
HOW_WORDS = {
    How.EXACT: "", How.SHORT: "简称", How.HOMOPHONE: "同音", How.NEAR_HOMOPHONE: "近音",
    How.SLIP: "字序或叠字",
    How.TYPO: "疑有错字",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A recognised piece of the text; `start` and `end` count characters of the text as given."""

    start: int
    end: int
    text: str
    role: Role
    how: How = How.EXACT


@dataclass(frozen=True, slots=True)
class Unread:
    """A piece of the text that no rule used."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Rival:
    """Another candidate far from this one."""

    text: str
    metres: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """One place that the text may mean.

    `lon`, `lat` in CGCS2000/WGS-84 degrees; the true spot lies within `radius_m` as far as the
    words tell. `confidence` is the estimated chance that it lies within 200 m of the point.
    """

    kind: Kind
    text: str
    lon: float
    lat: float
    radius_m: float
    confidence: float
    recognised: tuple[Piece, ...]
    unrecognised: tuple[Unread, ...]
    rivals: tuple[Rival, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def explanation(self) -> str:
        """What was recognised, what was not and what else it could be, in Chinese."""
        read = "、".join(
            f"{ROLE_WORDS[p.role]}「{p.text}」"
            + (f"({HOW_WORDS[p.how]})" if HOW_WORDS[p.how] else "")
            for p in self.recognised
        )
        parts = [f"认出:{read}"]
        if self.unrecognised:
            parts.append("未用:" + "、".join(f"「{u.text}」" for u in self.unrecognised))
        parts += self.notes
        if self.rivals:
            far = "、".join(f"{r.text}(相距{r.metres:.0f}米)" for r in self.rivals)
            parts.append(f"另有可能:{far}")
        return ";".join(parts)


@dataclass(frozen=True, slots=True)
class Geocoding:
    """The answer to one text; `candidates` are ranked, the best first, and may be empty."""

    text: str
    candidates: tuple[Candidate, ...]
    verdict: Verdict

    @property
    def best(self) -> Candidate | None:
        """The first candidate, where there is one."""
        return self.candidates[0] if self.candidates else None

    @property
    def needs_operator(self) -> bool:
        """Whether rivals stand more than 200 m apart, so that a person has to choose."""
        return self.verdict is Verdict.NEEDS_OPERATOR
