"""Seed what is published: the open data sets, and what is set for each kind of bulletin."""

from pathlib import Path

from sqlalchemy.orm import Session

from dispatch.bulletins.model import BulletinRule
from dispatch.opendata.model import OpenDataset
from dispatch.seed.files import rows_of
from dispatch.seed.keys import add_rows

TRUE = "true"


def seed_datasets(session: Session, folder: Path) -> int:
    """The data sets that the city publishes."""
    found = [
        {**row, "position": int(row["position"])} for row in rows_of(folder, "open/datasets.csv")
    ]
    return add_rows(session, OpenDataset, found)


def seed_bulletin_rules(session: Session, folder: Path) -> int:
    """When each kind of bulletin is made, and in whose name."""
    found = [
        {
            **row,
            **{name: int(row[name]) for name in ("day", "hour", "begins", "most")},
            **{name: row[name] == TRUE for name in ("enabled", "publishes", "public")},
        }
        for row in rows_of(folder, "open/bulletin_rules.csv")
    ]
    return add_rows(session, BulletinRule, found)
