"""What the platform made out of a report, in sentences: how each is written, and how it is said in English."""

from typing import Final

from dispatch.kit.phrases import Phrase

PART: Final = Phrase("部件 {code}", "part {code}")
WORDS: Final = Phrase("依据词语：{words}", "because of the words {words}")
#: As it was written before; cases of then keep it.
OLD_WORDS: Final = Phrase("依据词语:{words}", "because of the words {words}")
NEAR_PART: Final = Phrase(
    "最近的部件 {code}({part}),距 {metres} 米", "nearest part {code} ({part}), {metres} m away"
)
UNKNOWN_BUT: Final = Phrase(
    "所报类别“{given}”不在本市目录中;{found}",
    "the category given, “{given}”, is not in the city's catalogue; {found}",
)
UNKNOWN: Final = Phrase(
    "所报类别“{given}”不在本市目录中",
    "the category given, “{given}”, is not in the city's catalogue",
)
NO_POLICY: Final = Phrase("没有适用的策略", "no policy fits")
VERIFY_FIRST: Final = Phrase("按策略先核实", "to be verified first, by policy")
ALIKE: Final = Phrase(
    "与 {number} 同类,相距 {metres} 米,自动并案",
    "of the same kind as {number}, {metres} m away; linked by the platform",
)
SAME: Final = Phrase("反映人确认为同一问题", "the reporter says that it is the same thing")
#: In the order in which a sentence is tried.
PHRASES: Final = (
    NEAR_PART,
    PART,
    WORDS,
    OLD_WORDS,
    UNKNOWN_BUT,
    UNKNOWN,
    NO_POLICY,
    VERIFY_FIRST,
    ALIKE,
    SAME,
)
