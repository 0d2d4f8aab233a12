"""Tables of what cases are about: parts and events, filing conditions, limits, words, calendars."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Text, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from dispatch.kit.db import Base, BigId, Json


class Severity(StrEnum):
    """How much haste a filing condition demands."""

    URGENT = "urgent"
    NORMAL = "normal"


class Category(Base):
    """A minor class of one numbering (`scheme`). `active`: in use in this city."""

    __tablename__ = "categories"

    id: Mapped[BigId]
    scheme: Mapped[str]
    code: Mapped[str]
    kind: Mapped[str]
    major_code: Mapped[str]
    major_name: Mapped[str]
    major_name_en: Mapped[str] = mapped_column(server_default="")
    minor_code: Mapped[str]
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(server_default="")
    group: Mapped[str]
    sign: Mapped[str] = mapped_column(server_default="")
    standing: Mapped[str] = mapped_column(server_default="")
    same_as: Mapped[str] = mapped_column(server_default="", comment="this one in the other scheme")
    source: Mapped[str] = mapped_column(server_default="")
    active: Mapped[bool] = mapped_column(server_default="false")

    __table_args__ = (
        UniqueConstraint("scheme", "kind", "code"),
        Index(None, "group"),
    )


class Condition(Base):
    """A filing condition of a category: how bad, how long, and when it counts as mended."""

    __tablename__ = "conditions"

    id: Mapped[BigId]
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"), index=True)
    ordinal: Mapped[int]
    text: Mapped[str]
    text_en: Mapped[str] = mapped_column(server_default="")
    key: Mapped[str | None] = mapped_column(comment="missing, broken … : what a text can hint at")
    tags: Mapped[list[str]] = mapped_column(
        ARRAY(Text), server_default="{}", comment="every key of a text that this condition answers"
    )
    is_default: Mapped[bool] = mapped_column(server_default="false")
    severity: Mapped[str]
    limit_value: Mapped[int]
    limit_unit: Mapped[str]
    closing: Mapped[str] = mapped_column(server_default="")
    closing_en: Mapped[str] = mapped_column(server_default="")
    responsible: Mapped[str] = mapped_column(server_default="")
    hazard: Mapped[bool] = mapped_column(server_default="false")
    standing: Mapped[str] = mapped_column(server_default="")
    source: Mapped[str] = mapped_column(server_default="")

    __table_args__ = (UniqueConstraint("category_id", "ordinal"),)


class CategoryTerm(Base):
    """A word that speaks for a category, with a weight from 0 to 1."""

    __tablename__ = "category_terms"

    id: Mapped[BigId]
    term: Mapped[str]
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"), index=True)
    weight: Mapped[float]

    __table_args__ = (UniqueConstraint("term", "category_id"),)


class ConditionTerm(Base):
    """A word that speaks for a condition key (不见了 → missing)."""

    __tablename__ = "condition_terms"

    id: Mapped[BigId]
    term: Mapped[str]
    key: Mapped[str]
    weight: Mapped[float] = mapped_column(server_default="1")

    __table_args__ = (UniqueConstraint("term", "key"),)


class StageLimit(Base):
    """How long a stage may take by severity."""

    __tablename__ = "stage_limits"

    stage: Mapped[str] = mapped_column(primary_key=True)
    severity: Mapped[str] = mapped_column(primary_key=True)
    limit_value: Mapped[int]
    limit_unit: Mapped[str]


class AreaClass(Base):
    """A class of areas (一类区域 …) by which a city may set limits apart."""

    __tablename__ = "area_classes"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str] = mapped_column(server_default="")
    position: Mapped[int] = mapped_column(server_default="0")


class ClassedArea(Base):
    """The class of an area; of several that a place lies in, the narrowest that has one counts."""

    __tablename__ = "classed_areas"

    area_kind: Mapped[str] = mapped_column(primary_key=True)
    area_code: Mapped[str] = mapped_column(primary_key=True)
    class_code: Mapped[str] = mapped_column(ForeignKey("area_classes.code"))


class LimitRule(Base):
    """A handling limit that departs from the filing condition's own; what is NULL does not matter.

    The most specific one that holds on the day goes before the others (`catalogue.limits`). A case
    keeps the limit that it was given: a later change of a row is for clocks that start after it.
    `valid_to` is the first day on which it no longer holds. `for_open`: cases that are open when it takes
    effect have it too.
    """

    __tablename__ = "limit_rules"

    id: Mapped[BigId]
    category_id: Mapped[int] = mapped_column(ForeignKey("categories.id"), index=True)
    condition_id: Mapped[int | None] = mapped_column(ForeignKey("conditions.id"))
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    area_class: Mapped[str | None] = mapped_column(ForeignKey("area_classes.code"))
    severity: Mapped[str | None]
    limit_value: Mapped[int]
    limit_unit: Mapped[str]
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    explanation: Mapped[str] = mapped_column(server_default="", comment="on what it rests")
    for_open: Mapped[bool] = mapped_column(
        server_default="false", comment="holds also for cases whose clock had begun before"
    )

    __table_args__ = (
        CheckConstraint("limit_value > 0", name="limit_positive"),
        CheckConstraint("valid_to > valid_from", name="validity"),
    )


class WorkCalendar(Base):
    """Working hours: `hours` lists [from, to] as "HH:MM"; `weekdays` counts Monday as 0.

    The one called `city` is everybody's; with a `department_id` it is that unit's and its sub-units'
    own. `keeps_holidays`: national holidays and the city's own days hold here too.
    """

    __tablename__ = "work_calendars"

    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"), unique=True)
    hours: Mapped[list[Any]]
    weekdays: Mapped[list[Any]]
    keeps_holidays: Mapped[bool] = mapped_column(server_default="true")
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CalendarDay(Base):
    """A day that departs from the calendar: a holiday, a make-up day, an own closure."""

    __tablename__ = "calendar_days"

    calendar_code: Mapped[str] = mapped_column(ForeignKey("work_calendars.code"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    working: Mapped[bool]
    reason: Mapped[str] = mapped_column(server_default="")


class CalendarVersion(Base):
    """A calendar as it was from a moment on, and who made it so; rows are only ever added.

    `days` holds every day that departs beside the national holidays ({"2026-04-20": false}),
    `national` a mark of the national holidays as this installation knew them. `settled_at`: the due
    times of open cases have been counted by it.
    """

    __tablename__ = "calendar_versions"

    calendar_code: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    by: Mapped[str]
    by_id: Mapped[int | None] = mapped_column(ForeignKey("users.id"))
    reason: Mapped[str] = mapped_column(server_default="")
    name: Mapped[str]
    department_id: Mapped[int | None] = mapped_column(ForeignKey("departments.id"))
    hours: Mapped[list[Any]]
    weekdays: Mapped[list[Any]]
    keeps_holidays: Mapped[bool]
    days: Mapped[Json]
    national: Mapped[str] = mapped_column(server_default="")
    settled_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_calendar_versions_unsettled",
            "at",
            postgresql_where=text("settled_at IS NULL"),
        ),
    )


class Reason(Base):
    """A reason that can be given for a deed (of returning, refusing …), in both languages.

    `wants_note`: it means nothing without a word of explanation.
    """

    __tablename__ = "reasons"

    verb: Mapped[str] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_en: Mapped[str]
    position: Mapped[int] = mapped_column(server_default="0")
    wants_note: Mapped[bool] = mapped_column(server_default="false")
    active: Mapped[bool] = mapped_column(server_default="true")


class CitySetting(Base):
    """A rule of this city as data (who files, who closes, reopen days …), edited by administrators."""

    __tablename__ = "city_settings"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Json]
    explanation: Mapped[str] = mapped_column(server_default="")
    changed_at: Mapped[datetime] = mapped_column(server_default=func.now())
