"""Where much is reported: clusters of unit grids (Gi*), and places where one thing comes again and again."""

from collections import Counter
from typing import Any

import numpy as np

from dispatch.catalogue.reference import catalogue
from dispatch.hotspots.looking.frame import MOST_CASES, Found, Looked
from dispatch.hotspots.queries import counts
from geo.clusters import components, discoveries, gi_star, near, poisson_tail, upper_tail


def clusters(looked: Looked) -> list[Found]:
    """Unit grids whose counts and those around them are higher than the city explains, put together where they touch."""
    rows = counts.grids(looked.session, first=looked.first, last=looked.last)
    looked.tested = len(rows)
    if not rows:
        return []
    lons, lats, values = (
        np.array([getattr(row, name) for row in rows], dtype=np.float64)
        for name in ("lon", "lat", "reported")
    )
    around = near(lons, lats, metres=looked.rules.metres)
    scores = gi_star(values, around)
    tails = [upper_tail(float(score)) for score in scores]
    hot = [n for n, holds in enumerate(discoveries(tails, share=looked.rules.share)) if holds]
    mean = float(values.mean())
    found = []
    for group in components(hot, around):
        peak = max(group, key=lambda each: float(scores[each]))
        codes = [rows[each].code for each in group]
        reported = int(values[group].sum())
        if reported < looked.rules.least:
            continue
        found.append((float(scores[peak]), reported, group, peak, codes))
    found.sort(key=lambda each: (-each[1], -each[0], each[4]))
    return [
        _cluster(looked, rows, score, reported, peak, codes, tails[peak], mean * len(group))
        for score, reported, group, peak, codes in found[: looked.rules.most]
    ]


def _cluster(
    looked: Looked,
    rows: Any,
    score: float,
    reported: int,
    peak: int,
    codes: list[str],
    tail: float,
    expected: float,
) -> Found:
    ids = counts.cases_in(
        looked.session, codes, since=looked.since, until=looked.until, most=MOST_CASES
    )
    row = rows[peak]
    return Found(
        subject=row.code,
        district_code=row.district_code,
        longitude=row.lon,
        latitude=row.lat,
        evidence={
            "grids": codes,
            "score": round(score, 2),
            "p": tail,
            "reported": reported,
            "expected": round(expected, 1),
        },
        cases=reported,
        case_ids=ids,
    )


def places(looked: Looked) -> list[Found]:
    """Grids in which one category came more often than the grid's and the category's own counts explain."""
    rows = counts.places(looked.session, first=looked.first, last=looked.last)
    of_grid: Counter[str] = Counter()
    of_category: Counter[int] = Counter()
    for row in rows:
        of_grid[row.grid_code] += int(row.reported)
        of_category[row.category_id] += int(row.reported)
    total = sum(of_grid.values())
    candidates = [row for row in rows if row.reported >= looked.rules.least]
    expected = [of_grid[row.grid_code] * of_category[row.category_id] / total for row in candidates]
    tails = [
        poisson_tail(int(row.reported), mean)
        for row, mean in zip(candidates, expected, strict=True)
    ]
    looked.tested = len(candidates)
    holds = discoveries(tails, share=looked.rules.share)
    kept = [
        (row, mean, tail)
        for row, mean, tail, is_kept in zip(candidates, expected, tails, holds, strict=True)
        if is_kept
    ]
    kept.sort(key=lambda each: (-each[0].reported, each[2], each[0].grid_code))
    return [_place(looked, *each) for each in kept[: looked.rules.most]]


def _place(looked: Looked, row: Any, expected: float, tail: float) -> Found:
    category = catalogue(looked.session).by_id.get(row.category_id)
    ids = counts.cases_in(
        looked.session,
        [row.grid_code],
        category=row.category_id,
        since=looked.since,
        until=looked.until,
        most=MOST_CASES,
    )
    return Found(
        subject=row.grid_code,
        district_code=row.grid_code[:6],
        longitude=None,
        latitude=None,
        evidence={
            "category_id": row.category_id,
            "category": category.name if category else "",
            "category_en": category.name_en if category else "",
            "reported": int(row.reported),
            "expected": round(expected, 2),
            "p": tail,
        },
        cases=int(row.reported),
        case_ids=ids,
    )
