"""Where in the picture the alarm is: every vendor's way of writing a box, as shares of the picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_NAMES = (
    ("x", "y", "width", "height"),
    ("left", "top", "width", "height"),
    ("X", "Y", "Width", "Height"),
    ("x", "y", "w", "h"),
)
_CORNERS = (
    ("left", "top", "right", "bottom"),
    ("x1", "y1", "x2", "y2"),
    ("LeftTopX", "LeftTopY", "RightBtmX", "RightBtmY"),
)


@dataclass(frozen=True)
class Box:
    """A part of a picture; each from 0 to 1, from the upper left corner."""

    left: float
    top: float
    width: float
    height: float


def box_in(given: Any, *, width: int, height: int) -> Box | None:
    """The box in a picture of so many pixels; None for what is no box in it.

    A list of four is left, top, right, bottom; numbers up to 1 are shares, larger ones pixels.
    """
    corners = _corners(given)
    if corners is None or None in corners or width <= 0 or height <= 0:
        return None
    left, top, right, bottom = corners
    if max(corners) > 1:
        left, right = left / width, right / width
        top, bottom = top / height, bottom / height
    if not (0 <= left < right <= 1.001 and 0 <= top < bottom <= 1.001):
        return None
    return Box(left, top, min(right, 1.0) - left, min(bottom, 1.0) - top)


def _corners(given: Any) -> tuple[float, ...] | None:
    if isinstance(given, dict):
        return _named(given)
    if not isinstance(given, list):
        return None
    if len(given) == 4 and all(_is_number(each) for each in given):
        left, top, right, bottom = given
        if right <= left or bottom <= top:  # no corner: a width and a height
            right, bottom = left + right, top + bottom
        return left, top, right, bottom
    return _around(given)


def _named(given: dict[str, Any]) -> tuple[float, ...] | None:
    for names in _CORNERS:
        values = [given.get(name) for name in names]
        if all(_is_number(each) for each in values):
            return tuple(float(each) for each in values if each is not None)
    for names in _NAMES:
        values = [given.get(name) for name in names]
        if all(_is_number(each) for each in values):
            left, top, wide, high = (float(each) for each in values if each is not None)
            return left, top, left + wide, top + high
    return None


def _around(points: Sequence[Any]) -> tuple[float, ...] | None:
    """The box around an outline: points as pairs or as {x, y}."""
    pairs = [
        (each.get("x"), each.get("y")) if isinstance(each, dict) else tuple(each)
        for each in points
        if isinstance(each, dict | list)
    ]
    found = [
        pair for pair in pairs if len(pair) == 2 and _is_number(pair[0]) and _is_number(pair[1])
    ]
    if len(found) < 3 or len(found) != len(points):
        return None
    xs, ys = [pair[0] for pair in found], [pair[1] for pair in found]
    return min(xs), min(ys), max(xs), max(ys)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
