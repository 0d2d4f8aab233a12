"""Lists: filters in words, saved lists, columns, search while typing, files to take away, one deed for many."""

import csv
import io
import re
from datetime import datetime

import pytest
from fastapi.testclient import TestClient
from python_calamine import CalamineWorkbook
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from dispatch.cases.commands import act
from dispatch.cases.model import Case, CaseHistory
from dispatch.cases.states import Stage, Verb
from dispatch.crews.commands import add_crew
from dispatch.intake.model import DuplicateRule
from dispatch.kit import clock, reference
from dispatch.kit.audit import AuditEntry
from dispatch.lists.model import ListSettings, SavedList
from geo.crs import Crs, convert
from tests.factories.cases import add_case, report
from tests.factories.city import City
from tests.web.conftest import As, field


@pytest.fixture(autouse=True)
def apart(session: Session, city: City) -> None:
    """Reports at one place are several cases."""
    session.execute(delete(DuplicateRule))
    reference.forget_all()


def ids(page: str) -> set[str]:
    return set(re.findall(r'id="case-([\d-]+)"', page))


def post(client: TestClient, address: str, **form: object) -> tuple[int, str, str]:
    token = field(client.get("/cases?queue=all").text, "csrf_token")
    answer = client.post(address, data={"csrf_token": token, **form})
    return answer.status_code, answer.headers.get("location", ""), answer.text


# --- filters -------------------------------------------------------------------------------------


def test_filters_are_said_in_words_and_each_can_be_taken_away(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    page = as_("dispatcher").get("/cases?queue=all&stage=dispatched&district=450204&days=7").text

    chips = re.findall(r'class="chip-set" href="([^"]+)"[^>]*>([^<]+)<', page)
    assert [words.strip() for _, words in chips] == ["环节:处理中", "在柳南区", "最近 7 天上报"]
    assert "district" not in chips[1][0]
    assert "stage=dispatched" in chips[1][0]
    assert ids(page) == {case.public_id}


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ("street=450204001", True),
        ("street=450202001", False),
        ("hazard=1", True),
        ("request=extension", False),
        ("since=2020-01-01&until=2020-12-31", False),
        ("since=2020-01-01", True),
        ("bbox=109.40,24.30,109.41,24.31", True),
        ("bbox=109.50,24.30,109.51,24.31", False),
        ("bbox=nonsense", True),
        ("department=99999", False),
        ("q=井盖", True),
        ("q=盖+路口", True),
        ("q=井盖破损", False),
    ],
)
def test_each_filter_of_the_page_narrows(
    session: Session, as_: As, city: City, asked: str, fits: bool
) -> None:
    case = add_case(session, city, Stage.FILED, at=clock.now())
    assert (case.public_id in ids(as_("agent").get(f"/cases?queue=all&{asked}").text)) is fits


def test_an_order_for_cases_in_work_gives_way_over_all_years(
    session: Session, as_: As, city: City
) -> None:
    add_case(session, city, Stage.FILED, at=clock.now())
    client = as_("dispatcher")
    everything = client.get("/cases?queue=all&sort=department").text
    assert "sort=department" not in re.findall(r"<thead>.*</thead>", everything, re.DOTALL)[0]
    in_work = client.get("/cases?queue=open&sort=department").text
    assert 'aria-sort="ascending"' in in_work


# --- saved lists and columns ---------------------------------------------------------------------


def test_a_saved_list_opens_its_filter_and_can_open_first(
    session: Session, as_: As, city: City
) -> None:
    open_case = add_case(session, city, Stage.FILED, at=clock.now())
    add_case(session, city, Stage.CLOSED, at=clock.now())
    client = as_("dispatcher")
    status, address, _ = post(
        client, "/cases/lists", name="待派的", query="queue=all&stage=filed&nonsense=1&cursor=x"
    )
    assert status == 303
    kept = session.scalars(select(SavedList)).one()
    assert kept.query == "queue=all&stage=filed"
    page = client.get(address).text
    assert ids(page) == {open_case.public_id}
    assert "<h1>待派的</h1>" in page

    post(client, f"/cases/lists/{kept.id}", deed="first")
    assert "<h1>待派的</h1>" in client.get("/cases").text
    assert "<h1>待派的</h1>" not in client.get("/cases?queue=dispatch").text

    post(client, f"/cases/lists/{kept.id}", deed="name", name="要派遣", shared_role="")
    assert "要派遣" in client.get("/cases/lists").text
    post(client, f"/cases/lists/{kept.id}", deed="delete")
    assert session.scalars(select(SavedList)).all() == []
    assert "<h1>待派遣</h1>" in client.get("/cases").text


