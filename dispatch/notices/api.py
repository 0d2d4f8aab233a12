"""The door through which the SMS gateway brings what people answer."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header
from pydantic import BaseModel, Field, ValidationError

from dispatch.intake.channels.body import body_up_to
from dispatch.kit import clock
from dispatch.kit.config import Settings, settings
from dispatch.kit.errors import Unavailable, invalid
from dispatch.kit.http import Db
from dispatch.kit.routes import Router
from dispatch.notices.commands.uplink import Uplink, check_signature, hear_uplink

MAX_BODY = 16 * 1024

router = Router(prefix="/channels/sms", tags=["channels"])


class UplinkIn(BaseModel):
    """An SMS that came in. `from`: the number, however it is written."""

    id: str = Field(default="", max_length=100)
    sender: str = Field(alias="from", pattern=r"^\+?[0-9 -]{5,20}$")
    text: str = Field(max_length=2000)


class UplinkOut(BaseModel):
    """What became of it."""

    done: Uplink


@router.post("")
def uplink(
    db: Db,
    body: Annotated[bytes, Depends(body_up_to(MAX_BODY))],
    given: Annotated[Settings, Depends(settings)],
    at: Annotated[datetime, Depends(clock.now)],
    signature: Annotated[str, Header(alias="X-Signature", max_length=200)] = "",
    timestamp: Annotated[str, Header(alias="X-Timestamp", max_length=20)] = "",
) -> UplinkOut:
    """Take an answer to an SMS: TD or 退订 ends SMS to that number, 恢复 begins it again."""
    secret = given.sms_secret.get_secret_value()
    if not secret:
        raise Unavailable(
            "not_configured",
            "短信通道尚未配置：请设置 DISPATCH_SMS_SECRET",
            "No SMS gateway here: set DISPATCH_SMS_SECRET",
        )
    check_signature(secret, body, signature=signature, timestamp=timestamp, at=at)
    try:
        found = UplinkIn.model_validate_json(body)
    except ValidationError:
        raise invalid(
            "body",
            '内容应为 JSON：{"id", "from", "text"}',
            'The body must be JSON: {"id", "from", "text"}',
            code="invalid_body",
        ) from None
    return UplinkOut(done=hear_uplink(db, number=found.sender, text=found.text, at=at))
