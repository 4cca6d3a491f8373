"""Whether one agent can stand in for another: equal contracts need no change in a workflow (A3)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from orchestrator.core import codec
from orchestrator.core.agents import AgentSpec
from orchestrator.core.contracts import Misfit, misfits
from orchestrator.core.shapes import of_schema


def differences(old: AgentSpec, new: AgentSpec) -> Iterator[str]:
    """List where one agent can't stand in for another: what it takes, and what it returns."""
    if (old.input_schema, old.output_schema) == (new.input_schema, new.output_schema):
        return
    takes = misfits(of_schema(old.input_schema), of_schema(new.input_schema))
    returns = misfits(of_schema(new.output_schema), of_schema(old.output_schema))
    yield from (_said("it is given", one) for one in takes)
    yield from (_said("it returns", one) for one in returns)


def commonest(specs: Sequence[AgentSpec]) -> AgentSpec:
    """Return the one for whom most of the others can stand in, the first by name where there are several."""
    alike: dict[str, list[AgentSpec]] = {}
    for one in sorted(specs, key=lambda one: one.name):
        alike.setdefault(codec.dumps([one.input_schema, one.output_schema]), []).append(one)
    firsts = [same[0] for same in alike.values()]
    sizes = [len(same) for same in alike.values()]
    votes = [
        sum(n for other, n in zip(firsts, sizes, strict=True) if not any(differences(one, other))) for one in firsts
    ]
    return firsts[votes.index(max(votes))]


def _said(what: str, misfit: Misfit) -> str:
    place = ".".join(misfit.path)
    return f"{what}{f' {place}' if place else ''}: {misfit.message}"
