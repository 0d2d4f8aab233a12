"""A report while it is being written: what was typed, the photos that have arrived, and its own key."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from uuid import UUID, uuid4

from pydantic import ValidationError
from sqlalchemy.orm import Session

from dispatch.cases.photos import store_photos
from dispatch.kit import clock
from dispatch.kit.images import check_count
from dispatch.people.policy import Person
from dispatch.web.parts.forms import Posted

Pair = tuple[str, str]
#: What is said about a field of a report that cannot be used.
COMPLAINTS: dict[str, Pair] = {
    "description": (
        "请写明发生了什么（最多 2000 字）",
        "Say what happened (2,000 characters at most)",
    ),
    "address": (
        "位置说明太长，最多 300 字",
        "The place is described too long: 300 characters at most",
    ),
    "contact_name": ("称呼太长，最多 50 字", "The name is too long: 50 characters at most"),
    "contact_phone": (
        "电话只能用数字、空格和 + - ( ),5 到 20 位",
        "A phone number has 5 to 20 digits, spaces or + - ( )",
    ),
    "longitude": ("地图上的位置无效，请重新标出", "The point on the map is invalid: mark it again"),
}
NOWHERE: Pair = (
    "请说明在哪里：在地图上标出，或写路名、路口、小区、附近的地标",
    "Say where it is: mark it on the map, or name a road, a crossing, an estate or a landmark",
)
TWICE: Pair = (
    "这份表单已经提交过一次；如果是另一件事，请再按一次提交",
    "This form was sent before; if this is another matter, press submit once more",
)
OTHERWISE: Pair = ("填写有误，请核对", "This cannot be used: please check it")


@dataclass(frozen=True)
class Draft:
    """What was typed so far, by field; `kept` are photos that have arrived already."""

    fields: dict[str, str]
    kept: tuple[UUID, ...] = ()
    key: str = field(default_factory=lambda: uuid4().hex)

    def __getitem__(self, name: str) -> str:
        return self.fields[name]

    def at(self, place: tuple[float, float] | None) -> "Draft":
        """The same at this place, unless it tells one itself."""
        if place is None or self["longitude"] or self["address"]:
            return self
        point = {"longitude": f"{place[0]:.6f}", "latitude": f"{place[1]:.6f}"}
        return replace(self, fields={**self.fields, **point})

    def anew(self) -> "Draft":
        """The same as another report."""
        return replace(self, key=uuid4().hex)


def empty(names: Iterable[str]) -> Draft:
    """Nothing typed yet."""
    return Draft(dict.fromkeys(names, ""))


def draft_of(posted: Posted, names: Iterable[str]) -> Draft:
    """What a form brings."""
    key = posted.get("key")
    return Draft(
        fields={name: posted.get(name) for name in names},
        kept=tuple(filter(None, map(_uuid, posted.lists.get("kept", ())))),
        key=key if 16 <= len(key) <= 64 else uuid4().hex,
    )


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


#: The file fields of a report and what their photos show.
_MOMENTS = {"photos": "before", "after_photos": "after"}


def take_photos(session: Session, draft: Draft, posted: Posted, *, by: Person | None) -> Draft:
    """Keep the photos that came; the place of the first that has one serves where none is told.

    All are refused together (InvalidInput, TooLarge): then none is kept.
    """
    check_count(len(draft.kept) + sum(map(len, posted.files.values())))
    stored = [
        each
        for name, moment in _MOMENTS.items()
        for each in store_photos(
            session, posted.files.get(name, []), kind=moment, by=by, at=clock.now()
        )
    ]
    place = next((each.gps for each in stored if each.gps is not None), None)
    return replace(draft.at(place), kept=(*draft.kept, *(each.photo.id for each in stored)))


def complaints_of(error: ValidationError) -> dict[str, Pair]:
    """What is wrong, by the field of the form where it is shown."""
    named = [str(each["loc"][0]) if each["loc"] else "longitude" for each in error.errors()]
    shown = ["longitude" if name == "latitude" else name for name in named]
    return {name: COMPLAINTS.get(name, OTHERWISE) for name in shown}
