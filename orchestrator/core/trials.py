"""Trying one agent alone: the run it takes, and what its output lacks of what an example expects (A4). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum

from orchestrator.core import codec, expressions
from orchestrator.core.agents import Example
from orchestrator.core.expressions import Anchor, Expression, ExpressionFault
from orchestrator.core.outcomes import Json

PREFIX = "try:"
"""No file can name a workflow so: runs of such a one are trials, and figures about everyday work leave them out."""
STEP = "work"
LABEL = "try"
"""Label of a trial's run: the example it is made on, empty for an input that somebody gave."""
EXAMPLES = "examples"
"""Label of a trial's run: the version whose example it is, which may not be the one that is tried."""
MOST_NAME = 80
MOST_LETTERS = 120
"""Of a value that is quoted in a reason."""


class Proof(StrEnum):
    """What its own examples say of one version of an agent."""

    PROVEN = "proven"  # the latest trial of every example passed
    FAILING = "failing"  # the latest trial of one of them did not
    UNPROVEN = "unproven"  # there is none, or one was never tried to its end


def workflow_of(agent: str) -> str:
    """Return the name under which an agent's trials run."""
    return f"{PREFIX}{agent}"[:MOST_NAME]


def is_trial(workflow: str) -> bool:
    """Tell whether runs of a workflow are trials."""
    return workflow.startswith(PREFIX)


def definition(agent: str) -> Json:
    """Return the workflow of a trial: one step, tried once, so that luck at the second try proves nothing."""
    return {"workflow": "trial", "steps": [{"id": STEP, "agent": agent, "retry": {"attempts": 1}}]}


def unmet(example: Example, output: Json, input: Json) -> tuple[str, ...]:
    """Say of each expectation that does not hold why; nothing where all do."""
    values: dict[str, Json] = {"output": output, "input": input}
    return tuple(words for text in example.expect if (words := _unmet(text, values)))


def _unmet(text: str, values: Mapping[str, Json]) -> str:
    def lookup(anchor: Anchor) -> Json:
        return values[anchor[0]]

    try:
        read = expressions.compile(text)
        return "" if read.test(lookup) else f"`{text}` does not hold: {_seen(read, values)}"
    except ExpressionFault as fault:
        return f"`{text}`: {fault}"


def _seen(read: Expression, values: Mapping[str, Json]) -> str:
    """Say what stands where the expectation looks."""
    said = []
    for reference in dict.fromkeys(read.references):
        value: Json = dict(values)
        for part in reference:
            value = value.get(part) if isinstance(value, dict) else None
        text = codec.dumps(value)
        said.append(f"{'.'.join(reference)} is {text if len(text) <= MOST_LETTERS else text[:MOST_LETTERS] + '…'}")
    return ", ".join(said) or "it is false"


def proof(examples: Iterable[str], passed: Mapping[str, bool]) -> Proof:
    """Return what the latest trials say; `passed` has the examples that were tried to their end."""
    found = [passed.get(name) for name in examples]
    if any(one is False for one in found):
        return Proof.FAILING
    return Proof.PROVEN if found and all(found) else Proof.UNPROVEN
