"""Seed the rules of evaluation: weights and bands to begin with, which the city makes its own."""

import json
from datetime import date
from pathlib import Path

from sqlalchemy.orm import Session

from dispatch.supervision.model import EvaluationRule
from dispatch.supervision.scoring import Evaluated


def seed_rules(session: Session, folder: Path) -> int:
    """One version for each kind of subject; a name in place of components: the same as that one's."""
    told = json.loads((folder / "evaluation/rules.json").read_text("utf-8"))
    since = date.fromisoformat(told["valid_from"])
    for evaluated in Evaluated:
        components = told["rules"][evaluated.value]
        if isinstance(components, str):
            components = told["rules"][components]
        session.add(
            EvaluationRule(
                subject=evaluated.value,
                valid_from=since,
                components=components,
                bands=told["bands"],
                note=told["source"],
            )
        )
    return len(Evaluated)
