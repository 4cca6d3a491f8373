"""A run as the engine would leave it, made by hand: a map at work, an open gate, a failed attempt, hostile text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from orchestrator.models import (
    AgentVersion,
    Attempt,
    Event,
    Gate,
    QueueEntry,
    Run,
    Step,
    Team,
    User,
    WorkflowVersion,
)  # fmt: skip

HOSTILE = "<script>alert('x')</script><img src=x onerror=alert(1)>"
RUN = "01900000-0000-7000-8000-000000000001"
BEGAN = datetime(2026, 1, 5, 12, 0, tzinfo=UTC)
SOURCE = {
    "workflow": "review", "role": HOSTILE,
    "input": {"type": "object", "properties": {"path": {"type": "string", "title": "Folder"}}},
    "steps": [
        {"id": "survey", "agent": "survey"},
        {"id": "scan", "map": {"over": "steps.survey.output.items", "as": "part", "agent": "ruff"}},
        {"id": "both", "parallel": {"branches": {"left": {"agent": "ruff"}, "right": {"agent": "ruff"}}}},
        {"id": "sign_off", "gate": {"title": HOSTILE, "show": {"summary": "'text'"}, "edit": ["summary"]}},
        {"id": "publish", "agent": "survey"},
    ],
}  # fmt: skip


def made_definitions() -> WorkflowVersion:
    """Keep the workflow and its agents."""
    for name in ("survey", "ruff"):
        spec = {"name": name, "role": HOSTILE, "runtime": "callable", "settings": {}, "input_schema": {},
                "output_schema": {}, "timeout_seconds": 60.0, "lane": "slow"}  # fmt: skip
        AgentVersion.objects.create(name=name, version=1, digest=name, spec=spec)
    return WorkflowVersion.objects.create(name="review", version="a" * 64, role=HOSTILE, source=SOURCE, text=HOSTILE)


def made_run(team: Team | None, starter: User, run_id: str = RUN, **more: object) -> Run:
    """Make a run with three items of a map: one done, one failed once, one that waits for a slot."""
    run = Run.objects.create(
        id=run_id, workflow="review", version="a" * 64, title=HOSTILE, correlation_id=run_id, created_at=BEGAN,
        actor=str(starter.pk), actor_name=HOSTILE, team_id=team.pk if team else None,
        **{"status": "running", "n": 6, "steps": 7, "ended": 3, "retries": 1, "active": 2, "gates": 1,
           "input": {"path": HOSTILE}, "agents": {"survey": 1, "ruff": 1}, "reason": "", **more},
    )  # fmt: skip
    step(run, "", "sequence", "running", parent="-")
    step(run, "survey", "agent", "succeeded", agent="survey", output={"items": [1, 2, 3]}, attempt=1, seconds=2)
    step(run, "scan", "map", "running", memo={"n": 3, "made": 3, "next": 3, "ok": 1, "failed": 0})
    step(run, "scan[0]", "agent", "succeeded", parent="scan", agent="ruff", attempt=1, item=1, seconds=1)
    step(run, "scan[1]", "agent", "running", parent="scan", agent="ruff", attempt=2, item=2)
    step(run, "scan[2]", "agent", "queued", parent="scan", agent="ruff", attempt=1, item=3)
    step(run, "sign_off", "gate", "waiting")
    Attempt.objects.create(
        run_id=run.id, path="scan[1]", attempt=1, agent="ruff", status="timed_out", failure="timeout",
        reason=HOSTILE, detail=HOSTILE, note="ruff check --output-format json", worker="w1",
        started_at=BEGAN, ended_at=BEGAN + timedelta(seconds=60),
    )  # fmt: skip
    entry = {"run_id": run.id, "agent": "ruff", "lane": "slow", "ready_at": BEGAN}
    QueueEntry.objects.create(path="scan[1]", attempt=2, worker="w1", fence="f", claimed_at=BEGAN, **entry)
    QueueEntry.objects.create(path="scan[2]", attempt=1, **entry)
    events(run)
    return run


def made_gate(run: Run, starter: User, **more: object) -> Gate:
    """Open its gate."""
    return Gate.objects.create(
        run_id=run.id, path="sign_off", starter=str(starter.pk), team_id=run.team_id, opened_at=BEGAN,
        **{"status": "open", "title": HOSTILE, "shown": {"summary": f"{HOSTILE}\nsecond line", "counts": {"ruff": 3}},
           "digest": "d" * 32, "edit": ["summary"], "edit_schema": None, "role": "operator", **more},
    )  # fmt: skip


def step(run: Run, path: str, kind: str, status: str, seconds: int | None = None, **more: object) -> Step:
    """Make one step."""
    ended = BEGAN + timedelta(seconds=seconds) if seconds is not None else None
    return Step.objects.create(run_id=run.id, path=path, kind=kind, status=status, opened_at=BEGAN, started_at=BEGAN,
                               ended_at=ended, **{"parent": "", **more})  # fmt: skip


def events(run: Run) -> None:
    """Write its events."""
    told = [
        ("run.started", "", {"workflow": "review", "version": "a" * 64, "actor": run.actor, "actor_name": HOSTILE}),
        ("step.opened", "survey", {}),
        ("attempt.queued", "survey", {"attempt": 1, "agent": "survey", "why": HOSTILE}),
        ("attempt.ended", "scan[1]", {"attempt": 1, "status": "timed_out", "failure": "timeout", "reason": HOSTILE}),
        ("step.ended", "survey", {"status": "succeeded"}),
        ("gate.opened", "sign_off", {"title": HOSTILE}),
    ]
    for n, (kind, path, data) in enumerate(told, start=1):
        Event.objects.create(run_id=run.id, n=n, type=kind, path=path, at=BEGAN + timedelta(seconds=n), data=data)
