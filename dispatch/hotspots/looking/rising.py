"""Categories that are reported more often than the season lets expect."""

from dispatch.catalogue.reference import catalogue
from dispatch.hotspots.looking.frame import MOST_CASES, Found, Looked
from dispatch.hotspots.queries import counts
from geo.clusters import Season, season

#: Spans of 28 days: thirteen are a year. The season is the same span of earlier years and those beside it;
#: where there are no earlier years, the spans just before.
A_YEAR = 13
YEARS = 5
RECENT = 8


def reference_of(by_span: dict[int, int], *, oldest: int) -> tuple[list[int], str]:
    """The counts that a span is held against, and whether they are the season's or only the recent ones."""
    same = [
        year * A_YEAR + shift
        for year in range(1, YEARS + 1)
        for shift in (-1, 0, 1)
        if year * A_YEAR + shift <= oldest
    ]
    if len(same) >= 3:
        return [by_span.get(each, 0) for each in same], "season"
    return [by_span.get(each, 0) for each in range(1, min(RECENT, oldest) + 1)], "recent"


def rising(looked: Looked) -> list[Found]:
    """Every category above the bound of its season, those farthest above it first."""
    days = looked.rules.days
    found = counts.spans(looked.session, last=looked.last, days=days, count=YEARS * A_YEAR + 2)
    # the oldest span may be cut off by the beginning of the records: it is left out
    oldest = max((span for spans in found.values() for span in spans), default=0) - 1
    looked.tested = 0
    risen: list[tuple[float, int, int, Season, str]] = []
    for category_id, by_span in found.items():
        now = by_span.get(0, 0)
        reference, kind = reference_of(by_span, oldest=oldest)
        expected = season(reference)
        if expected is None:
            continue
        looked.tested += 1
        if now >= looked.rules.least and now > expected.bound:
            above = (now - expected.expected) / (expected.bound - expected.expected)
            risen.append((above, category_id, now, expected, kind))
    risen.sort(key=lambda each: (-each[0], each[1]))
    return [_found(looked, *each) for each in risen[: looked.rules.most]]


def _found(
    looked: Looked, above: float, category_id: int, now: int, expected: Season, kind: str
) -> Found:
    category = catalogue(looked.session).by_id.get(category_id)
    ids = counts.cases_of(
        looked.session, category_id, since=looked.since, until=looked.until, most=MOST_CASES
    )
    return Found(
        subject=str(category_id),
        district_code=None,
        longitude=None,
        latitude=None,
        evidence={
            "category_id": category_id,
            "category": category.name if category else "",
            "category_en": category.name_en if category else "",
            "reported": now,
            "expected": round(expected.expected, 1),
            "bound": round(expected.bound, 1),
            "spread": round(expected.spread, 2),
            "above": round(above, 2),
            "against": kind,
        },
        cases=now,
        case_ids=ids,
    )
