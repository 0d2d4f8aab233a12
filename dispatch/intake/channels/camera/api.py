"""The addresses that cameras and their platforms call."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header, Response

from dispatch.intake.channels.body import body_up_to
from dispatch.intake.channels.camera.adapters import ADAPTERS
from dispatch.intake.channels.camera.answers import AlarmAnswer, AlarmAnswers, answer
from dispatch.intake.channels.camera.commands import take_body
from dispatch.intake.channels.camera.signature import check_signature, keys_of
from dispatch.intake.channels.camera.viid import viid_router
from dispatch.kit import clock
from dispatch.kit.config import Settings, settings
from dispatch.kit.errors import NotFound
from dispatch.kit.http import Db
from dispatch.kit.routes import Router

#: A picture of 20 MB as Base64, and what is around it.
MAX_BODY = 30 * 1024 * 1024

router = Router(prefix="/channels/camera", tags=["channels"])


@router.post(
    "/{source}",
    response_model=AlarmAnswer | AlarmAnswers,
    responses={201: {"model": AlarmAnswer, "description": "A new case"}},
)
def alarm(
    source: str,
    db: Db,
    body: Annotated[bytes, Depends(body_up_to(MAX_BODY))],
    given: Annotated[Settings, Depends(settings)],
    at: Annotated[datetime, Depends(clock.now)],
    x_signature: Annotated[str, Header(max_length=128)] = "",
    x_timestamp: Annotated[str, Header(max_length=64)] = "",
) -> Response:
    """Take one alarm, or several in the forms that allow it: `generic`, `hikvision`, `gat1400`.

    What is refused is kept in the intake log all the same; it can be sent or played again.
    """
    if source not in ADAPTERS:
        names = "、".join(ADAPTERS)
        raise NotFound(
            "unknown_source",
            f"没有 {source} 这种告警来源,可用:{names}",
            f"There is no alarm source {source}; there are {', '.join(ADAPTERS)}",
        )
    keys = keys_of(given, source)
    check_signature(keys, body, signature=x_signature, timestamp=x_timestamp, at=at)
    return answer(take_body(db, source, body, at=at))


router.include_router(viid_router, prefix="/gat1400")
