"""What an administrator may not write into the rules of intake: policies, distances, camera types."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from dispatch.catalogue.reference import catalogue
from dispatch.intake.model import PolicyAction
from dispatch.kit.errors import invalid


def check_policy(_session: Session, values: Mapping[str, Any]) -> None:
    """A policy has an action and a confidence from 0 to 1, for a category or a group. Raises InvalidInput."""
    if values["action"] not in set(PolicyAction):
        raise invalid("action", "请选择办到哪一步", "Choose how far it goes")
    _one_subject(values)


def check_duplicate_rule(_session: Session, values: Mapping[str, Any]) -> None:
    """A distance is for a category, a group, or all. Raises InvalidInput."""
    _one_subject(values)


def check_camera_type(session: Session, values: Mapping[str, Any]) -> None:
    """A condition belongs to the category beside it. Raises InvalidInput."""
    condition = catalogue(session).conditions.get(values["condition_id"] or 0)
    if values["condition_id"] and (
        condition is None or condition.category_id != values["category_id"]
    ):
        raise invalid(
            "condition_id", "立案条件不属于所选类别", "The condition is not one of this category"
        )


def _one_subject(values: Mapping[str, Any]) -> None:
    if values["category_id"] is not None and values["group"]:
        raise invalid("group", "类别和大类只填一项", "Give a category or a group, not both")
