"""A board says who else has it open, whichever process serves them."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.desk import Desk


def test_whoever_comes_second_sees_both_and_nobody_is_counted_twice(desk: Desk) -> None:
    first = desk.open("admin", "/boards/errands/")
    expect(first.locator("#board-here")).to_be_hidden()
    for _ in range(2):
        second = desk.open("operator", "/boards/errands/")
        expect(second.locator("#board-here")).to_contain_text("2 people here")
    expect(first.locator("#board-here")).to_contain_text("2 people here")
