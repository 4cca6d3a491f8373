"""Plays a workflow in memory with agents that are functions, and remembers what each was given. Rules are real."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from orchestrator.core.agents import AgentSpec
from orchestrator.core.definition import Workflow
from orchestrator.core.ids import StepPath
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome
from orchestrator.core.state import StepState
from orchestrator.core.tree import from_plain
from orchestrator.core.validate import read_workflow
from orchestrator.engine.ports import Claim
from tests.core.workflows import Source
from tests.engine.simulation import Simulation

Says = Callable[[dict[str, Any]], Json]
"""What an agent makes of its input; raises Fails where it fails."""


class Fails(Exception):
    """An agent does not get on."""


class Stage(Simulation):
    """See the module. `given` has the inputs of each attempt, by path."""

    def __init__(self, steps: list[Source], agents: dict[str, Says | Json], input: Json = None, **specs: Any) -> None:
        self.says = agents
        made = tuple(_spec(name, specs.get(name.replace("-", "_"), {})) for name in agents)
        source = from_plain({"workflow": "try", "steps": steps})
        found = read_workflow(source, {spec.name: spec for spec in made})
        assert isinstance(found, Workflow), [str(problem) for problem in found]
        self.given: dict[str, list[dict[str, Json]]] = {}
        super().__init__(found, made, self._act, input=input)
        self.start()
        self.go_on()

    def go_on(self) -> None:
        """Do all that can be done without a person."""
        while self.work_off() or self._has_waited():
            pass

    def _has_waited(self) -> bool:
        if self.run.is_ended or self.store.next_moment() is None:
            return False
        self._wait()
        return True

    def _act(self, claim: Claim, given: dict[str, Json]) -> Outcome:
        self.given.setdefault(claim.path, []).append(given)
        says = self.says[claim.agent]
        try:
            return Ok(output=says(given) if callable(says) else says)
        except Fails as failed:
            return Failed(kind=Failure.REFUSED, reason=str(failed))

    def step(self, path: str) -> StepState:
        """Return a step as it is."""
        return self.store.tables.steps(self.run_id)[StepPath(path)]

    def output(self, path: str) -> Any:
        """Return what a step came to."""
        state = self.step(path)
        return self.store.artifact(state.output_ref) if state.output_ref else state.output

    def choose(self, path: str, verdict: str = "approve", **more: object) -> None:
        """Let a person decide, and go on."""
        said = self.decide((self.run_id, StepPath(path)), verdict, **more)
        assert said.status == 200, said
        self.go_on()


def _spec(name: str, more: dict[str, Any]) -> AgentSpec:
    return AgentSpec(name=name, role=f"Is {name}.", **{"runtime": "scripted", **more})
