"""A working day: runs that are finished, at work, waiting and failed, a board with cards in every column, an inbox."""

from __future__ import annotations

from tests.browser.desk import Desk
from tests.chaos.api import Api
from tests.conftest import poll
from tests.running import PROJECT

SOURCES = ["contract", "audit-report", "status-page", "press", "filings"]
IDEAS = {"4.4": ["docs"], "Notes for the mobile app": ["mobile"], "5.0 preview": ["preview", "docs"]}


def begin(desk: Desk) -> dict[str, object]:
    """Let it all happen, and return what the addresses of pages need."""
    api = desk.api("operator")
    failed = start(api, "nightly-audit", {"table": "ledger"}, "nightly-audit")
    review = start(api, "repo-review", {"path": str(PROJECT / "orchestrator" / "live")}, "review of the live layer")
    for version in ("4.0", "4.1"):
        sign(api, card(api, version, start_it=True))
    waiting = card(api, "4.2", start_it=True)
    card(api, "4.3", start_it=True)
    for title, labels in IDEAS.items():
        card(api, title, labels=labels)
    risk = start(api, "vendor-risk", {"vendor": "a hosting company", "sources": SOURCES}, "vendor-review-118")
    start(api, "vendor-risk", {"vendor": "a mail provider", "sources": SOURCES}, "vendor-review-119")
    poll(lambda: api.run(failed)["status"] == "failed", "the nightly audit has failed", 60)
    poll(lambda: gates(api, risk) and gates(api, review), "people are asked", 120)
    running = start(api, "support-triage", {"tickets": list(range(1, 25))}, "triage-2291")
    poll(lambda: api.run(running)["step_counts"].get("succeeded", 0) >= 14, "half of the tickets are sorted", 60)
    return {
        "run": risk, "running": running, "other": failed, "review": review, "step": "collect%5B2%5D",
        "gate": gates(api, risk)[0]["id"], "card": waiting, "board": "releases", "agent": "researcher",
        "workflow": "release-notes",
    }  # fmt: skip


def start(api: Api, workflow: str, given: dict[str, object], title: str) -> str:
    """Start a run."""
    return str(api.insist("POST", "/runs", {"workflow": workflow, "input": given, "title": title}).body["id"])


def card(api: Api, version: str, *, start_it: bool = False, labels: list[str] | None = None) -> int:
    """Write a card, where it is started if it shall be."""
    columns = {one["name"]: one["id"] for one in api.get("/boards/releases")["columns"]}
    wanted = {"title": f"Release {version}" if version[0].isdigit() else version, "input": {"version": version},
              "column": columns["In progress" if start_it else "Ideas"], "labels": labels or []}  # fmt: skip
    return int(api.insist("POST", "/boards/releases/cards", wanted).body["id"])


def sign(api: Api, mark: int) -> None:
    """Approve what a card's run asks."""
    poll(lambda: api.get(f"/cards/{mark}")["approval"], "the release waits for sign-off", 60)
    gate = api.get(f"/approvals/{api.get(f'/cards/{mark}')['approval']}")
    api.insist("POST", f"/approvals/{gate['id']}/decision", {"verdict": "approve", "digest": gate["digest"]})


def gates(api: Api, run: str) -> list[dict[str, object]]:
    """List the open approvals of a run."""
    return list(api.get(f"/approvals?status=open&run={run}")["items"])
