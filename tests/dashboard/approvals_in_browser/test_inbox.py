"""The inbox in a real browser: keys, rows that come and go by themselves, and words that are never lost (H1, H2)."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from tests.dashboard.approvals_in_browser.conftest import Site


def row(page: Page, gate: int) -> Locator:
    return page.locator(f'a.ask[data-approval-id="{gate}"]')


def shown(page: Page, gate: int) -> Locator:
    return page.locator(f'.one[data-approval-id="{gate}"]')


def test_j_and_k_move_and_what_is_chosen_is_shown_beside(site: Site) -> None:
    gates = [site.letter(text) for text in ("one", "two", "three")]
    page = site.open()
    expect(shown(page, gates[0])).to_be_visible()
    page.keyboard.press("j")
    expect(shown(page, gates[1])).to_contain_text("two")
    expect(row(page, gates[1])).to_be_focused()
    page.keyboard.press("j")
    expect(shown(page, gates[2])).to_contain_text("three")
    page.keyboard.press("k")
    expect(shown(page, gates[1])).to_contain_text("two")
    assert page.url.endswith(f"/approvals/{gates[1]}/")
    page.reload()
    expect(row(page, gates[1])).to_have_attribute("aria-current", "true")


def test_a_approves_in_two_browsers_at_once_and_the_next_one_is_ready(site: Site) -> None:
    gates = [site.letter(text) for text in ("one", "two", "three")]
    page, other = site.open(), site.open()
    page.keyboard.press("j")
    expect(shown(page, gates[1])).to_contain_text("two")
    page.keyboard.press("a")
    for browser in (page, other):
        expect(row(browser, gates[1])).to_have_count(0)
    expect(shown(page, gates[2])).to_contain_text("three")
    expect(row(page, gates[2])).to_be_focused()
    expect(page.locator("#toasts")).to_contain_text("Approved: Draft")
    expect(shown(other, gates[0])).to_be_visible()
    assert (site.status(gates[1]), site.status(gates[0])) == ("approved", "open")


def test_keys_are_letters_while_somebody_types(site: Site) -> None:
    gate = site.letter("one")
    page = site.open()
    expect(shown(page, gate)).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_label("Comment for the record")).to_be_focused()
    page.keyboard.type("jar, a rake")
    expect(page.get_by_label("Comment for the record")).to_have_value("jar, a rake")
    assert site.status(gate) == "open"
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(row(page, gate)).to_have_count(0)
    assert site.status(gate) == "rejected"


def test_e_leads_to_the_first_field_and_edits_are_approved_as_such(site: Site) -> None:
    gate = site.letter("Dear all,\nhello", to_be_signed=True)
    page = site.open(f"/approvals/{gate}/")
    page.keyboard.press("e")
    field = page.get_by_label("text", exact=True)
    expect(field).to_be_focused()
    field.fill("Dear you,\nbye")
    page.get_by_role("button", name="Approve", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("You have changed text.")
    expect(field).to_have_value("Dear you,\nbye")
    page.get_by_role("button", name="Approve with edits", exact=True).click()
    expect(page.locator("#approval")).to_contain_text("1 of 2 agreed")
    expect(page.locator("#approval")).to_contain_text("changed text")
    expect(page.get_by_label("text", exact=True)).to_have_value("Dear you,\nbye")
    site.decide(gate, verdict="approve")
    expect(shown(page, gate)).to_have_attribute("data-status", "approved")


def test_what_one_has_changed_is_shown_before_it_is_sent(site: Site) -> None:
    gate = site.letter("Dear all,\nhello", to_be_signed=True)
    page = site.open(f"/approvals/{gate}/")
    yours = page.locator("[data-yours]")
    expect(yours).to_be_hidden()
    page.get_by_label("text", exact=True).fill("Dear all,\n<b>bye</b>")
    expect(yours.locator("del")).to_have_text("- hello")
    expect(yours.locator("ins")).to_have_text("+ <b>bye</b>")
    page.get_by_label("text", exact=True).fill("Dear all,\nhello")
    expect(yours).to_be_hidden()


def test_alike_ones_are_approved_together_after_saying_how_many(site: Site) -> None:
    gates = [site.letter(text) for text in ("one", "two", "three")]
    other = site.letter("four", to_be_signed=True)
    page = site.open()
    button = page.get_by_role("button", name="Approve all 3 alike")
    button.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("This approves 3 approvals as they stand")
    dialog.get_by_role("button", name="Go back").click()
    assert site.status(gates[0]) == "open"
    button.click()
    dialog.get_by_role("button", name="Approve 3 times").click()
    expect(page.locator("#toasts")).to_contain_text("Approved 3 of 3")
    for gate in gates:
        expect(row(page, gate)).to_have_count(0)
        assert site.status(gate) == "approved"
    assert site.status(other) == "open"


def test_tabs_show_what_is_about_to_expire_and_what_was_decided(site: Site) -> None:
    soon, whenever = site.letter("one"), site.letter("two", to_be_signed=True)
    page = site.open()
    page.get_by_role("link", name="Expiring").click()
    expect(row(page, soon)).to_be_visible()
    expect(row(page, whenever)).to_be_hidden()
    page.get_by_role("link", name="Decided").click()
    expect(page.get_by_role("heading", name="Decided approvals")).to_be_visible()


def test_live_updates_leave_alone_what_somebody_types(site: Site) -> None:
    gate = site.letter("one", to_be_signed=True)
    page = site.open(f"/approvals/{gate}/")
    comment = page.get_by_label("Comment for the record")
    page.get_by_label("text", exact=True).fill("half a sen")
    comment.fill("half a rea")
    others = [site.letter(text) for text in ("two", "three")]
    for other in others:
        expect(row(page, other)).to_be_visible()
    site.decide(others[0], verdict="approve")
    expect(row(page, others[0])).to_have_count(0)
    expect(page.get_by_label("text", exact=True)).to_have_value("half a sen")
    expect(comment).to_have_value("half a rea")
    expect(comment).to_be_focused()


def test_a_decision_elsewhere_is_told_and_switches_the_form_off_with_the_words_still_there(site: Site) -> None:
    gate = site.letter("one")
    page = site.open(f"/approvals/{gate}/")
    page.get_by_label("Comment for the record").fill("I was about to say")
    site.decide(gate, verdict="reject", comment="not this one")
    expect(shown(page, gate)).to_have_attribute("data-status", "rejected")
    expect(shown(page, gate)).to_contain_text("not this one")
    expect(page.get_by_role("button", name="Approve", exact=True)).to_be_disabled()
    expect(page.get_by_label("Comment for the record")).to_have_value("I was about to say")


def test_a_changed_content_is_said_and_the_comment_goes_along(site: Site) -> None:
    gate = site.letter("one", to_be_signed=True)
    page = site.open(f"/approvals/{gate}/")
    page.get_by_label("Comment for the record").fill("fine by me")
    site.decide(gate, verdict="approve", edits={"text": "another letter"})
    expect(page.get_by_text("has changed since you opened it")).to_be_visible()
    page.get_by_role("link", name="Look again").click()
    expect(page.get_by_label("text", exact=True)).to_have_value("another letter")
    expect(page.get_by_label("Comment for the record")).to_have_value("fine by me")


def test_what_was_typed_outlives_a_look_at_something_else_and_a_reload(site: Site) -> None:
    gates = [site.letter(text, to_be_signed=True) for text in ("one", "two")]
    page = site.open(f"/approvals/{gates[0]}/")
    page.get_by_label("text", exact=True).fill("my draft")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    expect(shown(page, gates[1])).to_be_visible()
    expect(page.get_by_label("text", exact=True)).to_have_value("two")
    page.keyboard.press("k")
    expect(page.get_by_label("text", exact=True)).to_have_value("my draft")
    page.reload()
    expect(page.get_by_label("text", exact=True)).to_have_value("my draft")


def test_an_answer_that_is_no_approval_does_not_take_the_forms_place(site: Site) -> None:
    gate = site.letter("one")
    page = site.open(f"/approvals/{gate}/")
    page.get_by_label("Comment for the record").fill("long and thoughtful")
    # The session's token is gone, as after signing in again in another tab.
    page.context.clear_cookies(name=next(one["name"] for one in page.context.cookies() if "csrf" in one["name"]))
    page.get_by_role("button", name="Reject", exact=True).click()
    expect(page.locator("#toasts")).to_contain_text("not decided")
    expect(page.get_by_label("Comment for the record")).to_have_value("long and thoughtful")
    assert site.status(gate) == "open"


def test_on_a_phone_an_approval_is_a_page_of_its_own(site: Site) -> None:
    gates = [site.letter(text) for text in ("one", "two")]
    page = site.open(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    expect(page.locator("#approval")).to_be_hidden()
    row(page, gates[1]).tap()
    expect(shown(page, gates[1])).to_be_visible()
    expect(row(page, gates[0])).to_be_hidden()
    page.get_by_role("button", name="Approve", exact=True).tap()
    expect(shown(page, gates[1])).to_have_count(0)
    expect(page.locator("#approval .one")).to_be_visible()
    assert site.status(gates[1]) == "approved"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("path", ["/approvals/", "/approvals/decided/"])
def test_the_inbox_is_accessible(site: Site, scheme: str, path: str) -> None:
    site.decide(site.letter("one"), verdict="reject", comment="no")
    site.letter("two", to_be_signed=True)
    page = site.open(path, color_scheme=scheme)
    found = Axe().run(page, context="#main")
    assert found.violations_count == 0, found.generate_report()
