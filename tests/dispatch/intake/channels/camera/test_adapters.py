"""Vendors' alarms as they really come: blanks in times, numbers for ids, fields left out."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dispatch.intake.channels.camera.adapters import ADAPTERS, gat1400, generic, hikvision
from dispatch.intake.channels.camera.alarm import (
    Status,
    confidence_of,
    number_of,
    picture_of,
    text_of,
    time_of,
)
from dispatch.kit.errors import InvalidInput
from geo.crs import Crs

CITY = timezone(timedelta(hours=8))
TEN = datetime(2026, 11, 21, 10, 0, tzinfo=CITY)

GENERIC = {
    "event_id": "e-1",
    "camera_id": "CAM-0001",
    "type": "vending",
    "happened_at": "2026-11-21T10:00:00+08:00",
    "confidence": 0.91,
    "status": "start",
    "picture": "data:image/jpeg;base64,/9j/4AAQ",
    "box": [1, 2, 3, 4],
    "longitude": 109.41,
    "latitude": 24.31,
    "crs": "gcj02",
}
HIKVISION = {
    "method": "OnEventNotify",
    "params": {
        "ability": "event_vss",
        "sendTime": "2026-11-21T10:00:01.000+08:00",
        "events": [
            {
                "data": {"confidence": 93, "imageUrl": "https://pictures.example/1.jpg"},
                "eventId": "44E20C02-A86C-3841-89A7-997F84FE52EF",
                "eventType": 930105,
                "happenTime": "2026-11-21 T 10:00:00.000 +08:00",
                "srcIndex": 45020200131000000001,
                "srcType": "camera",
                "status": 1,
                "timeout": 30,
            },
            {
                "eventId": "55E20C02",
                "eventType": "930110",
                "happenTime": "2026-11-21T10:00:00.000+08:00 ",
                "srcIndex": " 45020200131000000001 ",
                "status": 0,
                "data": {"result": [{"targetConfidence": "0.5", "dateTime": "x"}]},
            },
        ],
    },
}
LINKED = {
    "method": "OnEventNotify",
    "params": {
        "events": [
            {
                "eventId": "F97F5A0B",
                "eventType": 0,
                "happenTime": "2026-11-21T10:00:00.000+08:00",
                "srcIndex": "rule-7",
                "status": 0,
                "eventDetails": [
                    {"eventOriginalId": "a", "eventType": 930105, "srcIndex": "cam-a"},
                    {"eventOriginalId": "b", "eventType": 930110, "srcIndex": "cam-b"},
                ],
            }
        ]
    },
}
GAT1400 = {
    "ImageListObject": {
        "Image": [
            {
                "ImageInfo": {
                    "ImageID": "45020200131000000001202611211000000001",
                    "InfoKind": 1,
                    "DeviceID": 45020200131000000001,
                    "EventSort": 1005,
                    "ShotTime": "20261121100000",
                    "StoragePath": "http://10.0.0.8/p/1.jpg",
                    "ContentDescription": "垃圾堆放",
                },
                "Data": "/9j/4AAQ",
            }
        ]
    }
}


def test_our_own_form() -> None:
    (alarm,) = generic.alarms(GENERIC)
    assert (alarm.event_id, alarm.camera_id, alarm.type_code) == ("e-1", "CAM-0001", "vending")
    assert alarm.happened_at == TEN
    assert (alarm.confidence, alarm.status) == (0.91, Status.START)
    assert (alarm.picture, alarm.picture_url) == ("/9j/4AAQ", None)
    assert (alarm.longitude, alarm.latitude, alarm.crs) == (109.41, 24.31, Crs.GCJ02)
    assert "4AAQ" not in str(alarm.as_json())


def test_our_own_form_with_the_least() -> None:
    (alarm,) = generic.alarms({"event_id": 7, "camera_id": 12.0, "type": "vending"})
    assert (alarm.event_id, alarm.camera_id) == ("7", "12")
    assert (alarm.happened_at, alarm.confidence) == (None, None)
    assert alarm.status is Status.INSTANT


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("event_id", None, "missing_field"),
        ("camera_id", "  ", "missing_field"),
        ("type", {}, "missing_field"),
        ("status", "maybe", "invalid_input"),
        ("crs", "mars", "invalid_input"),
    ],
)
def test_what_an_alarm_cannot_do_without(field: str, value: Any, code: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        generic.alarms({**GENERIC, field: value})
    assert refused.value.code == code
    assert refused.value.fields[0].name == field


def test_hikvision_with_several_events() -> None:
    first, second = hikvision.alarms(HIKVISION)
    assert first.event_id == "44E20C02-A86C-3841-89A7-997F84FE52EF:1"
    assert first.camera_id == "45020200131000000001"
    assert (first.type_code, first.status) == ("930105", Status.START)
    assert first.happened_at == TEN
    assert first.confidence == 0.93
    assert first.picture_url == "https://pictures.example/1.jpg"
    assert (second.event_id, second.camera_id) == ("55E20C02", "45020200131000000001")
    assert (second.happened_at, second.confidence) == (TEN, 0.5)
    assert second.status is Status.INSTANT


def test_the_end_of_a_hikvision_event_is_a_message_of_its_own() -> None:
    event = HIKVISION["params"]["events"][0]  # type: ignore[index]
    ended = {"method": "OnEventNotify", "params": {"events": [{**event, "status": "2"}]}}
    (alarm,) = hikvision.alarms(ended)
    assert alarm.event_id.endswith(":2")
    assert alarm.status is Status.STOP


def test_each_source_of_a_linked_hikvision_event_is_an_alarm() -> None:
    found = hikvision.alarms(LINKED)
    assert [(each.event_id, each.camera_id, each.type_code) for each in found] == [
        ("a", "cam-a", "930105"),
        ("b", "cam-b", "930110"),
    ]


def test_gat1400_picture() -> None:
    (alarm,) = gat1400.alarms(GAT1400)
    assert alarm.camera_id == "45020200131000000001"
    assert (alarm.type_code, alarm.happened_at) == ("1005", TEN)
    assert alarm.confidence is None
    assert (alarm.picture, alarm.picture_url) == ("/9j/4AAQ", "http://10.0.0.8/p/1.jpg")
    assert alarm.text == "垃圾堆放"


def test_gat1400_with_a_single_object_instead_of_a_list() -> None:
    image = GAT1400["ImageListObject"]["Image"][0]
    assert gat1400.alarms({"ImageList": {"Image": image}}) == gat1400.alarms(GAT1400)


@pytest.mark.parametrize("source", ADAPTERS)
@pytest.mark.parametrize("payload", [None, [], {}, "x", 3, [1], {"params": 3}, {"ImageList": [2]}])
def test_another_form_is_refused(source: str, payload: Any) -> None:
    with pytest.raises(InvalidInput):
        ADAPTERS[source].alarms(payload)


@pytest.mark.parametrize(
    ("source", "payload"),
    [
        ("generic", [GENERIC, GENERIC]),
        ("hikvision", HIKVISION),
        ("hikvision", LINKED),
        ("gat1400", GAT1400),
    ],
)
def test_a_body_cut_apart_says_the_same(source: str, payload: Any) -> None:
    adapter = ADAPTERS[source]
    assert [adapter.alarms(part)[0] for part in adapter.apart(payload)] == adapter.alarms(payload)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("method", "params", "events", "eventDetails", "data", "ImageListObject"),
                    *("Image", "ImageInfo", "event_id", "camera_id", "type", "picture", "eventId"),
                    *("srcIndex", "eventType", "ImageID", "DeviceID", "EventSort", "happened_at"),
                ]
            ),
            inner | st.just("OnEventNotify"),
            max_size=6,
        )
    ),
    max_leaves=12,
)


@given(_JSON, st.sampled_from(sorted(ADAPTERS)))
def test_no_body_makes_an_adapter_fail_in_another_way(payload: Any, source: str) -> None:
    try:
        ADAPTERS[source].alarms(payload)
    except InvalidInput:
        return


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-21T10:00:00.000+08:00",
        "2026-11-21 10: 00:00",
        " 2026-11-21  10:00 :00 ",
        "2026 -11-21 10:00:00",
        "2026/11/21 10:00",
        "2026-11-21 T 10:00:00 +08:00",
        "2026-11-21T02:00:00Z",
        "20261121100000",
        "20261121100000000",
        1795226400,
        "1795226400000",
    ],
)
def test_ten_o_clock_however_it_is_written(written: Any) -> None:
    assert time_of(written) == TEN


def test_a_blank_after_a_short_day_stays_between_day_and_hour() -> None:
    assert time_of("2026-1-2 3:04:05") == datetime(2026, 1, 1, 19, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    "written", [None, "", "soon", "2026-13-01 10:00", {}, True, "99999999999999"]
)
def test_a_time_that_cannot_be_read_is_none(written: Any) -> None:
    assert time_of(written) is None


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (0.5, 0.5),
        ("0.5", 0.5),
        (1, 1.0),
        (93, 0.93),
        ("93.5", 0.935),
        (-1, None),
        (300, None),
        ("x", None),
    ],
)
def test_confidence_as_share_or_percentage(written: Any, meant: float | None) -> None:
    assert confidence_of(written) == pytest.approx(meant)


def test_values_that_are_no_values() -> None:
    assert text_of(True) == ""
    assert number_of("inf") is None
    assert number_of(float("nan")) is None
    assert picture_of(None) == (None, None)