def test_a_list_is_shared_with_one_s_desk_and_changed_by_its_owner_alone(
    session: Session, as_: As, city: City
) -> None:
    owner, colleague = as_("manager"), as_("stranger")
    post(owner, "/cases/lists", name="我们的", query="queue=handle", shared_role="manager")
    kept = session.scalars(select(SavedList)).one()
    assert kept.shared_department_id == city.works.id
    assert "我们的" not in colleague.get("/cases/lists").text, "another department's"
    kept.shared_department_id = city.cleaners.id
    session.flush()
    assert "我们的" in colleague.get("/cases/lists").text
    status, _, page = post(colleague, f"/cases/lists/{kept.id}", deed="delete")
    assert status == 403
    assert "只有保存的人能改" in page
    assert post(as_("agent"), f"/cases/lists/{kept.id}", deed="delete")[0] == 404
    assert post(owner, "/cases/lists", name="我们的", query="")[0] == 409
    assert post(owner, "/cases/lists", name="x", query="", shared_role="admin")[0] == 422


def test_columns_are_remembered_for_the_person(session: Session, as_: As, city: City) -> None:
    add_case(session, city, Stage.FILED, at=clock.now())
    client = as_("dispatcher")
    wanted = ["grid", "number", "nonsense", "what"]
    _, address, _ = post(client, "/cases/columns", column=wanted, back="/cases?queue=open")
    assert address == "/cases?queue=open"
    heads = re.findall(r'class="h-(\w+)"', client.get(address).text)
    assert heads == ["pick", "grid", "number", "what"]
    assert "h-unit" in as_("agent").get(address).text
    post(client, "/cases/columns", usual="1")
    assert session.scalars(select(ListSettings.columns)).one() == []


# --- search while typing -------------------------------------------------------------------------


def test_search_offers_cases_by_any_writing_of_the_number_and_by_words(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.FILED, at=clock.now())
    day, serial = case.public_id.split("-")
    client = as_("dispatcher")
    for typed in (case.public_id, case.number, f"{day}{serial}", serial, "井盖不见", "不见 路口"):
        assert case.public_id in client.get("/cases/suggest", params={"q": typed}).text, typed
    for typed in ("井", "没有的话", "20200101-0001"):
        assert case.public_id not in client.get("/cases/suggest", params={"q": typed}).text, typed


def test_a_telephone_is_found_by_those_whose_work_needs_it_and_written_down(
    session: Session, as_: As, city: City
) -> None:
    made = report(session, contact_phone="13877212345", at=clock.now())
    found = session.get_one(Case, made.case_id)
    for typed in ("13877212345", "12345", "138 7721 2345"):
        answer = as_("agent").get("/cases/suggest", params={"q": typed}).text
        assert found.public_id in answer
        assert "13877212345" not in answer.replace(typed, "")
        assert (
            found.public_id not in as_("dispatcher").get("/cases/suggest", params={"q": typed}).text
        )
    lines = session.scalars(
        select(AuditEntry).where(AuditEntry.action == "reporter.searched")
    ).all()
    assert len(lines) == 3
    assert {each.details["ending"] for each in lines} == {"2345"}


# --- files ---------------------------------------------------------------------------------------


