"""Two units that give cases back and forth: a question of responsibility that nobody has settled."""

from collections import Counter

from dispatch.departments.reference import department_name
from dispatch.hotspots.looking.frame import MOST_CASES, Found, Looked
from dispatch.hotspots.queries import counts

Pair = tuple[int, int]


def returns(looked: Looked) -> list[Found]:
    """Pairs of units with the most returns from one to the other, both ways together."""
    rows = counts.returns(
        looked.session, since=looked.before_end(looked.rules.returns_days), until=looked.until
    )
    ways: Counter[Pair] = Counter()
    cases: dict[Pair, dict[int, int]] = {}
    for row in rows:
        ways[row.giver, row.taker] += 1
        pair = (min(row.giver, row.taker), max(row.giver, row.taker))
        of_pair = cases.setdefault(pair, {})
        of_pair[row.case_id] = of_pair.get(row.case_id, 0) + 1
    looked.tested = len(cases)
    kept = sorted(
        (pair for pair in cases if len(cases[pair]) >= looked.rules.least),
        key=lambda pair: (-(ways[pair] + ways[pair[1], pair[0]]), pair),
    )
    return [_found(looked, pair, ways, cases[pair]) for pair in kept[: looked.rules.most]]


def _found(looked: Looked, pair: Pair, ways: Counter[Pair], cases: dict[int, int]) -> Found:
    one, other = pair
    return Found(
        subject=f"{one}-{other}",
        district_code=None,
        longitude=None,
        latitude=None,
        evidence={
            "one_id": one,
            "other_id": other,
            "one": department_name(looked.session, one) or "",
            "other": department_name(looked.session, other) or "",
            "one_to_other": ways[one, other],
            "other_to_one": ways[other, one],
            "back_and_forth": sum(1 for times in cases.values() if times > 1),
            "days": looked.rules.returns_days,
        },
        cases=len(cases),
        case_ids=sorted(cases, reverse=True)[:MOST_CASES],
    )
