"""Patterns for random workflows, by name: one strategy each draws what stands behind the name."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

_explore = st.fixed_dictionaries({
    "explorers": st.sampled_from([["quick", "slow"], ["slow", {"agent": "quick", "times": 2}]]),
    "with": st.just({"given": "input.items"}),
    "critic": st.sampled_from(["quick", "spare"]),
    "mode": st.sampled_from(["select", "synthesise"]),
    "tolerate": st.integers(0, 1),
})  # fmt: skip

PATTERNS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "explore": _explore,
}
