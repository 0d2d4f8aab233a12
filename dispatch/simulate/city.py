"""What the simulated people have to say, and where they stand: the sample's texts on the seed grid."""

import secrets
import threading
from dataclasses import dataclass
from pathlib import Path
from random import Random

from dispatch.seed.cases import sample_features
from geo.grid.seed import read_seed_grid


@dataclass(frozen=True)
class Said:
    """A report before it is sent: words, and a place in WGS-84 degrees."""

    description: str
    longitude: float
    latitude: float


class CityOfSpeakers:
    """Draws reports. One in `duplicates` repeats an earlier one a few metres beside it."""

    def __init__(self, folder: Path, *, seed: int | None, duplicates: float) -> None:
        self._random = Random(seed)  # noqa: S311 - a simulation must be repeatable
        self._lock = threading.Lock()
        self._duplicates = duplicates
        self._points = read_seed_grid(folder / "grid").points
        self._texts = [
            feature["properties"]["description"]
            for feature in sample_features(folder)
            if feature["properties"].get("expect_category")
        ]
        self._earlier: list[Said] = []

    def say(self) -> Said:
        """The next report."""
        with self._lock:
            draw = self._random
            if self._earlier and draw.random() < self._duplicates:
                before = draw.choice(self._earlier[-500:])
                return Said(
                    before.description,
                    before.longitude + draw.uniform(-3e-5, 3e-5),
                    before.latitude + draw.uniform(-3e-5, 3e-5),
                )
            lon, lat = self._points[draw.randrange(len(self._points))]
            made = Said(
                draw.choice(self._texts),
                float(lon) + draw.uniform(-4e-4, 4e-4),
                float(lat) + draw.uniform(-4e-4, 4e-4),
            )
            self._earlier.append(made)
            return made

    def chance(self, share: float) -> bool:
        """Whether something that happens in `share` of cases happens now."""
        with self._lock:
            return self._random.random() < share

    def pick(self, weights: dict[str, float]) -> str:
        """One of the names, by weight."""
        with self._lock:
            return self._random.choices(list(weights), list(weights.values()))[0]

    def number(self) -> int:
        """A number for ids of messages and events, never the same in two runs."""
        return secrets.randbits(60)
