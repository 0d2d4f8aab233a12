"""The address that WeChat's server calls: the check of the account, and every message of its followers."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Query, Response
from fastapi.responses import PlainTextResponse

from dispatch.intake.channels.body import body_up_to
from dispatch.intake.channels.wechat.account import account
from dispatch.intake.channels.wechat.commands import keep_unreadable, take
from dispatch.intake.channels.wechat.envelope import (
    Signed,
    check_address,
    ciphertext_of,
    opened,
    sealed,
)
from dispatch.intake.channels.wechat.messages import read, text_reply
from dispatch.kit import clock
from dispatch.kit.config import Settings, settings
from dispatch.kit.errors import InvalidInput
from dispatch.kit.http import Db, problem_of
from dispatch.kit.routes import Router

#: WeChat's messages are a few kilobytes; pictures come as addresses.
MAX_BODY = 256 * 1024
NOTHING_TO_SAY = "success"

router = Router(prefix="/channels/wechat", tags=["channels"])


def _signed(
    signature: Annotated[str, Query(max_length=64)] = "",
    timestamp: Annotated[str, Query(max_length=16)] = "",
    nonce: Annotated[str, Query(max_length=128)] = "",
    msg_signature: Annotated[str, Query(max_length=64)] = "",
) -> Signed:
    return Signed(signature, timestamp, nonce, msg_signature)


@router.get("", response_class=PlainTextResponse)
def check(
    signed: Annotated[Signed, Depends(_signed)],
    given: Annotated[Settings, Depends(settings)],
    at: Annotated[datetime, Depends(clock.now)],
    echostr: Annotated[str, Query(max_length=512)] = "",
) -> PlainTextResponse:
    """Prove to WeChat's console that this address knows the token."""
    check_address(account(given), signed, at=at)
    return PlainTextResponse(echostr)


@router.post("", response_class=Response)
def message(
    db: Db,
    signed: Annotated[Signed, Depends(_signed)],
    body: Annotated[bytes, Depends(body_up_to(MAX_BODY))],
    given: Annotated[Settings, Depends(settings)],
    at: Annotated[datetime, Depends(clock.now)],
) -> Response:
    """Take one message in plain, compatible or safe mode; the answer is passive text or `success`."""
    ours = account(given)
    ciphertext = ciphertext_of(ours, signed, body, at=at)
    try:
        inside = opened(ours, body, ciphertext)
        found = read(inside.xml)
    except InvalidInput as error:
        keep_unreadable(db, ours.app_id, body, error, at=at)
        return problem_of(error)
    words = take(db, ours.app_id, found, inside.xml, at=at)
    if not words:
        return PlainTextResponse(NOTHING_TO_SAY)
    reply = text_reply(found, words, at=at)
    if inside.cipher is not None:
        reply = sealed(ours, inside.cipher, reply, at=at)
    return Response(reply, media_type="application/xml")
