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

_debate = st.fixed_dictionaries(
    {
        "agents": st.sampled_from([["quick", "slow", "quick"], ["slow", {"agent": "quick", "times": 3}]]),
        "with": st.just({"given": "input.items"}),
        "field": st.sampled_from(["list", "path", "is_high"]),
        "rounds": st.integers(0, 2),
        "on_split": st.sampled_from(["human", "human", "fail", "keep"]),
    },
    optional={
        "tolerate": st.integers(0, 1),
        "judge": st.sampled_from(["quick", "spare"]),
        "agreement": st.sampled_from([0.6, 1]),
        "independent_review": st.just("spare"),
    },
)

_given = st.just({"given": "input.items"})
_plan = st.fixed_dictionaries(
    {"planner": st.just("quick"), "agents": st.just(["quick", "slow", "spare"]), "with": _given,
     "replans": st.integers(0, 2)},
    optional={"gate": st.just("Do this?")},
)  # fmt: skip
_orchestrate = st.fixed_dictionaries({
    "orchestrator": st.just("quick"), "workers": st.just(["quick", "slow", "spare"]), "with": _given,
    "replans": st.integers(0, 2), "retries": st.integers(0, 1),
})  # fmt: skip
_refine = st.fixed_dictionaries(
    {
        "generate": st.sampled_from(["quick", {"agent": "slow", "fallback": ["quick"]}]),
        "evaluate": st.sampled_from(["quick", "spare"]),
        "with": st.just({"given": "input.items"}),
        "threshold": st.sampled_from([1, 2]),
        "score": st.sampled_from(["list[0]", "path"]),
        "feedback": st.just("path"),
        "rounds": st.integers(1, 3),
    },
    optional={
        "plan": st.just("slow"),
        "otherwise": st.sampled_from(["best", "last"]),
        "improve": st.just(0.5),
        "tolerate": st.just(1),
    },
)

PATTERNS: dict[str, st.SearchStrategy[Any]] = {
    "debate": _debate,
    "explore": _explore,
    "refine": _refine,
    "plan": _plan,
    "orchestrate": _orchestrate,
}
