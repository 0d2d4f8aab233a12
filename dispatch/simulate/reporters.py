"""Those who report, by channel: citizens on the web and in WeChat, cameras, agents, inspectors."""

import hashlib
import hmac
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode
from xml.sax.saxutils import escape

import orjson

from dispatch.kit import clock
from dispatch.simulate.city import CityOfSpeakers, Said
from dispatch.simulate.people import People
from dispatch.simulate.tally import Tally
from dispatch.simulate.wire import Answer
from geo.crs import Crs, convert

#: What a camera of the demonstration can see; its types stand in `data/intake/camera_types.csv`.
_ALARMS = ("exposed_refuse", "manhole_missing", "line_down", "road_damage", "full_bin")
_OK = (200, 201)
#: A case number in a reply; the id has the same digits.
_NUMBER = re.compile(r"(\d{4})第(\d{4})(\d{4,})号")


@dataclass(frozen=True)
class Reporters:
    """Sends one report by one channel and tells the tally of it; `late` is the wait before sending."""

    people: People
    city: CityOfSpeakers
    tally: Tally

    def send(self, channel: str, *, late: float) -> None:
        """One report."""
        ways: dict[str, Callable[[Said, float], None]] = {
            "web": self._web,
            "wechat": self._wechat,
            "camera": self._camera,
            "agent": self._agent,
            "inspector": self._inspector,
        }
        ways[channel](self.city.say(), late)

    def _count(self, channel: str, answer: Answer, late: float) -> None:
        if self.tally.note(f"report {channel}", answer, late=late, fine=_OK):
            self.tally.report(answer.body["id"], channel, new=answer.status == 201)

    def _web(self, said: Said, late: float) -> None:
        answer = self.people.wire.send(
            "POST",
            "/api/v1/reports",
            json={
                "description": said.description,
                "longitude": said.longitude,
                "latitude": said.latitude,
                "contact_phone": "13800000000",
            },
            headers={"Idempotency-Key": str(self.city.number())},
        )
        self._count("web", answer, late)

    def _staff(self, channel: str, username: str, said: Said, late: float) -> None:
        answer = self.people.ask(
            username,
            "POST",
            "/api/v1/cases",
            {
                "description": said.description,
                "longitude": said.longitude,
                "latitude": said.latitude,
            },
        )
        self._count(channel, answer, late)

    def _agent(self, said: Said, late: float) -> None:
        self._staff("agent", self.people.username("agent"), said, late)

    def _inspector(self, said: Said, late: float) -> None:
        self._staff("inspector", self.people.username("inspector"), said, late)

    def _camera(self, said: Said, late: float) -> None:
        number = self.city.number()
        body = orjson.dumps(
            {
                "event_id": f"sim-{number}",
                "camera_id": self.people.demo["camera"]["camera_id"],
                "type": _ALARMS[number % len(_ALARMS)],
                "happened_at": clock.now().isoformat(),
                "confidence": 0.97 if number % 10 else 0.4,
                "status": "instant",
                "longitude": said.longitude,
                "latitude": said.latitude,
            }
        )
        key = self.people.demo["camera"]["key"].encode()
        answer = self.people.wire.send(
            "POST",
            f"/channels/camera/{self.people.demo['camera']['source']}",
            body=body,
            headers={
                "Content-Type": "application/json",
                "X-Timestamp": clock.now().isoformat(),
                "X-Signature": "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest(),
            },
        )
        self._count("camera", answer, late)

    def _wechat(self, said: Said, late: float) -> None:
        """Words, then a place: the answer to the second message tells the number."""
        follower = f"sim-{self.city.number()}"
        lon, lat = convert(said.longitude, said.latitude, source=Crs.WGS84, target=Crs.GCJ02)
        messages = (
            f"<MsgType>text</MsgType><Content>{escape(said.description)}</Content>",
            (
                f"<MsgType>location</MsgType><Location_X>{lat:.6f}</Location_X>"
                f"<Location_Y>{lon:.6f}</Location_Y><Scale>16</Scale><Label></Label>"
            ),
        )
        for middle in messages:
            answer = self._message(follower, middle)
            self.tally.note("report wechat", answer, late=late, fine=(200,))
            number = _NUMBER.search(answer.body.decode() if answer.status == 200 else "")
            if number is not None:
                self.tally.report("{}{}-{}".format(*number.groups()), "wechat", new=True)

    def _message(self, follower: str, middle: str) -> Answer:
        given = self.people.demo["wechat"]
        stamp, nonce = str(int(time.time())), str(self.city.number())
        parts = "".join(sorted((given["token"], stamp, nonce)))
        signature = hashlib.sha1(parts.encode(), usedforsecurity=False).hexdigest()
        query = urlencode({"signature": signature, "timestamp": stamp, "nonce": nonce})
        xml = (
            f"<xml><ToUserName>{given['app_id']}</ToUserName><FromUserName>{follower}</FromUserName>"
            f"<CreateTime>{stamp}</CreateTime>{middle}<MsgId>{self.city.number()}</MsgId></xml>"
        )
        return self.people.wire.send(
            "POST",
            f"/channels/wechat?{query}",
            body=xml.encode(),
            headers={"Content-Type": "text/xml"},
        )
