"""Writing cards, the drawer, the filter, hostile text, and whether anyone is barred (B1, H5, S26)."""

from __future__ import annotations

import pytest
from playwright.sync_api import Dialog, expect

from tests.dashboard.boards_in_browser.conftest import Site
from tests.dashboard.boards_in_browser.hands import (
    barriers,
    call,
    column,
    column_id,
    drag,
    fresh,
    stands_in,
    write,
)  # fmt: skip


def test_a_new_card_is_written_in_the_browser_and_appears_in_the_other(site: Site) -> None:
    """B1: the form has the fields of the workflow's input, with its defaults."""
    one, two = site.open(), site.open()
    title = fresh("Written")
    one.get_by_role("button", name="New card").click()
    expect(one.get_by_label("minutes")).to_have_value("5")
    one.get_by_label("Title").fill(title)
    one.get_by_label("minutes").fill("12")
    one.get_by_role("button", name="Add card").click()
    for page in (one, two):
        expect(column(page, "Ideas").get_by_text(title)).to_be_visible()
    expect(one.get_by_role("dialog")).to_have_count(0)
    two.get_by_role("link", name=title).click()
    expect(two.locator("#drawer")).to_contain_text("12")


def test_the_drawer_edits_comments_and_decides_with_changes(site: Site) -> None:
    """B1, H2, H5."""
    page = site.open()
    card = write(page)
    card.locator(".title").click()
    drawer = page.locator("#drawer")
    drawer.get_by_text("Edit card").click()
    drawer.get_by_label("Title").fill("Renamed here")
    drawer.get_by_role("button", name="Save card").click()
    expect(card).to_contain_text("Renamed here")
    drawer.get_by_label("Comment").fill("Mind the step")
    drawer.get_by_role("button", name="Add comment").click()
    expect(drawer.locator(".entry")).to_contain_text("Mind the step")
    expect(card).to_contain_text("1 comment")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    drag(page, card, column(page, "In progress"))
    stands_in(page, card, "Review")
    card.get_by_role("link", name="Open").click()
    drawer.get_by_role("button", name="Reject").click()
    expect(drawer.get_by_role("alert")).to_contain_text("comment")
    drawer.locator(".gate").get_by_label("note").fill("A word from the operator")
    drawer.get_by_role("button", name="Approve").click()
    stands_in(page, card, "Done")
    expect(drawer).to_contain_text("succeeded")
    page.reload()
    expect(drawer.locator("[data-key=history]")).to_contain_text("finished: from Review to Done")


def test_what_is_typed_in_the_drawer_stays_while_the_board_changes(site: Site) -> None:
    page = site.open()
    card = write(page)
    card.locator(".title").click()
    page.locator("#drawer").get_by_label("Comment").fill("Half a thought")
    mark = card.get_attribute("data-card-id")
    call(page, f"/cards/{mark}/move", {"column": column_id(page, "Done"), "version": 1})
    expect(page.locator("#drawer .kv")).to_contain_text("Done")
    expect(page.locator("#drawer").get_by_label("Comment")).to_have_value("Half a thought")


def test_text_with_markup_is_shown_as_text(site: Site) -> None:
    """S26."""
    page = site.open()
    alarms: list[Dialog] = []
    page.on("dialog", lambda dialog: (alarms.append(dialog), dialog.dismiss()))
    hostile = "<img src=x onerror=alert(1)>\"'><script>alert(2)</script>"
    fields = {"description": hostile, "labels": ["<b>bold</b>"], "input": {"minutes": 1, "note": hostile}}
    card = write(page, "In progress", title=hostile, **fields)
    stands_in(page, card, "Review")
    assert card.locator(".title").inner_text().startswith(hostile)
    card.locator(".title").click()
    expect(page.locator("#drawer")).to_contain_text("<script>alert(2)</script>")
    card.locator("[data-menu]").click()
    expect(page.get_by_role("dialog")).to_contain_text("<img src=x")
    assert page.locator("#board img, #drawer img, dialog img, .label b").count() == 0
    assert alarms == []


