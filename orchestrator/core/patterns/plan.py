"""Pattern `plan` (P6): a planner returns a graph of tasks, which is checked, may wait for a person, and is then done.

    plan: {planner: scout, agents: [linter, counter], with: {goal: input.goal}, gate: "Do this?"}

Its steps: `Plan` (a loop: the planner drafts, a rule reads; what is wrong goes back to the planner), `Accept` (fails in
the rule's words where it is still wrong), `Approve` (the gate), `Work` (a run of its own, in which each task sees only
its own input). With `templates`, a known `type` of task runs that workflow instead, the same graph each time.

View `graph` draws the run of `Work`; `Accept` holds the tasks.
"""

from __future__ import annotations

from orchestrator.core import codec
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.patterns.contract import Made, beside, made
from orchestrator.core.patterns.voices import keep_free
from orchestrator.core.tree import Tree

_OWN = ("planner", "agents", "with", "most", "replans", "gate", "type", "templates")
RESERVED = ("agents", "problems")
"""What a planner is given besides what the builder says."""


class Plan:
    """See the module."""

    name, fields, view = "plan", ("retry", "timeout", "fallback"), "graph"

    def write(self, step: StepTree, reader: StepReader) -> Made | None:
        """Write out who plans, what is checked, and how it is done."""
        fields = reader.fields(step.own, _OWN, "'plan'", required=("planner", "agents", "with"))
        agents = reader.texts(fields.get("agents"), "agents")
        known = _known(fields, reader)
        most = reader.whole(fields.get("most"), 20, least=1, most=200)
        replans = reader.whole(fields.get("replans"), 2, least=0, most=10)
        keep_free(fields.get("with"), RESERVED, "the planner", reader)
        planner, given = fields.get("planner"), fields.get("with")
        if planner is None or given is None or not isinstance(given.value, dict) or not agents:
            return None
        bound: dict[str, Made] = {"agents": codec.dumps(list(agents)), "cards": "agents", "most": str(most)}
        draft: Made = {"id": "Draft", "agent": planner, "with": asked(given), **beside(step, *self.fields)}
        steps = [*checked("Plan", "Accept", draft, "rule.plan", {"plan": "steps.Draft.output", **bound}, replans),
                 *_approved(fields.get("gate")), work("Work", fields["agents"])]  # fmt: skip
        if not known:
            return {"sequence": steps}
        return {"branch": [*known, {"id": "Planned", "sequence": steps}]}


def asked(given: Tree, **more: Made) -> Made:
    """Return what whoever plans is given: what the builder says, whom it may use, and what was wrong before."""
    written = given.value if isinstance(given.value, dict) else {}
    return {**written, "agents": made("agents", given), "problems": made("feedback", given), **more}


def checked(name: str, then: str, draft: Made, rule: str, bound: dict[str, Made], again: int) -> list[Made]:
    """Return a loop in which somebody drafts and a rule reads, and the step that lets only what is good pass."""
    read: Made = {"id": "Read", "agent": rule, "with": bound}
    loop: Made = {"do": [draft, read], "rounds": again + 1, "until": "size(last.problems) == 0",
                  "feedback": "last.words", "otherwise": "last"}  # fmt: skip
    accepted: Made = {"checked": f"steps.{name}.output", "what": f"'what came of {name}'"}
    return [{"id": name, "loop": loop}, {"id": then, "agent": "rule.accept", "with": accepted}]


def work(name: str, agents: Tree) -> Made:
    """Return the step that runs what was accepted."""
    return {"id": name, "workflow": {"definition": "steps.Accept.output.definition",
                                     "input": "steps.Accept.output.input", "agents": agents}}  # fmt: skip


def _approved(gate: Tree | None) -> list[Made]:
    if gate is None:
        return []
    return [{"id": "Approve", "gate": {"title": gate, "show": {"tasks": "steps.Accept.output.tasks"}}}]


def _known(fields: dict[str, Tree], reader: StepReader) -> list[Made]:
    """Return a case for each type of task that has a template."""
    templates, kind = fields.get("templates"), fields.get("type")
    if templates is None:
        if kind is not None:
            reader.wrong(kind, "'type' goes with 'templates'", "name a workflow for each known type", at_name=True)
        return []
    if kind is None or not isinstance(templates.value, dict):
        reader.wrong(templates, "'templates' needs 'type' and a workflow for each", "write type: input.kind")
        return []
    text = reader.expression(kind)
    return [
        {"id": f"Known_{number + 1}", "when": made(f"({text}) == {codec.dumps(name)}", kind), "workflow": workflow,
         "with": fields.get("with", {})}
        for number, (name, workflow) in enumerate(templates.value.items())
    ]  # fmt: skip
