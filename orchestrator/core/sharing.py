"""What an agent writes and sends while it works (`ctx.write`, `ctx.send`): part of what its attempt comes to.

It stands in the output as if the agent had returned it, so it counts when the report is taken, all of it or nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from orchestrator.core import codec
from orchestrator.core.outcomes import Json

MOST_TEXT = 200


@dataclass(slots=True)
class Shared:
    """What one attempt has written and sent so far."""

    writes: dict[str, Json] = field(default_factory=dict)
    """By key; the last value counts."""
    sends: list[tuple[str, Json]] = field(default_factory=list)
    """To whom, and what."""

    @property
    def told(self) -> tuple[str, ...]:
        """Return what was asked for, for who decides whether it may be: `write KEY`, `send NAME`."""
        return (*(f"write {key}" for key in self.writes), *dict.fromkeys(f"send {to}" for to, _ in self.sends))

    def with_output(self, output: Json) -> Json:
        """Return an output with what was written and sent; one that is no object stands under `value`."""
        if not self.writes and not self.sends:
            return output
        made = dict(output) if isinstance(output, dict) else {} if output is None else {"value": output}
        made |= self.writes
        if self.sends:
            before = made.get("send")
            made["send"] = [*(before if isinstance(before, list) else []), *(letter(*one) for one in self.sends)]
        return made


def letter(to: str, message: Json) -> Json:
    """Return a message as an output has it: a text, an object with a `text`, or anything else as its payload."""
    if isinstance(message, str):
        return {"to": to, "text": message}
    if isinstance(message, dict) and isinstance(message.get("text"), str):
        return {**message, "to": to}
    return {"to": to, "text": codec.dumps(message)[:MOST_TEXT], "payload": message}


def keys_of(told: Sequence[str]) -> list[str]:
    """Return the keys that were written."""
    return [one.removeprefix("write ") for one in told if one.startswith("write ")]


def names_of(told: Sequence[str]) -> list[str]:
    """Return those who were written to."""
    return [one.removeprefix("send ") for one in told if one.startswith("send ")]
