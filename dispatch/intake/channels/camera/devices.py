"""GA/T 1400 devices that have registered, until they fall silent or say good-bye."""

from datetime import datetime, timedelta

from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from dispatch.intake.model import CameraDevice

#: A registration lasts this long after the device's last request.
LASTS = timedelta(minutes=5)


def register(session: Session, device_id: str, *, address: str, at: datetime) -> None:
    """Remember a device that has proved who it is, and the address it calls from."""
    row = {"address": address, "registered_at": at, "seen_at": at}
    session.execute(
        insert(CameraDevice)
        .values(device_id=device_id, **row)
        .on_conflict_do_update(index_elements=["device_id"], set_=row)
    )


def unregister(session: Session, device_id: str, *, address: str) -> None:
    """Forget a device that says good-bye."""
    session.execute(
        delete(CameraDevice).where(
            CameraDevice.device_id == device_id, CameraDevice.address == address
        )
    )


def is_registered(session: Session, device_id: str, *, address: str, at: datetime) -> bool:
    """Whether the device is registered from this address; its registration then lasts on."""
    seen = session.execute(
        update(CameraDevice)
        .where(
            CameraDevice.device_id == device_id,
            CameraDevice.address == address,
            CameraDevice.seen_at >= at - LASTS,
        )
        .values(seen_at=at)
        .returning(CameraDevice.device_id)
        .execution_options(synchronize_session=False)
    )
    return seen.first() is not None
