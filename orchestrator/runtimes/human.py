"""A runtime without work of its own: a step of such an agent is a form that a person fills in (A2).

Settings, all of them optional: `{"title": "Check the invoice", "group": "accountants", "role": "operator",
"deadline": "4h", "not_starter": true}`. The form is made from the agent's contract and instructions by `core.people`.
"""

from __future__ import annotations

from orchestrator.core.agents import Lane
from orchestrator.core.outcomes import Failed, Failure, Json, Outcome
from orchestrator.core.parse import DURATION, LONGEST_SECONDS, seconds_of
from orchestrator.core.people import RUNTIME
from orchestrator.core.problems import Problem
from orchestrator.core.words import suggestion
from orchestrator.runtimes.port import Control, Job

_KNOWN = ("title", "group", "role", "deadline", "not_starter")
_ROLES = ("operator", "builder", "admin")


class HumanRuntime:
    """Says what may be written in a person's settings."""

    name = RUNTIME

    def lane(self, settings: dict[str, Json]) -> Lane:
        """Take no slot: it is done by somebody who says so later."""
        return Lane.REMOTE

    def check(self, settings: dict[str, Json]) -> tuple[Problem, ...]:
        """List settings there are not, and values nobody could be asked by."""
        found = [
            Problem(path=name, message=f"'{name}' is not a setting of a person", hint=suggestion(name, _KNOWN))
            for name in settings
            if name not in _KNOWN
        ]
        found += [problem for name in ("title", "group") for problem in _text(name, settings)]
        if settings.get("role", "operator") not in _ROLES:
            found.append(Problem(path="role", message="this is no role", hint=f"one of {', '.join(_ROLES)}"))
        if not isinstance(settings.get("not_starter", False), bool):
            found.append(Problem(path="not_starter", message="must be true or false", hint="write true or false"))
        return (*found, *_deadline(settings))

    def run(self, job: Job, control: Control) -> Outcome:
        """Refuse: whoever wants a person to do something opens a form."""
        reason = f"{job.spec.name} is a person and is asked by a step of a run; nobody can be called from here."
        return Failed(kind=Failure.REFUSED, reason=reason)

    def close(self) -> None:
        """Do nothing: it starts no process."""


def _text(name: str, settings: dict[str, Json]) -> list[Problem]:
    value = settings.get(name, "-")
    good = isinstance(value, str) and 0 < len(value.strip()) <= 150
    return [] if good else [Problem(path=name, message="must be a text of at most 150 characters", hint="write a name")]


def _deadline(settings: dict[str, Json]) -> list[Problem]:
    if "deadline" not in settings:
        return []
    seconds = seconds_of(settings["deadline"])
    if seconds is not None and 0 < seconds <= LONGEST_SECONDS:
        return []
    return [Problem(path="deadline", message=f"must be {DURATION}", hint="write it like 4h, at most 366 days")]
