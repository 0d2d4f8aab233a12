"""Seed what intake needs: policies, distances of duplicates, and what camera types mean."""

from pathlib import Path

from sqlalchemy.orm import Session

from dispatch.intake.model import CameraType, DuplicateRule, IntakePolicy
from dispatch.seed.files import rows_of
from dispatch.seed.keys import add_rows, read_keys


def seed_policies(session: Session, folder: Path) -> int:
    """How far a report goes without a hand."""
    keys = read_keys(session)
    found = [
        {
            "channel": row["channel"] or None,
            "category_id": keys.category(row["scheme"], row["category"]),
            "group": row["group"] or None,
            "min_confidence": float(row["min_confidence"]),
            "action": row["action"],
            "explanation": row["reason"],
            "explanation_en": row["reason_en"],
        }
        for row in rows_of(folder, "intake/intake_policies.csv")
    ]
    return add_rows(session, IntakePolicy, found)


def seed_duplicate_rules(session: Session, folder: Path) -> int:
    """How near two reports are the same thing."""
    keys = read_keys(session)
    found = [
        {
            "category_id": keys.category(row["scheme"], row["category"]),
            "group": row["group"] or None,
            "distance_m": float(row["distance_m"]),
            "hours": float(row["hours"]),
        }
        for row in rows_of(folder, "intake/duplicate_rules.csv")
    ]
    return add_rows(session, DuplicateRule, found)


def seed_camera_types(session: Session, folder: Path) -> int:
    """What each vendor's type code means here."""
    keys = read_keys(session)
    found = []
    for row in rows_of(folder, "intake/camera_types.csv"):
        category = keys.category(row["scheme"], row["category"])
        found.append(
            {
                "source": row["source"],
                "type_code": row["type_code"],
                "label": row["type_name"],
                "category_id": category,
                "condition_id": keys.condition(category, row["condition"]),
            }
        )
    return add_rows(session, CameraType, found)
