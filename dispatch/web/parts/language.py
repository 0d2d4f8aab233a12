"""In which language a page speaks: Chinese in the source, English from its catalogue."""

import gettext
import io
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.requests import Request

COOKIE: Final = "lang"
LOCALE: Final = Path(__file__).resolve().parents[1] / "locale"


class Language(StrEnum):
    """The languages of the pages."""

    ZH = "zh"
    EN = "en"


#: What `<html lang>` says.
TAGS: Final = {Language.ZH: "zh-CN", Language.EN: "en"}


@lru_cache
def words_of(language: Language) -> gettext.NullTranslations:
    """The catalogue of a language, read from its text file; the source's own words are Chinese."""
    if language is Language.ZH:
        return gettext.NullTranslations()
    catalogue = Catalog(locale=language.value)
    for message in messages_of(language):
        catalogue[message.id] = message
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)


def messages_of(language: Language) -> Iterator[Message]:
    """Every translated message: a file for each desk, and one for what they share."""
    for file in sorted((LOCALE / language / "LC_MESSAGES").glob("*.po")):
        with file.open("rb") as opened:
            yield from (each for each in read_po(opened, locale=language.value) if each.id)


def language_of(request: Request, *, own: str | None = None) -> Language:
    """What the visitor chose, else what the account says, else English only for browsers without Chinese."""
    for given in (request.cookies.get(COOKIE), own):
        if given in set(Language):
            return Language(given)
    wanted = request.headers.get("accept-language", "").lower()
    return Language.EN if "en" in wanted and "zh" not in wanted else Language.ZH


def pick(language: Language, pair: tuple[str, str]) -> str:
    """The Chinese or the English of a pair of labels."""
    return pair[0] if language is Language.ZH else pair[1]
