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

_peer = st.fixed_dictionaries(
    {"agent": st.sampled_from(["quick", "slow"])},
    optional={"scratch": st.just("given"), "optional": st.booleans(), "retry": st.just({"attempts": 1}),
              "fallback": st.just(["spare"])},
)  # fmt: skip
_rule = st.sampled_from(["person", {"precedence": ["b", "a"]}, {"vote": "n"}, {"arbiter": "spare"}])
_converse = st.fixed_dictionaries(
    {
        "agents": st.fixed_dictionaries({"a": _peer, "b": _peer}, optional={"c": _peer}),
        "begin": st.sampled_from([
            {"to": "a", "text": "'hello'"},
            [{"to": "a", "text": "'hello'", "payload": "input.items"}, {"to": "b", "text": "input.flag"}],
        ]),
        "messages": st.integers(2, 12), "turns": st.integers(1, 6),
    },
    optional={
        "conflict": st.lists(_rule, min_size=1, max_size=3, unique_by=str), "hops": st.integers(1, 4),
        "repeats": st.integers(1, 3), "minutes": st.integers(1, 3), "message_timeout": st.just("30s"),
        "revive_after": st.just("5s"), "revivals": st.integers(1, 2), "replace": st.just({"b": "spare"}),
        "otherwise": st.just("answers"), "output": st.just("answer"),
    },
)  # fmt: skip

PATTERNS: dict[str, st.SearchStrategy[Any]] = {
    "debate": _debate,
    "explore": _explore,
    "refine": _refine,
    "plan": _plan,
    "orchestrate": _orchestrate,
    "converse": _converse,
}
