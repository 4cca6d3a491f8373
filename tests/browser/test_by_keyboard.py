"""Every page without a mouse: its main task from beginning to end by keys alone, the focus in sight (B2, O1, H1)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser import scene
from tests.browser.board import is_in
from tests.browser.desk import Desk
from tests.browser.keyboard import arrived, focused, press, walk_to
from tests.browser.scene import Scene


@pytest.fixture(scope="module")
def stage(installation: Desk) -> Scene:
    """Set up a note that waits to be signed."""
    return scene.notes(installation)


def test_the_first_key_leads_past_the_shell(desk: Desk) -> None:
    page = desk.open("operator", "/runs/")
    press(page, "Tab")
    assert "Skip to the page" in focused(page)
    press(page, "Enter", "Tab")
    assert page.evaluate("document.getElementById('main').contains(document.activeElement)"), focused(page)


def test_from_the_overview_to_a_run(desk: Desk, stage: Scene) -> None:
    page = desk.open("operator", "/")
    walk_to(page, page.locator(f'#overview-runs [data-run-id="{stage.run}"] a').first)
    press(page, "Enter")
    expect(page.locator(f'#run[data-run-id="{stage.run}"]')).to_be_visible()


def test_runs_are_filtered_and_one_is_opened(desk: Desk, stage: Scene) -> None:
    page = desk.open("operator", "/")
    press(page, "g", "r")
    arrived(page, "Runs")
    press(page, "/")
    page.keyboard.type(stage.run[:23])
    press(page, "Enter")
    expect(page).to_have_url(re.compile("text="))
    walk_to(page, page.locator(f'#runs-rows [data-run-id="{stage.run}"] a').first)
    press(page, "Enter")
    expect(page.locator(f'#run[data-run-id="{stage.run}"]')).to_be_visible()


def test_a_run_is_looked_through(desk: Desk, stage: Scene) -> None:
    page = desk.open("operator", f"/runs/{stage.run}/")
    node = page.locator('#run-track a.node[data-step-path="sign"]')
    walk_to(page, node)
    press(page, "Enter")
    drawer = page.get_by_role("complementary", name="Selected step")
    expect(drawer.locator('[data-step-path="sign"]').first).to_be_visible()
    walk_to(page, drawer.get_by_role("button", name="Copy step path"))
    press(page, "Escape")
    expect(node).to_be_focused()
    walk_to(page, page.get_by_role("tab", selected=True))
    before = page.get_by_role("tab", selected=True).inner_text()
    press(page, "ArrowRight")
    expect(page.get_by_role("tab", selected=True)).not_to_have_text(before)
    expect(page.get_by_role("tab", selected=True)).to_be_focused()
    expect(page.get_by_role("tabpanel")).to_be_visible()


def test_a_run_is_wound_back_and_forth(desk: Desk, stage: Scene) -> None:
    page = desk.open("operator", f"/runs/{stage.run}/")
    scrubber = page.get_by_role("slider")
    walk_to(page, scrubber)
    press(page, "Home")
    expect(scrubber).to_have_attribute("aria-valuetext", re.compile(r"^event 1 of"))
    expect(page.locator("#run-track [data-step-path=sign]")).not_to_have_attribute("data-status", "waiting")
    press(page, "Escape")
    expect(scrubber).to_have_attribute("aria-valuetext", re.compile("live"))
    expect(page.locator("#run-track [data-step-path=sign]")).to_have_attribute("data-status", "waiting")


def test_an_approval_is_edited_and_approved_and_another_one_rejected(desk: Desk) -> None:
    for decision in ("approved", "rejected"):
        note = scene.notes(desk)
        page = desk.open("operator", "/")
        press(page, "g", "a")
        arrived(page, "Approvals")
        row, shown = (page.locator(f'{one}[data-approval-id="{note.gate}"]') for one in ("a.ask", ".one"))
        walk_to(page, row)
        press(page, "Enter")
        expect(shown).to_be_visible()
        (approve if decision == "approved" else reject)(page)
        expect(row).to_have_count(0)
        assert desk.api("operator").get(f"/approvals/{note.gate}")["status"] == decision


def approve(page: Page) -> None:
    press(page, "e")
    page.keyboard.type("Dearest all, ")
    walk_to(page, page.get_by_role("button", name="Approve with edits"))
    press(page, "Enter")


def reject(page: Page) -> None:
    press(page, "r")
    page.keyboard.type("Not in this tone.")
    press(page, "Escape", "r")


def test_a_card_is_written_and_carried(desk: Desk) -> None:
    page = desk.open("operator", "/boards/")
    walk_to(page, page.get_by_role("link", name="Errands"))
    press(page, "Enter")
    arrived(page, "Errands")
    walk_to(page, page.get_by_role("button", name="New card"))
    press(page, "Enter")
    form = page.get_by_role("dialog", name="New card")
    walk_to(page, form.get_by_label("Title"))
    page.keyboard.type("Written by keys")
    walk_to(page, form.get_by_label("Word"))
    press(page, "Control+a")
    page.keyboard.type("never")
    press(page, "Enter")
    expect(form).to_be_hidden()
    card = page.locator(".task").filter(has_text="Written by keys")
    mark = str(card.get_attribute("id"))
    walk_to(page, card)
    press(page, "Space", "ArrowRight", "Space")
    is_in("Ready", mark, page)
    press(page, "Enter")
    expect(page.locator("#drawer")).to_contain_text("Written by keys")
    press(page, "Escape")
    expect(page.locator("#drawer")).to_be_hidden()


def test_an_agent_is_opened(desk: Desk) -> None:
    page = desk.open("operator", "/")
    press(page, "g", "e")
    arrived(page, "Agents")
    first = page.locator("#main [data-agent]").first
    name = first.get_attribute("data-agent") or ""
    walk_to(page, first.locator("a").first)
    press(page, "Enter")
    arrived(page, name)


def test_a_workflow_is_started(desk: Desk) -> None:
    page = desk.open("operator", "/")
    press(page, "g", "w")
    arrived(page, "Workflows")
    walk_to(page, page.get_by_role("link", name="New run of note"))
    press(page, "Enter")
    arrived(page, "note")
    walk_to(page, page.get_by_label("Words"))
    press(page, "Control+a")
    page.keyboard.type("Started by keys")
    walk_to(page, page.get_by_role("button", name="Start run"))
    press(page, "Enter")
    expect(page.locator("#run[data-run-id]")).to_be_visible()


def test_the_audit_trail_is_searched(desk: Desk, stage: Scene) -> None:
    page = desk.open("admin", "/")
    press(page, "g", "u")
    arrived(page, "Audit trail")
    press(page, "/")
    page.keyboard.type("operator")
    press(page, "Enter")
    expect(page).to_have_url(re.compile("person=operator"))
    walk_to(page, page.locator("#main tbody [data-audit-id] a.link").first)
    press(page, "Enter")
    expect(page).to_have_url(re.compile(r"person=\d+"))


def test_who_signs_in_needs_no_mouse_either(desk: Desk) -> None:
    page = desk.context("nobody").new_page()
    page.goto("/signin/")
    expect(page.get_by_label("Name")).to_be_focused()
    page.keyboard.type("nobody-of-that-name")
    press(page, "Tab")
    page.keyboard.type("a wrong password")
    press(page, "Enter")
    expect(page.get_by_role("alert")).to_contain_text("do not fit")
    expect(page.get_by_label("Password")).to_be_focused()
