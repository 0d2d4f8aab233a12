"""What a running demonstration tells its clients: log-ins, keys and addresses, in `var/demo.json`."""

import hashlib
import hmac
import json
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.catalogue.reference import catalogue
from dispatch.departments.reference import departments
from dispatch.facilities.commands import give_key
from dispatch.intake.model import Camera
from dispatch.kit import clock
from dispatch.kit.config import settings
from dispatch.people.model import Role, User
from dispatch.routing.queries import Question, decide
from dispatch.seed.people import DEMO_PASSWORD, demo_log_ins

#: The names under which clients look for a log-in.
_NAMES = {Role.MANAGER: "department"}
#: The category whose responsible unit the demonstration's department belongs to.
_SHOWN = "P0123"


def facility_key() -> str:
    """The demonstration's key for live parking and toilets, derived so that every start knows it."""
    secret = settings().secret_key.get_secret_value().encode()
    return hmac.new(secret, b"demo facility key", hashlib.sha256).hexdigest()[:40]


def write_demo(session: Session, *, path: Path) -> dict[str, Any]:
    """Write the file and return what it holds. Only for demonstrations: production never has it."""
    give_key(session, key=facility_key(), name="demo", kind=None)
    given = settings()
    camera = session.scalars(
        select(Camera).where(Camera.source == "generic").order_by(Camera.id).limit(1)
    ).first()
    keys = json.loads(given.camera_keys.get_secret_value() or "{}")
    told = {
        "base_url": given.base_url,
        "users": _users(session),
        "managers": _managers(session),
        "inspectors": _inspectors(session),
        "wechat": {
            "token": given.wechat_token.get_secret_value(),
            "app_id": given.wechat_app_id,
            "encoding_aes_key": given.wechat_encoding_aes_key.get_secret_value(),
        },
        "camera": {
            "source": "generic",
            "key": next(iter(keys.get("generic", [])), ""),
            "camera_id": camera.code if camera else "",
        },
        "facility_key": facility_key(),
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    path.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", "utf-8")
    return told


def _users(session: Session) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for role, log_in in demo_log_ins(session).items():
        found[_NAMES.get(role, role.value)] = {
            "username": log_in.username,
            "password": log_in.password,
            **({"department": log_in.department} if log_in.department else {}),
        }
    shown = _shown_department(session)
    for role in (Role.MANAGER, Role.HANDLER):
        user = session.scalars(
            select(User)
            .where(User.department_id == shown, User.roles.contains([role.value]), User.active)
            .order_by(User.id)
            .limit(1)
        ).first()
        if user is not None and shown is not None:
            found[_NAMES.get(role, role.value)] = {
                "username": user.username,
                "password": DEMO_PASSWORD,
                "department": departments(session)[shown].name,
            }
    return found


def _shown_department(session: Session) -> int | None:
    """The unit that a missing manhole cover usually goes to."""
    question = Question(
        category=catalogue(session).find(_SHOWN),
        on=clock.now().astimezone(clock.CITY_ZONE).date(),
    )
    return decide(session, question).department_id


def _managers(session: Session) -> dict[str, str]:
    """A manager's user name for each department, all with the same password."""
    rows = session.execute(
        select(User.username, User.department_id)
        .where(User.roles.contains([Role.MANAGER.value]), User.synthetic, User.active)
        .order_by(User.id.desc())
    )
    units = departments(session)
    return {units[unit].name: username for username, unit in rows if unit is not None}


def _inspectors(session: Session) -> dict[str, str]:
    """An inspector's user name for each working grid."""
    users = session.scalars(
        select(User)
        .where(User.roles.contains([Role.INSPECTOR.value]), User.synthetic, User.active)
        .order_by(User.id.desc())
    )
    return {grid: user.username for user in users for grid in user.working_grids}
