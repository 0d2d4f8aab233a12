"""What the deeds of a case say by themselves, in sentences: how each is written, and how it is said in English."""

from typing import Final

from dispatch.kit.phrases import Phrase

ASSISTS: Final = Phrase("协助处理", "assists")
BY_HAND: Final = Phrase("{name} 派遣", "dispatched by {name}")
#: In the order in which a sentence is tried.
PHRASES: Final = (ASSISTS, BY_HAND)
