"""The cast of tests about permission, named by role, and rows of runs and gates as the engine leaves them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from orchestrator.core.nodes.gate import digest
from orchestrator.models import Gate, Run, Team, User

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def team(name: str = "everyone") -> Team:
    """Return a team."""
    return Team.objects.get_or_create(name=name)[0]


def person(role: str, name: str = "", of: str = "everyone") -> User:
    """Make an account."""
    return User.objects.create_user(name or role, password="a long enough password", role=role, team=team(of))


def run(number: int, of: User, **more: object) -> Run:
    """Make a run that one account started."""
    moment = NOON + timedelta(minutes=number)
    values: dict[str, object] = {
        "id": f"00000000-0000-7000-8000-{number:012d}", "workflow": "letters", "version": "1", "status": "running",
        "n": 1, "actor": str(of.pk), "actor_name": of.username, "correlation_id": "c", "team_id": of.team_id,
        "created_at": moment,
    }  # fmt: skip
    return Run.objects.create(**values | more)


def gate(of: Run, path: str = "sign", **more: object) -> Gate:
    """Make an open gate of a run."""
    shown = more.pop("shown", {"text": "hello"})
    values: dict[str, object] = {
        "run_id": of.id, "path": path, "status": "open", "title": "Sign", "shown": shown, "digest": digest(shown),
        "edit": ["text"], "role": "operator", "starter": of.actor, "team_id": of.team_id, "opened_at": NOON,
    }  # fmt: skip
    return Gate.objects.create(**values | more)
