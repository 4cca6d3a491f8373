"""Every page at 390 px by finger alone: its main task, nothing under forty pixels, nothing out of reach (H1, B2)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import scene
from tests.browser.board import card, is_in
from tests.browser.desk import PHONE, Desk
from tests.browser.scene import Scene
from tests.conftest import poll

PLAIN = "button, a.btn, nav a, summary, select, input, textarea, [role=tab]"
SMALL = """
(names) => [...document.querySelectorAll(names)].filter((one) => {
  if (one.matches("[type=hidden], [type=checkbox], [type=radio], .copy, .skip") || !one.checkVisibility()) return false;
  const area = getComputedStyle(one, "::after");
  const more = area.content !== "none" && area.position === "absolute" ? -parseFloat(area.top) * 2 : 0;
  const { width, height } = one.getBoundingClientRect();
  return width > 1 && height + Math.max(more, 0) < 39.5;
}).map((one) => one.outerHTML.slice(0, 120))
"""


@pytest.fixture(scope="module")
def stage(installation: Desk) -> Scene:
    """Set up a note that waits to be signed."""
    return scene.notes(installation)


def phone(desk: Desk, path: str, who: str = "operator") -> Page:
    """Open a page on a phone; whatever a finger is meant for must be as large as a finger."""
    page = desk.open(who, path, **PHONE)
    assert page.evaluate(SMALL, PLAIN) == []
    return page


def leads_to(page: Page, noun: str) -> None:
    """Go to a page by the bar at the bottom."""
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=re.compile(noun)).tap()
    expect(page.get_by_role("heading", level=1, name=noun)).to_be_visible()
    at_work(page)


def at_work(page: Page) -> None:
    """Wait until a page's scripts are."""
    page.wait_for_load_state()
    expect(page.locator("[data-live=live]")).to_be_visible()


def row(page: Page, place: str, hook: str) -> Locator:
    return page.locator(f"{place} [{hook}]").first


def test_from_the_overview_to_a_run_and_its_steps(desk: Desk, stage: Scene) -> None:
    page = phone(desk, "/")
    row(page, "#overview-runs", f'data-run-id="{stage.run}"').tap()
    expect(page.locator(f'#run[data-run-id="{stage.run}"]')).to_be_visible()
    at_work(page)
    assert page.evaluate(SMALL, PLAIN) == []
    page.locator('#run-track a.node[data-step-path="sign"]').tap()
    drawer = page.get_by_role("complementary", name="Selected step")
    expect(drawer.locator('[data-step-path="sign"]').first).to_be_in_viewport()
    drawer.get_by_role("button", name="Close").tap()
    page.get_by_role("tab", name="Output").tap()
    expect(page.get_by_role("tabpanel", name="Output")).to_be_visible()
    page.get_by_role("link", name="The event before").tap()
    expect(page.get_by_role("slider")).not_to_have_attribute("aria-valuetext", re.compile("live"))
    page.get_by_role("link", name="live", exact=True).tap()
    expect(page.get_by_role("slider")).to_have_attribute("aria-valuetext", re.compile("live"))


def test_runs_are_filtered_and_opened(desk: Desk, stage: Scene) -> None:
    page = phone(desk, "/")
    leads_to(page, "Runs")
    page.get_by_label("Workflow").select_option("note")
    expect(page).to_have_url(re.compile("workflow=note"))
    row(page, "#runs-rows", f'data-run-id="{stage.run}"').tap()
    expect(page.locator(f'#run[data-run-id="{stage.run}"]')).to_be_visible()


def test_an_approval_is_decided(desk: Desk) -> None:
    note = scene.notes(desk)
    page = phone(desk, "/")
    leads_to(page, "Approvals")
    page.locator(f'a.ask[data-approval-id="{note.gate}"]').tap()
    expect(page).to_have_url(re.compile(rf"/approvals/{note.gate}/$"))
    at_work(page)
    expect(page.locator(f'.one[data-approval-id="{note.gate}"]')).to_be_visible()
    assert page.evaluate(SMALL, PLAIN) == []
    page.get_by_label("Comment for the record").fill("From the train.")
    page.get_by_role("button", name="Approve", exact=True).tap()
    decided = desk.api("operator")
    poll(lambda: decided.get(f"/approvals/{note.gate}")["status"] == "approved", "the note is approved", 30)


def test_a_card_is_written_opened_and_moved(desk: Desk) -> None:
    page = phone(desk, "/")
    leads_to(page, "Boards")
    page.get_by_role("link", name="Errands").tap()
    expect(page.get_by_role("heading", level=1, name="Errands")).to_be_visible()
    at_work(page)
    page.get_by_role("button", name="New card").tap()
    form = page.get_by_role("dialog", name="New card")
    form.get_by_label("Title").fill("Written by finger")
    form.get_by_role("button", name="Add card").tap()
    expect(form).to_be_hidden()
    made = page.locator(".task").filter(has_text="Written by finger")
    mark = str(made.get_attribute("id"))
    made.locator(".title").tap()
    expect(page.locator("#drawer")).to_contain_text("Written by finger")
    page.get_by_role("button", name="Close", exact=True).tap()
    card(page, mark).get_by_role("button", name="Move Written by finger").tap()
    page.get_by_role("dialog").get_by_role("button", name="Ready").tap()
    is_in("Ready", mark, page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_audit_trail_is_searched(desk: Desk, stage: Scene) -> None:
    page = phone(desk, "/", "admin")
    leads_to(page, "Audit")
    page.get_by_label("Kind of thing").select_option("card")
    expect(page).to_have_url(re.compile("object=card"))
    row(page, "#main tbody", "data-audit-id").get_by_role("link").first.tap()
    expect(page).to_have_url(re.compile(r"person=\d+"))


def test_an_agent_and_a_workflow_are_opened_and_a_run_is_started(desk: Desk) -> None:
    page = phone(desk, "/")
    leads_to(page, "Agents")
    first = row(page, "#main", "data-agent")
    name = first.get_attribute("data-agent") or ""
    first.tap()
    expect(page.get_by_role("heading", level=1, name=name, exact=True)).to_be_visible()
    leads_to(page, "Workflows")
    page.get_by_role("link", name="New run of note").tap()
    expect(page.get_by_role("heading", level=1, name="note")).to_be_visible()
    at_work(page)
    page.get_by_label("Words").fill("Started by finger")
    page.get_by_role("button", name="Start run").tap()
    expect(page.locator("#run[data-run-id]")).to_be_visible()


def test_the_palette_and_the_account_menu(desk: Desk, stage: Scene) -> None:
    page = phone(desk, "/workflows/")
    page.get_by_role("button", name="Find a run, agent, card…").tap()
    page.get_by_role("combobox", name="Find a run").fill("signed")
    expect(page.locator(f'#palette-list [data-run-id="{stage.run}"]')).to_be_visible()
    assert page.evaluate(SMALL, PLAIN) == []
    page.locator(f'#palette-list [data-run-id="{stage.run}"]').tap()
    expect(page.locator(f'#run[data-run-id="{stage.run}"]')).to_be_visible()
    at_work(page)
    page.locator("header.top summary").tap()
    page.get_by_label("Theme", exact=True).select_option("Light")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert page.evaluate(SMALL, PLAIN) == []
