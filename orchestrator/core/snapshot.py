"""The steps of a run as plain values in one fact, and back. Large ones are put aside; the fact holds a reference."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import cast

from orchestrator.core import codec, records
from orchestrator.core.events import Fact, RunForked
from orchestrator.core.ids import StepPath
from orchestrator.core.outcomes import Json
from orchestrator.core.state import StepState


def written(states: Mapping[StepPath, StepState]) -> dict[str, Json]:
    """Write steps by path, fields at their default left out."""
    return {path: _without_path(state) for path, state in states.items()}


def _without_path(state: StepState) -> Json:
    fields = records.plain(state)
    del fields["path"]
    return codec.plain(fields)


def states_of(fact: RunForked) -> dict[StepPath, StepState]:
    """Read the steps a forked run begins with."""
    steps = cast("Mapping[StepPath, Mapping[str, Json]]", fact.steps)
    return {path: records.read(StepState, {"path": path, **fields}) for path, fields in steps.items()}


def put_aside(fact: RunForked) -> tuple[RunForked, dict[str, str]]:
    """Return the fact with a reference to its steps, and the artifact, where they are large."""
    text = codec.dumps(dict(fact.steps))
    if codec.size(text) <= codec.ARTIFACT_BYTES:
        return fact, {}
    ref = hashlib.sha256(text.encode()).hexdigest()
    return replace(fact, steps_ref=ref), {ref: text}


def stored(fact: Fact) -> Fact:
    """Return a fact as it is kept: without what is put aside."""
    return replace(fact, steps={}) if isinstance(fact, RunForked) and fact.steps_ref else fact


def restored(fact: Fact, artifact: Callable[[str], Json]) -> Fact:
    """Return a fact that was kept as it was when it happened."""
    if isinstance(fact, RunForked) and fact.steps_ref:
        return replace(fact, steps=cast("Mapping[str, Json]", artifact(fact.steps_ref)))
    return fact
