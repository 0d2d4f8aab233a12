"""Look-ups of cases: many by filter and page, what was typed into the search, and what stands beside one."""

from dispatch.cases.queries.beside import (
    Beside,
    PlaceFacts,
    assignments_of,
    beside,
    history_of,
    photos_of,
    report_by_public_id,
    reporters_of,
    waiting_requests,
)
from dispatch.cases.queries.filters import CaseFilter, span_of
from dispatch.cases.queries.lists import (
    LINE,
    Line,
    Point,
    cases_for,
    count_up_to,
    every_line,
    lines_for,
    lines_of,
    points_for,
)
from dispatch.cases.queries.nearby import NearCase, open_cases_near
from dispatch.cases.queries.sorts import SORTS, USUAL, Sort, sort_named

__all__ = [
    "LINE",
    "SORTS",
    "USUAL",
    "Beside",
    "CaseFilter",
    "Line",
    "NearCase",
    "PlaceFacts",
    "Point",
    "Sort",
    "assignments_of",
    "beside",
    "cases_for",
    "count_up_to",
    "every_line",
    "history_of",
    "lines_for",
    "lines_of",
    "open_cases_near",
    "photos_of",
    "points_for",
    "report_by_public_id",
    "reporters_of",
    "sort_named",
    "span_of",
    "waiting_requests",
]
