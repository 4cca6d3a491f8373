"""Words for what people decide at gates, and for what a deadline does."""

from __future__ import annotations

from django import template

from orchestrator.models import Gate
from orchestrator.queries.gates import is_of_call, wants_answer

register = template.Library()

VERDICTS = {"approve": "approved", "reject": "rejected", "send_back": "sent it back", "answer": "answered"}
DEADLINES = {"reject": "rejects", "approve": "approves by itself", "escalate": "escalates to others"}


@register.filter
def verdict(name: str) -> str:
    """Write what somebody did."""
    return VERDICTS.get(name, name.replace("_", " "))


@register.filter
def verdict_status(name: str) -> str:
    """Return the status that colours a decision."""
    return "approved" if name == "approve" else "rejected"


@register.filter
def at_a_glance(gate: Gate) -> bool:
    """Tell whether its title says enough to approve it; it does not for an answer, nor for a risky call."""
    return not wants_answer(gate) and not is_of_call(gate)


@register.filter
def deadline(name: str) -> str:
    """Write what happens when time is up."""
    return DEADLINES.get(name, name)
