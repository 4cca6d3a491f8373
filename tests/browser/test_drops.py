"""Drops that are refused come back with their reason; a card is not taken from its live run without asking (B2, B3)."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from playwright.sync_api import Page, expect

from tests.browser.board import card, is_in, run_of, write_card
from tests.browser.desk import Desk
from tests.browser.watching import shown, watch
from tests.dashboard.boards_in_browser.hands import column, drag

_words = (f"errand-{number}" for number in count(1))


@pytest.fixture
def word(desk: Desk) -> Iterator[str]:
    """Give a word nobody has waited for yet; whoever waits for it is let go in the end."""
    found = next(_words)
    yield found
    desk.say(found)


def test_a_folder_outside_the_roots_is_refused_and_the_card_comes_back(desk: Desk) -> None:
    one, two = desk.open("admin", "/boards/reviews/"), desk.open("operator", "/boards/reviews/")
    watch(two)
    mark = write_card(one, "Review of the machine", Folder="/etc")
    is_in("Ideas", mark, one, two)
    drag(one, card(one, mark), column(one, "In progress"))
    expect(one.locator("#toasts")).to_contain_text("'/etc' lies outside the folders that runs may read")
    is_in("Ideas", mark, one, two)
    assert shown(two, mark) == ["Ideas"]
    one.reload()
    is_in("Ideas", mark, one)
    expect(card(one, mark)).to_have_attribute("data-status", "pending")


def test_a_card_without_a_run_may_not_wait_for_a_person(desk: Desk) -> None:
    one, two = desk.open("admin", "/boards/reviews/"), desk.open("operator", "/boards/reviews/")
    watch(two)
    mark = write_card(one, "Nothing to sign")
    is_in("Ideas", mark, one, two)
    drag(one, card(one, mark), column(one, "Review"))
    expect(one.locator("#toasts")).to_contain_text("Review holds cards whose run waits for a person")
    is_in("Ideas", mark, one, two)
    assert shown(two, mark) == ["Ideas"]


def test_leaving_it_changes_nothing(desk: Desk, word: str) -> None:
    one, two = both(desk)
    mark, run = under_way(desk, word, one, two)
    drag_out(one, mark, "Leave it where it is")
    is_in("Under way", mark, one, two)
    assert desk.api("operator").run(run)["status"] == "running"
    desk.say(word)
    is_in("Done", mark, one, two)
    assert shown(two, mark) == ["Ideas", "Under way", "Done"]


def test_letting_it_finish_leaves_the_card_where_it_was_put(desk: Desk, word: str) -> None:
    one, two = both(desk)
    mark, run = under_way(desk, word, one, two)
    drag_out(one, mark, "Let it finish")
    is_in("Ready", mark, one, two)
    assert desk.api("operator").run(run)["status"] == "running"
    desk.say(word)
    assert desk.api("operator").ended(run)["status"] == "succeeded"
    for page in (one, two):
        expect(card(page, mark)).to_have_attribute("data-status", "succeeded")
    is_in("Ready", mark, one, two)


def test_stopping_it_cancels_the_run(desk: Desk, word: str) -> None:
    one, two = both(desk)
    mark, run = under_way(desk, word, one, two)
    drag_out(one, mark, "Stop it")
    is_in("Ready", mark, one, two)
    ended = desk.api("operator").ended(run)
    assert ended["status"] == "cancelled"
    assert "admin" in ended["reason"]
    for page in (one, two):
        expect(card(page, mark)).to_have_attribute("data-status", "cancelled")
    is_in("Ready", mark, one, two)


def test_moving_only_the_card_lets_go_of_the_run(desk: Desk, word: str) -> None:
    one, two = both(desk)
    mark, run = under_way(desk, word, one, two)
    drag_out(one, mark, "Move only the card")
    is_in("Ready", mark, one, two)
    for page in (one, two):
        expect(card(page, mark)).to_have_attribute("data-status", "pending")
    assert desk.api("operator").run(run)["status"] == "running"
    desk.say(word)
    assert desk.api("operator").ended(run)["status"] == "succeeded"
    is_in("Ready", mark, one, two)
    expect(card(two, mark)).to_have_attribute("data-status", "pending")


def both(desk: Desk) -> tuple[Page, Page]:
    """Open the board of errands in two browsers."""
    return desk.open("admin", "/boards/errands/"), desk.open("operator", "/boards/errands/")


def under_way(desk: Desk, word: str, one: Page, two: Page) -> tuple[str, str]:
    """Bring a card under way by hand and return it with its run, which is at work until the word is said."""
    watch(two)
    mark = write_card(one, "An errand", Word=word)
    is_in("Ideas", mark, one, two)
    drag(one, card(one, mark), column(one, "Under way"))
    for page in (one, two):
        is_in("Under way", mark, page)
        expect(card(page, mark)).to_have_attribute("data-status", "running")
    return mark, run_of(two, mark)


def drag_out(page: Page, mark: str, answer: str) -> None:
    """Drag a card that is at work somewhere else, and give an answer to what is asked then."""
    drag(page, card(page, mark), column(page, "Ready"))
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("A run is at work on this card (errand, running). What should become of it?")
    dialog.get_by_role("button", name=answer).click()
    expect(dialog).to_have_count(0)
