"""WeChat's XML messages: read what comes (safely), write what is answered."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from dispatch.kit.errors import InvalidInput

MAX_NAME = 128
#: What no XML document may hold, however it is written.
_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Message:
    """One message or event; `fields` holds every element by its own name."""

    openid: str
    account: str
    kind: str
    created_at: datetime
    fields: dict[str, str]

    def get(self, name: str) -> str:
        """An element's text without blanks around it; empty when absent."""
        return self.fields.get(name, "").strip()

    @property
    def key(self) -> str:
        """What a retry has in common with the first try."""
        if number := self.get("MsgId"):
            return number[:MAX_NAME]
        event = self.get("Event") or self.kind
        return f"{self.openid}:{self.get('CreateTime')}:{event[:MAX_NAME]}"


def _broken(zh: str, en: str) -> InvalidInput:
    return InvalidInput("invalid_xml", f"消息格式有误:{zh}", f"The message cannot be read: {en}")


def elements(raw: bytes) -> dict[str, str]:
    """The elements under the root by name; raises InvalidInput on anything but plain small XML."""
    try:
        root = fromstring(raw, forbid_dtd=True)
    except DefusedXmlException as error:
        raise _broken("不接受 DTD 与实体", "DTDs and entities are refused") from error
    except (ParseError, ValueError, LookupError) as error:
        raise _broken("不是有效的 XML", "not valid XML") from error
    return {child.tag: child.text or "" for child in root}


def read(raw: bytes) -> Message:
    """The message in `raw`; raises InvalidInput when it is none."""
    fields = elements(raw)
    created = fields.get("CreateTime", "").strip()
    for name in ("ToUserName", "FromUserName", "MsgType"):
        if not 0 < len(fields.get(name, "").strip()) <= MAX_NAME:
            raise _broken(f"缺少 {name} 或过长", f"{name} is missing or too long")
    if not (created.isascii() and created.isdigit() and len(created) <= 10):
        raise _broken("CreateTime 应为秒数", "CreateTime must be seconds")
    return Message(
        openid=fields["FromUserName"].strip(),
        account=fields["ToUserName"].strip(),
        kind=fields["MsgType"].strip().lower(),
        created_at=datetime.fromtimestamp(int(created), UTC),
        fields=fields,
    )


def _cdata(text: str) -> str:
    kept = _NOT_XML.sub("", text)
    return f"<![CDATA[{kept.replace(']]>', ']]]]><![CDATA[>')}]]>"


def text_reply(message: Message, text: str, *, at: datetime) -> bytes:
    """The passive text answer to `message`."""
    return (
        "<xml>"
        f"<ToUserName>{_cdata(message.openid)}</ToUserName>"
        f"<FromUserName>{_cdata(message.account)}</FromUserName>"
        f"<CreateTime>{int(at.timestamp())}</CreateTime>"
        "<MsgType><![CDATA[text]]></MsgType>"
        f"<Content>{_cdata(text)}</Content>"
        "</xml>"
    ).encode()


def sealed_reply(encrypted: str, *, signature: str, timestamp: str, nonce: str) -> bytes:
    """The envelope of an encrypted answer."""
    return (
        "<xml>"
        f"<Encrypt>{_cdata(encrypted)}</Encrypt>"
        f"<MsgSignature>{_cdata(signature)}</MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp>"
        f"<Nonce>{_cdata(nonce)}</Nonce>"
        "</xml>"
    ).encode()
