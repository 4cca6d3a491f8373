"""The test bench of one agent as it stands: each example with its latest trial, and inputs that people tried.

Topic `trials.<agent>`, or `trials.<agent>.<version>` where an older version is set beside the current one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from dashboard.live.frames import Fragment, Frame, now
from dashboard.partials.differences import Change, changes
from dashboard.partials.draw import draw
from dashboard.partials.values import as_text
from orchestrator.core.agents import Example, spec_of
from orchestrator.core.trials import Proof
from orchestrator.models import AgentVersion, User
from orchestrator.queries.agents import agent_detail
from orchestrator.queries.trials import Result, latest_trials, own_trials, proofs

FRAGMENT = "bench"


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One example with its latest trials."""

    example: Example
    results: tuple[Result | None, ...]
    """Of each version that is shown; None where it was never tried."""
    changes: tuple[Change, ...] = ()
    """What differs between the outputs of two versions."""
    is_same: bool = False

    @property
    def status(self) -> str:
        """Return the status it is coloured by."""
        return lamp(self.results[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Sum:
    """How one version did on all examples."""

    version: int
    proof: Proof
    tried: int
    passed: int
    seconds: float | None
    cost_usd: Decimal | None
    tokens: int | None

    @property
    def rate(self) -> float | None:
        """Return which share of those tried passed."""
        return self.passed / self.tried if self.tried else None


def live(viewer: User, key: str, after: int) -> Frame:
    """Return the bench of an agent as it is now."""
    name, _, against = key.partition(".")
    moment = now()
    return Frame(n=moment, fragments=(bench(viewer, agent_detail(viewer, name), other(against)),))


def topic(name: str, against: int | None) -> str:
    """Name the topic of an agent's bench."""
    return f"trials.{name}" + (f".{against}" if against else "")


def other(text: str) -> int | None:
    """Read the number of the version that is set beside the current one; None where there is none."""
    return int(text) if text.isascii() and text.isdecimal() and 0 < len(text) < 10 else None


def bench(viewer: User, agent: AgentVersion, against: int | None = None) -> Fragment:
    """Draw it."""
    examples = spec_of(agent.spec, agent.version).examples
    versions = [agent.version, *([against] if against and against != agent.version else [])]
    found = latest_trials(viewer, agent.name, versions)
    rows = [_row(one, [found.get((version, one.name)) for version in versions]) for one in examples]
    said = proofs([(agent.name, version) for version in versions])
    sums = [
        _sum(version, said.get((agent.name, version), Proof.UNPROVEN), [row.results[place] for row in rows])
        for place, version in enumerate(versions)
    ]
    return draw(FRAGMENT, "dashboard/agents/_bench.html", agent=agent, rows=rows, sums=sums, versions=versions,
                against=against if len(versions) > 1 else None, own=own_trials(viewer, agent.name))  # fmt: skip


def _row(example: Example, results: Sequence[Result | None]) -> Row:
    if len(results) < 2 or results[0] is None or results[1] is None or results[0].is_open or results[1].is_open:
        return Row(example=example, results=tuple(results))
    before, after = as_text(results[1].output), as_text(results[0].output)
    return Row(example=example, results=tuple(results), changes=changes(before, after), is_same=before == after)


def _sum(version: int, proof: Proof, results: Sequence[Result | None]) -> Sum:
    over = [one for one in results if one is not None and not one.is_open]
    seconds = [one.seconds for one in over if one.seconds is not None]
    costs = [one.cost_usd for one in over if one.cost_usd is not None]
    tokens = [one.tokens for one in over if one.tokens is not None]
    return Sum(version=version, proof=proof, tried=len(over), passed=sum(not one.why for one in over),
               seconds=sum(seconds) if seconds else None, cost_usd=sum(costs, Decimal(0)) if costs else None,
               tokens=sum(tokens) if tokens else None)  # fmt: skip


def lamp(result: Result | None) -> str:
    """Return the status a trial is coloured by."""
    if result is None:
        return "pending"
    return {"open": "running", "passed": "succeeded"}.get(result.status, "failed")
