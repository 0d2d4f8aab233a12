"""What is said over the wire about people and their log-ins."""

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from dispatch.people.model import Role
from dispatch.people.policy import Person

Password = Annotated[str, Field(min_length=1, max_length=256)]


class LoginBody(BaseModel):
    """A name and its password."""

    model_config = ConfigDict(extra="forbid")

    username: Annotated[str, Field(min_length=1, max_length=64)]
    password: Password


class PasswordBody(BaseModel):
    """The old password for a new one."""

    model_config = ConfigDict(extra="forbid")

    current: Password
    new: Password


class PersonOut(BaseModel):
    """A person as they see themselves; `district_code` and `working_grids` bound what they see."""

    id: int | None
    username: str
    name: str
    roles: list[Role]
    department_id: int | None
    district_code: str | None
    working_grids: list[str]
    language: str


class SessionOut(BaseModel):
    """A session just opened: `token` serves as bearer token, `csrf_token` goes with the cookie."""

    token: str
    csrf_token: str
    expires_at: datetime
    person: PersonOut


def person_out(person: Person) -> PersonOut:
    """The person on the wire."""
    return PersonOut(
        id=person.id,
        username=person.username,
        name=person.name,
        roles=sorted(person.roles),
        department_id=person.department_id,
        district_code=person.district_code,
        working_grids=sorted(person.working_grids),
        language=person.language,
    )
