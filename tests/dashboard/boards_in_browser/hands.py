"""What hands do to a board in a browser, and what eyes look for; the browsers themselves are in conftest."""

from __future__ import annotations

from itertools import count

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import CDPSession, Locator, Page, expect

_numbers = count(1)


def fresh(word: str) -> str:
    """Return a title no card has yet."""
    return f"{word} {next(_numbers)}"


def call(page: Page, path: str, body: dict) -> dict:
    """Ask the API as the page's person."""
    return page.evaluate(
        """async ([path, body]) => {
            const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
            const headers = {"Content-Type": "application/json", "X-CSRFToken": token};
            const answer = await fetch(`/api/v1${path}`, {method: "POST", headers, body: JSON.stringify(body)});
            return {...await answer.json(), answered: answer.status};
        }""",
        [path, body],
    )


def write(page: Page, column: str = "Ideas", **fields: object) -> Locator:
    """Write a card and return it once the page shows it; titles are never the same twice."""
    title = fresh(str(fields.pop("title", "Card")))
    body = {"title": title, "column": column_id(page, column), **fields}
    board = page.locator("#board").get_attribute("data-board")
    made = call(page, f"/boards/{board}/cards", body)
    assert made["answered"] == 201, made
    card = page.locator(f"#card-{made['id']}")
    expect(card).to_be_visible()
    return card


def column(page: Page, name: str) -> Locator:
    return page.locator(f'.col[data-name="{name}"]')


def column_id(page: Page, name: str) -> int:
    return int(column(page, name).get_attribute("data-column-id") or 0)


def stands_in(page: Page, card: Locator, name: str) -> None:
    """Wait until a card is in a column of a page, once and nowhere else."""
    mark = card.evaluate("card => card.id")
    expect(column(page, name).locator(f"#{mark}")).to_be_visible()
    expect(page.locator(f"#{mark}")).to_have_count(1)


def middle(place: Locator) -> tuple[float, float]:
    box = place.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + min(box["height"] / 2, 160)


def lift(page: Page, card: Locator) -> None:
    x, y = middle(card.locator(".meta"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 12, y + 8, steps=3)
    expect(page.locator(".inhand")).to_be_visible()


def drag(page: Page, card: Locator, to: Locator) -> None:
    lift(page, card)
    page.mouse.move(*middle(to), steps=10)
    page.mouse.up()
    expect(page.locator(".inhand")).to_have_count(0)


def titles(page: Page, name: str) -> list[str]:
    return column(page, name).locator(".title").all_inner_texts()


def inside(place: Locator, x: float) -> bool:
    box = place.bounding_box()
    return box is not None and box["x"] <= x <= box["x"] + box["width"]


def touch(wire: CDPSession, kind: str, x: float | None = None, y: float | None = None) -> None:
    points = [] if x is None else [{"x": x, "y": y}]
    wire.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})


def barriers(page: Page) -> list[tuple[str, list[str]]]:
    """List what keeps people out of this page; the shell around it is looked at elsewhere."""
    found = Axe().run(page, context="#main").response["violations"]
    return [(one["id"], [node["html"][:160] for node in one["nodes"]]) for one in found]
