"""Pages that are open while things happen: the pill tells the truth, and nobody loses what they were doing."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.desk import Desk
from tests.running import PROJECT

OFFLINE = "net::ERR_INTERNET_DISCONNECTED"


def run_of(desk: Desk, workflow: str, given: dict[str, object]) -> str:
    return str(desk.api("operator").insist("POST", "/runs", {"workflow": workflow, "input": given}).body["id"])


def test_the_pill_tells_the_truth_while_the_network_is_away(desk: Desk) -> None:
    """O6: reconnecting, then stale since when, then live again with what was missed."""
    page = desk.open("operator", "/runs/")
    page.context.set_offline(True)
    expect(page.locator("[data-live=stale]")).to_contain_text("stale since")
    run = run_of(desk, "note", {"words": "missed", "copies": 1})
    page.context.set_offline(False)
    expect(page.locator("[data-live=live]")).to_contain_text("ms")
    expect(page.locator(f'#runs-rows [data-run-id="{run}"]')).to_be_visible()
    # The browser logs by itself that it was offline; that is what the test did to it.
    desk.faults = [fault for fault in desk.faults if OFFLINE not in fault]


def test_new_runs_wait_while_somebody_points_at_the_list(desk: Desk) -> None:
    """O6, and the page never jumps under the pointer: what is new is counted, and shown when the pointer has gone."""
    first = run_of(desk, "note", {"words": "pointed at", "copies": 1})
    page = desk.open("operator", "/runs/")
    row = page.locator(f'#runs-rows [data-run-id="{first}"]')
    row.hover()
    second = run_of(desk, "note", {"words": "later", "copies": 1})
    expect(page.get_by_role("button", name="Show 1 new")).to_be_visible()
    expect(page.locator(f'#runs-rows [data-run-id="{second}"]')).to_have_count(0)
    page.mouse.move(2, 2)
    expect(page.locator(f'#runs-rows [data-run-id="{second}"]')).to_be_visible()
    expect(page.locator("[data-news-of]")).to_be_hidden()


def test_an_open_drawer_and_the_focus_stay_while_the_run_goes_on(desk: Desk) -> None:
    run = run_of(desk, "repo-review", {"path": str(PROJECT / "orchestrator" / "live")})
    page = desk.open("operator", f"/runs/{run}/")
    page.locator('a.node[data-step-path="scan"]').focus()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("complementary", name="Selected step")
    copy = drawer.get_by_role("button", name="Copy step path")
    copy.focus()
    expect(status(page)).to_have_text("waiting")
    expect(drawer.locator("[data-step-path=scan]").first).to_have_attribute("data-status", "succeeded")
    expect(copy).to_be_focused()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    page.get_by_role("button", name="Cancel run").click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("1 open approval")
    asked.get_by_role("button", name="Cancel run").click()
    expect(status(page)).to_have_text("cancelled")


def test_pausing_says_what_it_does_and_going_back_does_nothing(desk: Desk) -> None:
    run = run_of(desk, "note", {"words": "to pause", "copies": 1})
    page, other = desk.open("operator", f"/runs/{run}/"), desk.open("viewer", f"/runs/{run}/")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("dialog").get_by_role("button", name="Go back").click()
    expect(status(other)).to_have_text("waiting")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()
    expect(status(other)).to_have_text("paused")
    page.get_by_role("button", name="Resume").click()
    expect(status(other)).to_have_text("waiting")
    expect(other.get_by_role("button", name="Pause")).to_have_count(0)


def status(page: Page) -> Locator:
    return page.locator("#run-header .pill").first
