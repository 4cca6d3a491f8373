"""The one door through which every call of a tool goes: what is listed, how often, with whose leave, and once.

The key of a logical call is the tool with a digest of its name, its arguments, and how often the same was called
before in this attempt. So a conversation or a function that runs again gets what is recorded, in whatever process, and
a call that is made in another order is still the same call (A6).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from orchestrator.core import approving, codec, schema
from orchestrator.core.actions import one_too_many
from orchestrator.core.agents import Tool
from orchestrator.core.outcomes import Json
from orchestrator.core.problems import listed
from orchestrator.reliability import cache
from orchestrator.runtimes.port import Control, EffectRefused, Job, Sharing, Suspend
from orchestrator.runtimes.tools.card import Arguments, NotDone, Rejected, ToolFailed, Unfit

USE, ASKED = "use/", "asked/"
"""Before the key of a call that is made here, and before one that another agent answers, with the request's number."""
Act = Callable[[Arguments, str], Json]
"""Does it, given the arguments and the id of the logical call, which is the same on every attempt."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """A call that may be made."""

    tool: Tool
    name: str
    key: str
    """Of the logical call, in its step."""
    arguments: Arguments
    """As they were approved."""
    sharing: Sharing | None = None
    """Where what it returns may be given to others, and to it what others got."""


class Gate:
    """See the module. One for each attempt; calls come one after the other, from one thread."""

    def __init__(self, job: Job, control: Control, number: Callable[[str], str], *, tells: bool) -> None:
        """Look at a job. `number` numbers requests of a kind; with `tells` a failure is a result, told to a model."""
        self._job, self._control, self._number, self._tells = job, control, number, tells
        self._same: Counter[str] = Counter()
        self._known: list[str] | None = None
        self._bound: dict[str, str] = {}

    def admit(self, tool: Tool, name: str, wanted: dict[str, Json], arguments: Arguments) -> Pass:
        """Let a call pass: its arguments fit, there are actions left, and a person said yes where one has to.

        Raises Unfit, EffectRefused, Rejected, and Suspend while the person has not decided.
        """
        _check(name, wanted, arguments)
        key = self._key(name, arguments)
        self._count(tool, name, key)
        approved = self._approved(tool, name, wanted, arguments, key) if tool.risky else arguments
        return Pass(tool=tool, name=name, key=key, arguments=approved, sharing=_sharing(tool, name, wanted, approved))

    def make(self, call: Pass, act: Act) -> Json:
        """Make a call that may be made, or return what is recorded of it (A6)."""
        request_id = f"{self._job.request_id}:{call.key}"

        def made() -> Json:
            try:
                return {"value": act(call.arguments, request_id)}
            except Exception as error:
                if not self._tells:
                    raise
                return {"failed": _in_words(error)}

        once, key = self._control.once, f"{USE}{call.key}"
        shared = {} if call.sharing is None else {"sharing": call.sharing}
        recorded = once(call.name, key, made, idempotent=call.tool.repeatable, **shared)
        kept = recorded if isinstance(recorded, dict) else {}
        if "failed" in kept:
            raise ToolFailed(f"{call.name}: {kept['failed']}")
        return kept.get("value")

    def ask_agent(self, call: Pass) -> Json:
        """Return what another agent answered to a call; raises Suspend until it has (P12)."""
        number = self._number("call")
        if call.key not in self._bound:
            while number in self._bound.values() or number in self._job.answers:
                number = self._number("call")
            self._control.once(call.name, f"{ASKED}{number}/{call.key}", lambda: None, idempotent=True)
            self._bound[call.key] = number
        number = self._bound[call.key]
        if number in self._job.answers:
            return self._job.answers[number]
        raise Suspend({"key": number, "kind": "call", "agent": call.tool.agent, "input": dict(call.arguments)})

    def _key(self, name: str, arguments: Arguments) -> str:
        same = codec.canonical([name, arguments])
        self._same[same] += 1
        text = codec.canonical([name, arguments, self._same[same]])
        return f"{name}:{hashlib.sha256(text.encode()).hexdigest()[:32]}"

    def _count(self, tool: Tool, name: str, key: str) -> None:
        """Refuse a call that is one too many (A7).

        What counts is every logical call of the step that any attempt has begun, asked another agent for, or had
        decided on by a person: a retry goes on counting, and a call that is made again counts as the one it is.
        """
        known = self._calls()
        if key in known:
            return
        refused = one_too_many(self._job.spec, tool, name, [one.rpartition(":")[0] for one in known])
        if refused:
            raise EffectRefused(refused)
        known.append(key)

    def _calls(self) -> list[str]:
        """Return the logical calls of the step so far; read once an attempt, and from then on kept here."""
        if self._known is None:
            found: dict[str, None] = {}
            for effect in self._control.effects():
                if effect.startswith(USE):
                    found[effect.removeprefix(USE)] = None
                elif effect.startswith(ASKED):
                    kind, number, key = effect.removeprefix(ASKED).split("/", 2)
                    found[key], self._bound[key] = None, f"{kind}/{number}"
            found.update({f"{one['tool']}:{one['digest']}": None for one in self._decided().values()})
            self._known = list(found)
        return self._known

    def _decided(self) -> dict[str, dict[str, Json]]:
        """Return what people decided about calls of this step, by the number of the request."""
        answers = self._job.answers.items()
        return {name: one for name, one in answers if name.startswith("approve/") and isinstance(one, dict)}

    def _approved(self, tool: Tool, name: str, wanted: dict[str, Json], arguments: Arguments, key: str) -> Arguments:
        """Return the arguments a person approved for this very call (H6)."""
        digest, decided = key.rpartition(":")[2], self._decided()
        answer = next((one for one in decided.values() if (one["tool"], one["digest"]) == (name, digest)), None)
        if answer is None:
            number = self._number("approve")
            while number in decided:
                number = self._number("approve")
            raise Suspend({"key": number, "kind": "approve", "tool": name, "arguments": dict(arguments),
                           "schema": wanted, "digest": digest, **approving.policy(tool)})  # fmt: skip
        if answer["verdict"] != "approved":
            by = f"{answer['by']} said no. " if answer["by"] else ""
            raise Rejected(f"{name} was not done: {by}{answer['comment']}".strip())
        approved = answer["arguments"]
        arguments = approved if isinstance(approved, dict) else {}
        _check(name, wanted, arguments)
        return arguments


def _sharing(tool: Tool, name: str, wanted: dict[str, Json], arguments: Arguments) -> Sharing | None:
    """Return what a call that only looks is known by; a file may hold something else by now, so that is looked at."""
    if not tool.cache_seconds or cache.names_paths(wanted):
        return None
    # A server may show each who asks something else, so the secret by which it knows them belongs to the call.
    key = codec.canonical([tool.python or tool.mcp, tool.key_env, name, arguments])
    return Sharing(key=key, seconds=tool.cache_seconds, target=tool.python)


def _check(name: str, wanted: dict[str, Json], arguments: Arguments) -> None:
    found = schema.problems(wanted, arguments)
    if found:
        raise Unfit(f"The arguments do not fit {name}. {listed(found)}.")


def _in_words(error: Exception) -> str:
    said = str(error).strip()[:2000]
    if isinstance(error, NotDone):
        return said
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
