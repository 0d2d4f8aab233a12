"""Boxes in pictures, however a vendor writes them."""

from typing import Any

import pytest

from dispatch.intake.channels.camera.boxes import Box, box_in

RIGHT = Box(0.25, 0.5, 0.5, 0.25)


@pytest.mark.parametrize(
    "given",
    [
        [100, 100, 300, 150],
        [0.25, 0.5, 0.75, 0.75],
        {"x": 100, "y": 100, "width": 200, "height": 50},
        {"left": 0.25, "top": 0.5, "right": 0.75, "bottom": 0.75},
        {"LeftTopX": 100, "LeftTopY": 100, "RightBtmX": 300, "RightBtmY": 150},
        [{"x": 100, "y": 100}, {"x": 300, "y": 100}, {"x": 300, "y": 150}],
        [[0.25, 0.5], [0.75, 0.5], [0.75, 0.75], [0.25, 0.75]],
        {"x": 0.25, "y": 0.5, "w": 0.5, "h": 0.25},
    ],
)
def test_every_way_of_writing_it_is_the_same_part_of_the_picture(given: Any) -> None:
    assert box_in(given, width=400, height=200) == RIGHT


@pytest.mark.parametrize(
    "given",
    [None, "x", [], [1, 2], [1, 2, 3, None], {"x": 1}, [900, 10, 950, 20], [[1, 2], [3, 4]], 7],
)
def test_what_is_no_box_in_the_picture_is_none(given: Any) -> None:
    assert box_in(given, width=400, height=200) is None
