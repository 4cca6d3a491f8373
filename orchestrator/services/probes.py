"""Health probes: a saved example of an agent stands in for work while its breaker is open, or while it is idle (R3)."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction

from orchestrator.core.agents import AgentSpec, spec_of
from orchestrator.core.dependencies import agent_key, keys_of
from orchestrator.core.errors import RejectedError
from orchestrator.core.status import RUN_ENDED, RunStatus
from orchestrator.core.trials import unmet, workflow_of
from orchestrator.models import AgentVersion, Attempt, Breaker, QueueEntry, Run
from orchestrator.queries.runs import value_of
from orchestrator.queries.trials import named, tried
from orchestrator.reliability.breaker import Counts, State
from orchestrator.services import trials
from orchestrator.wiring import breakers

EVERY_SECONDS = 5.0
"""How often a process looks for agents that are idle."""
_IDLE = "probe:idle:"
_looked = [float("-inf")]


def sweep() -> int:
    """Begin the probes that are due; return how many."""
    rows = list(Breaker.objects.exclude(state=State.CLOSED.value))
    is_time = bool(settings.PROBE_SECONDS) and time.monotonic() - _looked[0] > EVERY_SECONDS
    if not rows and not is_time:
        return 0
    specs = [spec for spec in _specs() if spec.probe]
    begun = sum(_probe(row, specs) for row in rows)
    if is_time:
        _looked[0] = time.monotonic()
        tripped = {row.key for row in rows}
        begun += sum(_idle(spec) for spec in specs if not tripped & {*keys_of(spec)})
    return begun


def _probe(row: Breaker, specs: list[AgentSpec]) -> bool:
    """Probe a breaker whose time has come, one run after the other."""
    spec = next((one for one in specs if row.key in keys_of(one)), None)
    run = Run.objects.filter(pk=row.probe_run).first() if row.probe_run else None
    if spec is None or (run is not None and run.status not in RUN_ENDED):
        return False
    if run is not None and run.status != RunStatus.SUCCEEDED:  # its attempt never came back to the door that counts
        breakers().probe_failed(row.key, f"run {run.id} {run.status}: {run.reason}"[:500])
        return False
    try:
        with transaction.atomic():
            return breakers().probe(row.key, row.probe_run, lambda word: trials.probe(spec, f"probe:{row.key}:{word}"))
    except RejectedError as error:
        breakers().probe_failed(row.key, error.detail)
        return False


def _idle(spec: AgentSpec) -> bool:
    """Probe an agent that has had nothing to do for as long as the operator says.

    One that answers, and again and again not what its example expects, is as ill as one that fails.
    """
    now = datetime.now(UTC)
    since = now - timedelta(seconds=settings.PROBE_SECONDS)
    if Attempt.objects.filter(agent=spec.name, ended_at__gt=since).exists():
        return False
    if QueueEntry.objects.filter(agent=spec.name).exists():
        return False
    if _is_wrong(spec):
        return False
    trials.probe(spec, f"{_IDLE}{spec.name}:{int(now.timestamp() // settings.PROBE_SECONDS)}")
    return True


def _is_wrong(spec: AgentSpec) -> bool:
    """Open the breaker of an agent whose latest probes all answered what is not expected; tell whether it was so."""
    key, row = agent_key(spec.name), breakers().rule.row
    since = Breaker.objects.filter(pk=key).values_list("since", flat=True).first()
    trials_of = Run.objects.filter(workflow=workflow_of(spec.name), status=RunStatus.SUCCEEDED)
    runs = trials_of.filter(key__startswith=f"{_IDLE}{spec.name}:")
    latest = list((runs.filter(created_at__gt=since) if since else runs).order_by("-id")[:row])
    lacking = [lacks for run in latest if (lacks := _lacks(spec, run))]
    if len(lacking) < row:
        return False
    breakers().failed(key, Counts(calls=row, failures=row, row=row), lacking[0][:500])
    return True


def _lacks(spec: AgentSpec, run: Run) -> str:
    """Say what the answer to a probe lacks of what its example expects; empty for one of another version."""
    example = named(spec, spec.probe)
    return "; ".join(unmet(example, value_of(run), run.input)) if example and tried(run)[1] == spec.version else ""


def _specs() -> list[AgentSpec]:
    rows = AgentVersion.objects.filter(is_current=True).order_by("name")
    return [spec_of(row.spec, row.version) for row in rows]
