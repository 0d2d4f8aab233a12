"""Seed a database: each set of data into its own table, and only where that table is empty."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from dispatch.bulletins.model import BulletinRule
from dispatch.catalogue.model import (
    AreaClass,
    CalendarVersion,
    Category,
    CategoryTerm,
    CitySetting,
    Condition,
    LimitRule,
    Reason,
    StageLimit,
    WorkCalendar,
)
from dispatch.crews.model import Crew
from dispatch.departments.model import Department
from dispatch.facilities.model import Facility
from dispatch.hotline.model import CallbackRule, ImportSource, Snippet, TextModule
from dispatch.intake.model import Camera, CameraType, DuplicateRule, IntakePolicy
from dispatch.jurisdiction.model import Place, UnitGrid
from dispatch.kit import reference
from dispatch.kit.db import Base
from dispatch.ladders.model import LadderStep
from dispatch.notices.model import NoticeChannel, NoticeRule, NoticeTemplate
from dispatch.opendata.model import OpenDataset
from dispatch.parts.model import Part
from dispatch.patrol.model import ConsentText, Shift
from dispatch.people.model import User
from dispatch.routing.model import RoutingRule
from dispatch.seed import (
    catalogue,
    city,
    evaluation,
    hotline,
    notices,
    patrols,
    people,
    publishing,
    rules,
    things,
    time,
    units,
    work,
)
from dispatch.seed.keys import is_empty
from dispatch.supervision.model import EvaluationRule


@dataclass(frozen=True)
class Step:
    """One set of data: the table that tells whether it is there, and how to fill it."""

    name: str
    model: type[Base]
    fill: Callable[[Session, Path], int]
    demo: bool = False


#: In order: later sets refer to earlier ones. Those of a demonstration are synthetic.
STEPS: tuple[Step, ...] = (
    Step("unit_grids", UnitGrid, city.seed_grid),
    Step("places", Place, city.seed_places),
    Step("categories", Category, catalogue.seed_categories),
    Step("conditions", Condition, catalogue.seed_conditions),
    Step("vocabulary", CategoryTerm, catalogue.seed_vocabulary),
    Step("stage_limits", StageLimit, catalogue.seed_stage_limits),
    Step("calendar", WorkCalendar, catalogue.seed_calendar),
    Step("settings", CitySetting, catalogue.seed_settings),
    Step("departments", Department, units.seed_departments),
    Step("routing_rules", RoutingRule, units.seed_routing),
    Step("ladder_steps", LadderStep, time.seed_ladders),
    Step("area_classes", AreaClass, time.seed_area_classes, demo=True),
    Step("limit_rules", LimitRule, time.seed_limit_rules, demo=True),
    Step("calendars", CalendarVersion, time.seed_calendars, demo=True),
    Step("policies", IntakePolicy, rules.seed_policies),
    Step("duplicate_rules", DuplicateRule, rules.seed_duplicate_rules),
    Step("camera_types", CameraType, rules.seed_camera_types),
    Step("notice_templates", NoticeTemplate, notices.seed_templates),
    Step("notice_rules", NoticeRule, notices.seed_rules),
    Step("notice_channels", NoticeChannel, notices.seed_channels),
    Step("knowledge", Snippet, hotline.seed_snippets),
    Step("text_modules", TextModule, hotline.seed_modules),
    Step("callback_rules", CallbackRule, hotline.seed_callback_rules),
    Step("import_sources", ImportSource, hotline.seed_import_sources),
    Step("open_datasets", OpenDataset, publishing.seed_datasets),
    Step("bulletin_rules", BulletinRule, publishing.seed_bulletin_rules),
    Step("evaluation_rules", EvaluationRule, evaluation.seed_rules),
    Step("parts", Part, things.seed_parts, demo=True),
    Step("facilities", Facility, things.seed_facilities, demo=True),
    Step("cameras", Camera, things.seed_cameras, demo=True),
    Step("reasons", Reason, work.seed_reasons),
    Step("people", User, people.seed_people, demo=True),
    Step("consent_texts", ConsentText, patrols.seed_consent_text),
    Step("shifts", Shift, patrols.seed_shifts, demo=True),
    Step("crews", Crew, work.seed_crews, demo=True),
)


@dataclass(frozen=True)
class Seeded:
    """How many rows each set got; 0 for a set that was there already."""

    counts: dict[str, int]

    @property
    def anything(self) -> bool:
        """Whether anything was added."""
        return any(self.counts.values())


def seed(
    session: Session,
    *,
    folder: Path,
    demo: bool,
    tell: Callable[[str, int], None] | None = None,
) -> Seeded:
    """Fill what is empty; what holds a row is left alone, so a second run adds nothing.

    Without `demo` only reference data: no people, parts, facilities or cameras, which a city
    imports. `tell` hears each set's name and rows. The caller commits.
    """
    counts: dict[str, int] = {}
    for step in STEPS:
        if step.demo and not demo:
            continue
        counts[step.name] = step.fill(session, folder) if is_empty(session, step.model) else 0
        session.flush()
        reference.forget_all()
        if tell is not None:
            tell(step.name, counts[step.name])
    return Seeded(counts)
