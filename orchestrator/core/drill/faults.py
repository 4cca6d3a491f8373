"""The faults a drill puts into a step, and what each means."""

from __future__ import annotations

from enum import StrEnum


class Fault(StrEnum):
    """What goes wrong with a step."""

    MALFORMED = "malformed"
    TIMEOUT = "timeout"
    CRASH = "crash"
    CONFLICT = "conflict"
    LOOP = "loop"
    ESCALATE = "escalate"


MEANS: dict[Fault, str] = {
    Fault.MALFORMED: "its answer breaks its contract",
    Fault.TIMEOUT: "it does not answer in time",
    Fault.CRASH: "it dies while it is at work",
    Fault.CONFLICT: "it says something else than the others",
    Fault.LOOP: "it gives the same answer for ever, and it does not pass",
    Fault.ESCALATE: "it asks a person instead of answering",
}
"""Each fault in words, about the step."""
OF_PEOPLE = (Fault.TIMEOUT,)
"""Faults of a step that a person does: nobody comes. All others their form does not let through."""
