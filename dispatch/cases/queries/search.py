"""What is typed into the search box, read: numbers in any writing, telephones, days, or words."""

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from time import monotonic
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Select,
    Text,
    and_,
    any_,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, TSQUERY
from sqlalchemy.orm import Session

from dispatch.cases.model import Case, CaseReporter, CaseText, ForeignNumber
from dispatch.kit.clock import CITY_ZONE, city_day

#: A bare serial is looked for in this many days back from today.
SERIAL_DAYS: Final = 100
#: Fewer digits than this are no ending of a telephone.
LEAST_DIGITS: Final = 4
#: So many rare pairs find a word; the rest is compared.
MOST_PAIRS: Final = 3
COMMON_SECONDS: Final = 600.0
_SPLIT: Final = re.compile(r"[\s!-/:-@\[-`{-~，。；：？！、（）《》〈〉“”‘’…—·【】「」『』～]+")
_NUMBERS: Final = (
    re.compile(r"(20\d{2})\D{0,3}([01]\d)([0-3]\d)\D?(\d{1,7})\D*"),
    re.compile(r"(20\d{2})[-/.年]([01]?\d)[-/.月]([0-3]?\d)日?\D{1,3}(\d{1,7})\D*"),
)
#: What may be a number of another platform: a run without blanks that has digits in it.
_FOREIGN: Final = re.compile(r"(?=\S*\d{2})\S{4,64}")
_DAY: Final = re.compile(r"(20\d{2})[-/.年]?([01]?\d)[-/.月]?([0-3]?\d)日?")


@dataclass(frozen=True)
class Asked:
    """What was meant: ids of cases, the day of report, the ending of a telephone, or words to contain.

    `foreign` is what may be the number of another platform, beside whatever else it may be.
    """

    ids: tuple[str, ...] = ()
    day: date | None = None
    phone: str = ""
    words: tuple[str, ...] = ()
    foreign: str = ""

    @property
    def is_words(self) -> bool:
        """Whether words are looked for, of which there may be very many."""
        return bool(self.words)


def read(typed: str, *, at: datetime, phones: bool = False) -> Asked:
    """Read what was typed. With `phones`, four digits and more may be the ending of a telephone."""
    plain = unicodedata.normalize("NFKC", typed).strip()
    digits = re.sub(r"[\s-]", "", plain)
    foreign = plain if _FOREIGN.fullmatch(plain) else ""
    if number := _number(plain):
        return Asked(ids=(number,), foreign=foreign)
    if day := _day(plain):
        return Asked(day=day)
    if not digits.isdecimal():
        return Asked(words=words_of(plain), foreign=foreign)
    phone = digits if phones and len(digits) >= LEAST_DIGITS else ""
    ids = _serials(int(digits), at) if len(digits) <= 6 and plain == digits else ()
    words = () if ids or phone else words_of(plain)
    return Asked(ids=ids, phone=phone, words=words, foreign=foreign)


def _number(plain: str) -> str | None:
    """The id in a number of any writing: 柳数管2026第11220069号, 20261122-69, 2026年11月22日第69号."""
    bare = re.sub(r"^\D{0,8}(?=\d)", "", plain)
    for pattern in _NUMBERS:
        if found := pattern.fullmatch(bare):
            year, month, day, serial = found.groups()
            return f"{year}{month:0>2}{day:0>2}-{int(serial):04d}"
    return None


def _day(plain: str) -> date | None:
    found = _DAY.fullmatch(plain)
    if found is None or (plain.isdecimal() and len(plain) != 8):
        return None
    try:
        return date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def _serials(serial: int, at: datetime) -> tuple[str, ...]:
    return tuple(
        f"{city_day(at - timedelta(days=back))}-{serial:04d}" for back in range(SERIAL_DAYS)
    )


def words_of(plain: str) -> tuple[str, ...]:
    """The runs between blanks and punctuation, in small letters; split as `text_grams` splits."""
    return tuple(dict.fromkeys(run for run in _SPLIT.split(plain.lower()) if run))