def test_csv_holds_every_case_of_the_list_and_no_formula(
    session: Session, as_: As, city: City
) -> None:
    for row in range(60):
        report(session, description=f'=HYPERLINK("x") 垃圾 {row}', at=clock.now())
    answer = as_("dispatcher").get("/cases/export?queue=all&format=csv")
    assert answer.content.startswith(b"\xef\xbb\xbf")
    assert "attachment" in answer.headers["content-disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert len(rows) == 60, "all, not a page"
    assert all(row["描述"].startswith("'=") for row in rows)
    assert "反映人" not in rows[0]
    entry = session.scalars(select(AuditEntry).where(AuditEntry.action == "cases.exported")).one()
    assert entry.details["format"] == "csv"


def test_a_spreadsheet_has_times_and_numbers_in_its_cells(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    content = as_("dispatcher").get("/cases/export?queue=all&format=xlsx").content
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0)
    heads, row = sheet.to_python()
    found = dict(zip(heads, row, strict=True))
    assert found["编号"] == case.public_id
    reported = case.created_at.astimezone(clock.CITY_ZONE).replace(tzinfo=None)
    assert isinstance(found["上报时间"], datetime)
    assert abs((found["上报时间"] - reported).total_seconds()) < 1
    assert found["安全隐患"] is True
    assert found["经度(CGCS2000)"] == pytest.approx(case.longitude)


def test_geojson_names_its_system_and_is_in_it(session: Session, as_: As, city: City) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    assert case.longitude is not None
    assert case.latitude is not None
    found = as_("dispatcher").get("/cases/export?queue=all&format=geojson&crs=gcj02").json()
    assert found["crs"]["properties"]["name"] == "GCJ-02"
    expected = convert(case.longitude, case.latitude, source=Crs.CGCS2000, target=Crs.GCJ02)
    assert found["features"][0]["geometry"]["coordinates"] == pytest.approx(expected, abs=1e-6)
    assert found["features"][0]["properties"]["编号"] == case.public_id


def test_a_department_takes_away_its_own_cases_only_and_no_reporter(
    session: Session, as_: As, city: City
) -> None:
    own = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    report(session, contact_phone="13877212345", at=clock.now())
    asked = "/cases/export?queue=all&format=csv&reporters=1"
    text = as_("manager").get(asked).content.decode("utf-8-sig")
    assert [row["编号"] for row in csv.DictReader(io.StringIO(text))] == [own.public_id]
    assert "反映人," not in text
    assert as_("stranger").get(asked).content.decode("utf-8-sig").count("\n") == 1
    assert "13877212345" in as_("agent").get(asked).text
    assert "13877212345" not in as_("dispatcher").get(asked).text


# --- one deed for many ---------------------------------------------------------------------------


def chosen(case: Case) -> str:
    return f"{case.public_id}@{case.version}"


def test_one_deed_for_many_says_of_each_what_became_of_it(
    session: Session, as_: As, city: City
) -> None:
    now = clock.now()
    ready, other, stale = (add_case(session, city, Stage.REPORTED, at=now) for _ in range(3))
    closed = add_case(session, city, Stage.CLOSED, at=now)
    values = [chosen(each) for each in (ready, other, stale, closed)]
    client = as_("agent")
    _, _, offered = post(client, "/cases/bulk", case=values)
    assert "4 件中的 3 件可以" in offered

    act(session, stale.id, Verb.NOTE, by=city["agent"], at=now, body={"note": "先看过"})
    form = {"case": values, "key": field(offered, "key"), "back": "/cases?queue=accept"}
    _, _, page = post(client, "/cases/bulk/accept", **form)
    assert "已办 2 件" in page
    assert "2 件没有办" in page
    assert "刚被他人更新" in page
    assert "不能受理" in page
    assert [session.get_one(Case, each.id).stage for each in (ready, other)] == ["accepted"] * 2
    assert session.get_one(Case, stale.id).stage == "reported"


def test_pressing_twice_does_nothing_twice(session: Session, as_: As, city: City) -> None:
    cases = [add_case(session, city, Stage.REPORTED, at=clock.now()) for _ in range(3)]
    client, values = as_("agent"), [chosen(each) for each in cases]
    form = {"case": values, "key": "once", "note": "一起看过"}
    for _ in range(2):
        assert "已办 3 件" in post(client, "/cases/bulk/note", **form)[2]
    notes = select(func.count()).select_from(CaseHistory).where(CaseHistory.verb == "note")
    assert session.scalar(notes) == 3


def test_a_missing_field_keeps_what_was_typed_and_does_nothing(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.REPORTED, at=clock.now())
    status, _, page = post(as_("agent"), "/cases/bulk/reject", case=[chosen(case)])
    assert status == 422
    assert "请填写原因" in page
    assert session.get_one(Case, case.id).stage == "reported"


def test_nobody_does_to_many_what_they_may_not_do_to_one(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.REPORTED, at=clock.now())
    page = post(as_("stranger"), "/cases/bulk/note", case=[chosen(case)], note="x")[2]
    assert "已办 0 件" in page
    assert "没有案件" in page


def test_many_are_given_to_a_crew_and_only_by_the_unit_that_has_them(
    session: Session, as_: As, city: City
) -> None:
    crew = add_crew(session, name="一班", members=[city["handler"].id or 0], by=city["manager"])
    cases = [add_case(session, city, Stage.DISPATCHED, at=clock.now()) for _ in range(2)]
    values = [chosen(each) for each in cases]
    client = as_("manager")

    _, _, offered = post(client, "/cases/bulk", case=values)
    assert f'value="crew:{crew.id}"' in offered
    status, _, page = post(client, "/cases/bulk/assign", case=values)
    assert status == 422
    assert "请填写分派给" in page
    assert "已办 0 件" in post(as_("stranger"), "/cases/bulk/assign", case=values, to="crew:1")[2]
    assert "已办 2 件" in post(client, "/cases/bulk/assign", case=values, to=f"crew:{crew.id}")[2]
    assert {session.get_one(Case, each.id).crew_id for each in cases} == {crew.id}


def test_a_dispatcher_gives_many_to_a_unit_and_a_ruling_is_made_one_by_one(
    session: Session, as_: As, city: City
) -> None:
    values = [chosen(add_case(session, city, Stage.FILED, at=clock.now())) for _ in range(2)]
    unit = city.works.id
    assert "/cases/bulk/dispatch" not in post(as_("shift_leader"), "/cases/bulk", case=values)[2]
    assert "/cases/bulk/dispatch" in post(as_("dispatcher"), "/cases/bulk", case=values)[2]
    form = {"case": values, "department": str(unit)}
    assert "已办 2 件" in post(as_("dispatcher"), "/cases/bulk/dispatch", **form)[2]


# --- the map -------------------------------------------------------------------------------------


def test_the_map_of_a_list_has_its_cases_with_a_place(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.DISPATCHED, at=clock.now())
    report(session, longitude=None, latitude=None, at=clock.now())
    found = as_("dispatcher").get("/cases/points?queue=open").json()
    assert [each["properties"]["id"] for each in found["features"]] == [case.public_id]
    assert found["features"][0]["geometry"]["coordinates"] == [case.longitude, case.latitude]
    assert not found["more"]
    assert as_("stranger").get("/cases/points?queue=open").json()["features"] == []
