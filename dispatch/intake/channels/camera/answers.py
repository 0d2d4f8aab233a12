"""What an alarm's sender is told, in our own form and in GA/T 1400's."""

from collections.abc import Sequence
from datetime import datetime

from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field

from dispatch.intake.channels.camera.commands import Taken
from dispatch.kit.clock import CITY_ZONE
from dispatch.kit.db import Json
from dispatch.kit.errors import DomainError
from dispatch.kit.http import problem_of, status_of

VIID_JSON = "application/VIID+JSON;charset=utf-8"
#: GA/T 1400.4 ConfirmStatusType by our codes; anything else is 8, content that cannot be used.
_VIID_CODES = {
    None: ("0", "正常"),
    "invalid_body": ("7", "JSON 格式错误"),
    "internal_error": ("1", ""),
    "not_registered": ("4", "未注册或认证失败"),
}


class AlarmAnswer(BaseModel):
    """What became of an alarm."""

    event_id: str
    status: str = Field(description="created, repeated, ended or ignored")
    reason: str | None = Field(default=None, description="why it was ignored")
    duplicate: bool = Field(description="this event_id was taken before; nothing was done again")
    id: str | None = Field(default=None, description="the case, as in /api/v1/cases/{id}")
    number: str | None = None
    stage: str | None = None
    duplicate_of: str | None = Field(default=None, description="the earlier case it was linked to")
    review_reason: str | None = Field(
        default=None, description="why it waits for an agent; null: it goes on by policy"
    )
    alarms: int | None = Field(default=None, description="alarms of this scene so far")


class RefusedAlarm(BaseModel):
    """Why one alarm of several was refused."""

    event_id: str
    status: str = "failed"
    code: str
    title: str


class AlarmAnswers(BaseModel):
    """The answers to a body with several alarms, in their order."""

    items: list[AlarmAnswer | RefusedAlarm]


def answer(taken: Sequence[Taken]) -> Response:
    """One alarm: 201 for a new case, 200 otherwise, a problem when refused. Several: 200 and a list."""
    if len(taken) > 1:
        return JSONResponse({"items": [_item(each) for each in taken]})
    only = taken[0]
    if only.error is not None:
        return problem_of(only.error)
    return JSONResponse(_item(only), status_code=201 if only.is_new_case else 200)


def _item(taken: Taken) -> Json:
    if taken.error is None:
        return AlarmAnswer.model_validate(taken.answer).model_dump(mode="json")
    title = f"{taken.error.zh} / {taken.error.en}"
    refused = RefusedAlarm(event_id=taken.event_id, code=taken.error.code, title=title)
    return refused.model_dump(mode="json")


# --- GA/T 1400 -----------------------------------------------------------------------------------


def viid_status(url: str, about: str, *, error: DomainError | None = None, at: datetime) -> Json:
    """A ResponseStatus: code 0 when all is well."""
    code, words = _VIID_CODES.get(error.code if error else None, ("8", ""))
    return {
        "RequestURL": url,
        "StatusCode": code,
        "StatusString": words or (f"{error.zh} / {error.en}" if error else ""),
        "Id": about,
        "LocalTime": f"{at.astimezone(CITY_ZONE):%Y%m%d%H%M%S}",
    }


def viid_one(url: str, about: str, *, at: datetime) -> Response:
    """The answer about one object."""
    return _viid({"ResponseStatusObject": viid_status(url, about, at=at)})


def viid_refused(
    url: str, error: DomainError, *, at: datetime, headers: dict[str, str] | None = None
) -> Response:
    """The refusal of a request."""
    body = {"ResponseStatusObject": viid_status(url, "", error=error, at=at)}
    return _viid(body, status=status_of(error), headers=headers)


def viid_list(url: str, taken: Sequence[Taken], *, at: datetime) -> Response:
    """The answers about several objects."""
    found = [viid_status(url, each.event_id, error=each.error, at=at) for each in taken]
    return _viid({"ResponseStatusListObject": {"ResponseStatusObject": found}})


def viid_time(at: datetime) -> Response:
    """The platform's time, by which devices set their clocks."""
    local = f"{at.astimezone(CITY_ZONE):%Y%m%d%H%M%S}"
    time = {"VIIDServerID": "", "TimeMode": "1", "LocalTime": local, "TimeZone": "Asia/Shanghai"}
    return _viid({"SystemTimeObject": time})


def _viid(body: Json, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return JSONResponse(body, status_code=status, headers=headers, media_type=VIID_JSON)
