"""Agents for tests of the test bench; applied by their file."""

from __future__ import annotations

from orchestrator import agents

TWO = agents.Example(name="two words", input={"text": "a b"}, expect=("output.words == 2",))
NONE = agents.Example(name="no words", input={"text": ""}, expect=("output.words == 1",))


@agents.agent(role="Counts the words of a text.", capabilities=["count"], owner="tests", examples=[TWO, NONE])
def trial_counter(text: str) -> dict[str, int]:
    return {"words": len(text.split())}
