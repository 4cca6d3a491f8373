"""Pattern `ladder` (C2): the cheapest fit agent is asked first, the next one only where what it made does not hold.

    ladder: {agents: [small, middle, large], with: {text: input.text}, check: {long_enough: size(output.summary) > 40}}
    ladder: {agents: {easy: small, medium: middle, hard: large}, difficulty: input.difficulty, with: …, judge: critic}

It is a hand-off without second tries: each agent has one go, and the checks say whether the next one is needed. The
verdicts of the hand-off show how far up it went, and why.

With a difficulty it is a `branch` of such hand-offs, one for each level: `Rung2` begins with the second agent. What
names no level begins with the cheapest.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.patterns.contract import Made, made
from orchestrator.core.tree import Tree

_OWN = ("agents", "difficulty", "with", "check", "judge", "timeout", "degrade", "escalate")


class Ladder:
    """See the module."""

    name, fields, view = "ladder", (), "pool"

    def write(self, step: StepTree, reader: StepReader) -> Made | None:
        """Write out a hand-off in which nobody tries twice, or one for each level of difficulty."""
        fields = reader.fields(step.own, _OWN, "'ladder'", required=("agents",))
        if "check" not in fields and "judge" not in fields:
            reader.wrong(step.own, "a ladder needs 'check' or 'judge'", "say when the cheap answer is good enough")
            return None
        levels = fields["agents"].value if "agents" in fields else None
        has_levels, difficulty = isinstance(levels, dict), fields.get("difficulty")
        if has_levels and difficulty is None:
            hint = "write difficulty: input.difficulty, or the agents as a list"
            reader.wrong(fields["agents"], "levels need 'difficulty', which says where to begin", hint)
        elif difficulty is not None and not has_levels:
            hint = "write agents: {easy: small, hard: large}, cheapest first"
            reader.wrong(difficulty, "'difficulty' needs the level that each agent is fit for", hint, at_name=True)
        elif difficulty is not None and isinstance(levels, dict):
            return _from_level(levels, difficulty, fields, reader)
        else:
            return _rungs(fields.get("agents"), fields)
        return None


def _from_level(
    levels: Mapping[str, Tree], difficulty: Tree, fields: Mapping[str, Tree], reader: StepReader
) -> Made | None:
    agents = list(levels.values())
    if difficulty.value in levels:  # it is always the same
        return _rungs(agents[list(levels).index(str(difficulty.value)) :], fields)
    asked = reader.expression(difficulty)
    if not asked or not agents:
        return None
    above = ", ".join(_quoted(level) for level in list(levels)[1:])
    fits = [f"!(({asked}) in [{above}])", *(f"({asked}) == {_quoted(level)}" for level in list(levels)[1:])]
    cases: list[Made] = [
        {"id": f"Rung{number}", **_rungs(agents[number - 1 :], fields), "when": made(fits[number - 1], difficulty)}
        for number in range(1, len(agents) + 1)
    ]
    return {"branch": cases}


def _rungs(agents: Tree | Sequence[Tree] | None, fields: Mapping[str, Tree]) -> dict[str, Made]:
    own: dict[str, Made] = {name: one for name, one in fields.items() if name not in ("agents", "difficulty")}
    if agents is not None:
        own["agents"] = agents
    return {"handoff": {**own, "retries": 0, "retry": {"attempts": 1}}}


def _quoted(text: str) -> str:
    """Write a text as an expression has it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
