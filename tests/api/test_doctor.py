"""The doctor over HTTP (A5, A8)."""

from __future__ import annotations

from orchestrator.core.agents import AgentSpec
from orchestrator.store.library import _agent
from tests.api.conftest import Caller
from tests.driven import kept


def test_findings_and_readiness_are_read_by_anyone_who_may_look(viewer: Caller, nobody: Caller, letters: str) -> None:
    _agent.cache_clear()
    kept(viewer.user, AgentSpec(name="idler", role="Idles.", runtime="callable"))
    found = viewer.get("/doctor").body
    assert [(one["check"], one["name"], one["where"]) for one in found["findings"]] == [
        ("no-owner", "idler", "owner"), ("unused", "idler", ""),
    ]  # fmt: skip
    assert all(one["why"] and one["remedy"] for one in found["findings"])
    states = {one["name"]: one["state"] for one in found["readiness"][letters]}
    assert (states["timeouts"], states["contracts"], states["alert route"]) == ("lacking", "ready", "unknown")
    assert nobody.get("/doctor").status == 401
