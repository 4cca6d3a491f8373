"""The page of one run in a browser: dragged back and forth in time, streamed to while it works, its tabs and views."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser import scene
from tests.browser.desk import Desk, live
from tests.conftest import poll

PAST = "?at="


def letter(desk: Desk, words: str = "Dear all") -> str:
    """Start a note and return its run, which waits to be signed."""
    wanted = {"workflow": "note", "input": {"words": words, "copies": 2}, "title": words}
    run = str(desk.api("operator").insist("POST", "/runs", wanted).body["id"])
    poll(lambda: scene.gates(desk, run), "the note waits to be signed", 30)
    return run


def sign(desk: Desk, run: str) -> None:
    (gate,) = scene.gates(desk, run)
    verdict = {"verdict": "approve", "digest": gate["digest"]}
    assert desk.api("operator").insist("POST", f"/approvals/{gate['id']}/decision", verdict).status == 200


def scrubber(page: Page) -> Locator:
    return page.get_by_role("slider", name="event")


def step(page: Page, path: str) -> Locator:
    return page.locator(f'#run-track a[data-step-path="{path}"]')


def test_a_run_is_dragged_back_and_live_again(desk: Desk) -> None:
    """U4: the whole page shows the run as it was; what happens meanwhile does not disturb it."""
    run = letter(desk)
    page = desk.open("operator", f"/runs/{run}/?step=sign")
    expect(step(page, "sign")).to_have_attribute("data-status", "waiting")
    total = int(scrubber(page).input_value())
    scrubber(page).press("Home")
    expect(page.locator("#run-moment")).to_contain_text(f"As it was after event 1 of {total}")
    expect(step(page, "sign")).to_have_attribute("data-status", "pending")
    expect(page.locator("#drawer .body")).to_contain_text("The run has not come this far.")
    expect(page.locator("#run-said")).to_contain_text("started note")
    expect(page.get_by_role("button", name="Cancel run")).to_have_count(0)
    expect(page).to_have_url(re.compile(r"at=1\b"))
    sign(desk, run)
    expect(page.locator("[data-total-shown]").first).not_to_have_text(str(total))
    expect(step(page, "sign")).to_have_attribute("data-status", "pending")
    expect(page.locator("#run-header .pill")).to_have_text("running")
    scrubber(page).press("End")
    expect(step(page, "sign")).to_have_attribute("data-status", "succeeded")
    expect(page.locator("#run-header .pill")).to_have_text("succeeded")
    expect(page.locator("#run-moment")).to_be_empty()
    assert PAST not in page.url


def test_a_mouse_drags_and_an_address_is_shared(desk: Desk) -> None:
    run = letter(desk)
    sign(desk, run)
    page = desk.open("operator", f"/runs/{run}/")
    expect(page.locator("#run-header .pill")).to_have_text("succeeded")
    box = scrubber(page).bounding_box()
    assert box
    y = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + box["width"] - 7, y)
    page.mouse.down()
    for share in (0.9, 0.7, 0.5, 0.4):
        page.mouse.move(box["x"] + box["width"] * share, y)
    page.mouse.up()
    expect(page.locator("#run-moment")).to_contain_text("As it was after event")
    n = scrubber(page).input_value()
    expect(page.locator("#run-count")).to_have_text(n)
    expect(page).to_have_url(re.compile(rf"at={n}\b"))
    expect(scrubber(page)).to_have_attribute("aria-valuetext", re.compile(rf"^event {n} of \d+: "))
    shared = live(desk.context("viewer").new_page(), page.url)
    expect(shared.locator("#run-moment")).to_contain_text(f"after event {n} of")
    shared.get_by_role("link", name="Back to live").click()
    expect(shared.locator("#run-header .pill")).to_have_text("succeeded")
    shared.get_by_role("link", name="The event before").click()
    expect(shared.locator("#run-moment")).to_contain_text("As it was after event")


def test_without_scripts_the_address_does_it(desk: Desk) -> None:
    run = letter(desk)
    page = desk.context("viewer", java_script_enabled=False).new_page()
    page.goto(f"/runs/{run}/?at=2&tab=events")
    expect(page.locator("#run-moment")).to_contain_text("As it was after event 2 of")
    expect(page.locator("#run-events li")).to_have_count(2)
    page.get_by_role("link", name="live", exact=True).click()
    expect(page.locator("#run-moment")).to_be_empty()


def test_what_an_agent_streams_is_seen_while_it_works_and_by_who_comes_later(desk: Desk) -> None:
    """U4: output as it streams and how far it is; afterwards what counts is the record."""
    word = "spoken"
    wanted = {"workflow": "speech", "input": {"word": word}, "title": "A speech"}
    run = str(desk.api("operator").insist("POST", "/runs", wanted).body["id"])
    page = desk.open("operator", f"/runs/{run}/?step=speak")
    said = page.locator("[data-stream-text]")
    expect(said).to_contain_text("first line")
    expect(page.locator("[data-stream-note]")).to_have_text("50% · half of it")
    bar = page.locator('#run-track [data-progress="speak"]')
    poll(lambda: float(bar.get_attribute("width") or 0) > 0, "the track shows how far it is")
    later = desk.open("viewer", f"/runs/{run}/?step=speak")
    expect(later.locator("[data-stream-text]")).to_contain_text("first line\nsecond line")
    desk.say(word)
    for one in (page, later):
        expect(step(one, "speak")).to_have_attribute("data-status", "succeeded")
        expect(one.locator("#drawer")).to_contain_text("the end")
        expect(one.locator("[data-stream-text]")).to_have_count(0)


def test_tabs_views_and_what_an_event_holds_by_keyboard(desk: Desk) -> None:
    """U2, U4."""
    run = letter(desk)
    page = desk.open("operator", f"/runs/{run}/")
    expect(page.locator("#run-timeline .gantt")).to_contain_text("gates")
    page.get_by_role("tab", name="Timeline").press("ArrowRight")
    expect(page.get_by_role("tab", name="Story")).to_be_focused()
    expect(page.locator("#run-story")).to_contain_text("asked people “Sign the note”")
    page.get_by_role("tab", name="Story").press("ArrowRight")
    last = page.locator("#run-events details").last
    last.locator("summary").press("Enter")
    expect(last.locator(".event-data")).to_contain_text("timer.set" if "timer" in last.inner_text() else ".")
    page.get_by_label("Type of event").select_option("gate")
    expect(page.locator("#run-events li")).to_have_count(1)
    expect(page.locator("#run-events")).to_contain_text("gate.opened")
    page.get_by_role("link", name="As it ran").press("Enter")
    expect(page.locator('#run-ran a[data-step-path="sign"]')).to_be_visible()
    expect(page).to_have_url(re.compile("view=ran"))
    sign(desk, run)
    expect(page.locator('#run-ran a[data-step-path="sign"]')).to_have_attribute("data-status", "succeeded")
    page.get_by_role("tab", name="Output").click()
    expect(page.locator("#run-output")).to_contain_text("Input")
