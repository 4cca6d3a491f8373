"""A gate decided by somebody else while one is still writing: no word is lost, and the page says who it was (H2)."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.board import card, is_in, write_card
from tests.browser.desk import Desk
from tests.browser.watching import was_loaded_again, watch
from tests.dashboard.boards_in_browser.hands import column, drag


def test_a_rejection_elsewhere_leaves_the_words_in_the_inbox_and_names_who_rejected(desk: Desk) -> None:
    board = desk.open("admin", "/boards/notes/")
    mark = write_card(board, "A note")
    drag(board, card(board, mark), column(board, "In progress"))
    is_in("Review", mark, board)
    gate = card(board, mark).locator("[data-approve]").get_attribute("data-approve")
    mine = desk.open("admin", f"/approvals/{gate}/")
    theirs = desk.open("operator", f"/approvals/{gate}/")
    watch(mine)
    mine.get_by_label("words").fill("Dear friends, I was going to say")
    mine.get_by_label("Comment for the record").fill("half a sen")
    theirs.get_by_label("Comment for the record").fill("Not in this tone.")
    theirs.get_by_role("button", name="Reject", exact=True).click()
    approval = mine.locator("#approval")
    expect(approval).to_contain_text("Rejected")
    expect(approval.locator(".decisions")).to_contain_text("operator")
    expect(approval.locator(".decisions")).to_contain_text("Not in this tone.")
    expect(mine.get_by_label("words")).to_have_value("Dear friends, I was going to say")
    expect(mine.get_by_label("Comment for the record")).to_have_value("half a sen")
    for name in ("Approve", "Approve with edits", "Reject"):
        expect(mine.get_by_role("button", name=name, exact=True)).to_be_disabled()
    assert not was_loaded_again(mine)
    is_in("Stopped", mark, board)


def test_an_approval_elsewhere_leaves_the_words_in_the_cards_drawer_and_names_who_approved(desk: Desk) -> None:
    mine, theirs = desk.open("admin", "/boards/notes/"), desk.open("operator", "/boards/notes/")
    watch(mine)
    mark = write_card(mine, "Another note")
    drag(mine, card(mine, mark), column(mine, "In progress"))
    is_in("Review", mark, mine, theirs)
    card(mine, mark).get_by_role("link", name="Open").click()
    drawer = mine.locator("#drawer")
    words = drawer.locator('[name="edit-words"]')
    words.fill("Dear friends, I was going to say")
    card(theirs, mark).get_by_role("button", name="Approve").click()
    is_in("Done", mark, mine, theirs)
    expect(drawer.locator('[data-key="approvals"]')).to_contain_text("operator approved")
    expect(drawer.locator(".gate")).to_contain_text("This was decided while you were writing")
    expect(drawer.locator(".gate").get_by_role("button", name="Approve")).to_be_disabled()
    expect(words).to_have_value("Dear friends, I was going to say")
    assert not was_loaded_again(mine)
