"""The administrator's stories: somebody new, a unit's new name, a grid with a fault."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect
from shapely.geometry import mapping

from dispatch.kit import clock
from tests.browser.conftest import Sit
from tests.factories.city import City
from tests.factories.jurisdiction import small_grid

pytestmark = pytest.mark.browser

OWN = "Luntan-Qiao-2026"


def test_somebody_new_logs_in_with_a_password_that_must_be_changed(sit: Sit) -> None:
    admin = sit("admin")
    admin.goto("/admin/people")
    admin.get_by_role("link", name="新增人员").click()
    admin.get_by_role("button", name="新增并生成初始密码").click()
    expect(admin.locator("#username-problem")).to_be_visible()
    admin.fill("#f-username", "wang.li")
    admin.fill("#f-display_name", "王丽")
    admin.get_by_label("坐席员").check()
    admin.get_by_role("button", name="新增并生成初始密码").click()
    first = admin.locator("#once").input_value()
    admin.get_by_role("link", name="我已记下").click()
    expect(admin.locator("h1")).to_have_text("王丽")
    expect(admin.locator("#once")).to_have_count(0)

    wang = sit(size="phone")
    wang.goto("/login")
    wang.fill("#username", "wang.li")
    wang.fill("#password", first)
    wang.press("#password", "Enter")
    wang.wait_for_url("**/password")
    wang.fill("#current", first)
    wang.fill("#password", OWN)
    wang.fill("#again", OWN)
    wang.get_by_role("button", name="修改密码").click()
    wang.wait_for_url(lambda address: "/password" not in address)
    wang.goto("/login")
    wang.fill("#username", "wang.li")
    wang.fill("#password", OWN)
    wang.press("#password", "Enter")
    wang.wait_for_url(lambda address: "/login" not in address)
    wang.goto("/cases")
    expect(wang.locator("h1")).to_be_visible()
    assert "/password" not in wang.url


def test_a_unit_gets_a_new_name_from_a_day_on(sit: Sit, city: City) -> None:
    admin = sit("admin")
    admin.goto(f"/admin/departments/{city.works.id}")
    expect(admin.locator("h1")).to_have_text("市政维护处")
    day = clock.city_date(clock.now()) + timedelta(days=30)
    admin.get_by_text("更名", exact=True).click()
    admin.fill("#new-name", "市政设施养护中心")
    admin.fill("#since", day.isoformat())
    admin.get_by_role("button", name="登记新名称").click()

    names = admin.locator("#names tbody tr")
    expect(names.first).to_contain_text("市政设施养护中心")
    expect(names.first).to_contain_text("待生效")
    expect(names.nth(1)).to_contain_text(day.isoformat())
    expect(admin.locator("h1")).to_have_text("市政维护处")
    expect(admin.get_by_label("修改记录")).to_contain_text("部门更名")

    admin.get_by_text("更名", exact=True).click()
    admin.fill("#new-name", "市政设施养护中心二")
    admin.fill("#since", (day - timedelta(days=1)).isoformat())
    admin.get_by_role("button", name="登记新名称").click()
    expect(admin.locator("#since-problem")).to_be_visible()
    expect(admin.locator("#new-name")).to_have_value("市政设施养护中心二")


def test_a_grid_with_a_fault_is_read_in_its_report_and_put_away(sit: Sit, tmp_path: Path) -> None:
    grid = small_grid()
    shapes = [*grid.polygons()[:-1], grid.polygons()[0]]  # the last lies over the first
    features = [
        {"type": "Feature", "properties": {"网格编码": code}, "geometry": mapping(shape)}
        for code, shape in zip(grid.codes.tolist(), shapes, strict=True)
    ]
    file = tmp_path / "grid.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    admin = sit("admin")
    admin.goto("/admin/grids")
    admin.get_by_role("link", name="导入网格").click()
    admin.set_input_files("#f-file", file)
    admin.get_by_role("button", name="上传并检查").click()

    report = admin.get_by_role("heading", name="检查报告")
    report.wait_for(timeout=60_000)
    expect(admin.locator(".finding").first).to_contain_text("例如")
    expect(admin.locator(".finding .lamp-red").first).to_be_visible()
    expect(admin.locator("[data-overlay] [data-drawn]")).to_be_visible()
    expect(admin.get_by_role("button", name="导入", exact=True)).to_have_count(0)
    admin.get_by_role("button", name="作废").click()
    expect(admin.get_by_text("已作废").first).to_be_visible()
    admin.goto("/admin/uploads")
    expect(admin.locator("tbody tr").first).to_contain_text("已作废")
