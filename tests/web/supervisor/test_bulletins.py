"""Bulletins and hot spots at the supervisors' desk, and what everybody may read and take away."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from rdflib import Graph
from sqlalchemy import select
from sqlalchemy.orm import Session

from dispatch.bulletins.commands import write
from dispatch.bulletins.model import Bulletin, BulletinKind, BulletinRule
from dispatch.cases.states import Stage
from dispatch.hotspots import commands as hotspots
from dispatch.hotspots.model import HotspotFinding
from dispatch.kit import clock
from dispatch.kit.files import media
from dispatch.kit.outbox import OutboxRow
from dispatch.opendata import commands as opendata
from dispatch.opendata.model import OpenDataset
from tests.factories.cases import add_case
from tests.factories.city import City
from tests.web.conftest import As, field

PAGE = "/supervisor/bulletins"


@pytest.fixture
def rule(session: Session) -> BulletinRule:
    made = BulletinRule(
        kind=BulletinKind.HAZARDS, day=6, hour=9, title="{month}份隐患表", issuer="信息中心", most=0
    )
    session.add(made)
    session.flush()
    return made


def test_supervisor_writes_publishes_and_corrects_and_everybody_reads(
    session: Session, as_: As, visitor: TestClient, rule: BulletinRule
) -> None:
    desk = as_("supervisor")
    token = field(desk.get(PAGE).text, "csrf_token")
    asked = {"csrf_token": token, "kind": "hazards", "month": "2026-01"}
    address = desk.post(PAGE, data=asked).headers["location"]
    assert "正在统计" in desk.get(address).text
    assert desk.get(address).headers["refresh"] == "3"
    made = session.scalars(select(Bulletin)).one()
    assert session.scalar(select(OutboxRow.payload).where(OutboxRow.name == "bulletin.asked")) == {
        "bulletin_id": made.id
    }
    assert write.write(session, made.id, at=clock.now())
    assert visitor.get(f"/bulletins/{made.id}").status_code == 404
    assert "2026年1月份隐患表" in desk.get(address).text
    done = desk.post(address, data={"csrf_token": token, "deed": "publish"})
    assert done.status_code == 303
    assert "2026年1月份隐患表" in visitor.get(f"/bulletins/{made.id}").text
    assert "2026年1月份隐患表" in visitor.get("/bulletins").text
    again = desk.post(address, data={"csrf_token": token, "deed": "publish"})
    assert again.status_code == 409
    assert "只能更正" in again.text
    wrong = desk.post(address, data={"csrf_token": token, "deed": "correct", "reason": " "})
    assert wrong.status_code == 422
    fixed = desk.post(address, data={"csrf_token": token, "deed": "correct", "reason": "补录"})
    assert fixed.headers["location"] != address
    existing = desk.post(PAGE, data=asked)
    assert existing.status_code == 409
    assert f'href="{address}"' in existing.text
    rule.public = False
    session.flush()
    assert visitor.get(f"/bulletins/{made.id}").status_code == 404


def test_files_of_a_bulletin_are_sent_under_its_title(
    session: Session, as_: As, visitor: TestClient, rule: BulletinRule, city: City
) -> None:
    made = Bulletin(
        kind=rule.kind,
        first=clock.city_date(clock.now()) - timedelta(days=9),
        last=clock.city_date(clock.now()) - timedelta(days=3),
        title="隐患表",
        content={"blocks": []},
        as_of=clock.now(),
        made_by="平台",
        files={"pdf": {"key": "bulletins/test.pdf", "bytes": 4, "sha256": ""}},
    )
    session.add(made)
    session.flush()
    media().put("bulletins/test.pdf", b"%PDF")
    sent = as_("supervisor").get(f"{PAGE}/{made.id}/files/pdf")
    assert (sent.content, sent.headers["content-type"]) == (b"%PDF", "application/pdf")
    assert as_("supervisor").get(f"{PAGE}/{made.id}/files/docx").status_code == 404
    assert visitor.get(f"/bulletins/{made.id}/pdf").status_code == 404
    assert as_("agent").get(f"{PAGE}/{made.id}").status_code == 403


def test_hot_spots_show_their_evidence_and_cases_and_leave_as_a_table(
    session: Session, as_: As, city: City
) -> None:
    case = add_case(session, city, Stage.ACCEPTED)
    search = hotspots.begin(session, last=clock.city_date(clock.now()), at=clock.now())
    hotspots.search(session, search.id, at=clock.now())
    session.add(
        HotspotFinding(
            search_id=search.id,
            kind="rising",
            rank=1,
            subject="1",
            evidence={
                "category": "雨水井盖",
                "category_en": "cover",
                "reported": 30,
                "expected": 9.5,
                "bound": 20.1,
                "above": 1.9,
            },
            cases=1,
            case_ids=[case.id],
        )
    )
    session.flush()
    desk = as_("supervisor")
    page = desk.get("/supervisor/hotspots?kind=rising").text
    assert "雨水井盖" in page
    assert "20.1" in page
    found = session.scalars(select(HotspotFinding).where(HotspotFinding.kind == "rising")).one()
    assert case.public_id in desk.get(f"/supervisor/hotspots/{found.id}").text
    table = desk.get("/supervisor/hotspots/export?kind=rising").content.decode("utf-8-sig")
    assert table.splitlines()[1].startswith("1,1,雨水井盖,30,9.5,20.1,1.9,,")
    assert case.public_id in table
    assert as_("handler").get("/supervisor/hotspots").status_code == 403


# rdflib's own reader of JSON-LD still calls what rdflib calls deprecated
@pytest.mark.filterwarnings("ignore:.* is deprecated:DeprecationWarning")
def test_open_data_has_a_catalogue_that_a_reader_of_rdf_understands(
    session: Session, visitor: TestClient
) -> None:
    session.add(
        OpenDataset(
            code="parts",
            position=1,
            title="城市部件",
            title_en="Parts",
            about="部件",
            about_en="parts",
            keywords="井盖,路灯",
            licence="https://creativecommons.org/licenses/by/4.0/",
        )
    )
    session.flush()
    assert "文件正在生成" in visitor.get("/data").text
    media().put("open/test/parts.csv", b"code\r\n1\r\n")
    made = opendata.Made("csv", "open/test/parts.csv", 9, "ab" * 32)
    assert opendata.keep(session, "parts", "", [made], rows=1, as_of=clock.now()) == []
    graph = Graph()
    graph.parse(data=visitor.get("/data/catalog.jsonld").text, format="json-ld")
    asked = """
    PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/>
    SELECT ?url ?size ?type ?licence WHERE {
      ?catalogue a dcat:Catalog ; dcat:dataset ?set . ?set a dcat:Dataset ; dcat:distribution ?file .
      ?file dcat:downloadURL ?url ; dcat:byteSize ?size ; dcat:mediaType ?type ; dct:license ?licence }
    """
    ((url, size, kind, licence),) = [tuple(row) for row in graph.query(asked)]  # type: ignore[arg-type]
    assert str(url).endswith("/data/parts/parts.csv")
    assert (int(str(size)), str(kind)) == (
        9,
        "https://www.iana.org/assignments/media-types/text/csv",
    )
    assert "creativecommons" in str(licence)
    sent = visitor.get("/data/parts/parts.csv")
    assert sent.content == b"code\r\n1\r\n"
    again = visitor.get("/data/parts/parts.csv", headers={"If-None-Match": sent.headers["etag"]})
    assert again.status_code == 304
    head = visitor.head("/data/parts/parts.csv")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == sent.headers["etag"]
    assert "各列的含义" in visitor.get("/data/parts").text
    assert [
        visitor.get(f"/data/parts/{name}").status_code
        for name in ("parts.exe", "x.csv", "parts-1.csv")
    ] == [404] * 3
