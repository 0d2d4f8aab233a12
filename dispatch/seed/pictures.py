"""Pictures for a demonstration: plain street scenes, drawn, with what a camera or a citizen would show."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Final

from PIL import Image, ImageDraw, ImageFilter, ImageFont

WIDTH, HEIGHT = 1280, 720
_HORIZON: Final = 300
Draw = ImageDraw.ImageDraw
Rect = tuple[int, int, int, int]


@dataclass(frozen=True)
class Scene:
    """A JPEG and the box (left, top, right, bottom in pixels) around what it shows."""

    jpeg: bytes
    box: Rect


def scene(kind: str, *, label: str, seed: int) -> Scene:
    """A street with `kind` on it: litter, manhole, vendor, pole or water; the same seed, the same street."""
    chance = Random(seed)  # noqa: S311 - a drawing, not a secret
    image = Image.new("RGB", (WIDTH, HEIGHT), (196, 209, 217))
    draw = ImageDraw.Draw(image)
    _street(draw, chance)
    box = _KINDS[kind](draw, chance)
    image = image.filter(ImageFilter.GaussianBlur(1.1))
    _stamp(ImageDraw.Draw(image), label)
    kept = io.BytesIO()
    image.save(kept, "JPEG", quality=86)
    return Scene(kept.getvalue(), box)


def _street(draw: Draw, chance: Random) -> None:
    """Sky, houses, trees, a pavement with its slabs and a road with its lines."""
    for y in range(_HORIZON):
        shade = y * 38 // _HORIZON
        draw.line([(0, y), (WIDTH, y)], fill=(168 + shade, 190 + shade, 208 + shade))
    left = -40
    while left < WIDTH:
        wide, high = chance.randint(120, 240), chance.randint(110, 230)
        tone = chance.randint(150, 196)
        draw.rectangle(
            (left, _HORIZON - high, left + wide, _HORIZON), fill=(tone, tone - 6, tone - 16)
        )
        for x in range(left + 14, left + wide - 20, 34):
            for y in range(_HORIZON - high + 16, _HORIZON - 24, 36):
                draw.rectangle((x, y, x + 18, y + 22), fill=(tone - 62, tone - 52, tone - 44))
        left += wide + chance.randint(4, 30)
    for place in range(60, WIDTH, 210):
        x = place + chance.randint(-40, 40)
        draw.rectangle((x - 5, _HORIZON - 60, x + 5, _HORIZON + 18), fill=(104, 84, 66))
        for dx, dy, r in ((-26, -92, 34), (22, -96, 36), (0, -124, 38)):
            draw.ellipse(
                (x + dx - r, _HORIZON + dy - r, x + dx + r, _HORIZON + dy + r), fill=(84, 120, 78)
            )
    draw.polygon([(0, _HORIZON), (WIDTH, _HORIZON), (WIDTH, 470), (0, 540)], fill=(178, 172, 162))
    for n in range(14):
        draw.line([(n * 100, _HORIZON), (n * 150 - 360, 545)], fill=(160, 154, 144), width=2)
    draw.polygon([(0, 540), (WIDTH, 470), (WIDTH, HEIGHT), (0, HEIGHT)], fill=(92, 95, 99))
    draw.line([(0, 546), (WIDTH, 476)], fill=(206, 204, 198), width=9)
    for n in range(7):
        x = n * 200 + 20
        draw.line([(x, 660 - n * 8), (x + 110, 653 - n * 8)], fill=(226, 226, 220), width=8)


def _litter(draw: Draw, chance: Random) -> Rect:
    x, y = chance.randint(220, 840), chance.randint(400, 440)
    for _ in range(46):
        px, py = x + chance.randint(-120, 120), y + chance.randint(-34, 44)
        size = chance.randint(8, 34)
        tone = chance.choice(
            ((238, 238, 232), (60, 98, 140), (172, 60, 52), (40, 44, 46), (214, 190, 120))
        )
        draw.ellipse((px - size, py - size // 2, px + size, py + size // 2), fill=tone)
    return (x - 160, y - 60, x + 160, y + 72)


def _manhole(draw: Draw, chance: Random) -> Rect:
    x, y = chance.randint(260, 960), chance.randint(590, 630)
    draw.ellipse((x - 84, y - 32, x + 84, y + 32), fill=(130, 132, 134))
    draw.ellipse((x - 70, y - 26, x + 70, y + 26), fill=(18, 18, 20))
    draw.arc((x - 70, y - 26, x + 70, y + 26), 200, 340, fill=(70, 72, 74), width=6)
    return (x - 98, y - 46, x + 98, y + 46)


def _vendor(draw: Draw, chance: Random) -> Rect:
    x, y = chance.randint(260, 900), 450
    draw.rectangle((x - 96, y - 60, x + 96, y), fill=(168, 120, 70))
    draw.polygon(
        [(x - 130, y - 150), (x + 130, y - 150), (x + 108, y - 108), (x - 108, y - 108)],
        fill=(196, 58, 52),
    )
    for dx in (-92, 92):
        draw.line([(x + dx, y - 112), (x + dx, y)], fill=(84, 84, 84), width=5)
    for dx in range(-80, 81, 26):
        draw.ellipse(
            (x + dx - 12, y - 78, x + dx + 12, y - 56),
            fill=chance.choice(((226, 150, 44), (120, 160, 60), (200, 60, 50))),
        )
    draw.ellipse((x + 118, y - 116, x + 146, y - 88), fill=(206, 168, 140))
    draw.rectangle((x + 112, y - 88, x + 152, y + 6), fill=(58, 76, 104))
    return (x - 142, y - 162, x + 164, y + 18)


def _pole(draw: Draw, chance: Random) -> Rect:
    x = chance.randint(340, 900)
    draw.line([(x, 500), (x + 120, 130)], fill=(86, 88, 90), width=14)
    draw.line([(x + 120, 130), (x + 196, 150)], fill=(86, 88, 90), width=8)
    draw.ellipse((x + 184, 140, x + 232, 166), fill=(232, 228, 204))
    return (x - 26, 116, x + 244, 514)


def _water(draw: Draw, chance: Random) -> Rect:
    x, y = chance.randint(360, 820), 610
    draw.ellipse((x - 270, y - 54, x + 270, y + 62), fill=(118, 136, 148))
    draw.ellipse((x - 200, y - 30, x + 170, y + 30), fill=(148, 166, 176))
    return (x - 284, y - 66, x + 284, y + 76)


_KINDS: Final[dict[str, Callable[[Draw, Random], Rect]]] = {
    "litter": _litter,
    "manhole": _manhole,
    "vendor": _vendor,
    "pole": _pole,
    "water": _water,
}


def _stamp(draw: Draw, label: str) -> None:
    """The line that a camera writes into its pictures."""
    font = ImageFont.load_default(size=26)
    draw.text((27, 25), label, font=font, fill=(20, 24, 26))
    draw.text((25, 23), label, font=font, fill=(246, 246, 240))
