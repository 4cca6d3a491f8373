"""Pattern `explore` (P9): explorers propose without seeing each other, one critic selects or synthesises.

    explore: {explorers: [optimist, sceptic, {agent: writer, times: 3}], with: {task: input.task}, critic: editor}

Its steps: `Proposals` (a branch for each explorer), `Candidates` (what came in), `Critic`, `Check` (what is wrong with
the critic's word), `Again` (the critic once more, told so; skipped when nothing was wrong), `Chosen`.

View `candidates` draws the output of `Chosen`, which is the pattern's own: `value`, `chosen`, `candidates` (each with
`from`, `score`, `reason`, `chosen`, `value`) and `failed` (explorers that gave nothing). While it is at work: the
branches of `Proposals`, then `Candidates`.
"""

from __future__ import annotations

from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.patterns.contract import Made, beside, made
from orchestrator.core.patterns.voices import MOST, Voice, branches, call, keep_free, read_voices
from orchestrator.core.tree import Tree

_OWN = ("explorers", "with", "critic", "mode", "tolerate")
_TOLD_BY = {"select": "rule.selected", "synthesise": "rule.synthesised"}


class Explore:
    """See the module."""

    name, fields, view = "explore", ("retry", "timeout"), "candidates"

    def write(self, step: StepTree, reader: StepReader) -> Made | None:
        """Write out who proposes and who judges it."""
        fields = reader.fields(step.own, _OWN, "'explore'", required=("explorers", "critic"))
        explorers = read_voices(fields.get("explorers"), reader)
        mode = reader.choice(fields.get("mode"), tuple(_TOLD_BY), "select")
        critic, given = fields.get("critic"), fields.get("with")
        reader.whole(fields.get("tolerate"), 0, least=0, most=len(explorers or range(MOST)) - 1)
        _check_given(given, explorers, reader)
        if not explorers or critic is None or not reader.text(critic):
            return None
        return {"sequence": [self._proposals(explorers, fields, step), *self._judged(mode, critic, given, step)]}

    def _proposals(self, explorers: tuple[Voice, ...], fields: dict[str, Tree], step: StepTree) -> Made:
        more: dict[str, dict[str, Made]] = {one.who: {"explorer": one.number} for one in explorers if one.times > 1}
        written = branches(explorers, fields.get("with"), more, beside(step, *self.fields))
        tolerate = {name: fields[name] for name in ("tolerate",) if name in fields}
        return {"id": "Proposals", "parallel": {"branches": written, **tolerate}}

    def _judged(self, mode: str, critic: Tree, given: Tree | None, step: StepTree) -> list[Made]:
        listed: dict[str, Made] = {"candidates": "steps.Candidates.output.candidates"}
        told: dict[str, Made] = {**listed, "problems": "steps.Check.output.problems"}
        how, call_beside = f"'{mode}'", beside(step, *self.fields)
        word: dict[str, Made] = {"first": "steps.Critic.output", "again": made("steps.Again.output", critic)}
        return [
            {"id": "Candidates", "agent": "rule.candidates", "with": {"proposals": "steps.Proposals.output"}},
            call(critic, given, listed, call_beside, id="Critic"),
            {"id": "Check", "agent": "rule.critique", "with": {"mode": how, **listed, "word": word["first"]}},
            call(critic, given, told, call_beside, id="Again", when="steps.Check.output.problems != ''"),
            {"id": "Chosen", "agent": _TOLD_BY[mode], "with": {"listed": "steps.Candidates.output", **word}},
        ]


def _check_given(given: Tree | None, explorers: tuple[Voice, ...], reader: StepReader) -> None:
    keep_free(given, ("candidates", "problems"), "the critic", reader)
    several = next((one for one in explorers if one.times > 1), None)
    if several is None:
        return
    keep_free(given, ("explorer",), "an explorer", reader)
    if given is None:
        reader.wrong(several.agent, "the same agent several times needs 'with'",
                     "say what each is given; its number is added as 'explorer'")  # fmt: skip
