"""How much an agent may do by itself in one step (H7), written out as steps: the work, and a gate about it.

    - {id: pay, agent: payer, autonomy: propose}
    - {id: pay, agent: payer, autonomy: {act_when: output.amount < 100, approvers: {group: accountants}}}

Its steps: a `sequence` of `Work` and `Approved`; sending back does `Work` over. `act`, the default, writes nothing out.
"""

from __future__ import annotations

from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.patterns.contract import Made
from orchestrator.core.tree import Tree

FIELD, NAME = "autonomy", "autonomy"
ACT, PROPOSE = "act", "propose"
_OF_GATE = ("title", "approvers", "deadline")
_OF_WORK = ("with", "retry", "timeout", "fallback", "degrade", "budget", "limits")


def is_meant(step: StepTree) -> bool:
    """Tell whether a step says that its agent may not always act alone; what makes no sense is not."""
    written = step.fields.get(FIELD)
    return written is not None and (written.value == PROPOSE or isinstance(written.value, dict))


def check(step: StepTree, reader: StepReader) -> None:
    """Tell of what is neither."""
    written = step.fields.get(FIELD)
    if written is not None and not is_meant(step) and written.value != ACT:
        hint = f"write {ACT}, {PROPOSE} or {{act_when: CONDITION over output}}"
        reader.wrong(written, "this is no degree of autonomy", hint)


def write(step: StepTree, reader: StepReader) -> Made:
    """Return the work, and who looks at it when."""
    written, agent = step.fields[FIELD], step.own
    fields: dict[str, Tree] = {}
    if isinstance(written.value, dict):
        fields = reader.fields(written, ("act_when", *_OF_GATE), "'autonomy'")
    work: dict[str, Made] = {name: step.fields[name] for name in _OF_WORK if name in step.fields}
    alone: dict[str, Made] = {"alone": fields["act_when"]} if "act_when" in fields else {}
    gate: dict[str, Made] = {
        "title": f"{step.common['id']}: {agent.value} proposes",
        **_seen(step.fields.get("with")),
        "proposal": {"of": agent, "value": "steps.Work.output", **alone},
        **{name: fields[name] for name in _OF_GATE if name in fields},
    }
    return {"sequence": [{"id": "Work", "agent": agent, **work}, {"id": "Approved", "gate": gate}]}


def _seen(given: Tree | None) -> dict[str, Made]:
    """Return what a person sees beside the proposal: what the agent was given, where that is written."""
    return {"show": given} if given is not None and isinstance(given.value, dict) and given.value else {}
