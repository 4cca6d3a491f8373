"""Carries out one attempt with its contract checked on both sides: input before the work, output after it."""

from __future__ import annotations

from dataclasses import replace

from orchestrator.core.fitting import checked, input_refused, tail
from orchestrator.core.outcomes import Failed, Ok, Outcome
from orchestrator.runtimes.port import Control, Job, Runtime


def execute(runtime: Runtime, job: Job, control: Control) -> Outcome:
    """Return how the attempt ended; a value that breaks the contract is a failure that names the fields."""
    refused = input_refused(job.spec, job.input)
    if refused:
        return refused
    outcome = runtime.run(job, control)
    if isinstance(outcome, Ok):
        outcome = checked(job.spec, outcome)
    if isinstance(outcome, Failed):
        return replace(outcome, detail=tail(outcome.detail))
    return outcome
