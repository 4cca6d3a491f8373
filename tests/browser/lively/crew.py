"""Agents of a working day: they read, score, write, stream, stumble once, and wait for a word."""

from __future__ import annotations

import time

from orchestrator import agents

VIEWS = {"legal": 6.8, "security": 7.9, "finance": 7.5}


@agents.agent(role="Reads one source and notes what matters.", capabilities=["read", "summarise"])
def researcher(source: str, ctx: agents.Context) -> dict[str, object]:
    """Stumble over the first try of a source that is slow to answer."""
    time.sleep(0.2)
    if source == "status-page" and ctx.attempt == 1:
        raise TimeoutError("status-page did not answer within 200 ms")
    return {"source": source, "notes": f"{source}: {len(source) * 3} statements read, 2 worth quoting"}


@agents.agent(role="Scores a vendor from one point of view.", capabilities=["score"])
def assessor(view: str, notes: list[object]) -> dict[str, object]:
    """Return the score of a view."""
    time.sleep(0.3)
    return {"view": view, "score": VIEWS[view], "read": len(notes)}


@agents.agent(role="Turns a merged outline into release notes.", capabilities=["write"], timeout="10m")
def writer(version: str, ctx: agents.Context) -> dict[str, str]:
    """Write line by line, as a model would stream; the next version only up to the third, until somebody says go."""
    lines = [f"## {version}", "- Exports are incremental now", "- A paused run says since when", "- Twelve fixes"]
    for number, line in enumerate(lines, start=1):
        ctx.emit(f"{line}\n")
        ctx.progress(number / len(lines), f"line {number} of {len(lines)}")
        time.sleep(0.15)
        while version == "4.3" and number == 3 and not (ctx.data_dir / "said" / "go").exists():
            time.sleep(0.1)
    return {"text": "\n".join(lines)}


@agents.agent(role="Scores a draft against the checklist of a release.", capabilities=["judge"])
def reviewer(text: str) -> dict[str, object]:
    """Score it."""
    return {"score": 0.91, "length": len(text)}


@agents.agent(role="Publishes what people have signed off.", capabilities=["publish"])
def publisher(text: str) -> dict[str, object]:
    """Say what was published."""
    return {"published": True, "characters": len(text)}


@agents.agent(role="Sorts a support ticket by what it needs.", capabilities=["triage"], timeout="10m")
def sorter(ticket: int, ctx: agents.Context) -> dict[str, object]:
    """Sort a ticket; from the fifteenth on, only once somebody says go."""
    while ticket > 14 and not (ctx.data_dir / "said" / "go").exists():
        ctx.progress(0.4, f"reads ticket {2276 + ticket}")
        time.sleep(0.1)
    return {"ticket": 2276 + ticket, "needs": ("answer", "refund", "engineer")[ticket % 3]}


@agents.agent(role="Compares the nightly figures with those of the day before.", capabilities=["compare"])
def auditor(table: str) -> dict[str, object]:
    """Find that a table is not there."""
    raise LookupError(f"there is no table {table!r} in last night's export; the export ended after 3 of 9 tables")
