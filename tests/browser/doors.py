"""The same acts through every door: the forms of pages, the API with a page's session, the API with a token."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.browser.scene import Scene

POST = """
async ([method, path, fields, isForm]) => {
  const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  const type = isForm ? "application/x-www-form-urlencoded" : "application/json";
  const body = isForm ? new URLSearchParams(fields).toString() : JSON.stringify(fields);
  const answer = await fetch(path, { method, body, headers: { "Content-Type": type, "X-CSRFToken": token } });
  return answer.status;
}
"""
FLOW = "workflow: note\nsteps: [{id: sign, gate: {title: Sign}}]\n"


def by_page(page: Page, path: str, fields: dict[str, str]) -> int:
    """Send a form as the page would and return the status of the answer."""
    return int(page.evaluate(POST, ["POST", path, fields, True]))


def by_session(page: Page, method: str, path: str, body: object) -> int:
    """Call the API as the page would and return the status of the answer."""
    return int(page.evaluate(POST, [method, f"/api/v1{path}", body, False]))


def forms(scene: Scene) -> list[tuple[str, dict[str, str]]]:
    """List every form that changes something, filled in well."""
    card, digest = f"/boards/notes/cards/{scene.card}", scene.digest
    changed = {"version": str(scene.version), "title": "Mine now", "priority": "3"}
    changed[f"card-{scene.card}-input-words"] = "Dear me"
    return [
        (f"{card}/edit/", changed),
        (f"{card}/comment/", {"text": "I was here"}),
        (f"/approvals/{scene.gate}/decision/", {"verdict": "approve", "digest": digest}),
        (f"/approvals/{scene.gate}/decision/", {"verdict": "reject", "comment": "no", "digest": digest}),
        ("/boards/notes/cards/", {"title": "Mine", "new-input-words": "Dear me", "priority": "3"}),
        (f"{card}/decide/", {"gate": str(scene.gate), "verdict": "approve", "digest": digest}),
        (f"/runs/{scene.run}/pause/", {}),
        (f"/runs/{scene.run}/resume/", {}),
        (f"/runs/{scene.run}/cancel/", {}),
        (f"/runs/{scene.run}/step/retry/", {"path": "sign"}),
        (f"/runs/{scene.run}/step/skip/", {"path": "sign", "reason": "no need"}),
        ("/workflows/note/start/", {"input.words": "Dear me", "input.copies": "1"}),
        ("/patterns/best-summary/run/", {}),
        ("/patterns/tickets/card/", {}),
    ]


def calls(scene: Scene) -> list[tuple[str, str, object]]:
    """List every call of the API that changes something, well formed."""
    decision = {"verdict": "approve", "digest": scene.digest}
    return [
        ("POST", "/runs", {"workflow": "note", "input": {"words": "Dear me"}}),
        ("POST", f"/runs/{scene.run}/pause", {}),
        ("POST", f"/runs/{scene.run}/resume", {}),
        ("POST", f"/runs/{scene.run}/cancel", {}),
        ("POST", f"/runs/{scene.run}/retry", {}),
        ("POST", f"/runs/{scene.run}/steps/sign/retry", {}),
        ("POST", f"/runs/{scene.run}/steps/sign/skip", {}),
        ("POST", f"/approvals/{scene.gate}/decision", decision),
        ("POST", "/boards/notes/cards", {"title": "Mine"}),
        ("POST", f"/cards/{scene.idle}/move", {"column": scene.column, "version": 1}),
        ("POST", f"/cards/{scene.card}/move", {"column": scene.column, "version": scene.version, "run": "stop"}),
        ("POST", f"/cards/{scene.card}/run", {"version": scene.version}),
        ("PUT", "/workflows/note", {"workflow": "note", "steps": [{"id": "sign", "gate": {"title": "Sign"}}]}),
    ]
