"""Caches that forget what a rolled-back test put into them."""

from collections.abc import Iterator

import pytest

from dispatch.kit import reference


@pytest.fixture(autouse=True)
def _fresh_caches() -> Iterator[None]:
    reference.forget_all()
    yield
    reference.forget_all()
