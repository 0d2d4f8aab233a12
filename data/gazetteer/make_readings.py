#!/usr/bin/env python3
"""Write geo/gazetteer/readings.txt: the readings of 6,763 characters, so that no run needs pypinyin.

One line a reading without tones, then the characters read so (GB 2312 levels 1 and 2). A character
with several usual readings stands on several lines; its first reading carries no mark, the others
stand behind a bar. Source: pypinyin (MIT).
"""

from collections import defaultdict
from pathlib import Path

from pypinyin import Style, pinyin

TARGET = Path(__file__).parents[2] / "geo" / "gazetteer" / "readings.txt"
# Characters of place names that are read in more than one way in everyday words.
SEVERAL = "长重行乐朝会藏都调传单参曾大地堡埠塘厦盛省石少沈宿尾尉洗巷校率落六露绿蔓泊铺强桥区仇万翟"


def main() -> None:
    """Write the table."""
    first: dict[str, list[str]] = defaultdict(list)
    other: dict[str, list[str]] = defaultdict(list)
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            try:
                char = bytes((high, low)).decode("gb2312")
            except UnicodeDecodeError:
                continue
            readings = pinyin(char, style=Style.NORMAL, heteronym=True)[0]
            usual = pinyin(char, style=Style.NORMAL)[0][0]
            first[usual].append(char)
            if char in SEVERAL:
                for reading in readings:
                    if reading != usual:
                        other[reading].append(char)
    lines = [
        f"{reading} {''.join(first[reading])}"
        + (f"|{''.join(other[reading])}" if other[reading] else "")
        for reading in sorted({*first, *other})
    ]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{TARGET.name}: {len(lines)} readings, {TARGET.stat().st_size / 1e3:.0f} kB")


if __name__ == "__main__":
    main()
