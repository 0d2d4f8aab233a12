"""A sentence that the platform writes beside a case: kept in Chinese, and read again to be said in English."""

import re
from dataclasses import dataclass
from functools import cached_property
from string import Formatter

Values = dict[str, str]
#: What can stand in gaps of these names; in any other, anything.
_GAPS = {"code": r"[0-9A-Za-z-]+", "rule": r"\d+", "metres": r"\d+"}


@dataclass(frozen=True)
class Phrase:
    """A sentence with named gaps in both languages. Whoever writes it and whoever reads it use the same one."""

    zh: str
    en: str

    def __call__(self, **values: object) -> str:
        """The Chinese sentence, as it is stored."""
        return self.zh.format(**values)

    def read(self, text: str) -> Values | None:
        """What stands in the gaps of a sentence made by this phrase; None for any other sentence."""
        found = self._pattern.fullmatch(text)
        return None if found is None else found.groupdict()

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        parts = [
            re.escape(words) + (f"(?P<{name}>{_GAPS.get(name, '.+?')})" if name else "")
            for words, name, _, _ in Formatter().parse(self.zh)
        ]
        return re.compile("".join(parts), re.DOTALL)
