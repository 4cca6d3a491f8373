"""What people do to a board with its forms and menus; hands that drag are those of the board's own tests."""

from __future__ import annotations

from itertools import count

from playwright.sync_api import Locator, Page, expect

from tests.dashboard.boards_in_browser.hands import column

_numbers = count(1)


def write_card(page: Page, title: str, **fields: str) -> str:
    """Write a card through the form of the page and return its element's id; no title is ever used twice."""
    title = f"{title} {next(_numbers)}"
    page.get_by_role("button", name="New card").click()
    form = page.get_by_role("dialog", name="New card")
    form.get_by_label("Title").fill(title)
    for label, value in fields.items():
        form.get_by_label(label).fill(value)
    form.get_by_role("button", name="Add card").click()
    expect(form).to_be_hidden()
    made = page.locator(".task").filter(has_text=title)
    expect(made).to_be_visible()
    return str(made.get_attribute("id"))


def card(page: Page, mark: str) -> Locator:
    """Return a card by its element's id."""
    return page.locator(f"#{mark}")


def is_in(name: str, mark: str, *pages: Page) -> None:
    """Wait until every page shows a card in a column, once and nowhere else."""
    for page in pages:
        expect(column(page, name).locator(f"#{mark}")).to_be_visible()
        expect(card(page, mark)).to_have_count(1)


def run_of(page: Page, mark: str) -> str:
    """Open a card's drawer and return the run it is about; the drawer is closed again."""
    card(page, mark).locator(".title").click()
    link = page.locator('#drawer .kv a[href^="/runs/"]')
    expect(link).to_be_visible()
    run_id = str(link.get_attribute("href")).strip("/").split("/")[1]
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator("#drawer")).to_be_hidden()
    return run_id
