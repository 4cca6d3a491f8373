"""A newcomer opens the gallery of patterns in a browser and presses every button there: each example succeeds."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.desk import Desk
from tests.chaos.tree import Tree
from tests.conftest import poll
from tests.shipped import BOARD, Hand, shipped


@pytest.fixture(scope="module")
def desk(tree: Tree, chromium: Browser) -> Iterator[Desk]:
    made = Desk(tree.where(), tree.data, chromium, tree.words)
    made.sign_in("admin", tree.manage("signin").strip())
    yield made
    made.close()


@pytest.fixture(scope="module")
def hand(tree: Tree) -> Hand:
    return Hand(api=tree.api("gallery"), books=tree.books)


@pytest.mark.parametrize("name", shipped())
def test_an_example_runs_to_its_end_from_its_button(name: str, desk: Desk, hand: Hand) -> None:
    """Issue of patterns: from the gallery in a browser, offline; the card follows the run to its end."""
    page = desk.open("admin", "/patterns/")
    page.get_by_role("button", name=f"Run it: {name}", exact=True).click()
    page.wait_for_url(re.compile(r"/(runs|boards/\w+/cards)/[\w-]+/$"))
    root = run_of(page, name, hand)
    watched = desk.open("admin", "/patterns/")
    began = time.monotonic()
    assert hand.see_through(root) == "succeeded", page.url
    print(f"\n  {name}: over {time.monotonic() - began:.1f} s later")
    card = watched.locator(f'[data-{"board" if name == BOARD else "workflow"}="{name}"]')
    expect(card.locator(f'[data-run-id="{root}"]')).to_have_attribute("data-status", "succeeded")
    page.context.close()
    watched.context.close()


def run_of(page: Page, name: str, hand: Hand) -> str:
    """Return the run whose page this is, or that works on the card whose page it is."""
    if name != BOARD:
        return page.url.rstrip("/").rpartition("/")[2]
    poll(lambda: hand.root(name, ""), "an agent has pulled the card", 20)
    return hand.root(name, "")


def test_every_pattern_has_its_card(desk: Desk) -> None:
    page = desk.open("admin", "/patterns/")
    places = page.locator("[data-pattern]").evaluate_all("(all) => all.map((one) => one.dataset.pattern)")
    assert list(dict.fromkeys(places)) == [f"P{number}" for number in range(1, 15)]
    page.context.close()
