"""Parts with cases again and again, and parts that are due for renewal."""

from datetime import date
from typing import Any

from dispatch.catalogue.reference import catalogue
from dispatch.hotspots.looking.frame import MOST_CASES, Found, Looked
from dispatch.hotspots.policy import LIFE, OTHER_LIFE
from dispatch.hotspots.queries import counts
from geo.clusters import discoveries, poisson_tail

#: What counts against a part beside its cases.
WORN = {"damaged": 2, "missing": 3, "abandoned": 3}


def repeated(looked: Looked) -> list[Found]:
    """Parts with more cases in a year than parts of their category have."""
    rows = counts.parts(
        looked.session, since=looked.before_end(looked.rules.part_days), until=looked.until
    )
    expected = _expected(looked, rows)
    candidates = [row for row in rows if row.cases >= looked.rules.least]
    tails = [poisson_tail(row.cases, expected[row.category_id]) for row in candidates]
    looked.tested = len(candidates)
    holds = discoveries(tails, share=looked.rules.share)
    kept = [
        each
        for each, is_kept in zip(zip(candidates, tails, strict=True), holds, strict=True)
        if is_kept
    ]
    kept.sort(key=lambda each: (-each[0].cases, each[1], each[0].code))
    return [
        _found(looked, row, expected[row.category_id], {"p": tail, "days": looked.rules.part_days})
        for row, tail in kept[: looked.rules.most]
    ]


def _expected(looked: Looked, rows: Any) -> dict[int, float]:
    """The mean number of cases of a part, by category, over all parts that there are."""
    there = counts.inventory(looked.session)
    cases: dict[int, int] = {}
    for row in rows:
        cases[row.category_id] = cases.get(row.category_id, 0) + row.cases
    return {category: number / there[category] for category, number in cases.items()}


def renewal(looked: Looked) -> list[Found]:
    """Parts that have outlived what they were made for and go on failing: age over life, cases, condition."""
    rows = counts.parts(
        looked.session, since=looked.before_end(looked.rules.renewal_days), until=looked.until
    )
    expected = _expected(looked, rows)
    known = catalogue(looked.session).by_id
    looked.tested = len(rows)
    due = []
    for row in rows:
        category = known.get(row.category_id)
        life = LIFE.get(category.group if category else "", OTHER_LIFE)
        age = _years(row.installed_on, looked.last)
        over = age / life if age is not None else 0.0
        if row.cases < 2 or (over < 1 and row.condition not in WORN):
            continue
        score = over + row.cases / max(1.0, expected[row.category_id]) + WORN.get(row.condition, 0)
        evidence = {
            "age": age,
            "life": life,
            "score": round(score, 2),
            "days": looked.rules.renewal_days,
        }
        due.append((score, row, evidence))
    due.sort(key=lambda each: (-each[0], each[1].code))
    return [
        _found(looked, row, expected[row.category_id], evidence)
        for _, row, evidence in due[: looked.rules.most]
    ]


def _years(installed: date | None, until: date) -> float | None:
    return None if installed is None else round((until - installed).days / 365.25, 1)


def _found(looked: Looked, row: Any, expected: float, more: dict[str, Any]) -> Found:
    category = catalogue(looked.session).by_id.get(row.category_id)
    return Found(
        subject=row.code,
        district_code=row.district_code,
        longitude=row.lon,
        latitude=row.lat,
        evidence={
            "name": row.name,
            "category": category.name if category else "",
            "category_en": category.name_en if category else "",
            "grid": row.grid_code,
            "owner": row.owner,
            "condition": row.condition,
            "installed_on": row.installed_on.isoformat() if row.installed_on else None,
            "reported": row.cases,
            "expected": round(expected, 3),
            "latest": row.times[0].isoformat(),
            **more,
        },
        cases=row.cases,
        case_ids=list(row.case_ids[:MOST_CASES]),
    )
