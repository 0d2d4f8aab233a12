"""What the deeds of a case say by themselves, in sentences: how each is written, and how it is said in English."""

from typing import Final

from dispatch.kit.phrases import Phrase

ASSISTS: Final = Phrase("协助处理", "assists")
BY_HAND: Final = Phrase("{name} 派遣", "dispatched by {name}")
#: Why the platform counted due times anew.
NEW_CALENDAR: Final = Phrase(
    "工作日历“{calendar}”第 {rule} 版:{why}", "calendar {calendar}, version {rule}: {why}"
)
NEW_SETTINGS: Final = Phrase("城市参数调整:{why}", "a setting of the city was changed: {why}")
NEW_LIMIT: Final = Phrase("时限规则调整:{why}", "a rule of limits was changed: {why}")
NEW_STAGE_LIMIT: Final = Phrase("环节时限调整:{why}", "the limit of a stage was changed: {why}")
#: In the order in which a sentence is tried.
PHRASES: Final = (ASSISTS, BY_HAND, NEW_CALENDAR, NEW_SETTINGS, NEW_LIMIT, NEW_STAGE_LIMIT)
