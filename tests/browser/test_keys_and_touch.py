"""The board without a mouse: by keyboard, with every step said aloud, and by finger on a phone (B2)."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.board import card, is_in, write_card
from tests.browser.desk import PHONE, Desk
from tests.browser.watching import shown, watch


def test_a_card_is_carried_by_keys_alone_and_every_step_is_said(desk: Desk) -> None:
    one, two = desk.open("admin", "/boards/errands/"), desk.open("operator", "/boards/errands/")
    watch(two)
    mark = write_card(one, "By keys", Word="keys")
    is_in("Ideas", mark, one, two)
    said = one.locator("#board-says")
    expect(said).to_have_attribute("aria-live", "assertive")
    card(one, mark).focus()
    one.keyboard.press("Space")
    expect(said).to_contain_text("Lifted By keys")
    one.keyboard.press("ArrowRight")
    expect(said).to_contain_text("Ready, place")
    one.keyboard.press("Escape")
    expect(said).to_contain_text("stays where it was")
    is_in("Ideas", mark, one, two)
    expect(card(one, mark)).to_be_focused()
    one.keyboard.press("Space")
    one.keyboard.press("ArrowRight")
    one.keyboard.press("ArrowRight")
    expect(said).to_contain_text("Under way, place")
    one.keyboard.press("Space")
    expect(said).to_contain_text("is in Under way")
    is_in("Under way", mark, one, two)
    expect(card(one, mark)).to_be_focused()
    desk.say("keys")
    is_in("Done", mark, one, two)
    assert shown(two, mark) == ["Ideas", "Under way", "Done"]


def test_a_finger_moves_a_card_by_its_menu_and_decides_at_its_gate(desk: Desk) -> None:
    phone, wide = desk.open("admin", "/boards/notes/", **PHONE), desk.open("operator", "/boards/notes/")
    watch(wide)
    mark = write_card(wide, "By finger")
    is_in("Ideas", mark, phone, wide)
    card(phone, mark).get_by_role("button", name="Move By finger").tap()
    phone.get_by_role("dialog").get_by_role("button", name="In progress").tap()
    is_in("Review", mark, phone, wide)
    card(phone, mark).get_by_role("button", name="Approve").tap()
    is_in("Done", mark, phone, wide)
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
