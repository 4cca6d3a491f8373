"""Drilling a workflow in a browser (R10); that its page bars nobody is looked at with all others."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.desk import PHONE, Desk


def test_a_workflow_is_drilled_from_its_page_and_no_run_comes_of_it(desk: Desk) -> None:
    page = desk.open("operator", "/workflows/text-report/")
    page.get_by_role("button", name="Drill it").click()
    crash = page.locator('.drill [data-step="avoid"] [data-fault="crash"]')
    expect(crash).to_have_attribute("data-verdict", "caught")
    expect(crash).to_contain_text("words to avoid were not looked for")
    expect(crash).to_contain_text("degraded")
    loop = page.locator('.drill [data-step="read"] [data-fault="loop"]')
    loop.get_by_text("does not apply").click()
    expect(loop).to_contain_text("It is asked once")
    page.get_by_text("With another input").click()
    page.get_by_label("Input as JSON").fill('{"avoid": []}')
    page.get_by_role("button", name="Drill it again").click()
    expect(page.locator('.drill [data-step="avoid"] [data-fault="crash"]')).to_have_attribute(
        "data-verdict", "unreached"
    )
    page.get_by_label("Input as JSON").fill('{"avoid": 1}')
    page.get_by_role("button", name="Drill it again").click()
    expect(page.locator("#drill [role=alert]")).to_contain_text("input.avoid: expected a list")
    desk.faults = [fault for fault in desk.faults if "Error Code 422" not in fault]  # htmx says what the test provoked
    page.goto("/runs/?workflow=text-report")
    expect(page.locator("[data-run-id]")).to_have_count(0)
    viewer = desk.open("viewer", "/workflows/text-report/")
    expect(viewer.get_by_role("button", name="Drill it")).to_have_count(0)


def test_on_a_phone_each_step_stands_over_its_faults(desk: Desk) -> None:
    page = desk.open("operator", "/workflows/text-report/", **PHONE)
    page.get_by_role("button", name="Drill it").tap()
    cell = page.locator('.drill [data-step="count"] [data-fault="timeout"]')
    expect(cell).to_contain_text("the timeout of text-count")
    box = cell.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
