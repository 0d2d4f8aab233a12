"""Statistics of where and when counts are higher than chance: Gi*, upper bounds of the season, false discoveries.

Sources: Ord and Getis (1995), Geographical Analysis 27 (Gi*); Benjamini and Hochberg (1995), JRSS B 57;
Farrington et al. (1996), JRSS A 159 (the bound on the two-thirds power).
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

Floats = NDArray[np.float64]
METRES_A_DEGREE = 111_320.0


@dataclass(frozen=True)
class Neighbours:
    """Who lies near whom, both ways and each near itself: pairs of places in the arrays."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    size: int


def near(lons: Floats, lats: Floats, *, metres: float) -> Neighbours:
    """The pairs of points (degrees) that are not farther apart than `metres`, each with itself."""
    scale = math.cos(math.radians(float(np.mean(lats)))) if len(lats) else 1.0
    flat = shapely.points(lons * METRES_A_DEGREE * scale, lats * METRES_A_DEGREE)
    points = np.atleast_1d(np.asarray(flat))
    first, second = shapely.STRtree(points).query(points, predicate="dwithin", distance=metres)
    return Neighbours(first, second, len(points))


def gi_star(values: Floats, around: Neighbours) -> Floats:
    """Gi* of each place as a standard normal score, with weights of one for all that are near.

    A high score: the counts in and around the place are higher than the whole field explains. Where
    nothing varies, or everything is near, the score is zero.
    """
    count = around.size
    mean = float(values.mean()) if count else 0.0
    spread = math.sqrt(max(0.0, float((values**2).mean()) - mean**2)) if count else 0.0
    local = np.bincount(around.first, weights=values[around.second], minlength=count)
    weight = np.bincount(around.first, minlength=count).astype(float)
    below = spread * np.sqrt(np.maximum(0.0, (count * weight - weight**2) / max(1, count - 1)))
    scores: Floats = np.zeros(count)
    np.divide(local - mean * weight, below, out=scores, where=below > 0)
    return scores


def upper_tail(score: float) -> float:
    """The probability that a standard normal variable is at least `score`."""
    return math.erfc(score / math.sqrt(2)) / 2


def poisson_tail(count: int, mean: float) -> float:
    """The probability of at least `count` where `mean` are expected."""
    if count <= 0:
        return 1.0
    if mean <= 0:
        return 0.0
    if count > mean + 40 * math.sqrt(mean) + 40:
        return 0.0
    below = math.fsum(
        math.exp(each * math.log(mean) - mean - math.lgamma(each + 1)) for each in range(count)
    )
    if below < 0.999_999:
        return max(0.0, 1.0 - below)
    # far out in the tail 1 - below has no digits left: add up the tail itself
    term = math.exp(count * math.log(mean) - mean - math.lgamma(count + 1))
    total, each = 0.0, count
    while term > total * 1e-17:
        total += term
        each += 1
        term *= mean / each
    return total


def discoveries(p_values: Sequence[float], *, share: float) -> list[bool]:
    """Which of many tests hold if at most `share` of those that hold may be false (Benjamini-Hochberg)."""
    order = sorted(range(len(p_values)), key=lambda each: p_values[each])
    most = 0
    for rank, each in enumerate(order, 1):
        if p_values[each] <= share * rank / len(order):
            most = rank
    kept = set(order[:most])
    return [each in kept for each in range(len(p_values))]


@dataclass(frozen=True)
class Season:
    """What the season lets expect, and the highest count that it explains."""

    expected: float
    bound: float
    spread: float


def season(reference: Sequence[float], *, score: float = 2.576) -> Season | None:
    """The bound that a count passes once in 200 spans if nothing changed; None with fewer than three references.

    The counts may vary more than Poisson's (`spread`, at least 1).
    """
    count = len(reference)
    mean = math.fsum(reference) / count if count else 0.0
    if count < 3 or mean <= 0:
        return None
    spread = max(1.0, math.fsum((each - mean) ** 2 for each in reference) / ((count - 1) * mean))
    tau = spread * (1 + 1 / count)
    bound = mean * (1 + 2 / 3 * score * math.sqrt(tau / mean)) ** 1.5
    return Season(mean, bound, spread)


def components(members: Sequence[int], around: Neighbours) -> list[list[int]]:
    """The members that hang together by being near, each group in order, the largest first."""
    inside = set(members)
    links: dict[int, list[int]] = {each: [] for each in inside}
    for one, other in zip(around.first.tolist(), around.second.tolist(), strict=True):
        if one in inside and other in inside:
            links[one].append(other)
    found: list[list[int]] = []
    while inside:
        waiting, group = [inside.pop()], []
        while waiting:
            one = waiting.pop()
            group.append(one)
            reached = inside.intersection(links[one])
            inside -= reached
            waiting += reached
        found.append(sorted(group))
    return sorted(found, key=lambda group: (-len(group), group))
