"""Trials of agents: what became of one, the latest of each example, and what they say of a version (A4)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import cast

from orchestrator.core.agents import AgentSpec, Example
from orchestrator.core.errors import RejectedMissing
from orchestrator.core.outcomes import Json
from orchestrator.core.status import RUN_ENDED, RunStatus
from orchestrator.core.trials import EXAMPLES, LABEL, STEP, Proof, is_trial, unmet, workflow_of
from orchestrator.models import AgentVersion, Attempt, Run, Trial
from orchestrator.queries.runs import run_detail, value_of, visible_runs, waiting_on
from orchestrator.queries.tally import money
from orchestrator.queries.track import agent_spec
from orchestrator.store.proofs import proofs

LATEST = 30
"""Latest trials of an agent among which those of given inputs are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One trial, as far as it has come."""

    run: Run
    agent: str
    version: int
    example: str
    """Empty for an input that somebody gave."""
    is_open: bool
    waits_on: str
    """What an open one waits for, as runs say it."""
    why: tuple[str, ...]
    """What was wrong with one that is over; nothing for one that passed."""
    evidence: str
    """Of what went wrong, such as the end of what it wrote to standard error."""
    output: Json
    seconds: float | None
    """At work, without the wait for a slot."""
    cost_usd: Decimal | None
    tokens: int | None

    @property
    def passed(self) -> bool | None:
        """Tell whether it did what is expected; None while it is open."""
        return None if self.is_open else not self.why

    @property
    def status(self) -> str:
        """Return open, passed or failed."""
        return "open" if self.is_open else "failed" if self.why else "passed"


def results_of(runs: Sequence[Run]) -> tuple[Result, ...]:
    """Say how these trials went: in one question more, and one for each output that is large."""
    attempts: dict[str, list[Attempt]] = {}
    for one in Attempt.objects.filter(run_id__in=[run.id for run in runs]).order_by("id"):
        attempts.setdefault(one.run_id, []).append(one)
    return tuple(_result(run, attempts.get(run.id, [])) for run in runs)


def _result(run: Run, attempts: Sequence[Attempt]) -> Result:
    spans = [(one.ended_at - one.started_at).total_seconds() for one in attempts if one.started_at is not None]
    agent, version = tried(run)
    is_open = run.status not in RUN_ENDED
    output = None if is_open else value_of(run)
    return Result(
        run=run, agent=agent, version=version, example=example_of(run), is_open=is_open, output=output,
        waits_on=waiting_on(run) if is_open else "", why=() if is_open else verdict(run, output),
        evidence=attempts[-1].detail if attempts and not is_open else "", seconds=sum(spans) if spans else None,
        cost_usd=money(run.cost_usd), tokens=run.tokens,
    )  # fmt: skip


def tried(run: Run) -> tuple[str, int]:
    """Return which version of which agent a trial is of."""
    labels = cast("Mapping[str, Json]", run.labels or {})
    name = str(labels.get("agent", ""))
    return name, int(cast("Mapping[str, int]", run.agents or {}).get(name, 0))


def example_of(run: Run) -> str:
    """Return the example a trial is made on; empty for an input that somebody gave."""
    return str(cast("Mapping[str, Json]", run.labels or {}).get(LABEL, ""))


def verdict(run: Run, output: Json) -> tuple[str, ...]:
    """Say what is wrong with a trial that is over; nothing where it passed."""
    if run.status != RunStatus.SUCCEEDED:
        return (run.reason.removeprefix(f"{STEP}: ") or run.status,)
    labels = cast("Mapping[str, Json]", run.labels or {})
    spec = agent_spec(tried(run)[0], int(cast("int", labels.get(EXAMPLES, 0))))
    example = named(spec, example_of(run)) if spec else None
    return unmet(example, output, run.input) if example else ()


def named(spec: AgentSpec, example: str) -> Example | None:
    """Return an example of a version by its name."""
    return next((one for one in spec.examples if one.name == example), None)


def trial_detail(viewer: object, run_id: str) -> Result:
    """Return one trial; raises RejectedMissing where there is none the viewer may see."""
    run = run_detail(viewer, run_id)
    if not is_trial(run.workflow):
        raise RejectedMissing(f"Run {run_id[:36]!r} is no trial of an agent.")
    return results_of([run])[0]


def latest_trials(viewer: object, agent: str, versions: Sequence[int]) -> dict[tuple[int, str], Result]:
    """Return the latest trial of each example of these versions, as far as the viewer may see its run."""
    ids = Trial.objects.filter(agent=agent, version__in=versions).values("run_id")
    found = results_of(list(visible_runs(viewer).filter(pk__in=ids)))
    return {(one.version, one.example): one for one in found}


def own_trials(viewer: object, agent: str, limit: int = 5) -> tuple[Result, ...]:
    """Return the latest trials on inputs that somebody gave."""
    rows = visible_runs(viewer).filter(workflow=workflow_of(agent)).order_by("-id")[:LATEST]
    return results_of([run for run in rows if not example_of(run) and tried(run)[0] == agent][:limit])


def current_proofs(names: Iterable[str]) -> dict[str, Proof]:
    """Say the same of the current versions of these agents, by name."""
    rows = AgentVersion.objects.filter(name__in=sorted(set(names)), is_current=True)
    found = proofs(rows.values_list("name", "version"))
    return {name: proof for (name, _), proof in found.items()}
