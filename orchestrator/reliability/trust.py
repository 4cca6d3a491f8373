"""Who gets the next piece of work: trust from measured outcomes, with honest doubt where little is known (A3). Pure.

Thompson sampling that forgets. Successes and failures of an agent are counted with weights that fade by `FADE` with
every piece of work the whole group has done since, and only since its rate last changed (`since_change`); with a
uniform prior they give a Beta posterior of its success rate. One rate is drawn from each posterior, what the agent
costs is taken off, and the best draw wins. So few outcomes are a wide posterior and no verdict, and who is not chosen
fades back towards not being known, and is tried again: that is how an agent that has recovered gets work. (W. R.
Thompson: On the likelihood that one unknown probability exceeds another, Biometrika 25, 1933; for the fading V. Raj,
S. Kalyani: Taming non-stationary bandits, a Bayesian approach, arXiv:1707.09727, 2017; for the change L. Besson and
others: Efficient change-point detection for tackling piecewise-stationary bandits, Journal of Machine Learning
Research 23, 2022.) The interval that is shown holds the central 90 % of the same posterior (`reliability.beta`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from math import log
from typing import NamedTuple

from orchestrator.reliability import beta

FADE = 0.97
"""Of a count's weight that is left after one more piece of work of the group: it remembers about 33."""
CHANGED = 6.0
"""Log-likelihood by which two rates must explain an agent's outcomes better than one, for the rate to have changed."""
PRIOR = 1.0
"""Successes, and failures, that everybody begins with: every rate is equally likely (T. Bayes, 1763)."""
LEAST_USD, LEAST_SECONDS = 0.0001, 0.05
"""Nobody is dear or slow below this."""
UNKNOWN = 0.5
"""Price of a cost or time that is not known while others' are, on the scale of `_dear`."""


class Outcome(NamedTuple):
    """A piece of work that is over."""

    agent: str
    good: bool
    """Whether it held."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """What is known of one agent's success rate."""

    good: float = 0.0
    """Faded count of what held."""
    bad: float = 0.0
    """Faded count of what did not."""
    tried: int = 0
    """Pieces of work that count, unfaded: those since its rate last changed."""

    @property
    def mean(self) -> float:
        """Return the posterior's mean: what is shown as trust."""
        return (self.good + PRIOR) / (self.good + self.bad + 2 * PRIOR)

    def interval(self, share: float = 0.9) -> tuple[float, float]:
        """Return the bounds of the rate's central `share`: it lies below, and above, with equal probability."""
        return _central(share, self.good + PRIOR, self.bad + PRIOR)

    def drawn(self, chance: float) -> float:
        """Return a success rate that may be the true one; `chance` is a number from 0 up to 1 (inversion method)."""
        return beta.quantile(chance, self.good + PRIOR, self.bad + PRIOR)


@lru_cache(maxsize=1024)  # a fan-out chooses a hundred times by the same figures
def _central(share: float, a: float, b: float) -> tuple[float, float]:
    tail = (1 - share) / 2
    return beta.quantile(tail, a, b), beta.quantile(1 - tail, a, b)


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What an agent is chosen by."""

    trust: Trust = Trust()
    usd: float | None = None
    """Median cost of one piece of work; None where nothing meters it."""
    seconds: float | None = None
    """Median time of one; None where nothing was measured."""
    load: int = 0
    """Pieces of work it has or that wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is known of agents at the moment of a choice."""

    records: Mapping[str, Record] = field(default_factory=dict)
    denied: Mapping[str, str] = field(default_factory=dict)
    """Agents that get no work now, and why: a breaker is open, somebody paused them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How much cost, time and load weigh against success.

    A weight of 0.1 says that an agent infinitely dearer than the cheapest one must succeed a tenth more often; one that
    is twice as dear, a twentieth.
    """

    cost: float = 0.1
    time: float = 0.1
    load: float = 0.01
    """For each piece of work more than the least loaded has."""


def faded(outcomes: Sequence[Outcome], fade: float = FADE) -> dict[str, Trust]:
    """Count a group's outcomes, given oldest first; each has faded with all that came after it."""
    own: dict[str, list[tuple[float, bool]]] = {}
    weight = 1.0
    for name, is_good in reversed(outcomes):
        own.setdefault(name, []).append((weight, is_good))
        weight *= fade
    return {name: _counted(found[::-1]) for name, found in own.items()}


def _counted(found: Sequence[tuple[float, bool]]) -> Trust:
    recent = found[since_change([is_good for _, is_good in found]) :]
    good = sum(weight for weight, is_good in recent if is_good)
    return Trust(good=good, bad=sum(weight for weight, _ in recent) - good, tried=len(recent))


def since_change(outcomes: Sequence[bool]) -> int:
    """Return the place in an agent's outcomes, oldest first, at which its rate last seems to have changed; 0 for never.

    The generalised likelihood ratio test for Bernoulli variables: the split that two rates explain best, where they do
    so better than one by more than `CHANGED`.
    """
    n, total = len(outcomes), sum(outcomes)
    if total in (0, n):
        return 0
    whole = _likelihood(total, n)
    gains = [
        (_likelihood(good, place) + _likelihood(total - good, n - place) - whole, place)
        for place, good in enumerate(accumulate(outcomes[:-1]), 1)
    ]
    gain, place = max(gains)
    return place if gain > CHANGED else 0


def _likelihood(good: int, n: int) -> float:
    """Return the log-likelihood of so many successes among n at the rate that fits them best."""
    return sum(count * log(count / n) for count in (good, n - good) if count)


def scores(records: Mapping[str, Record], dice: Callable[[], float], wishes: Wishes = Wishes()) -> dict[str, float]:
    """Return for each agent a rate drawn from what is known of it, less what it costs; the highest gets the work.

    `dice` returns a number from 0 up to 1; it is thrown once for each agent, in their order.
    """
    least = min((one.load for one in records.values()), default=0)
    cheap = _least([one.usd for one in records.values()], LEAST_USD)
    fast = _least([one.seconds for one in records.values()], LEAST_SECONDS)
    return {
        name: one.trust.drawn(dice())
        - wishes.cost * _dear(one.usd, cheap, LEAST_USD)
        - wishes.time * _dear(one.seconds, fast, LEAST_SECONDS)
        - wishes.load * (one.load - least)
        for name, one in records.items()
    }


def _least(values: Sequence[float | None], floor: float) -> float | None:
    known = [max(value, floor) for value in values if value is not None]
    return min(known) if known else None


def _dear(own: float | None, least: float | None, floor: float) -> float:
    """Return 0 for the least of all, and nearly 1 for what is many times that."""
    if least is None:
        return 0.0
    return UNKNOWN if own is None else 1 - least / max(own, floor)
