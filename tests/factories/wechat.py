"""A follower of the official account: messages as WeChat's server would post them, in every mode."""

import itertools
import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fastapi.testclient import TestClient
from httpx2 import Response
from pydantic import SecretStr
from sqlalchemy.orm import Session
from wechatpy.crypto import WeChatCrypto

from dispatch.intake.channels.wechat.api import router
from dispatch.intake.channels.wechat.messages import elements
from dispatch.intake.channels.wechat.signature import sign
from dispatch.kit import clock, config
from geo.crs import Crs, convert
from tests.factories.city import spot
from tests.factories.client import client_for

TOKEN = "a-token-for-tests"
APP_ID = "wx5823bf96d3bd56c7"
KEY = "jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C"
OLD_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
_serial = itertools.count(7_000_000_000_000_000)


def settings_with(**changes: str | bool) -> config.Settings:
    """The settings of this process with an official account in them."""
    found: dict[str, str | bool] = {
        "wechat_token": TOKEN,
        "wechat_app_id": APP_ID,
        "wechat_encoding_aes_key": KEY,
        "wechat_previous_aes_key": OLD_KEY,
        **changes,
    }
    secret = {"camera_keys", "wechat_token", "wechat_encoding_aes_key", "wechat_previous_aes_key"}
    return config.settings().model_copy(
        update={
            name: SecretStr(str(value)) if name in secret else value
            for name, value in found.items()
        }
    )


@dataclass
class Wechat:
    """WeChat's server in front of the channel; time stands where it was put."""

    client: TestClient
    at: datetime
    settings: config.Settings

    def query(self, **more: str) -> dict[str, str]:
        """The parameters that WeChat adds to the address."""
        timestamp, nonce = str(int(self.at.timestamp())), "nonce"
        return {
            "signature": sign(TOKEN, timestamp, nonce),
            "timestamp": timestamp,
            "nonce": nonce,
            **more,
        }

    def post(self, xml: str | bytes, **more: str) -> Response:
        """A message in plain mode."""
        content = xml.encode() if isinstance(xml, str) else xml
        return self.client.post("/channels/wechat", params=self.query(**more), content=content)

    def post_safe(self, xml: str, *, key: str = KEY, app_id: str = APP_ID) -> Response:
        """A message in safe mode, closed by wechatpy."""
        query = self.query(encrypt_type="aes")
        envelope = WeChatCrypto(TOKEN, key, app_id).encrypt_message(
            xml, query["nonce"], query["timestamp"]
        )
        query["msg_signature"] = elements(envelope.encode())["MsgSignature"]
        return self.client.post("/channels/wechat", params=query, content=envelope.encode())


def wechat_server(session: Session, *, at: datetime, **changes: str | bool) -> Wechat:
    """WeChat's server, calling a client whose requests run in the test's own transaction."""
    client = client_for(session, router)
    made = Wechat(client, at, settings_with(**changes))
    overrides = client.app.dependency_overrides  # type: ignore[attr-defined]
    overrides[clock.now] = lambda: made.at
    overrides[config.settings] = lambda: made.settings
    return made


def opened(answer: Response, *, key: str = KEY) -> str:
    """The words of an answer in safe mode, opened by wechatpy."""
    envelope = elements(answer.content)
    xml = WeChatCrypto(TOKEN, key, APP_ID).decrypt_message(
        answer.text, envelope["MsgSignature"], envelope["TimeStamp"], envelope["Nonce"]
    )
    return elements(xml.encode())["Content"]


def words_of(answer: Response) -> str:
    """The words of an answer in plain mode; empty for `success`."""
    assert answer.status_code == 200, answer.text
    return "" if answer.text == "success" else elements(answer.content)["Content"]


@dataclass
class Follower:
    """Somebody who writes to the account; each message a few seconds after the other."""

    server: Wechat
    openid: str = "o-citizen"
    seconds: float = 5
    sent: list[str] = field(default_factory=list)

    def xml(self, kind: str, **elements_: str | float) -> str:
        """A message with a MsgId of its own; an event without."""
        parts = {
            "ToUserName": "gh_city",
            "FromUserName": self.openid,
            "CreateTime": int(self.server.at.timestamp()),
            "MsgType": kind,
            **elements_,
        }
        if kind != "event":
            parts["MsgId"] = next(_serial)
        inner = "".join(f"<{name}><![CDATA[{value}]]></{name}>" for name, value in parts.items())
        return f"<xml>{inner}</xml>"

    def _send(self, kind: str, **elements_: str | float) -> str:
        self.server.at += timedelta(seconds=self.seconds)
        self.sent.append(self.xml(kind, **elements_))
        return words_of(self.server.post(self.sent[-1]))

    def again(self) -> str:
        """The last message once more, as WeChat sends it after five seconds."""
        return words_of(self.server.post(self.sent[-1]))

    def says(self, text: str) -> str:
        """A text message."""
        return self._send("text", Content=text)

    def speaks(self, recognition: str) -> str:
        """A voice message; `recognition` is what WeChat understood."""
        return self._send("voice", MediaId="voice", Format="amr", Recognition=recognition)

    def shows(self, media_id: str) -> str:
        """A photo."""
        return self._send("image", PicUrl=f"http://mmbiz.qpic.cn/{media_id}", MediaId=media_id)

    def stands_at(self, lon: float, lat: float, label: str = "") -> str:
        """A location message; degrees in GCJ-02."""
        return self._send("location", Location_X=lat, Location_Y=lon, Scale=20, Label=label)

    def does(self, event: str, key: str = "") -> str:
        """An event."""
        return self._send("event", Event=event, EventKey=key)

    def sends(self, kind: str, **elements_: str | float) -> str:
        """Any other message."""
        return self._send(kind, **elements_)


def pin(column: int = 2, row: int = 2) -> tuple[float, float]:
    """A place in the small city as a phone in China gives it: GCJ-02."""
    lon, lat = convert(*spot(column, row), source=Crs.CGCS2000, target=Crs.GCJ02)
    return float(lon), float(lat)


def number_in(reply: str) -> str:
    """The case number in an answer."""
    found = re.search(r"\S*?\d{4}第\d{8,}号", reply)
    assert found, reply
    return found[0].rpartition(":")[2]
