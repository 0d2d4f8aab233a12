"""Cameras before the small city's streets, and a platform that sends their alarms signed."""

import base64
import io
import itertools
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from fastapi.testclient import TestClient
from httpx2 import Response
from PIL import Image
from pydantic import SecretStr
from sqlalchemy.orm import Session

from dispatch.intake.channels.camera.api import router
from dispatch.intake.channels.camera.signature import sign
from dispatch.intake.model import Camera, CameraType
from dispatch.kit import clock, config
from tests.factories.city import City, spot
from tests.factories.client import client_for

KEY, OLD_KEY = "the key of now", "the key before"
KEYS = json.dumps({"generic": [KEY, OLD_KEY], "hikvision": [KEY], "gat1400": [KEY, OLD_KEY]})
_serial = itertools.count(1)


def add_cameras(session: Session, city: City) -> None:
    """CAM-1 looks at the middle of the city; CAM-2 sets a bar of its own; CAM-OUT stands outside."""
    litter = {"category_id": city.litter.id, "condition_id": city.exposed.id}
    for source in ("generic", "hikvision", "gat1400"):
        session.add_all(
            [
                _camera(source, "CAM-1", spot(2, 2)),
                _camera(source, "CAM-2", spot(3, 3), min_confidence=0.95),
                _camera(source, "CAM-OFF", spot(1, 1), enabled=False),
                _camera(source, "CAM-OUT", (110.5, 25.5)),
                CameraType(source=source, type_code="1005", label="暴露垃圾", **litter),
                CameraType(
                    source=source, type_code="1012", label="井盖破损", category_id=city.manhole.id
                ),
                CameraType(source=source, type_code="9", label="人脸"),
            ]
        )
    session.flush()


def _camera(source: str, code: str, place: tuple[float, float], **more: Any) -> Camera:
    return Camera(
        source=source,
        code=code,
        name=f"航一路{code}",
        address="航一路口",
        synthetic=True,
        geom=f"SRID=4490;POINT({place[0]} {place[1]})",
        **more,
    )


def picture(width: int = 64) -> str:
    """A real JPEG as Base64."""
    stream = io.BytesIO()
    Image.new("RGB", (width, 48), "grey").save(stream, "JPEG")
    return base64.b64encode(stream.getvalue()).decode()


def alarm(at: datetime, **changes: Any) -> dict[str, Any]:
    """An alarm in our own form, with an event id of its own."""
    return {
        "event_id": f"event-{next(_serial)}",
        "camera_id": "CAM-1",
        "type": "1005",
        "happened_at": at.isoformat(),
        "confidence": 0.91,
        "status": "instant",
        **changes,
    }


@dataclass
class Platform:
    """A vendor's platform; time stands where it was put."""

    client: TestClient
    at: datetime
    settings: config.Settings

    def send(
        self, body: Any, *, source: str = "generic", key: str = KEY, **headers: str
    ) -> Response:
        """Post a body signed with a key at the present time; `headers` replace or add."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        signed = {
            "X-Signature": sign(key, content),
            "X-Timestamp": str(int(self.at.timestamp())),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        return self.client.post(f"/channels/camera/{source}", content=content, headers=signed)

    def raises(self, **changes: Any) -> dict[str, Any]:
        """Send one alarm of the present moment, which must be taken; the answer."""
        answer = self.send(alarm(self.at, **changes))
        assert answer.status_code in {200, 201}, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def wait(self, **time: float) -> None:
        """Let time pass."""
        self.at += timedelta(**time)


def camera_settings(keys: str = KEYS) -> config.Settings:
    """The settings of this process with these keys for cameras."""
    return config.settings().model_copy(update={"camera_keys": SecretStr(keys)})


def camera_platform(session: Session, *, at: datetime, keys: str = KEYS) -> Platform:
    """A platform whose requests run in the test's own transaction."""
    client = client_for(session, router)
    made = Platform(client, at, camera_settings(keys))
    overrides = client.app.dependency_overrides  # type: ignore[attr-defined]
    overrides[clock.now] = lambda: made.at
    overrides[config.settings] = lambda: made.settings
    return made
