"""Agents that pull cards, and people who take one over, guide it and hand it back, by mouse, key and finger (P13)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.dashboard.boards_in_browser.conftest import Site
from tests.dashboard.boards_in_browser.hands import barriers, call, column, column_id, stands_in, write


@pytest.fixture
def page(site: Site) -> Iterator[Page]:
    """Open the board whose column Napping has one place, and leave nothing at work there."""
    page = site.open("pulled")
    yield page
    page.keyboard.press("Escape")
    for card in page.locator(".task:visible").all():
        mark, version = card.get_attribute("data-card-id"), int(card.get_attribute("data-version") or 0)
        body = {"column": column_id(page, "Ideas"), "version": version, "run": "stop"}
        assert call(page, f"/cards/{mark}/move", body)["answered"] in {200, 409}
    expect(column(page, "Napping").locator(".policy")).to_contain_text("0 of 1 at work")


def drawer(page: Page, card: Locator) -> Locator:
    card.locator(".title").click()
    expect(page.locator("#drawer")).to_contain_text(card.locator(".title").inner_text())
    return page.locator("#drawer")


def there(other: Page, card: Locator) -> Locator:
    return other.locator(f"#{card.get_attribute('id')}")


def test_an_agent_pulls_a_ticket_and_its_work_stays_on_the_card(site: Site) -> None:
    """P13: the shipped board, with its real agent."""
    page = site.open("tickets")
    expect(column(page, "Triage").locator(".policy")).to_contain_text("triage pulls from Ready, 0 of 2 at work")
    expect(column(page, "Ready").locator(".policy")).to_contain_text("triage pulls from here")
    cards = [write(page, "Ready", title="Charged twice", description="Please refund me today.") for _ in range(3)]
    for card in cards:
        stands_in(page, card, "Triaged")
        expect(card).to_contain_text("pulled by triage")
    found = drawer(page, cards[0])
    expect(found.locator("[data-key=output]")).to_contain_text("billing")
    expect(found.locator("[data-key=history]")).to_contain_text("triage pulled: from Ready to Triage: P3")
    expect(found.locator("[data-key=facts]")).to_contain_text("Pulled by")


def test_a_card_is_taken_over_guided_and_handed_back_and_every_browser_sees_it(site: Site, page: Page) -> None:
    """P13: words, order and hands are the same in both browsers, no page loaded again."""
    other = site.open("pulled")
    busy = write(page, "Ready")
    stands_in(page, busy, "Napping")
    expect(busy).to_contain_text("pulled by nap")
    card, last = write(page, "Ready"), write(page, "Ready")
    expect(card).to_contain_text("waits for nap, next in line")
    expect(there(other, last)).to_contain_text("waits for nap, 1 ahead of it")
    found = drawer(page, card)
    found.get_by_role("button", name="Take over").focus()
    page.keyboard.press("Enter")
    expect(found.get_by_role("button", name="Hand back")).to_be_visible()
    expect(there(other, card)).to_contain_text("has taken it over; hand it back to let the work go on")
    expect(there(other, last)).to_contain_text("waits for nap, next in line")
    found.get_by_label("For the agent’s next run").fill("a soft pillow")
    found.get_by_role("button", name="Leave guidance").click()
    expect(found).to_contain_text("Goes with its next run.")
    expect(there(other, card)).to_contain_text("Guidance: a soft pillow")
    found.get_by_text("Edit card").click()
    found.get_by_label("Priority").select_option("1")
    found.get_by_role("button", name="Save card").click()
    expect(found.locator("[data-key=history]")).to_contain_text("edited: priority")
    expect(there(other, card).locator(".meta")).to_contain_text("P1")
    there(other, card).get_by_role("button", name="Hand back").click()
    expect(there(other, last)).to_contain_text("waits for nap, 1 ahead of it")
    busy.get_by_role("button", name="Approve").click()
    stands_in(page, busy, "Done")
    stands_in(other, card, "Napping")
    expect(found.locator(".gate").get_by_label("note")).to_have_value("a soft pillow")
    expect(found).to_contain_text("Given to its latest run")
    expect(column(other, "Napping").locator(".policy")).to_contain_text("nap pulls from Ready, 1 of 1 at work")


def test_a_card_at_work_is_taken_over_after_a_question_about_its_run(page: Page) -> None:
    """P13, B3."""
    card = write(page, "Ready")
    stands_in(page, card, "Napping")
    found = drawer(page, card)
    found.get_by_role("button", name="Take over").click()
    asked = page.get_by_role("dialog")
    expect(asked).to_contain_text("A run is at work on this card")
    asked.get_by_role("button", name="Leave it where it is").click()
    expect(found.get_by_role("button", name="Take over")).to_be_enabled()
    found.get_by_role("button", name="Take over").click()
    asked.get_by_role("button", name="Stop it").click()
    expect(card).to_contain_text("has taken it over; hand it back to let the work go on")
    expect(column(page, "Napping").locator(".policy")).to_contain_text("0 of 1 at work")
    found.get_by_role("button", name="Hand back").click()
    expect(card).to_contain_text("waits for approval")
    stands_in(page, card, "Napping")


def test_a_card_dragged_out_of_work_stays_in_the_hands_of_who_did_it(page: Page) -> None:
    """P13: a person's drag wins over a pull; here by keys."""
    card = write(page, "Ready")
    stands_in(page, card, "Napping")
    card.focus()
    for key in ("Space", "ArrowLeft", "Space"):
        page.keyboard.press(key)
    page.get_by_role("dialog").get_by_role("button", name="Stop it").click()
    stands_in(page, card, "Ready")
    expect(card).to_contain_text("has taken it over")
    card.get_by_role("button", name="Hand back").click()
    stands_in(page, card, "Napping")
    expect(card).to_contain_text("pulled by nap")


def test_it_all_fits_a_phone_and_bars_nobody(site: Site, page: Page) -> None:
    phone = site.open("pulled", viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    busy, card = write(page, "Ready"), write(page, "Ready")
    stands_in(page, busy, "Napping")
    there(phone, card).scroll_into_view_if_needed()
    there(phone, card).locator(".title").tap()
    found = phone.locator("#drawer")
    found.get_by_role("button", name="Take over").tap()
    expect(found.get_by_role("button", name="Hand back")).to_be_visible()
    found.get_by_label("For the agent’s next run").fill("slowly")
    found.get_by_role("button", name="Leave guidance").tap()
    expect(found).to_contain_text("Goes with its next run.")
    assert barriers(phone) == []
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found.get_by_role("button", name="Hand back").tap()
    expect(found.get_by_role("button", name="Take over")).to_be_visible()
    found.get_by_role("button", name="Close").tap()
    assert barriers(phone) == []
