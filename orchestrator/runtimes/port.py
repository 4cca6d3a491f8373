"""What a runtime is asked to do, what it may use meanwhile, and what it promises. No runtime lives here."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.outcomes import Json, Outcome, Usage
from orchestrator.core.problems import Problem

MEMORY_BYTES = 2 << 30
OUTPUT_BYTES = 16 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One attempt, with everything needed to carry it out."""

    run_id: str
    path: str
    """The step's path, with its generation."""
    attempt: int
    """Counted from 1."""
    spec: AgentSpec
    input: dict[str, Json]
    request_id: str
    """The idempotency key: the same on every attempt of the step."""
    correlation_id: str = ""
    timeout_seconds: float = 60.0
    data_dir: Path = Path("var")
    """The agent may write under it: a temporary name first, then published."""
    roots: tuple[Path, ...] = ()
    """The folders that input may name; the runtime fills them in from the configuration."""
    memory_bytes: int = MEMORY_BYTES
    """Address space a child process may take."""
    output_bytes: int = OUTPUT_BYTES
    """The most that may come back."""
    report_to: Callable[[], str] = lambda: ""
    """Makes the address under which somebody outside may report this attempt; an empty one where none is known."""
    answers: dict[str, Json] = field(default_factory=dict)
    """What earlier attempts asked for and got, by the name of the request: `ask/1`, `call/2`, `approve/1`."""
    agents: dict[str, Json] = field(default_factory=dict)
    """Of each agent among its tools, by name: its `role` and `input`, the JSON Schema of what it takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """A call that only looks: what it returns may be given to whoever makes the same one (C3)."""

    key: str
    """What is called and with what, in canonical JSON."""
    seconds: float
    """How long it holds."""
    target: str = ""
    """`package.module:function` of a tool in Python: what it returned was made by the code it had."""


class Control(Protocol):
    """What an attempt may do while it runs; the engine gives the implementation. Methods are called from one thread."""

    stop: threading.Event
    """Set when nobody wants the attempt any more: it is asked to end, and has a short grace."""
    kill: threading.Event
    """Set when the grace is over, or there is none: it must end now."""

    def progress(self, fraction: float, note: str) -> None:
        """Say how far it is, between 0 and 1; a hint, never an event."""

    def emit(self, text: str) -> None:
        """Stream a piece of the answer; a hint, never an event."""

    def once(
        self, tool: str, key: str, call: Callable[[], Json], *, idempotent: bool = False, sharing: Sharing | None = None
    ) -> Json:
        """Do an outside effect at most once per request: return the recorded result, or call and record it.

        With `sharing` what was recorded of the same call elsewhere will do, and who makes it is waited for.

        What `call` raises goes through; after EffectInDoubt the intent stays without a result. Raises EffectRefused
        when the effect may not be made: an intent without result is made again only if it is idempotent.
        """

    def forget(self, tool: str) -> None:
        """Forget what `once` has recorded of a tool in this step: a bad answer must not be given again."""

    def effects(self) -> tuple[str, ...]:
        """Return the keys under which `once` was called in this step so far, in any attempt, done or in doubt."""

    def reserve(self, estimate: Usage) -> str:
        """Set aside what one call to a provider may use up, before it is made; raises OverBudget. Return its name."""

    def settle(self, reservation: str, used: Usage, call: Call) -> None:
        """Say what the call has used up, and give the rest back; `used` is empty for one that was not made."""

    def write(self, key: str, value: Json) -> None:
        """Keep a write to the blackboard until the attempt's report is accepted."""

    def send(self, agent: str, message: Json) -> None:
        """Keep a message to another agent until the attempt's report is accepted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call to a provider, as the book of what was spent keeps it."""

    provider: str
    model: str
    tokens_in: int = 0
    """Tokens sent, those read from the provider's cache among them."""
    tokens_cached: int = 0
    tokens_out: int = 0
    seconds: float = 0.0


class OverBudget(Exception):
    """The call is not made: a budget would not hold it. The message names the budget, its limit and what is left."""


class EffectRefused(Exception):
    """The effect was not made: it is in doubt from an earlier attempt, not allowed, or the lease is gone."""


class EffectInDoubt(BaseException):
    """The process died while it made the effect: nobody knows whether it happened.

    No Exception: a ledger that forgets what an Exception says has not happened must not forget this one.
    """


class Suspend(BaseException):
    """Ends an attempt that asked for something; agents must not catch it, so it is no Exception."""

    def __init__(self, request: dict[str, Json]) -> None:
        """Name what was asked for."""
        super().__init__(f"waits for {request.get('key')}")
        self.request = request


class Runtime(Protocol):
    """A way to carry out an agent's work."""

    name: str

    def lane(self, settings: dict[str, Json]) -> Lane:
        """Tell which slots agents with these settings use."""

    def check(self, settings: dict[str, Json]) -> tuple[Problem, ...]:
        """List what is wrong with an agent's settings, when it is defined."""

    def run(self, job: Job, control: Control) -> Outcome:
        """Carry out one attempt within its limits; never raises for what the agent did."""

    def close(self) -> None:
        """End every process it started."""
