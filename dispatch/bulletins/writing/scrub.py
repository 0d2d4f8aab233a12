"""Words of citizens before an editor reads them: numbers of people, cards, cars and houses are taken out."""

import re
from typing import Final

_HIDDEN: Final = "×××"
_PATTERNS: Final = tuple(
    re.compile(pattern)
    for pattern in (
        r"(?<!\d)\d{15}(?:\d{2}[\dXx])?(?!\d)",  # identity cards
        r"(?<!\d)(?:\+?86[- ]?)?1[3-9]\d[- ]?\d{4}[- ]?\d{4}(?!\d)",  # mobile telephones
        r"(?<!\d)0\d{2,3}[- ]?\d{7,8}(?!\d)",  # telephones with their area
        r"(?<![\d.])\d{7,8}(?![\d.])",  # telephones without
        r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Z][·・ ]?[A-Z0-9]{5,6}",  # cars
        r"\d+\s*(?:栋|幢|单元|室)(?:\s*\d+\s*(?:栋|幢|单元|室|号)?)*",  # homes
        r"(?:微信号?|QQ|qq)[:：]?\s*[A-Za-z0-9_-]{5,20}",
        r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+",
    )
)
_NAMED: Final = re.compile(
    r"(?:我叫|我是|姓名[:：]?|联系人[:：]?)[\u4e00-\u9fff]{2,4}|"
    r"[\u4e00-\u9fff](?:先生|女士|大爷|大妈|阿姨|师傅|老师)"
)


def scrub(words: str) -> str:
    """The words without what points at a person, on one line."""
    found = " ".join(words.split())
    for pattern in (*_PATTERNS, _NAMED):
        found = pattern.sub(_HIDDEN, found)
    return re.sub(rf"(?:{_HIDDEN}\s*)+", _HIDDEN, found)
