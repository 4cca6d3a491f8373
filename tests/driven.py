"""Runs of an applied workflow, moved on by hand in the database of this test run: the test is the worker."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.ids import RunId
from orchestrator.core.messages import ReportAttempt, Verdict
from orchestrator.core.outcomes import Json, Ok, Outcome
from orchestrator.core.status import RUN_ENDED, GateStatus
from orchestrator.engine.ports import Claim, Mail
from orchestrator.engine.work import Live, report, work
from orchestrator.models import AgentVersion, Gate, Run, User
from orchestrator.services import agents, gates, workflows
from orchestrator.wiring import driver, engine, store

WORKER = "by-hand"
NUMBER: Json = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}


def agent(name: str, takes: Json = None, returns: Json = None, runtime: str = "scripted") -> None:
    """Keep an agent that nobody but the test carries out."""
    spec = {"name": name, "role": "Works in a test.", "runtime": runtime, "settings": {}, "lane": Lane.SLOW.value,
            "input_schema": takes or {}, "output_schema": returns or {}, "timeout_seconds": 60.0}  # fmt: skip
    AgentVersion.objects.create(name=name, version=1, digest=name, spec=spec)


def kept(by: User, spec: AgentSpec) -> agents.Applied:
    """Keep a contract as the next version of its agent, as whoever applies a file does."""
    with transaction.atomic():
        return agents.keep(by, spec)


def workflow(by: User, text: str) -> str:
    """Apply a workflow; return its name."""
    return workflows.apply(by, text).version.name


def claim(count: int = 1, lane: Lane = Lane.SLOW) -> list[Claim]:
    """Claim attempts."""
    store().beat(WORKER, 600.0)
    return driver().turn([], worker=WORKER, wants={lane: count}).claims


def tell(claimed: Claim, output: Json = None, **more: Any) -> Verdict:
    """Report what came of an attempt."""
    given = {"path": claimed.path, "attempt": claimed.attempt, "fence": claimed.fence, "ok": "failure" not in more}
    message = ReportAttempt(**given, output=output, worker=WORKER, started_at=claimed.claimed_at,
                            ended_at=claimed.claimed_at + 0.5, **more)  # fmt: skip
    return driver().turn([Mail(run_id=claimed.run_id, message=message)]).done.verdicts[0]


def carry_out(claimed: Claim, outcome: Outcome | None = None) -> None:
    """Have an attempt carried out as a worker does, merges by the merge, agents with this outcome or their input."""
    live = Live(claim=claimed, started_at=claimed.claimed_at, began=0.0)
    made = report(live, work(live, store(), lambda at_work, given: outcome or Ok(output=given)), 0.01, WORKER)
    assert made is not None
    driver().turn([Mail(run_id=claimed.run_id, message=made.message)], artifacts=made.artifacts)
    driver().drain([claimed.run_id])


def work_off() -> int:
    """Do all there is to do; return how many attempts that were."""
    done = 0
    while claims := [*claim(8), *claim(8, Lane.QUICK)]:
        for one in claims:
            carry_out(one)
            done += 1
    return done


def finish(run_id: str, by: User) -> Run:
    """Let agents do well and a person approve until a run has ended."""
    for _ in range(200):
        run = Run.objects.get(pk=run_id)
        if run.status in RUN_ENDED:
            return run
        if not work_off():
            for gate in Gate.objects.filter(run_id=run_id, status=GateStatus.OPEN):
                gates.decide(by, gate.pk, "approve", {}, "")
        engine().sweep()
    raise AssertionError(f"run {run_id} does not end")


def drain(run_id: str) -> None:
    """Let a run consider what waits in its mailbox."""
    driver().drain([RunId(run_id)])
