"""The number under which another platform knows a case, given when the case is there already."""

from typing import Final

from dispatch.cases.commands.deed import Deed
from dispatch.cases.model import Case, ForeignNumber
from dispatch.cases.queries.search import case_with_number
from dispatch.kit.errors import Conflict, Field, invalid

LONGEST: Final = 64


def add_foreign_number(deed: Deed) -> None:
    """Add what the body gives as `foreign_number` of `foreign_source`; nothing given changes nothing.

    Raises InvalidInput, and Conflict where the platform's number is another case's.
    """
    number, source = (
        str(deed.body.get(name) or "").strip() for name in ("foreign_number", "foreign_source")
    )
    if not number:
        return
    if len(number) > LONGEST:
        raise invalid(
            "foreign_number", f"编号最多 {LONGEST} 个字符", f"At most {LONGEST} characters"
        )
    if not 0 < len(source) <= LONGEST:
        raise invalid(
            "foreign_source", "请写明是哪个平台的编号", "Say which platform's number it is"
        )
    known = case_with_number(deed.session, number, source=source)
    if known is None:
        deed.session.add(ForeignNumber(number=number, source=source, case_id=deed.case.id))
        deed.changes["foreign_number"] = [None, f"{number} · {source}"]
    elif known != deed.case.id:
        other = deed.session.get_one(Case, known)
        words = (
            f"{source} 的编号 {number} 已登记为案件 {other.public_id}",
            f"{number} of {source} is case {other.public_id} already",
        )
        raise Conflict("number_known", *words, [Field("foreign_number", *words)])
