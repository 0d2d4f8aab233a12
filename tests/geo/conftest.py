"""The demonstration grid, read once."""

from pathlib import Path

import pytest

from geo.grid import Grid
from geo.grid.seed import read_seed_grid

SEED = Path(__file__).parents[2] / "data" / "grid"


@pytest.fixture(scope="session")
def seed_grid() -> Grid:
    return read_seed_grid(SEED)
