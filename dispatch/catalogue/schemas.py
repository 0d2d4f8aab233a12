"""Shapes of the catalogue: classes, minor classes, filing conditions, limits."""

from collections.abc import Callable
from itertools import groupby
from typing import Self

from pydantic import BaseModel

from dispatch.catalogue.queries import Contents, Plain


class LimitOut(BaseModel):
    """A span of time: `minute hour day` run on, `work_hour work_day` follow the calendar."""

    value: int
    unit: str


class ConditionOut(BaseModel):
    """A filing condition (立案条件): when it is filed, how fast, and when it counts as mended."""

    id: int
    key: str | None
    text: str
    text_en: str
    severity: str
    limit: LimitOut
    closing: str
    closing_en: str
    responsible: str
    hazard: bool
    is_default: bool

    @classmethod
    def of(cls, row: Plain) -> Self:
        """The shape of a condition."""
        return cls(
            id=row.id,
            key=row.key,
            text=row.text,
            text_en=row.text_en,
            severity=row.severity,
            limit=LimitOut(value=row.limit_value, unit=row.limit_unit),
            closing=row.closing,
            closing_en=row.closing_en,
            responsible=row.responsible,
            hazard=row.hazard,
            is_default=row.is_default,
        )


class MinorClassOut(BaseModel):
    """A minor class (小类); `group` and `sign` tell 井 manholes, 杆 poles and 线 lines from the rest."""

    id: int
    scheme: str
    code: str
    kind: str
    name: str
    name_en: str
    group: str
    sign: str
    active: bool
    conditions: list[ConditionOut]


class ClassOut(BaseModel):
    """A class (大类) of parts or events."""

    scheme: str
    kind: str
    code: str
    name: str
    minor_classes: list[MinorClassOut]


class StageLimitOut(BaseModel):
    """How long a stage may take, by severity."""

    stage: str
    severity: str
    limit: LimitOut

    @classmethod
    def of(cls, row: Plain) -> Self:
        """The shape of a stage's limit."""
        limit = LimitOut(value=row.limit_value, unit=row.limit_unit)
        return cls(stage=row.stage, severity=row.severity, limit=limit)


class CatalogueOut(BaseModel):
    """The catalogue that this city uses, or all that it knows."""

    classes: list[ClassOut]
    stage_limits: list[StageLimitOut]


def catalogue_out(found: Contents, *, wanted: Callable[[Plain], bool]) -> CatalogueOut:
    """The part of the catalogue whose minor classes are wanted."""
    kept = [category for category in found.categories if wanted(category)]
    return CatalogueOut(
        classes=[
            ClassOut(
                scheme=scheme,
                kind=kind,
                code=code,
                name=name,
                minor_classes=[_minor(row, found.conditions.get(row.id, [])) for row in rows],
            )
            for (scheme, kind, code, name), rows in groupby(kept, key=_class_of)
        ],
        stage_limits=[StageLimitOut.of(row) for row in found.stage_limits],
    )


def _class_of(row: Plain) -> tuple[str, str, str, str]:
    return row.scheme, row.kind, row.major_code, row.major_name


def _minor(row: Plain, conditions: list[Plain]) -> MinorClassOut:
    return MinorClassOut(
        id=row.id,
        scheme=row.scheme,
        code=row.code,
        kind=row.kind,
        name=row.name,
        name_en=row.name_en,
        group=row.group,
        sign=row.sign,
        active=row.active,
        conditions=[ConditionOut.of(each) for each in conditions],
    )
