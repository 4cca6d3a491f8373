"""Pattern `orchestrate` (P3): an orchestrator breaks a request up, workers do the parts, it assembles one result.

    orchestrate: {orchestrator: chief, workers: [counter, speller], with: {request: input.request}}

The orchestrator is called in two modes, and says nothing else: `plan` returns `parts` and `tasks` (each with its
`part`, and an `agent` or the `capability` it needs), `assemble` returns `assembly` and a verdict per part. Its steps:
`Outline` and `Accept` (the plan, checked and routed by rules), `Work` (a run of its own), `Assemble` and `Done` (the
same for the assembly). View `graph` draws the run of `Work`; `Done` holds answer and verdicts.
"""

from __future__ import annotations

from orchestrator.core import codec
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.patterns.contract import Made, beside
from orchestrator.core.patterns.plan import asked, checked, work
from orchestrator.core.patterns.voices import keep_free

_OWN = ("orchestrator", "workers", "with", "most", "replans", "retries")
RESERVED = ("agents", "problems", "mode", "parts", "results")
"""What an orchestrator is given besides what the builder says."""


class Orchestrate:
    """See the module."""

    name, fields, view = "orchestrate", ("retry", "timeout", "fallback"), "graph"

    def write(self, step: StepTree, reader: StepReader) -> Made | None:
        """Write out planning, work and assembly."""
        fields = reader.fields(step.own, _OWN, "'orchestrate'", required=("orchestrator", "workers", "with"))
        workers = reader.texts(fields.get("workers"), "agents")
        most = reader.whole(fields.get("most"), 20, least=1, most=200)
        replans = reader.whole(fields.get("replans"), 2, least=0, most=10)
        retries = reader.whole(fields.get("retries"), 2, least=0, most=10)
        keep_free(fields.get("with"), RESERVED, "the orchestrator", reader)
        chief, given = fields.get("orchestrator"), fields.get("with")
        if chief is None or given is None or not isinstance(given.value, dict) or not workers:
            return None
        call = {"agent": chief, **beside(step, *self.fields)}
        bound: dict[str, Made] = {"agents": codec.dumps(list(workers)), "cards": "agents", "most": str(most)}
        plan: Made = {"id": "Draft", **call, "with": asked(given, mode="'plan'", parts="[]", results="null")}
        known: dict[str, Made] = {"parts": "steps.Accept.output.parts", "results": "steps.Work.output"}
        result: Made = {"id": "Draft", **call, "with": asked(given, mode="'assemble'", **known)}
        said: dict[str, Made] = {"said": "steps.Draft.output", "parts": known["parts"]}
        planned: dict[str, Made] = {"outline": "steps.Draft.output", **bound}
        outline = checked("Outline", "Accept", plan, "rule.outline", planned, replans)
        assembly = checked("Assemble", "Done", result, "rule.assembly", said, retries)
        return {"sequence": [*outline, work("Work", fields["workers"]), *assembly]}
