"""A viewer looks and changes nothing, by any door; who is not signed in sees nothing; sockets open for our pages."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser import doors, scene
from tests.browser.board import card
from tests.browser.desk import Desk, live
from tests.browser.scene import Scene
from tests.dashboard.boards_in_browser.hands import middle

ACTS = re.compile(
    r"approve|reject|send back|move|start|again|resume|pause|cancel|retry|new|add|save|edit|comment|apply|try", re.I
)
SOCKET = """
(url) => new Promise((resolve) => {
  const socket = new WebSocket(url);
  let opened = false;
  socket.addEventListener("open", () => (opened = true));
  socket.addEventListener("message", () => resolve({ opened, code: 0 }));
  socket.addEventListener("close", ({ code }) => resolve({ opened, code }));
})
"""


@pytest.fixture(scope="module")
def stage(installation: Desk) -> Scene:
    """Set up a note that waits to be signed."""
    return scene.notes(installation)


def pages(stage: Scene) -> list[str]:
    """List every page."""
    board = f"/boards/notes/cards/{stage.card}/"
    agents, flows = ["/agents/", "/agents/survey/"], ["/workflows/", "/workflows/note/"]
    gates = ["/approvals/", f"/approvals/{stage.gate}/", "/approvals/decided/"]
    runs = ["/runs/", f"/runs/{stage.run}/", f"/runs/{stage.run}/?step=sign"]
    return ["/", "/boards/", "/boards/notes/", board, *runs, *gates, *agents, *flows]


def test_a_viewer_sees_everything_and_nothing_to_press(desk: Desk, stage: Scene) -> None:
    page = desk.context("viewer").new_page()
    for path in pages(stage):
        live(page, path)
        assert acts_on(page) == [], path


def test_an_operator_has_what_a_viewer_lacks(desk: Desk, stage: Scene) -> None:
    """Or the test before this one would look for nothing."""
    page = desk.context("operator").new_page()
    found: list[str] = []
    for path in ("/boards/notes/", f"/runs/{stage.run}/", f"/approvals/{stage.gate}/", "/workflows/note/"):
        live(page, path)
        found += acts_on(page)
    for name in ("New card", "Approve", "Reject", "Move A note to be signed", "Pause", "Cancel run", "Start run"):
        assert name in found


def test_the_same_forms_and_calls_are_taken_from_an_operator(desk: Desk) -> None:
    """Or the doors might be closed to everyone."""
    page = desk.open("operator", "/boards/notes/")
    for path, fields in doors.forms(scene.notes(desk)):
        assert doors.by_page(page, path, fields) in (200, 409), path
    for how, path, body in doors.calls(scene.notes(desk)):
        builds = path.startswith("/workflows/")
        assert doors.by_session(page, how, path, body) in ([403] if builds else [200, 201, 409]), path


def test_a_viewer_cannot_drag_by_hand_or_by_key(desk: Desk, stage: Scene) -> None:
    page = desk.open("viewer", "/boards/notes/")
    idle = card(page, f"card-{stage.idle}")
    x, y = middle(idle.locator(".meta"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 300, y, steps=5)
    expect(page.locator(".inhand, #drop, .lifting")).to_have_count(0)
    page.mouse.up()
    idle.focus()
    page.keyboard.press("Space")
    expect(page.locator(".inhand, #drop, .lifting")).to_have_count(0)


def test_a_viewer_changes_nothing_by_any_door(desk: Desk, stage: Scene) -> None:
    before = everything(desk, stage)
    page = desk.open("viewer", "/boards/notes/")
    by_page = {path: doors.by_page(page, path, fields) for path, fields in doors.forms(stage)}
    assert by_page == dict.fromkeys(by_page, 403)
    by_session = {path: doors.by_session(page, how, path, body) for how, path, body in doors.calls(stage)}
    assert by_session == dict.fromkeys(by_session, 403)
    script = desk.api("viewer")
    by_token = {path: script.insist(how, path, body).status for how, path, body in doors.calls(stage)}
    assert by_token == dict.fromkeys(by_token, 403)
    assert everything(desk, stage) == before


def test_who_is_not_signed_in_is_asked_to_sign_in_everywhere(desk: Desk, stage: Scene) -> None:
    page = desk.context("nobody").new_page()
    for path in pages(stage):
        page.goto(path)
        assert urlsplit(page.url).path == "/signin/", path
        expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    request = page.context.request
    for path, fields in doors.forms(stage):
        assert request.post(path, form=fields, max_redirects=0).status in (302, 401, 403), path
    for how, path, body in doors.calls(stage):
        assert request.fetch(f"/api/v1{path}", method=how, data=body).status == 401, path
    for path in ("/runs", f"/runs/{stage.run}", f"/runs/{stage.run}/events", "/approvals", "/boards/notes", "/agents"):
        assert request.get(f"/api/v1{path}").status == 401, path


def test_a_socket_opens_for_a_signed_in_page_of_this_origin_only(desk: Desk) -> None:
    socket = desk.url.replace("http:", "ws:") + "/ws/live"
    mine = desk.open("admin", "/agents/")
    assert mine.evaluate(hello(SOCKET), socket) == {"opened": True, "code": 0}
    # Same host, so the cookie goes along; another port is another origin.
    foreign = mine.context.new_page()
    foreign.route("http://127.0.0.1:9/", lambda route: route.fulfill(content_type="text/html", body="<p>elsewhere"))
    foreign.goto("http://127.0.0.1:9/")
    assert not foreign.evaluate(SOCKET, socket)["opened"]
    foreign.close()
    stranger = desk.context("nobody").new_page()
    stranger.goto("/signin/")
    assert stranger.evaluate(SOCKET, socket)["code"] == 4401
    desk.faults[:] = [fault for fault in desk.faults if "WebSocket connection to" not in fault]


def hello(script: str) -> str:
    """Make a socket say something once it is open, so that it is answered."""
    return script.replace("(opened = true)", "(opened = true, socket.send('{\"t\": 1}'))")


def acts_on(page: Page) -> list[str]:
    """List the names of all buttons, and of links to forms, that are there to be pressed and change something."""
    names = page.locator("#main, dialog").get_by_role("button").or_(page.locator("#main a.btn"))
    found = [one.get_attribute("aria-label") or one.inner_text() for one in names.all() if one.is_visible()]
    return [name.strip() for name in found if ACTS.search(name)]


def everything(desk: Desk, stage: Scene) -> list[object]:
    """Return all that a viewer could have changed."""
    api = desk.api("operator")
    cards, run = [api.get(f"/cards/{one}") for one in (stage.card, stage.idle)], api.run(stage.run)
    runs = api.get("/runs?workflow=note&limit=200")["items"]
    flow, gate = api.get("/workflows/note"), api.get(f"/approvals/{stage.gate}")
    board = [len(column["cards"]) for column in api.get("/boards/notes")["columns"]]
    return [cards, run["n"], len(runs), flow["version"], gate["decisions"], gate["status"], board]
