"""Shapes of the exchange's doors: the inbox, dead letters, and a department's webhook."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from dispatch.cases.schemas import CaseOut


class InboxItemOut(BaseModel):
    """A case as it reached the department. `ended_at`: it has been returned, moved on or closed since."""

    id: int
    delivered_at: datetime
    leads: bool = Field(description="牵头 / leads; false: assists")
    reason: str = Field(description="派遣理由 / why this department")
    ended_at: datetime | None
    case: CaseOut


class DeliveryOut(BaseModel):
    """A message to a department's own system."""

    id: int
    case_number: str
    department: str
    status: str
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None
    last_error: str | None


class ResendDeadIn(BaseModel):
    """Which dead messages are sent again; without a department all."""

    model_config = ConfigDict(extra="forbid")

    department_id: int | None = None


class ResentOut(BaseModel):
    """How many are on their way again."""

    resent: int


class EndpointIn(BaseModel):
    """Where a department's own system takes its cases, and how fast."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Field(max_length=2000, examples=["https://example.gov.cn/cases"])]
    enabled: bool = True
    timeout_s: Annotated[float, Field(ge=1, le=30)] = 5.0
    rate_per_minute: Annotated[int, Field(ge=1, le=6000)] = 120
    max_attempts: Annotated[int, Field(ge=1, le=30)] = 8
    new_secret: Annotated[bool, Field(description="换新密钥 / make a new signing secret")] = False


class EndpointOut(BaseModel):
    """A webhook as it stands. `secret` is the key of the HMAC in `X-Dispatch-Signature`."""

    department_id: int
    url: str
    enabled: bool
    timeout_s: float
    rate_per_minute: int
    max_attempts: int
    secret: str
    secret_version: int
    failures: int = Field(description="连续失败次数 / failures in a row")
    open_until: datetime | None = Field(description="暂停至 / left alone until")


class TrialOut(BaseModel):
    """What a test message met with."""

    delivered: bool
    status: int | None
    error: str | None
    seconds: float
