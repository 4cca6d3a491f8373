"""Pattern `refine` (P7): generate, evaluate, and again with the feedback until the score is good enough.

    refine: {plan: planner, generate: writer, evaluate: judge, with: {topic: input.topic}, threshold: 0.8, rounds: 5}

Its steps: a `loop` with `Draft`, `Verdict` and `Round` (what both gave, put together) in each round; with `plan` first
`Plan`, then the loop as `Rounds`.

View `rounds` draws the loop: the output of each round is `value`, `score` and `verdict`, and so is the pattern's own.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core.parse_body import OF_AGENT
from orchestrator.core.parse_limits import LIMITS
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.patterns.contract import Made, beside, made
from orchestrator.core.patterns.voices import call, keep_free
from orchestrator.core.tree import Tree

_OF_LOOP = (*LIMITS, "otherwise", "tolerate")
_OWN = ("generate", "evaluate", "plan", "with", "threshold", "score", "feedback", *_OF_LOOP)
_REQUIRED = ("generate", "evaluate", "threshold", "rounds")


class Refine:
    """See the module."""

    name, fields, view = "refine", ("retry", "timeout"), "rounds"

    def write(self, step: StepTree, reader: StepReader) -> Made | None:
        """Write out who plans, who generates and who evaluates, and the loop around them."""
        fields = reader.fields(step.own, _OWN, "'refine'", required=_REQUIRED)
        keep_free(fields.get("with"), ("feedback", "last", "value", "plan"), "one of its agents", reader)
        threshold = reader.expression(fields.get("threshold"))
        where = {name: reader.text(fields.get(name), name) for name in ("score", "feedback")}
        if not threshold or any(name not in fields for name in _REQUIRED):
            return None
        more = beside(step, *self.fields)
        plan: dict[str, Made] = {"plan": "steps.Plan.output"} if "plan" in fields else {}
        told: dict[str, Made] = {"feedback": "feedback", "last": "last", **plan}
        evaluate = fields["evaluate"]
        score = made(f"steps.Verdict.output.{where['score']}", fields.get("score", evaluate))
        kept: Made = {"value": "steps.Draft.output", "score": score, "verdict": "steps.Verdict.output"}
        loop: dict[str, Made] = {
            "do": [
                _call("Draft", fields["generate"], fields, told, more, reader),
                _call("Verdict", evaluate, fields, {"value": "steps.Draft.output", **plan}, more, reader),
                {"id": "Round", "agent": "rule.keep", "with": kept},
            ],
            "until": made(f"last.score >= ({threshold})", fields["threshold"]),
            "score": made("last.score", fields.get("score", evaluate)),
            "feedback": made(f"last.verdict.{where['feedback']}", fields.get("feedback", evaluate)),
            **{name: fields[name] for name in _OF_LOOP if name in fields},
        }
        if "plan" not in fields:
            return {"loop": loop}
        return {"sequence": [_call("Plan", fields["plan"], fields, {}, more, reader), {"id": "Rounds", "loop": loop}]}


def _call(
    name: str, who: Tree, fields: Mapping[str, Tree], told: Mapping[str, Made], more: Mapping[str, Tree],
    reader: StepReader,
) -> Made:  # fmt: skip
    """Return a step that calls an agent: by its name, or as it is written out, where `with` is all it is given."""
    if not isinstance(who.value, dict):
        return call(who, fields.get("with"), told, more, id=name)
    own = reader.fields(who, ("agent", *OF_AGENT), "a call", required=("agent",))
    agent = own.pop("agent", made("", who))
    if "with" in own:
        return made({"id": name, "agent": agent, **more, **own}, who)
    return call(agent, fields.get("with"), told, {**more, **own}, id=name)
