"""Cards moved by mouse, finger, keyboard and menu, and what a second browser sees of it (B2–B4)."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.dashboard.boards_in_browser.conftest import Site
from tests.dashboard.boards_in_browser.hands import (
    call,
    column,
    column_id,
    drag,
    inside,
    lift,
    middle,
    stands_in,
    titles,
    touch,
    write,
)  # fmt: skip


def test_a_card_dragged_in_one_browser_is_in_the_same_place_in_the_other(site: Site) -> None:
    """B2: dropped between two cards, seen by both, no page loaded again."""
    one, two = site.open(), site.open()
    above, below = write(one, "Ready"), write(one, "Ready")
    card = write(one)
    for page in (one, two):
        page.evaluate("window.kept = true")
    lift(one, card)
    box = below.bounding_box()
    assert box is not None
    one.mouse.move(box["x"] + 80, box["y"] - 8, steps=10)
    expect(one.locator("#drop")).to_be_visible()
    one.mouse.up()
    wanted = [place.locator(".title").inner_text() for place in (above, card, below)]
    for page in (one, two):
        stands_in(page, card, "Ready")
        assert titles(page, "Ready")[-3:] == wanted
        assert page.evaluate("window.kept")
    one.reload()
    assert titles(one, "Ready")[-3:] == wanted


def test_a_refused_drop_returns_and_says_why_and_the_column_said_so_before(site: Site) -> None:
    """B3: the column dims and gives its reason while the card is in hand."""
    page = site.open()
    card = write(page, input={"minutes": 0})
    lift(page, card)
    for name, reason in (("Review", "start the run first"), ("In progress", "minutes")):
        expect(column(page, name)).to_have_class(re.compile(r"\bno\b"))
        expect(column(page, name)).to_have_attribute("data-why", re.compile(reason))
    expect(column(page, "Ready")).not_to_have_class(re.compile(r"\bno\b"))
    page.mouse.move(*middle(column(page, "In progress")), steps=10)
    page.mouse.up()
    expect(page.locator("#toasts")).to_contain_text("input.minutes")
    stands_in(page, card, "Ideas")
    expect(page.locator(".col.no")).to_have_count(0)
    page.reload()
    stands_in(page, card, "Ideas")


def test_a_card_starts_its_run_moves_itself_and_is_approved_on_the_card(site: Site) -> None:
    """B3, B4, H5: dragged in one browser, approved in the other."""
    one, two = site.open(), site.open()
    card = write(one)
    drag(one, card, column(one, "In progress"))
    for page in (one, two):
        stands_in(page, card, "Review")
    there = two.locator(f"#{card.get_attribute('id')}")
    expect(there).to_contain_text("waits for approval: Sign off")
    expect(there).to_have_attribute("data-status", "waiting")
    there.get_by_role("button", name="Approve").click()
    for page in (one, two):
        stands_in(page, card, "Done")
        expect(page.locator(f"#{card.get_attribute('id')}")).to_have_attribute("data-status", "succeeded")


def test_dragging_a_card_from_its_live_run_asks_and_obeys(site: Site) -> None:
    """B3: leave it, let it finish, stop it, move only the card."""
    page = site.open()
    answers = [
        ("Leave it where it is", "Review", "waiting"),
        ("Let it finish", "Ready", "waiting"),
        ("Stop it", "Ready", "cancelled"),
        ("Move only the card", "Ready", "pending"),
    ]
    for answer, place, status in answers:
        card = write(page, "In progress")
        stands_in(page, card, "Review")
        drag(page, card, column(page, "Ready"))
        dialog = page.get_by_role("dialog")
        expect(dialog).to_contain_text("What should become of it?")
        dialog.get_by_role("button", name=answer).click()
        expect(dialog).to_have_count(0)
        stands_in(page, card, place)
        expect(card).to_have_attribute("data-status", status)
    expect(page.locator("#toasts .note[data-status=failed]")).to_have_count(0)


def test_a_card_queues_at_a_full_column_and_starts_when_a_place_is_free(site: Site) -> None:
    page = site.open("herd")
    first, second = write(page), write(page)
    for card in (first, second):
        drag(page, card, column(page, "In progress"))
        stands_in(page, card, "In progress")
    expect(second).to_contain_text("waits for a free place in In progress (1 of 1)")
    expect(second).to_have_attribute("data-status", "queued")
    expect(column(page, "In progress").locator(".wip")).to_contain_text("1 / 1")
    drag(page, first, column(page, "Ideas"))
    page.get_by_role("button", name="Let it finish").click()
    expect(second).to_have_attribute("data-status", "waiting")


def test_the_keyboard_lifts_carries_and_puts_down_and_everything_is_said(site: Site) -> None:
    """B2."""
    page = site.open()
    card = write(page)
    said = page.locator("#board-says")
    card.focus()
    page.keyboard.press("Space")
    expect(said).to_contain_text("Lifted")
    page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("Ready, place")
    page.keyboard.press("Escape")
    expect(said).to_contain_text("stays where it was")
    stands_in(page, card, "Ideas")
    page.keyboard.press("Space")
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(said).to_contain_text("Would be refused: Review holds cards whose run waits for a person")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    stands_in(page, card, "Ready")
    expect(said).to_contain_text("is in Ready")
    expect(card).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(column(page, "Ideas").locator(".task:focus")).to_have_count(1 if titles(page, "Ideas") else 0)


def test_escape_while_dragging_puts_the_card_back(site: Site) -> None:
    page = site.open()
    card = write(page)
    lift(page, card)
    page.mouse.move(*middle(column(page, "Done")), steps=6)
    page.keyboard.press("Escape")
    expect(page.locator(".inhand, #drop, .lifting")).to_have_count(0)
    page.mouse.up()
    stands_in(page, card, "Ideas")


def test_a_card_in_hand_is_not_taken_away_and_its_loser_is_told(site: Site) -> None:
    """S25: someone else moves the card, and others around it, while it is being dragged."""
    one, two = site.open(), site.open()
    card = write(one)
    mark = card.get_attribute("data-card-id")
    lift(one, card)
    one.mouse.move(*middle(column(one, "Done")), steps=6)
    moved = call(two, f"/cards/{mark}/move", {"column": column_id(two, "Stopped"), "version": 1})
    assert moved["answered"] == 200
    write(two, "Done")
    stands_in(one, card, "Stopped")
    expect(one.locator(".inhand")).to_be_visible()
    expect(one.locator("#drop")).to_be_visible()
    one.mouse.up()
    expect(one.locator("#toasts")).to_contain_text("Someone was faster: the card is in Stopped now")
    for page in (one, two):
        stands_in(page, card, "Stopped")


def test_the_card_menu_moves_a_card_without_dragging(site: Site) -> None:
    page = site.open()
    card = write(page)
    card.get_by_role("button", name="Move Card").click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Review")).to_be_disabled()
    page.get_by_role("dialog").get_by_role("button", name="Done").click()
    stands_in(page, card, "Done")


def test_a_finger_lifts_a_card_after_a_moment_and_scrolls_otherwise(site: Site) -> None:
    """B2: at 390 px; the page itself never scrolls sideways."""
    page = site.open(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    card = write(page)
    card.scroll_into_view_if_needed()
    wire = page.context.new_cdp_session(page)
    x, y = middle(card.locator(".meta"))
    touch(wire, "touchStart", x, y)
    expect(page.locator(".inhand")).to_be_visible()
    for _ in range(40):
        touch(wire, "touchMove", 385, y)
        if inside(column(page, "Ready"), 330):
            break
        page.wait_for_timeout(50)
    touch(wire, "touchMove", 330, y)
    expect(column(page, "Ready")).to_have_class(re.compile("target"))
    touch(wire, "touchEnd")
    stands_in(page, card, "Ready")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    x, y = middle(card.locator(".meta"))
    touch(wire, "touchStart", x, y)
    touch(wire, "touchMove", x - 60, y)
    touch(wire, "touchEnd")
    expect(page.locator(".inhand")).to_have_count(0)
    stands_in(page, card, "Ready")


def test_a_page_that_hears_nothing_fetches_what_its_move_has_changed(site: Site) -> None:
    """O6: a frame that never comes costs a moment, not the truth."""
    page = site.open()
    card = write(page)
    count = column(page, "Done").locator(".wip")
    before = int(re.sub(r"\D", "", count.inner_text()))
    page.deaf = True
    card.get_by_role("button", name="Move Card").click()
    page.get_by_role("dialog").get_by_role("button", name="Done").click()
    expect(count).to_contain_text(str(before + 1))
    stands_in(page, card, "Done")


def test_a_page_that_shows_something_else_than_the_server_mends_itself(site: Site) -> None:
    page = site.open()
    card = write(page)
    mark = card.get_attribute("id")
    column(page, "Done").locator(".tasks").evaluate(
        """(list, id) => {
            list.prepend(document.getElementById(id).cloneNode(true));
            list.closest(".stage").dataset.v = "";
        }""",
        mark,
    )
    expect(page.locator(f"#{mark}")).to_have_count(2)
    write(page, "Ready")
    expect(page.locator(f"#{mark}")).to_have_count(1)
    stands_in(page, card, "Ideas")
