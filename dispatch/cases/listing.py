"""A line of a list as it is shown: names for codes, the light, and the deeds that are allowed now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from sqlalchemy.orm import Session

from dispatch.cases import policy
from dispatch.cases.commands.act import city_roles
from dispatch.cases.deadlines import Light, light_of
from dispatch.cases.model import Case
from dispatch.cases.queries import Line
from dispatch.cases.states import STAGE_LABELS, Stage, Standing, Verb, allowed_verbs
from dispatch.catalogue.reference import catalogue
from dispatch.crews.queries import names_of_crews, names_of_workers
from dispatch.departments.reference import department_name
from dispatch.jurisdiction.model import AreaKind
from dispatch.jurisdiction.reference import area_names
from dispatch.people.policy import Person

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Shown:
    """A line. `line` has the columns as they are stored; pairs are Chinese and English."""

    line: Line
    stage: Stage
    stage_words: Pair
    light: Light
    category: Pair | None
    place: str
    area: str
    unit: str
    hand: str
    allowed: tuple[Verb, ...]

    @property
    def id(self) -> str:
        """The id that people see."""
        return str(self.line.public_id)

    @property
    def due_at(self) -> datetime | None:
        """When the handling limit ends."""
        return cast("datetime | None", self.line.due_at)

    @property
    def warn_at(self) -> datetime | None:
        """When 80 % of it are used."""
        return cast("datetime | None", self.line.warn_at)

    @property
    def stage_due_at(self) -> datetime | None:
        """When the stage's own limit ends."""
        return cast("datetime | None", self.line.stage_due_at)

    @property
    def stage_warned_at(self) -> datetime | None:
        """Since when the stage's light is yellow."""
        return cast("datetime | None", self.line.stage_warned_at)


class _Deeds:
    """What is allowed, worked out once for all lines that stand alike."""

    def __init__(self, session: Session, person: Person) -> None:
        self._person = person
        self._city = city_roles(session)
        self._known: dict[Standing, tuple[Verb, ...]] = {}

    def for_line(self, line: Line) -> tuple[Verb, ...]:
        standing = policy.standing_of(self._person, cast("Case", line))
        found = self._known.get(standing)
        if found is None:
            found = tuple(allowed_verbs(standing, city=self._city))
            self._known[standing] = found
        return found


def _category(session: Session, category_id: int | None) -> Pair | None:
    found = catalogue(session).by_id.get(category_id or 0)
    return None if found is None else (found.name, found.name_en or found.name)


def shown(session: Session, lines: Sequence[Line], *, person: Person, at: datetime) -> list[Shown]:
    """The lines of a page for one person."""
    names, deeds = area_names(session), _Deeds(session, person)
    crews = names_of_crews(session, {line.crew_id for line in lines if line.crew_id})
    hands = names_of_workers(session, {line.assignee_id for line in lines if line.assignee_id})
    found = []
    for line in lines:
        street = names.get((AreaKind.STREET, line.street_code or ""), "")
        district = names.get((AreaKind.DISTRICT, line.district_code or ""), "")
        community = names.get((AreaKind.COMMUNITY, line.community_code or ""), "")
        stage = Stage(line.stage)
        found.append(
            Shown(
                line=line,
                stage=stage,
                stage_words=STAGE_LABELS[stage],
                light=light_of(cast("Case", line), at=at),
                category=_category(session, line.category_id),
                place=line.address or community,
                area=" · ".join(each for each in (district, street) if each),
                unit=(department_name(session, line.department_id) or "")
                if line.department_id
                else "",
                hand=hands.get(line.assignee_id) or crews.get(line.crew_id) or "",
                allowed=deeds.for_line(line),
            )
        )
    return found
