"""The part of GA/T 1400.4 that a device needs to bring its pictures: register, keep alive, Images, time.

A device registers with Digest (any user name, a key of `gat1400` as the password) and then names
itself in `User-Identify`, from the same address. A request may also carry Digest itself, or the
signature that other sources use.
"""

from datetime import datetime
from typing import Annotated, Any

import orjson
from fastapi import Depends, Header, Request, Response

from dispatch.intake.channels.body import body_up_to
from dispatch.intake.channels.camera import answers, devices, digest
from dispatch.intake.channels.camera.alarm import text_of, unreadable
from dispatch.intake.channels.camera.commands import take_body
from dispatch.intake.channels.camera.signature import check_signature, keys_of
from dispatch.kit import clock
from dispatch.kit.address import client_address
from dispatch.kit.config import Settings, settings
from dispatch.kit.errors import InvalidInput, NotAllowed, NotLoggedIn
from dispatch.kit.http import Db
from dispatch.kit.routes import Router

SOURCE = "gat1400"
MAX_BODY = 30 * 1024 * 1024
Body = Annotated[bytes, Depends(body_up_to(MAX_BODY))]
At = Annotated[datetime, Depends(clock.now)]
Given = Annotated[Settings, Depends(settings)]
UserIdentify = Annotated[str, Header(alias="User-Identify", max_length=64)]

viid_router = Router(prefix="/VIID", tags=["channels"])


def _named(body: bytes, wrapper: str) -> str:
    """The DeviceID in a body; raises InvalidInput when there is none."""
    try:
        payload: Any = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise unreadable("不是有效的 JSON", "not valid JSON") from error
    inner = payload.get(wrapper) if isinstance(payload, dict) else None
    device_id = text_of(inner.get("DeviceID")) if isinstance(inner, dict) else ""
    if not device_id or len(device_id) > 64:
        raise unreadable(f"应含 {wrapper}.DeviceID", f"{wrapper}.DeviceID is expected")
    return device_id


def _has_digest(request: Request, given: Settings, at: datetime) -> bool:
    return digest.answers(
        request.headers.get("authorization", ""),
        method=request.method,
        path=request.url.path,
        passwords=keys_of(given, SOURCE),
        at=at,
    )


def _has_signature(request: Request, body: bytes, given: Settings, at: datetime) -> bool:
    signature = request.headers.get("x-signature", "")
    timestamp = request.headers.get("x-timestamp", "")
    if not signature:
        return False
    try:
        check_signature(
            keys_of(given, SOURCE), body, signature=signature, timestamp=timestamp, at=at
        )
    except NotAllowed:
        return False
    return True


def _challenged(request: Request, *, at: datetime) -> Response:
    error = NotLoggedIn(
        "not_registered",
        "请先注册:POST /VIID/System/Register,Digest 认证",
        "Register first: POST /VIID/System/Register with Digest",
    )
    headers = {"WWW-Authenticate": digest.challenge(at=at)}
    return answers.viid_refused(request.url.path, error, at=at, headers=headers)


@viid_router.post("/System/Register")
def register(request: Request, db: Db, body: Body, given: Given, at: At) -> Response:
    """Register a device: 401 with a challenge first, then the same again with its answer."""
    if not _has_digest(request, given, at):
        return _challenged(request, at=at)
    try:
        device_id = _named(body, "RegisterObject")
    except InvalidInput as error:
        return answers.viid_refused(request.url.path, error, at=at)
    devices.register(db, device_id, address=client_address(request.scope), at=at)
    return answers.viid_one(request.url.path, device_id, at=at)


@viid_router.post("/System/UnRegister")
def unregister(request: Request, db: Db, body: Body, at: At) -> Response:
    """Forget a device, asked from the address it registered from."""
    try:
        device_id = _named(body, "UnRegisterObject")
    except InvalidInput as error:
        return answers.viid_refused(request.url.path, error, at=at)
    devices.unregister(db, device_id, address=client_address(request.scope))
    return answers.viid_one(request.url.path, device_id, at=at)


@viid_router.post("/System/Keepalive")
def keep_alive(request: Request, db: Db, body: Body, at: At) -> Response:
    """Keep a registration going; 401 tells the device to register again."""
    try:
        device_id = _named(body, "KeepaliveObject")
    except InvalidInput as error:
        return answers.viid_refused(request.url.path, error, at=at)
    address = client_address(request.scope)
    if not devices.is_registered(db, device_id, address=address, at=at):
        return _challenged(request, at=at)
    return answers.viid_one(request.url.path, device_id, at=at)


@viid_router.get("/System/Time")
def system_time(at: At) -> Response:
    """The platform's time, by which devices set their clocks."""
    return answers.viid_time(at)


@viid_router.post("/Images")
def images(
    request: Request, db: Db, body: Body, given: Given, at: At, device_id: UserIdentify = ""
) -> Response:
    """Take pictures, each an alarm; the answer has a status for each, 0 when it was taken."""
    address = client_address(request.scope)
    allowed = (
        devices.is_registered(db, device_id, address=address, at=at)
        or _has_digest(request, given, at)
        or _has_signature(request, body, given, at)
    )
    if not allowed:
        return _challenged(request, at=at)
    return answers.viid_list(request.url.path, take_body(db, SOURCE, body, at=at), at=at)
