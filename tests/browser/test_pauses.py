"""Pausing an agent in a browser, and finding it in the list: by keyboard, on a phone, in both themes, kept current."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.desk import Desk, shell
from tests.browser.test_every_page import barriers

SLEEPER = """
agent: sleeper
role: Takes its time.
runtime: scripted
capabilities: [slow-reading]
owner: night-shift
settings: {outcomes: [{sleep: 6, ok: {done: true}}]}
---
workflow: sleep
role: Sleeps.
steps: [{id: nap, agent: sleeper}]
"""


@pytest.fixture(autouse=True)
def agent(desk: Desk) -> Iterator[None]:
    for number, text in enumerate(SLEEPER.split("---\n")):
        file = desk.data / f"sleeper{number}.yaml"
        file.write_text(text)
        shell(desk.data, "apply", str(file))
    yield
    shell(desk.data, "agent", "sleeper", "resume")


def begin(desk: Desk) -> str:
    return str(desk.api("operator").insist("POST", "/runs", {"workflow": "sleep", "input": {}}).body["id"])


def pause(page: Page, why: str) -> None:
    page.get_by_label("Why sleeper is paused").fill(why)
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("gets no new work until someone resumes it")
    page.get_by_role("dialog").get_by_role("button", name="Pause").click()


def test_an_agent_is_drained_and_resumed_and_everybody_sees_it(desk: Desk) -> None:
    page = desk.open("operator", "/agents/sleeper/")
    watched = desk.open("admin", "/agents/?text=sleeper")
    begin(desk)
    expect(page.locator('#agent-head [data-state="working"]')).to_be_visible()
    pause(page, "its prompt is being mended")
    expect(page.locator('[data-pause="draining"]')).to_contain_text("1 attempt at work, no new one begins")
    expect(watched.locator('[data-agent="sleeper"][data-state="paused"]')).to_be_visible()
    expect(page.locator('[data-pause="drained"]')).to_contain_text("its prompt is being mended")
    later = begin(desk)
    expect(page.locator('[data-pause="drained"]')).to_contain_text("1 waits")
    run = desk.open("operator", f"/runs/{later}/")
    expect(run.get_by_text("agent sleeper is paused by operator: its prompt is being mended").first).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    expect(page.locator('[data-pause="off"]')).to_be_visible()
    expect(watched.locator('[data-agent="sleeper"][data-state="working"]')).to_be_visible()
    expect(run.locator('#run-header [data-status="succeeded"]').first).to_be_visible()


def test_what_is_typed_as_the_reason_survives_what_comes_in_meanwhile(desk: Desk) -> None:
    page = desk.open("operator", "/agents/sleeper/")
    why = page.get_by_label("Why sleeper is paused")
    why.fill("half a sen")
    begin(desk)
    expect(page.locator('#agent-head [data-state="working"]')).to_be_visible()
    expect(page.locator('#agent-head [data-state="idle"]')).to_be_visible()
    expect(why).to_have_value("half a sen")
    expect(why).to_be_focused()


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_paused_agent_bars_nobody_in_on_its_page_and_in_the_list(desk: Desk, theme: str) -> None:
    shell(desk.data, "agent", "sleeper", "pause", "--reason", "a rather long reason, " * 10)
    for path in ("/agents/sleeper/", "/agents/?state=paused"):
        page = desk.open("operator", path, color_scheme=theme)
        for width in (1440, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert barriers(page) == []
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_the_list_is_searched_and_ordered_by_keyboard_on_a_phone(desk: Desk) -> None:
    page = desk.open("operator", "/agents/", viewport={"width": 390, "height": 800})
    page.get_by_label("Name, role, owner or capability").focus()
    page.keyboard.type("night-shift")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("text=night-shift"))
    expect(page.locator("tr[data-agent]")).to_have_count(1)
    page.get_by_label("Order").select_option("least trusted first")
    expect(page).to_have_url(re.compile("text=night-shift.*sort=trust"))
    row = page.get_by_role("link", name="sleeper")
    row.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="sleeper")).to_be_visible()
    page.go_back()
    expect(page.locator("tr[data-agent]")).to_have_count(1)
