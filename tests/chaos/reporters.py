"""Citizens who report until they are told to stop: at the web's door, and past it."""

import random
import threading
import time
import uuid

import httpx2
import pytest

from dispatch.cases.model import Channel
from dispatch.intake.commands import receive
from dispatch.intake.schemas import Report
from dispatch.kit import clock, db
from tests.factories.city import spot

PAUSE = 0.1
PATIENCE = 60.0


def take_in(description: str, *, key: str) -> str:
    """A report somewhere in the city, in a transaction of its own; the case's id."""
    longitude, latitude = spot(random.randrange(5), random.randrange(5))
    with db.open_session() as session:
        receipt = receive(
            session,
            Report(
                channel=Channel.WEB,
                description=description,
                longitude=longitude,
                latitude=latitude,
                dedupe_key=key,
                payload={"key": key},
            ),
            at=clock.now(),
        )
    return receipt.id


class Reporter(threading.Thread):
    """Sends reports, each under a key of its own; `answered` keeps the case of each key."""

    def __init__(self, base_url: str, stop: threading.Event) -> None:
        super().__init__()
        self.answered: dict[str, str] = {}
        self._base_url = base_url
        self._told_to_stop = stop

    def run(self) -> None:
        while not self._told_to_stop.wait(PAUSE):
            key = str(uuid.uuid4())
            self.answered[key] = self._report(key)

    def _report(self, key: str) -> str:
        return take_in("路口的井盖不见了", key=key)


class WebReporter(Reporter):
    """The same by HTTP, each report again and again until it is answered."""

    def _report(self, key: str) -> str:
        longitude, latitude = spot(random.randrange(5), random.randrange(5))
        body = {"description": "路口的井盖不见了", "longitude": longitude, "latitude": latitude}
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                answer = httpx2.post(
                    f"{self._base_url}/api/v1/reports",
                    json=body,
                    headers={"Idempotency-Key": key},
                    timeout=10,
                )
            except httpx2.TransportError:
                time.sleep(0.2)
                continue
            if answer.status_code in (200, 201):
                return str(answer.json()["id"])
            assert answer.status_code >= 500, answer.text
            time.sleep(0.2)
        pytest.fail(f"the web did not answer within {PATIENCE:g} s")
