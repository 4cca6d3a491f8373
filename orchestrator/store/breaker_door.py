"""The door of the breakers: work whose agent or provider is down goes to a fallback at once, or waits, in no slot (R3).

Where nobody stands in, failing at once would turn every short pause of a provider into a failed run; so the attempt
waits, with the reason on the page, until the breaker lets it through or it has waited for as long as it may.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from orchestrator.core.agents import AgentSpec
from orchestrator.core.dependencies import keys_of
from orchestrator.core.errors import TransientError
from orchestrator.core.outcomes import Cancelled, Failed, Failure, Ok, Outcome, Parked, Suspended, Waits
from orchestrator.core.trials import unmet
from orchestrator.engine.admission import Entry
from orchestrator.engine.ports import Claim
from orchestrator.reliability.breaker import COUNTED, OF_PROVIDER, Breaker, State
from orchestrator.store.breakers import Breakers, waits_key

LOOK_SECONDS = 15.0
"""After probes may begin: a waiting attempt looks by itself, should nobody have woken it."""
BY_HAND_SECONDS = 60.0
"""How often an attempt looks again at a breaker that only a person closes."""
Peers = Callable[[str], Sequence[str]]
"""Names all agents that depend on a key."""
log = logging.getLogger("signalbox.breakers")


class BreakerDoor:
    """See the module."""

    def __init__(
        self, breakers: Breakers, peers: Peers, stands_in: Callable[[Claim], bool], waited: Callable[[Claim], float],
        most_wait_seconds: float,
    ) -> None:  # fmt: skip
        """`stands_in` tells whether a step has somebody else, `waited` for how many seconds an attempt has waited."""
        self._breakers, self._peers = breakers, peers
        self._stands_in, self._waited, self._most_wait = stands_in, waited, most_wait_seconds
        self._probes: dict[str, list[str]] = {}
        self._lock = threading.Lock()

    def admit(self, entry: Entry) -> Outcome | None:
        """Let it pass, as a probe where a breaker is half open; or send it on, or have it wait."""
        for key in keys_of(entry.spec):
            seen = self._breakers.seen(key)
            if seen is None:
                continue
            refused = self._refused(key, seen, entry)
            if refused is not None:
                self._settle(entry, Cancelled())
                return self._denied(entry.claim, key, refused)
        return None

    def leave(self, entry: Entry, outcome: Outcome, seconds: float) -> None:
        """Count how it ended; what can't be counted now is lost, the outcome never is.

        A parked attempt goes on elsewhere, and is a probe still; whoever reports it leaves this door once more.
        """
        if isinstance(outcome, Parked):
            self._forget(entry)
            return
        try:
            self._count(entry.spec, outcome, self._settle(entry, outcome))
        except TransientError as error:
            log.warning("an outcome is not counted: %s", error, extra=entry.claim.names)

    def _refused(self, key: str, seen: Breaker, entry: Entry) -> Breaker | None:
        if seen.state == State.OPEN and (seen.until is None or self._breakers.now() < seen.until):
            return seen
        asked = self._breakers.ask(key, entry.claim, has_probe=bool(entry.spec.probe))
        if asked.is_probe and not entry.is_elsewhere:
            with self._lock:
                self._probes.setdefault(entry.claim.fence, []).append(key)
        return None if asked.passes else asked.breaker

    def _settle(self, entry: Entry, outcome: Outcome) -> set[str]:
        """Tell the breakers an attempt was a probe of how it ended; return which those were."""
        keys = self._forget(entry)
        if entry.is_elsewhere:
            keys = self._breakers.probed_by(entry.claim)
        lacks = _lacks(entry, outcome) if keys else ""
        for key in keys:
            self._breakers.settle(key, entry.claim, verdict(key, outcome, lacks), lacks or _why(outcome))
        return {*keys}

    def _forget(self, entry: Entry) -> list[str]:
        """Return what an attempt was a probe of, as far as this process knows, and keep that no longer."""
        with self._lock:
            return self._probes.pop(entry.claim.fence, [])

    def _count(self, spec: AgentSpec, outcome: Outcome, was_probe: set[str]) -> None:
        if not isinstance(outcome, Failed):
            return
        keys = keys_of(spec)
        if outcome.retry_after_seconds:
            asked = f"it asked to be left alone for {outcome.retry_after_seconds:g} s: {outcome.reason}"
            self._breakers.pause(keys[-1], outcome.retry_after_seconds, asked)  # the provider's, where there is one
            return
        for key in keys:
            if verdict(key, outcome) is False and key not in was_probe:
                self._breakers.fail(key, self._peers(key), sorted(_kinds(key)), _why(outcome))

    def _denied(self, claim: Claim, key: str, breaker: Breaker) -> Outcome:
        reason = said(key, breaker)
        if self._stands_in(claim):
            return Failed(kind=Failure.TRIPPED, reason=reason)
        left = self._most_wait - self._waited(claim)
        if left <= 0:
            return Failed(kind=Failure.TRIPPED, reason=f"it waited for {self._most_wait:g} s, and {reason}")
        by_hand = breaker.state == State.OPEN and breaker.until is None
        until = 0.0 if breaker.until is None else max(breaker.until - self._breakers.now(), 0.0)
        seconds = BY_HAND_SECONDS if by_hand else until + LOOK_SECONDS
        return Waits(key=waits_key(key), seconds=min(seconds, left + 0.1), reason=reason)


def verdict(key: str, outcome: Outcome, lacks: str = "") -> bool | None:
    """Tell what an outcome says about who is behind a key: well, not well, or (None) nothing.

    `lacks` says what is wrong with an answer that fits its contract and is not the one that is expected.
    """
    if lacks:
        return key.startswith("provider:")  # it answers; what it is made to say is the agent's own
    if isinstance(outcome, Ok | Suspended):
        return True
    if not isinstance(outcome, Failed):
        return None
    if outcome.kind in _kinds(key):
        return False
    # An answer in the wrong form is the agent's fault, and shows that its provider answers.
    return True if key.startswith("provider:") and outcome.kind in (Failure.MALFORMED, Failure.SCHEMA) else None


def _lacks(entry: Entry, outcome: Outcome) -> str:
    """Say what an answer lacks of what the example expects that probes this agent; its work waits until that is over.

    So whatever of such an agent is let through half open is a run of its example.
    """
    example = next((one for one in entry.spec.examples if one.name == entry.spec.probe), None)
    if example is None or not isinstance(outcome, Ok):
        return ""
    return "; ".join(unmet(example, outcome.output, dict(entry.input)))[:500]


def said(key: str, breaker: Breaker) -> str:
    """Say in one sentence which breaker it is, since when and until when, and why."""
    kind, _, name = key.partition(":")
    if breaker.state == State.HALF_OPEN:
        return f"the breaker of {kind} {name} is half open since {_clock(breaker.since)}: its probes are at work"
    until = "a person closes it" if breaker.until is None else _clock(breaker.until)
    return f"the breaker of {kind} {name} is open since {_clock(breaker.since)} until {until}: {breaker.why}"


def _kinds(key: str) -> frozenset[str]:
    return OF_PROVIDER if key.startswith("provider:") else COUNTED


def _why(outcome: Outcome) -> str:
    return f"{outcome.kind.value}: {outcome.reason}"[:500] if isinstance(outcome, Failed) else ""


def _clock(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).strftime("%H:%M:%S UTC")
