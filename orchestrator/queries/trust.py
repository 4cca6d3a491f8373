"""Trust in agents: how often their work holds, as far as is known, with how far that is sure (A3).

Measured over all teams, because routing measures so; what is shown is a rate, no run of anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from orchestrator.queries.scope import signed_in
from orchestrator.reliability.trust import Outcome, Trust, faded
from orchestrator.store import measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Trusted:
    """Trust in one agent."""

    mean: float
    """Success rate that is expected of its next piece of work, 0 to 1."""
    low: float
    high: float
    """Between these its true rate lies with a probability of 90 %."""
    tried: int
    """Pieces of work it rests on, those since its rate last changed; 0 says that nothing is known yet."""


def trusts(viewer: object, names: Sequence[str]) -> Mapping[str, Trusted]:
    """Return the trust in each of these agents by its own latest work, in one question for all of them."""
    signed_in(viewer)
    own: dict[str, list[Outcome]] = {name: [] for name in names}
    for one in measured.latest(list(own)):
        own[one.agent].append(Outcome(one.agent, one.good))
    return {name: trusted(faded(found).get(name, Trust())) for name, found in own.items()}


def trusted(trust: Trust) -> Trusted:
    """Return trust as it is shown."""
    low, high = trust.interval()
    return Trusted(mean=trust.mean, low=low, high=high, tried=trust.tried)
