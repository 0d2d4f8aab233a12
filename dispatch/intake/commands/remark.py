"""What reporters add while their report is open: words and photos, and whether they want to be told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, CaseReporter, Photo
from dispatch.cases.states import OPEN, Verb
from dispatch.kit.errors import Conflict, InvalidInput, TooMany
from dispatch.people.policy import SYSTEM

MOST_WORDS: Final = 1_000
#: So many photos of one report are kept in all.
MOST_PHOTOS: Final = 18


def add_remark(
    session: Session, report: Case, *, text: str, photos: Sequence[UUID], at: datetime
) -> Case:
    """Put a reporter's words and photos to the case that is worked on; that case.

    Raises InvalidInput when nothing or too much is said, Conflict when the case is finished.
    """
    case = session.get_one(Case, report.duplicate_of_id) if report.duplicate_of_id else report
    if case.stage not in OPEN:
        raise Conflict(
            "case_finished",
            "案件已经办结，不能再补充；没有解决的话请评价时选“未解决”，或重新上报",
            "The case is finished; say that it is not fixed, or report it anew",
        )
    words = text.strip()
    if len(words) > MOST_WORDS or not (words or photos):
        raise InvalidInput(
            "bad_remark",
            f"请写几句话或加一张照片，最多 {MOST_WORDS} 字",
            f"Write some words or add a photo; {MOST_WORDS} characters at most",
        )
    taken = _attach(session, report, photos)
    said = [words, f"（补充照片 {taken} 张）" if taken else ""]
    note = "市民补充：" + "".join(each for each in said if each)
    act(session, case.id, Verb.NOTE, by=SYSTEM, at=at, body={"note": note})
    return case


def want_notices(session: Session, report: Case, *, wanted: bool) -> None:
    """Whether the reporter of this report wants to be told how it goes on."""
    session.execute(
        update(CaseReporter)
        .where(CaseReporter.case_id == report.id)
        .values(notify=wanted)
        .execution_options(synchronize_session=False)
    )


def _attach(session: Session, report: Case, photos: Sequence[UUID]) -> int:
    """Photos that are nobody's yet; they stay with the reporter's own report."""
    if not photos:
        return 0
    held = session.scalar(select(func.count()).where(Photo.case_id == report.id)) or 0
    if held + len(photos) > MOST_PHOTOS:
        raise TooMany(
            "too_many_photos",
            f"这件上报的照片已达 {MOST_PHOTOS} 张，不能再加",
            f"This report has {MOST_PHOTOS} photos already; no more can be added",
        )
    taken = session.scalars(
        update(Photo)
        .where(Photo.id.in_(photos), Photo.case_id.is_(None), Photo.by_id.is_(None))
        .values(case_id=report.id)
        .returning(Photo.id)
        .execution_options(synchronize_session=False)
    ).all()
    if len(taken) != len(set(photos)):
        raise InvalidInput(
            "photos_gone",
            "有照片已过期，请重新选择",
            "Some photos have expired; choose them again",
        )
    return len(taken)
