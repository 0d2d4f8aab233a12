"""A GA/T 1400 device: it registers with Digest, stays alive, and brings pictures."""

import copy
from datetime import timedelta
from typing import Any

import orjson
import pytest
from fastapi.testclient import TestClient
from httpx2 import DigestAuth, Request, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.cases.model import Case
from dispatch.intake.channels.camera.digest import answers, challenge
from dispatch.intake.channels.camera.signature import sign
from dispatch.intake.model import CameraDevice
from tests.dispatch.intake.channels.camera.test_adapters import GAT1400
from tests.factories.cameras import KEY, OLD_KEY, Platform, add_cameras, camera_platform, picture
from tests.factories.city import NOW, City

BASE = "/channels/camera/gat1400/VIID"
DEVICE = "45020200001190000001"


@pytest.fixture
def platform(session: Session, city: City) -> Platform:
    add_cameras(session, city)
    return camera_platform(session, at=NOW)


@pytest.fixture
def device(platform: Platform) -> TestClient:
    platform.client.headers["User-Identify"] = DEVICE
    platform.client.headers["Content-Type"] = "application/VIID+JSON;charset=utf-8"
    return platform.client


def post(client: TestClient, path: str, body: Any, **more: Any) -> Response:
    return client.post(f"{BASE}{path}", content=orjson.dumps(body), **more)


def register(client: TestClient, *, key: str = KEY, user: str = "device") -> Response:
    body = {"RegisterObject": {"DeviceID": DEVICE}}
    return post(client, "/System/Register", body, auth=DigestAuth(user, key))


def image(**info: Any) -> dict[str, Any]:
    made = copy.deepcopy(GAT1400)
    found = made["ImageListObject"]["Image"][0]
    found["ImageInfo"].update({"DeviceID": "CAM-1", **info})  # type: ignore[attr-defined]
    found["Data"] = picture()
    return made


def statuses(answer: Response) -> list[tuple[str, str]]:
    listed = answer.json()["ResponseStatusListObject"]["ResponseStatusObject"]
    return [(each["Id"], each["StatusCode"]) for each in listed]


def test_the_first_call_is_answered_with_a_challenge(device: TestClient) -> None:
    answer = post(device, "/System/Register", {"RegisterObject": {"DeviceID": DEVICE}})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith('Digest realm="VIID"')
    assert answer.headers["content-type"] == "application/VIID+JSON;charset=utf-8"
    assert answer.json()["ResponseStatusObject"]["StatusCode"] == "4"


@pytest.mark.parametrize("key", [KEY, OLD_KEY])
def test_a_device_registers_and_brings_a_picture(
    session: Session, device: TestClient, key: str
) -> None:
    answer = register(device, key=key)
    assert answer.status_code == 200
    status = answer.json()["ResponseStatusObject"]
    assert (status["StatusCode"], status["Id"]) == ("0", DEVICE)
    assert status["LocalTime"] == "20261123100000"
    sent = image(Confidence=0.97)
    assert statuses(post(device, "/Images", sent)) == [
        ("45020200131000000001202611211000000001", "0")
    ]
    case = session.scalars(select(Case)).one()
    assert (case.channel, case.review_reason) == ("camera", None)
    assert "垃圾堆放" in case.description


def test_without_a_confidence_the_picture_waits_for_an_agent(
    session: Session, device: TestClient
) -> None:
    register(device)
    post(device, "/Images", image())
    assert session.scalars(select(Case.review_reason)).all() == ["no_confidence"]


def test_a_wrong_password_is_challenged_again(session: Session, device: TestClient) -> None:
    assert register(device, key="wrong").status_code == 401
    assert session.scalars(select(CameraDevice)).all() == []


def test_who_has_not_registered_brings_nothing(session: Session, device: TestClient) -> None:
    assert post(device, "/Images", image()).status_code == 401
    assert session.scalars(select(Case)).all() == []


def test_a_registration_ends_after_five_silent_minutes(
    platform: Platform, device: TestClient
) -> None:
    register(device)
    alive = {"KeepaliveObject": {"DeviceID": DEVICE}}
    for _ in range(3):
        platform.wait(minutes=4)
        assert post(device, "/System/Keepalive", alive).status_code == 200
    platform.wait(minutes=5, seconds=1)
    assert post(device, "/System/Keepalive", alive).status_code == 401
    assert post(device, "/Images", image()).status_code == 401


