"""Hands on the keyboard and nowhere else: they find things by Tab, and look whether the focus can be seen."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

MOST = 150
"""Steps by Tab after which nobody looks any further."""
RING = """
(element) => {
  const marks = (one) => {
    const style = getComputedStyle(one);
    const isRinged = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    return isRinged || style.boxShadow !== "none" || style.stroke !== "none";
  };
  return [element, ...element.children].some(marks);
}
"""


def walk_to(page: Page, goal: Locator, key: str = "Tab") -> None:
    """Press a key until the goal has the focus; it must be seen there."""
    expect(goal).to_be_visible()
    for _ in range(MOST):
        if goal.evaluate("element => element === document.activeElement"):
            assert goal.evaluate(RING), f"nobody sees that {goal} has the focus"
            return
        page.keyboard.press(key)
    raise AssertionError(f"{goal} is not reached by {key}; the focus is on {focused(page)}")


def arrived(page: Page, title: str) -> None:
    """Wait until a page is there that a key led to, with its scripts at work."""
    expect(page.get_by_role("heading", level=1, name=title)).to_be_visible()
    page.wait_for_load_state()
    expect(page.locator("[data-live=live]")).to_be_visible()


def focused(page: Page) -> str:
    """Describe what has the focus."""
    return str(page.evaluate("document.activeElement.outerHTML.slice(0, 200)"))


def press(page: Page, *keys: str) -> None:
    """Press keys one after the other."""
    for key in keys:
        page.keyboard.press(key)
