"""`merge` of kind `parallel`: how each strategy is read, what its result is known to be, and who is told what (P2)."""

from __future__ import annotations

import pytest

from orchestrator.core.agents import AgentSpec
from orchestrator.core.merges.contract import Merging
from orchestrator.core.merges.reading import WORDS
from orchestrator.core.nodes.parallel import Parallel
from orchestrator.core.nodes.sequence import Sequence
from orchestrator.core.parse import Problems
from tests.core.merges.shares import contract
from tests.core.nodes.reading import node, read

OPINION = contract(verdict="string", answer="string", confidence="number", score="number")
BOTH = {"type": "object", "required": ["results"], "properties": {"results": {
    "type": "object", "properties": {"legal": OPINION, "tax": OPINION}}}}  # fmt: skip
AGENTS = {
    spec.name: spec
    for spec in (
        AgentSpec(name="legal", role="Judges.", runtime="x", output_schema=OPINION),
        AgentSpec(name="tax", role="Judges.", runtime="x", output_schema=OPINION),
        AgentSpec(name="blunt", role="Judges.", runtime="x", output_schema=contract(opinion="string")),
        AgentSpec(name="silent", role="Promises nothing.", runtime="x"),
        AgentSpec(name="editor", role="Puts together.", runtime="x", input_schema=BOTH,
                  output_schema=contract(text="string")),
        AgentSpec(name="closed", role="Takes no results.", runtime="x",
                  input_schema={"type": "object", "properties": {"n": {}}, "additionalProperties": False}),
    )
}  # fmt: skip
TWO = "parallel:\n  branches:\n    legal: {agent: legal}\n    tax: {agent: %s}\n  merge: %s"


def told(merge: str, second: str = "tax", output: str = "") -> list[tuple[int, str]]:
    found: Problems | object = read(TWO % (second, merge), output, AGENTS)
    return [(one.line - 4, one.message) for one in found] if isinstance(found, tuple) else []


@pytest.mark.parametrize("how", [word for word in WORDS if word not in ("confidence", "best", "agent")])
def test_a_strategy_that_needs_nothing_more_is_written_as_its_word(how: str) -> None:
    for written in (how, f"{{how: {how}}}"):
        parallel = node(TWO % ("tax", written))
        assert isinstance(parallel, Parallel)
        assert parallel.merge.how == how
        assert told(written) == []


def test_options_are_read() -> None:
    parallel = node(TWO % ("tax", "{how: confidence, field: answer, confidence: sure.now}"))
    assert isinstance(parallel, Parallel)
    assert parallel.merge == Merging(how="confidence", options={"field": "answer", "confidence": "sure.now"})


@pytest.mark.parametrize(
    ("merge", "output"),
    [
        ("{how: majority, field: verdict}", "steps.it.output.dissent[0].who"),
        ("{how: confidence, field: answer}", "steps.it.output.votes[0].weight"),
        ("{how: best, of: score}", "steps.it.output.rejected[0].score"),
        ("{how: best, of: score}", "steps.it.output.value.verdict"),
        ("fields", "steps.it.output.contradictions[0].values[0].who"),
        ("{how: agent, agent: editor}", "steps.it.output.value.text"),
        ("{how: agent, agent: editor}", "steps.it.output.contributions[0].gave.verdict"),
    ],
)
def test_what_comes_out_is_known_to_the_steps_after_it(merge: str, output: str) -> None:
    assert told(merge, output=output) == []
    ((_, message),) = told(merge, output=f"{output}.nope")
    assert "nope" in message
    ((_, message),) = told(merge, output="steps.it.output.vlaue")
    assert "'steps.it.output' has no field 'vlaue'" in message


@pytest.mark.parametrize(
    ("merge", "second", "line", "message"),
    [
        (
            "{how: majority, field: verdict}",
            "blunt",
            4,
            "what tax gives has no field 'verdict', but the merge needs it",
        ),
        ("{how: confidence, field: opinion}", "blunt", 4, "what tax gives has no field 'confidence'"),
        ("{how: confidence, field: answer}", "silent", 4, "needs a number 'confidence' from tax, and nothing promises"),
        ("{how: best, of: verdict}", "tax", 3, "'verdict' of what legal gives must be a number, but is a text"),
        ("{how: best}", "tax", 5, "a merge by best needs 'of'"),
        ("best", "tax", 5, "a merge by best needs 'of'"),
        ("{how: best, of: a b}", "tax", 5, "'a b' is not the name of a field"),
        ("{how: fields, prefer: [legl]}", "tax", 5, "there is no branch 'legl'"),
        ("{how: majority, of: score}", "tax", 5, "'of' is not a field of a merge by majority"),
        ("{field: verdict}", "tax", 5, "'merge' needs 'how'"),
        ("{how: vote}", "tax", 5, "must be one of collect, structured, majority"),
        ("[majority]", "tax", 5, "must be one of collect, structured, majority"),
        ("agent", "tax", 5, "a merge by agent needs 'agent'"),
        ("{how: agent}", "tax", 5, "'merge' needs 'agent'"),
        ("{how: agent, agent: nobody}", "tax", 5, "there is no agent 'nobody'"),
        ("{how: agent, agent: editor, with: {results: '1'}}", "tax", 5, "'results' is what was collected"),
        ("{how: agent, agent: editor, with: [1]}", "tax", 5, "'with' must be an object, but is a list"),
        ("{how: agent, agent: editor, with: {n: input.nope}}", "tax", 5, "has no field 'nope'"),
        ("{how: agent, agent: editor}", "blunt", 1, "editor: "),
        ("{how: agent, agent: closed}", "tax", 1, "closed: 'results' is not taken"),
    ],
)
def test_a_slip_is_told(merge: str, second: str, line: int, message: str) -> None:
    found = told(merge, second)
    assert [one for one in found if one[0] == line and message in one[1]], found


def test_an_agent_that_merges_is_a_step_of_its_own_called_like_any() -> None:
    text = TWO % (
        "tax",
        "{how: agent, agent: editor, with: {tone: input.name}, retry: {attempts: 1}, fallback: [spare]}",
    )
    sequence = node(f"{text}\noptional: true\nwhen: input.yes")
    assert isinstance(sequence, Sequence)
    assert (sequence.id, sequence.optional, sequence.when) == ("it", True, "input.yes")
    parts, merge, _ = sequence.steps
    assert isinstance(parts, Parallel)
    assert [branch.id for branch in parts.branches] == ["legal", "tax"]
    assert (merge.with_, merge.retry.attempts, merge.fallback) == (  # type: ignore[attr-defined]
        {"tone": "input.name", "results": "steps.Parts.output"}, 1, ("spare",),
    )  # fmt: skip
