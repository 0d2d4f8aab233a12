"""docs/evaluation.md names every measure and rate, as they are counted."""

from dispatch.supervision.measures import MEASURES, RATES
from tests.house.tree import ROOT

TEXT = (ROOT / "docs/evaluation.md").read_text("utf-8")


def test_every_measure_and_rate_is_documented_as_it_is_counted() -> None:
    for each in MEASURES:
        assert f"| `{each.name}` | {each.words[0]} | {each.words[1]} |" in TEXT
        assert each.means[0] in TEXT
    for rate in RATES.values():
        assert f"(`{rate.part} / {rate.whole}`)" in TEXT