def _pairs(words: tuple[str, ...]) -> list[str]:
    """All pairs of neighbouring signs; a single sign begins a pair (`x:*`)."""
    found: dict[str, None] = {}
    for word in words:
        if len(word) == 1:
            found[f"{word}:*"] = None
        for one, two in pairwise(word):
            found[one + two] = None
    return list(found)


#: How often the commonest pairs occur, as the database's statistics have it.
_FREQUENCIES: Final = text(
    """
SELECT most_common_elems::text::text[] AS pairs, most_common_elem_freqs AS shares
FROM pg_stats WHERE tablename = 'ix_case_texts_grams' AND most_common_elems IS NOT NULL
"""
)


class _Common:
    """The shares of the common pairs, read again when they have grown old."""

    def __init__(self) -> None:
        self._held: dict[str, float] = {}
        self._read_at = float("-inf")

    def shares(self, session: Session) -> dict[str, float]:
        """Pair → share of the cases; what is not in it is rare."""
        if monotonic() - self._read_at > COMMON_SECONDS:
            row = session.execute(_FREQUENCIES).one_or_none()
            self._held = {} if row is None else dict(zip(row.pairs, row.shares, strict=False))
            self._read_at = monotonic()
        return self._held


_common = _Common()


def _telling(session: Session, words: tuple[str, ...]) -> str:
    """A tsquery of the pairs that tell most: the rare ones, or of common ones the rarest alone.

    Neighbouring pairs go together; the planner would multiply their shares and take what is in
    every tenth case for what is in one of a thousand.
    """
    shares, pairs = _common.shares(session), _pairs(words)
    rare = [each for each in pairs if each not in shares and not each.endswith(":*")]
    chosen = rare[:MOST_PAIRS] or [min(pairs, key=lambda each: shares.get(each, 1.0))]
    # words hold no punctuation: there is nothing in them that a tsquery could misread
    return " & ".join(f"'{each[:-2]}':*" if each.endswith(":*") else f"'{each}'" for each in chosen)


def with_words(session: Session, words: tuple[str, ...]) -> Select[int]:
    """The ids of the cases whose words contain all of these."""
    pairs = func.text_grams(CaseText.words).bool_op("@@")(cast(_telling(session, words), TSQUERY))
    exact = [func.strpos(CaseText.words, word) > 0 for word in words]
    return select(CaseText.case_id).where(pairs, *exact)


def of_phone(digits: str) -> Select[int]:
    """The ids of the cases that somebody with a telephone of this ending reported."""
    ending = func.reverse(CaseReporter.phone).like(digits[::-1] + "%")
    return select(CaseReporter.case_id).where(ending)


def of_foreign(number: str) -> Select[int]:
    """The ids of the cases that another platform knows by this number."""
    return select(ForeignNumber.case_id).where(ForeignNumber.number == number)


def case_with_number(session: Session, number: str, *, source: str) -> int | None:
    """The id of the case that this platform knows by this number."""
    return session.scalar(of_foreign(number).where(ForeignNumber.source == source))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, CITY_ZONE)


def matches(session: Session, asked: Asked) -> ColumnElement[bool]:
    """The condition; nothing that was typed can be meant: no case."""
    if asked.day is not None:
        start, end = (_midnight(asked.day + timedelta(days=each)) for each in (0, 1))
        return and_(Case.created_at >= start, Case.created_at < end)
    if asked.words:
        ids = with_words(session, asked.words)
        return Case.id.in_(ids.union(of_foreign(asked.foreign)) if asked.foreign else ids)
    found: list[ColumnElement[bool]] = []
    if asked.ids:
        found.append(Case.public_id == any_(literal(list(asked.ids), ARRAY(Text))))
    if asked.phone:
        found.append(Case.id == any_(func.array(of_phone(asked.phone).scalar_subquery())))
    if asked.foreign:
        found.append(Case.id == any_(func.array(of_foreign(asked.foreign).scalar_subquery())))
    return or_(*found) if found else false()
