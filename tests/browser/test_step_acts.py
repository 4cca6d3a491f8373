"""What an operator does to a step that failed, in its drawer, while the page is open (R11)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import APIResponse, Locator, Page, Route, expect

from tests.browser.desk import Desk
from tests.browser.test_live_pages import run_of, status


@pytest.fixture(autouse=True)
def _well(desk: Desk) -> None:
    """Let the agent's breaker forget how often it stumbled for the tests before, or it would give it no work by now."""
    desk.api("operator").insist("POST", "/agents/stumble/breaker", {"state": "reset"})


def drawer_of(page: Page, path: str) -> Locator:
    page.locator(f'a.node[data-step-path="{path}"]').click()
    return page.get_by_role("complementary", name="Selected step")


def test_a_step_that_failed_is_retried_and_seen_to_succeed_without_a_reload(desk: Desk) -> None:
    run = run_of(desk, "stumble", {})
    page, other = desk.open("operator", f"/runs/{run}/"), desk.open("viewer", f"/runs/{run}/")
    expect(status(page)).to_have_text("failed")
    page.evaluate("document.body.dataset.same = 'page'")
    drawer = drawer_of(page, "trip")
    expect(drawer.locator("[data-step-path=trip]").first).to_have_attribute("data-status", "failed")
    drawer.get_by_role("button", name="Retry step").click()
    expect(drawer.locator("[data-step-path=trip]").first).to_have_attribute("data-status", "succeeded")
    expect(drawer.get_by_role("button", name="Retry step")).to_have_count(0)
    for one in (page, other):
        expect(status(one)).to_have_text("waiting")
    assert page.evaluate("document.body.dataset.same") == "page"


def test_an_answer_that_comes_late_does_not_bring_back_what_was(desk: Desk) -> None:
    """O6: the socket was faster than the answer to the act, which tells of an earlier moment."""
    run = run_of(desk, "stumble", {})
    page = desk.open("operator", f"/runs/{run}/")
    expect(status(page)).to_have_text("failed")
    drawer = drawer_of(page, "trip")
    acts: list[tuple[Route, APIResponse]] = []
    looks: list[Route] = []
    page.route("**/step/retry/", lambda route: acts.append((route, route.fetch())))
    page.route("**/step/?*", lambda route: looks.append(route))  # the drawer is as it was, with its button
    drawer.get_by_role("button", name="Retry step").click()
    expect(status(page)).to_have_text("waiting")
    ((act, answer),) = acts
    act.fulfill(response=answer)
    expect(page.get_by_text("trip is tried again.")).to_be_visible()
    expect(status(page)).to_have_text("waiting")
    for look in looks:
        look.continue_()
    expect(drawer.get_by_role("button", name="Retry step")).to_have_count(0)


def test_a_step_that_failed_is_skipped_with_a_reason_and_the_run_goes_on(desk: Desk) -> None:
    run = run_of(desk, "stumble", {})
    page, other = desk.open("operator", f"/runs/{run}/"), desk.open("viewer", f"/runs/{run}/")
    expect(status(page)).to_have_text("failed")
    expect(drawer_of(other, "trip").get_by_role("button", name="Skip step")).to_have_count(0)
    drawer = drawer_of(page, "trip")
    drawer.get_by_label("Why it can be left out").fill("nobody needs it")
    drawer.get_by_role("button", name="Skip step").click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("goes on without its result")
    asked.get_by_role("button", name="Skip step").click()
    for one in (page, other):
        expect(status(one)).to_have_text("waiting")
    expect(drawer).to_contain_text("nobody needs it")


def test_all_that_failed_is_retried_from_the_head_of_the_page(desk: Desk) -> None:
    run = run_of(desk, "stumble", {})
    page = desk.open("operator", f"/runs/{run}/")
    expect(status(page)).to_have_text("failed")
    page.get_by_role("button", name="Retry what failed").click()
    page.get_by_role("dialog").get_by_role("button", name="Retry what failed").click()
    expect(status(page)).to_have_text("waiting")


def test_what_is_cancelled_at_work_is_seen_to_be_asked_and_then_killed(desk: Desk) -> None:
    """R11: ask, grace, kill, each visible; the run itself is over at once."""
    run = run_of(desk, "brake", {"word": "never", "seats": [1]})
    page = desk.open("operator", f"/runs/{run}/?step=sit%5B0%5D/hold")
    drawer = page.get_by_role("complementary", name="Selected step")
    expect(drawer).to_contain_text("At work on")
    page.get_by_role("button", name="Cancel run").click()
    page.get_by_role("dialog").get_by_role("button", name="Cancel run").click()
    expect(status(page)).to_have_text("cancelled")
    expect(drawer.locator("[data-stop]")).to_have_attribute("data-stop", re.compile("asked|killed"))
    expect(drawer.locator("[data-stop=killed]")).to_contain_text("Was killed")
    expect(page.locator("[data-stopping]")).to_have_count(0)
