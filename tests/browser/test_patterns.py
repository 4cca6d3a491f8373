"""Each view of a pattern in a real browser: made by a real run, live, in both themes, on a phone, without a barrier."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk, shell
from tests.browser.test_every_page import look_at
from tests.conftest import poll

VIEWS = {
    "rounds": ("verse", "draft"), "candidates": ("naming", "name"), "fan-in": ("vendor", "votes"),
    "contradictions": ("vendor", "facts"), "board": ("shared", "assess"), "pool": ("answer", "write"),
    "matrix": ("verdict", "score"), "graph": ("counting", "audit"), "thread": ("deal", "deal"),
}  # fmt: skip
"""Workflow and step of each."""


@pytest.fixture(scope="module")
def started(installation: Desk) -> dict[str, str]:
    """Apply the workflows, start a run of each, and return the runs by workflow; the verse waits for a word."""
    shell(installation.data, "apply", "tests/browser/patterned")
    api = installation.api("operator")
    names = {workflow for workflow, _ in VIEWS.values()}
    runs = {name: str(api.insist("POST", "/runs", {"workflow": name}).body["id"]) for name in sorted(names)}
    for name, run in runs.items():
        if name != "verse":
            poll(lambda run=run: api.run(run)["ended_at"], f"{name} is done", 60)
            ended = api.run(run)
            assert ended["status"] == "succeeded", (name, ended["reason"], ended["steps"])
    return runs


def test_rounds_come_as_they_are_judged(desk: Desk, started: dict[str, str]) -> None:
    """The view opens from the drawer, and a round that is over shows itself."""
    page = desk.open("operator", f"/runs/{started['verse']}/")
    page.locator("svg.track a.node[data-step-path=draft]").click()
    page.locator("#drawer").get_by_role("link", name="Rounds").click()
    expect(page.locator("[data-round]")).to_have_count(3)
    expect(page.locator("[data-best]")).to_have_attribute("data-round", "1")
    desk.say("draft")
    expect(page.locator("[data-best]")).to_have_attribute("data-round", "3")
    expect(page.get_by_text("its condition holds with round 3")).to_be_visible()
    scrub_back(page)
    expect(page.locator("[data-round]")).to_have_count(1)


def scrub_back(page: Page) -> None:
    """Go to a moment early in the run."""
    page.locator("#scrub-at").evaluate(
        "(bar) => { bar.value = 3; bar.dispatchEvent(new Event('input', { bubbles: true })); }"
    )
    expect(page.locator("#run-moment")).to_contain_text(re.compile("As it was after event"))


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("name", VIEWS)
def test_a_view_bars_nobody_in(theme: str, name: str, desk: Desk, started: dict[str, str]) -> None:
    workflow, step = VIEWS[name]
    desk.say("draft")
    page = desk.open("admin", f"/runs/{started[workflow]}/?tab=pattern&of={step}", color_scheme=theme)
    expect(page.locator("#run-pattern section")).to_be_visible()
    page.locator("#run-pattern").scroll_into_view_if_needed()
    look_at(page, f"pattern-{name}-{theme}")