def test_a_registration_does_not_hold_from_another_address(
    session: Session, platform: Platform, device: TestClient
) -> None:
    register(device)
    row = session.scalars(select(CameraDevice)).one()
    row.address = "192.0.2.77"
    session.flush()
    assert post(device, "/Images", image()).status_code == 401
    answer = post(device, "/System/UnRegister", {"UnRegisterObject": {"DeviceID": DEVICE}})
    assert answer.status_code == 200
    assert len(session.scalars(select(CameraDevice)).all()) == 1


def test_a_device_that_says_good_bye_is_forgotten(session: Session, device: TestClient) -> None:
    register(device)
    post(device, "/System/UnRegister", {"UnRegisterObject": {"DeviceID": DEVICE}})
    assert post(device, "/Images", image()).status_code == 401


def test_digest_or_signature_on_the_request_itself_will_do(
    platform: Platform, device: TestClient
) -> None:
    by_digest = post(device, "/Images", image(), auth=DigestAuth("device", KEY))
    assert statuses(by_digest)[0][1] == "0"
    body = orjson.dumps(image(ImageID="another"))
    headers = {"X-Signature": sign(KEY, body), "X-Timestamp": str(int(NOW.timestamp()))}
    signed = device.post(f"{BASE}/Images", content=body, headers=headers)
    assert statuses(signed) == [("another", "0")]
    headers["X-Timestamp"] = "0"
    assert device.post(f"{BASE}/Images", content=body, headers=headers).status_code == 401


def test_an_answer_to_an_old_challenge_is_refused(platform: Platform, device: TestClient) -> None:
    body = orjson.dumps({"RegisterObject": {"DeviceID": DEVICE}})
    used = register(device).request.headers["Authorization"]
    platform.at += timedelta(minutes=5, seconds=1)
    again = device.post(f"{BASE}/System/Register", content=body, headers={"Authorization": used})
    assert again.status_code == 401


def test_behind_a_proxy_that_rewrites_the_path_digest_still_holds() -> None:
    def answered(signed: str) -> bool:
        asked = Request("POST", f"http://device{signed}")
        flow = DigestAuth("device", KEY).auth_flow(asked)
        next(flow)
        challenged = Response(401, headers={"WWW-Authenticate": challenge(at=NOW)}, request=asked)
        header = flow.send(challenged).headers["Authorization"]
        path = f"{BASE}/System/Register"
        return answers(header, method="POST", path=path, passwords=(KEY,), at=NOW)

    assert answered("/VIID/System/Register")
    assert not answered("/VIID/System/Keepalive")
    assert not answered("/System/Register")


@pytest.mark.parametrize(
    "header",
    [
        "Basic ZGV2aWNlOmtleQ==",
        "Digest",
        'Digest realm="VIID", nonce="1.2", uri="/x", response="3"',
        'Digest realm="VIID", nonce="é", uri="/x", response="é"',
        'Digest realm="other"',
    ],
)
def test_rubbish_in_the_header_is_challenged(device: TestClient, header: str) -> None:
    body = {"RegisterObject": {"DeviceID": DEVICE}}
    headers = {"Authorization": header.encode()}
    assert post(device, "/System/Register", body, headers=headers).status_code == 401


def test_each_picture_has_a_status_of_its_own(device: TestClient) -> None:
    register(device)
    listed = [
        image(ImageID="a")["ImageListObject"]["Image"][0],
        image(ImageID="b", DeviceID="CAM-404")["ImageListObject"]["Image"][0],
    ]
    answer = post(device, "/Images", {"ImageListObject": {"Image": listed}})
    assert statuses(answer) == [("a", "0"), ("b", "8")]


@pytest.mark.parametrize("body", [b"{", b"{}", b"[]"])
def test_a_body_of_another_form_is_told_so(device: TestClient, body: bytes) -> None:
    register(device)
    assert statuses(device.post(f"{BASE}/Images", content=body)) == [("", "7")]
    for path in ("Keepalive", "UnRegister"):
        answer = device.post(f"{BASE}/System/{path}", content=body)
        assert answer.status_code == 422
        assert answer.json()["ResponseStatusObject"]["StatusCode"] == "7"


def test_devices_set_their_clocks_by_the_platform(device: TestClient) -> None:
    answer = device.get(f"{BASE}/System/Time").json()
    assert answer["SystemTimeObject"]["LocalTime"] == "20261123100000"


def test_without_a_key_nobody_registers(session: Session, city: City) -> None:
    answer = register(camera_platform(session, at=NOW, keys="{}").client)
    assert (answer.status_code, answer.json()["code"]) == (503, "not_configured")
