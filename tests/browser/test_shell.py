"""The shell around every page: the palette, the keys, the theme, and fingers on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser import scene
from tests.browser.desk import Desk, live, shell
from tests.browser.keyboard import arrived, press
from tests.browser.scene import Scene


@pytest.fixture(scope="module")
def stage(installation: Desk) -> Scene:
    """Set up a note that waits to be signed."""
    return scene.notes(installation)


def palette(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Find anything")


HEARD = """
() => {
  const field = document.querySelector("#palette-text");
  const marked = document.querySelectorAll("#palette-list [aria-selected=true]");
  const isHeard = marked.length === 1 && field.getAttribute("aria-activedescendant") === marked[0].id;
  return isHeard && document.activeElement === field;
}
"""


def chosen(page: Page) -> Locator:
    """Return the choice that is marked; it is the one that a screen reader hears."""
    page.wait_for_function(HEARD)
    return palette(page).get_by_role("option", selected=True)


def test_the_palette_finds_a_run_by_its_id_and_opens_it(desk: Desk, stage: Scene) -> None:
    page = desk.open("operator", "/agents/")
    press(page, "Control+k")
    page.keyboard.type(stage.run)
    expect(page.locator(f'#palette-list [data-run-id="{stage.run}"]')).to_be_visible()
    expect(chosen(page)).to_contain_text("A note to be signed")
    press(page, "Enter")
    expect(page.locator(f'#run[data-run-id="{stage.run}"]')).to_be_visible()
    arrived(page, "A note to be signed")
    press(page, "Control+k")
    expect(palette(page).get_by_role("option").first).to_be_visible()
    press(page, "Escape")
    live(page, "/")
    press(page, "Control+k")
    expect(page.get_by_role("group", name="Opened lately").get_by_role("option").first).to_contain_text("A note to be")


def test_arrows_go_round_and_escape_gives_the_focus_back(desk: Desk) -> None:
    page = desk.open("viewer", "/agents/")
    button = page.get_by_role("button", name="Find a run, agent, card…")
    button.focus()
    press(page, "Enter")
    expect(page.get_by_role("group", name="Pages")).to_be_visible()
    first = chosen(page).inner_text()
    press(page, "ArrowUp")
    expect(chosen(page)).to_contain_text("Sign out")
    press(page, "ArrowDown")
    assert chosen(page).inner_text() == first
    page.keyboard.type("no such thing anywhere")
    expect(palette(page)).to_contain_text("Nothing is called")
    press(page, "Escape")
    expect(palette(page)).to_be_hidden()
    expect(button).to_be_focused()


def test_the_palette_acts_and_goes_to_forms(desk: Desk) -> None:
    # Whoever signs out ends that session for every browser that has its cookie.
    desk.sign_in("leaver", shell(desk.data, "signin", "operator"))
    page = desk.open("leaver", "/agents/", color_scheme="dark")
    other = live(page.context.new_page(), "/agents/")
    choose(page, "theme light")
    for one in (page, other):
        expect(one.locator("html")).to_have_attribute("data-theme", "light")
    choose(page, "new card on notes")
    arrived(page, "Notes")
    expect(page.get_by_role("dialog", name="New card")).to_be_visible()
    press(page, "Escape")
    choose(page, "start note")
    arrived(page, "note")
    expect(page.locator("#start :focus")).to_be_visible()
    choose(page, "sign out")
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()


def choose(page: Page, words: str) -> None:
    """Type and press Enter as fast as anybody can: what is not listed yet must be waited for, not guessed."""
    press(page, "Control+k")
    page.keyboard.type(words)
    press(page, "Enter")


def test_the_list_of_keys_says_what_this_page_does_and_letters_stay_letters(desk: Desk, stage: Scene) -> None:
    page = desk.open("operator", "/approvals/")
    press(page, "?")
    listed = page.get_by_role("dialog", name="Keys")
    for words in ("Find a run, agent, card", "Approve what is open", "Overview"):
        expect(listed).to_contain_text(words)
    press(page, "g", "o")
    expect(listed).to_be_visible()
    press(page, "Escape")
    expect(listed).to_have_count(0)
    live(page, "/runs/")
    press(page, "/")
    page.keyboard.type("g a ? good")
    expect(page.locator("#f-text")).to_have_value("g a ? good")
    press(page, "?")
    expect(page.get_by_role("dialog", name="Keys")).to_have_count(0)
    assert page.url.endswith("/runs/")


def test_a_key_that_comes_late_after_g_does_not_act_on_its_own(desk: Desk) -> None:
    note = scene.notes(desk)
    page = desk.open("operator", f"/approvals/{note.gate}/")
    expect(page.locator(f'.one[data-approval-id="{note.gate}"]')).to_be_visible()
    page.clock.install()
    press(page, "g")
    page.clock.run_for(60_000)
    press(page, "a")
    expect(page).to_have_url(re.compile(r"/approvals/$"))
    assert desk.api("operator").get(f"/approvals/{note.gate}")["status"] == "open"
