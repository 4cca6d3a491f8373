"""Draws blackboards for the random workflows of the laws."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Source = dict[str, Any]
KEYS = ("path", "list", "text")
"""What the agents of the simulation answer: `text` is mostly the same, `path` another one each turn."""
CONDITIONS = ("versions.path < 3", "board.text == ''", "versions.list == 0", "board.list > 1")


@st.composite
def blackboards(draw: st.DrawFn, earlier: list[str]) -> Source:
    """Draw a board."""
    first = st.sampled_from(["input.flag", "'x'", *(f"steps.{name}.status" for name in earlier)])
    found: Source = {
        "keys": {"path": {"type": ["string", "boolean"]}, "list": {}, "text": {"type": "string", "maxLength": 100_000}},
        "start": draw(st.dictionaries(st.sampled_from(["path", "list"]), first, max_size=2)),
        "agents": {name: draw(_contributors()) for name in "abc"[: draw(st.integers(1, 3))]},
        "contributions": draw(st.integers(1, 8)),
        "tries": draw(st.integers(1, 3)),
    }
    for name, options in (("until", ["versions.path > 2", "board.path == true"]), ("otherwise", ["versions"])):
        if draw(st.integers(0, 2)) == 0:
            found[name] = draw(st.sampled_from(options))
    if draw(st.integers(0, 3)) == 0:
        found["minutes"] = draw(st.integers(1, 3))
    return found


@st.composite
def _contributors(draw: st.DrawFn) -> Source:
    some = st.sampled_from(KEYS)
    reads, writes = draw(st.lists(some, unique=True, max_size=2)), draw(st.lists(some, unique=True, min_size=1))
    found: Source = {"agent": draw(st.sampled_from(["quick", "slow"])), "reads": reads, "writes": writes}
    more: Source = {
        "when": st.sampled_from(CONDITIONS), "scratch": st.just("given"), "limit": st.integers(1, 2),
        "optional": st.just(True), "fallback": st.just(["spare"]), "retry": st.just({"attempts": 2, "backoff": "2s"}),
        "degrade": st.sampled_from([{"value": "1", "why": "so"}, {"value": "{'list': 1}", "why": "so"}]),
    }  # fmt: skip
    return found | {name: draw(value) for name, value in more.items() if draw(st.integers(0, 2)) == 0}
