"""Every page in both themes, wide and on two phones: no barrier, no sideways scroll, nothing wrong in the console.

SIGNALBOX_TEST_SHOTS names a folder for pictures of them all.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser import scene, tour
from tests.browser.desk import Desk, live

WIDTHS = {"wide": 1440, "wall": 2560, "390": 390, "360": 360}
LOOKED_AT = ("wide", "390")
"""Widths at which barriers are looked for; in all of them nothing may stick out sideways."""
BARE = {"signin": "/signin/", "link": "/signin/no-such-link/", "nowhere": "/no/such/page/"}
"""Pages for people who are not signed in."""


@pytest.fixture(scope="module")
def numbers(installation: Desk) -> dict[str, object]:
    """Set up a note and a review that wait for people, and return what the addresses of their pages need."""
    run, over = scene.review(installation, "Review of the shop, to be looked at"), scene.notes(installation)
    scene.decide(installation, over)
    return {
        "run": run, "other": over.run, "gate": scene.gates(installation, run)[0]["id"],
        "card": scene.notes(installation).card, "step": "scan%5B0%5D%2Ftools%2Fruff",
        "board": "notes", "agent": "ruff", "workflow": "repo-review",
    }  # fmt: skip


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("name", tour.STOPS)
def test_a_page_bars_nobody_in(theme: str, name: str, desk: Desk, numbers: dict[str, object]) -> None:
    stop = tour.STOPS[name]
    page = desk.open("admin", stop.path.format(**numbers), color_scheme=theme)
    if stop.do:
        stop.do(page)
    look_at(page, f"{name}-{theme}")


@pytest.mark.parametrize("theme", ["dark", "light"])
def test_a_page_for_strangers_bars_nobody_in(theme: str, desk: Desk) -> None:
    page = desk.context("nobody", color_scheme=theme).new_page()
    for name, path in BARE.items():
        page.goto(path)
        look_at(page, f"{name}-{theme}")


def test_the_theme_that_was_chosen_stays(desk: Desk) -> None:
    page = desk.open("admin", "/", color_scheme="dark")
    dark = background(page)
    page.locator("header.top summary").click()
    page.get_by_label("Theme", exact=True).select_option("Light")
    assert background(page) != dark
    live(page, "/runs/")
    assert background(page) != dark


def look_at(page: Page, name: str) -> None:
    """Look at a page in every width; barriers are looked for wide and on the wider phone."""
    faults: dict[str, object] = {}
    for width, pixels in WIDTHS.items():
        page.set_viewport_size({"width": pixels, "height": 900})
        picture(page, f"{name}-{width}")
        sideways = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        if sideways > 0:
            faults[f"{width}: scrolls sideways by"] = sideways
        if width in LOOKED_AT and (found := barriers(page)):
            faults[f"{width}: barriers"] = found
    assert faults == {}


def barriers(page: Page) -> list[tuple[str, list[str]]]:
    """List what keeps people out, as far as a program can tell."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found]


def picture(page: Page, name: str) -> None:
    """Take a picture, if somebody wants pictures."""
    folder = os.environ.get("SIGNALBOX_TEST_SHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def background(page: Page) -> str:
    """Return the colour behind a page."""
    expect(page.locator("body")).to_be_visible()
    return str(page.evaluate("getComputedStyle(document.body).backgroundColor"))