def test_a_filter_hides_what_does_not_match_and_stays_when_the_board_changes(site: Site) -> None:
    page = site.open()
    wanted, other = write(page, title="Needle"), write(page, title="Straw")
    page.get_by_label("Filter cards").fill(wanted.locator(".title").inner_text())
    expect(wanted).to_be_visible()
    expect(other).to_be_hidden()
    mark = other.get_attribute("data-card-id")
    call(page, f"/cards/{mark}/move", {"column": column_id(page, "Ready"), "version": 1})
    expect(column(page, "Ready").locator(".wip")).not_to_contain_text("0")
    expect(page.locator(f"#card-{mark}")).to_have_count(0)
    expect(wanted).to_be_visible()
    page.reload()
    expect(wanted).to_be_visible()
    expect(page.locator(".task")).to_have_count(1)
    page.get_by_label("Filter cards").press("Escape")
    expect(other).to_be_visible()


def test_a_folded_column_stays_folded_and_takes_cards(site: Site) -> None:
    """B2: folded by a button, remembered by the browser."""
    page = site.open()
    card = write(page)
    ready = column(page, "Ready")
    before = int(ready.locator("[data-total]").get_attribute("data-total") or 0)
    ready.get_by_role("button", name="Fold Ready").click()
    expect(ready.locator(".policy")).to_be_hidden()
    page.reload()
    expect(ready.get_by_role("button", name="Unfold Ready")).to_be_visible()
    expect(page.locator("[data-live=live]")).to_be_visible()
    card.focus()
    for key in ("Space", "ArrowRight", "Space"):
        page.keyboard.press(key)
    expect(ready.locator("[data-total]")).to_have_attribute("data-total", str(before + 1))
    other = write(page)
    drag(page, other, ready)
    expect(ready.locator("[data-total]")).to_have_attribute("data-total", str(before + 2))
    ready.get_by_role("button", name="Unfold Ready").click()
    stands_in(page, card, "Ready")


def test_several_cards_are_selected_by_key_and_moved_together_and_refusals_are_told(site: Site) -> None:
    """B2, B3: one that may not go there stops no other."""
    page, other = site.open(), site.open()
    good, bad = [write(page), write(page)], write(page, input={"minutes": 0})
    for card in (*good, bad):
        card.focus()
        page.keyboard.press("x")
    bar = page.get_by_role("region", name="Selected cards")
    expect(bar).to_contain_text("3 selected")
    bar.get_by_label("Move them to").select_option(label="In progress")
    expect(page.locator("#toasts")).to_contain_text("2 moved to In progress")
    expect(page.locator("#toasts")).to_contain_text("1 refused")
    for card in good:
        mark = card.evaluate("card => card.id")
        expect(column(other, "Review").locator(f"#{mark}")).to_be_visible()
    stands_in(page, bad, "Ideas")
    expect(bar).to_contain_text("1 selected")
    bar.get_by_role("button", name="Archive").click()
    page.get_by_role("dialog").get_by_role("button", name="Archive").click()
    expect(page.locator("#toasts")).to_contain_text("1 archived")
    for browser in (page, other):
        expect(browser.locator(f"#{mark}")).to_be_visible()
    expect(bad).to_have_count(0)
    expect(bar).to_be_hidden()


def test_a_card_is_archived_and_restored_from_its_drawer(site: Site) -> None:
    page, other = site.open(), site.open()
    card = write(page)
    mark = card.evaluate("card => card.id")
    expect(other.locator(f"#{mark}")).to_be_visible()
    card.locator(".title").click()
    drawer = page.locator("#drawer")
    drawer.get_by_role("button", name="Archive card").click()
    page.get_by_role("dialog").get_by_role("button", name="Archive card").click()
    for browser in (page, other):
        expect(browser.locator(f"#{mark}")).to_have_count(0)
    drawer.get_by_role("button", name="Restore card").click()
    for browser in (page, other):
        expect(browser.locator(f"#{mark}")).to_be_visible()


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("width", [1440, 390])
def test_nothing_on_the_board_is_barred_to_anyone(site: Site, scheme: str, width: int) -> None:
    page = site.open(viewport={"width": width, "height": 900}, color_scheme=scheme)
    waiting, idle = write(page, "In progress"), write(page, "Ideas", labels=["night"], input={"minutes": 2})
    stands_in(page, waiting, "Review")
    assert barriers(page) == []
    idle.locator(".title").click()
    expect(page.locator("#drawer")).to_be_visible()
    assert barriers(page) == []
