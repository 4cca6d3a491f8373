"""Pattern `ladder` (C2): the cheapest agent is asked first, the next one only where what it made does not hold.

    ladder: {agents: [small, middle, large], with: {text: input.text}, check: {long_enough: size(output.summary) > 40}}

It is a hand-off without second tries: each agent has one go, and the checks say whether the next one is needed. The
verdicts of the hand-off show how far up it went, and why.
"""

from __future__ import annotations

from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.patterns.contract import Made

_OWN = ("agents", "with", "check", "judge", "timeout", "degrade", "escalate")


class Ladder:
    """See the module."""

    name, fields, view = "ladder", (), "pool"

    def write(self, step: StepTree, reader: StepReader) -> Made | None:
        """Write out a hand-off in which nobody tries twice."""
        fields = reader.fields(step.own, _OWN, "'ladder'", required=("agents",))
        if "check" not in fields and "judge" not in fields:
            reader.wrong(step.own, "a ladder needs 'check' or 'judge'", "say when the cheap answer is good enough")
            return None
        return {"handoff": {**fields, "retries": 0, "retry": {"attempts": 1}}}
