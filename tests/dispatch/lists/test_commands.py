"""Saved lists: whose they are, who finds them, which opens first, and in which columns."""

import pytest
from sqlalchemy.orm import Session

from dispatch.kit.errors import Conflict, InvalidInput, NotAllowed, NotFound
from dispatch.lists import commands, queries
from dispatch.lists.model import SavedList
from tests.factories.city import NOW, City, add_city


@pytest.fixture
def city(session: Session) -> City:
    return add_city(session)


def keep(
    session: Session, city: City, name: str, *, by: str = "agent", shared: str = ""
) -> SavedList:
    return commands.save_list(
        session, by=city[by], name=name, query="queue=accept", shared_role=shared, at=NOW
    )


def names(session: Session, city: City, post: str) -> list[str]:
    return [each.name for each in queries.lists_of(session, city[post])]


def test_a_list_of_one_s_own_is_nobody_else_s(session: Session, city: City) -> None:
    kept = keep(session, city, "  井盖   今天 ")
    assert names(session, city, "agent") == ["井盖 今天"]
    assert names(session, city, "dispatcher") == []
    with pytest.raises(NotFound):
        commands.open_first(session, kept.id, by=city["dispatcher"])


@pytest.mark.parametrize("name", ["", "   ", "长" * 41])
def test_a_list_needs_a_name_that_fits(session: Session, city: City, name: str) -> None:
    with pytest.raises(InvalidInput):
        keep(session, city, name)


def test_no_two_lists_of_a_person_bear_one_name(session: Session, city: City) -> None:
    first, second = keep(session, city, "甲"), keep(session, city, "乙")
    keep(session, city, "甲", by="dispatcher")
    with pytest.raises(Conflict):
        keep(session, city, "甲")
    with pytest.raises(Conflict):
        commands.change_list(session, second.id, by=city["agent"], name="甲", at=NOW)
    same = commands.change_list(session, first.id, by=city["agent"], name="甲", query="q=x", at=NOW)
    assert same.query == "q=x"


def test_so_many_lists_and_no_more(
    session: Session, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "MOST_LISTS", 2)
    keep(session, city, "一")
    keep(session, city, "二")
    with pytest.raises(Conflict):
        keep(session, city, "三")
    keep(session, city, "三", by="dispatcher")


def test_a_unit_s_list_is_found_within_the_unit_alone(session: Session, city: City) -> None:
    kept = keep(session, city, "本单位超时", by="manager", shared="manager")
    assert kept.shared_department_id == city["manager"].department_id
    assert names(session, city, "manager") == ["本单位超时"]
    assert names(session, city, "stranger") == []


def test_nobody_shares_with_a_desk_that_is_not_theirs(session: Session, city: City) -> None:
    with pytest.raises(InvalidInput):
        keep(session, city, "甲", shared="dispatcher")


def test_a_shared_list_is_changed_by_its_owner_alone(session: Session, city: City) -> None:
    kept = keep(session, city, "争议", by="shift_leader", shared="shift_leader")
    with pytest.raises(NotFound):
        commands.delete_list(session, kept.id, by=city["manager"])
    kept.owner_id = city["agent"].id or 0
    session.flush()
    with pytest.raises(NotAllowed):
        commands.change_list(session, kept.id, by=city["shift_leader"], name="x", at=NOW)


def test_a_deleted_list_opens_first_no_more(session: Session, city: City) -> None:
    kept = keep(session, city, "早上先看")
    commands.open_first(session, kept.id, by=city["agent"])
    commands.arrange_columns(session, ["number", "what"], by=city["agent"])
    assert queries.arranged(session, city["agent"]).default_list_id == kept.id
    commands.delete_list(session, kept.id, by=city["agent"])
    session.expire_all()
    left = queries.arranged(session, city["agent"])
    assert left.default_list_id is None
    assert left.columns == ("number", "what")
    assert queries.arranged(session, city["dispatcher"]) == queries.Arranged()
