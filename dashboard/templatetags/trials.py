"""How trials are coloured and said."""

from __future__ import annotations

from django import template

from dashboard.partials.trials import lamp as lamp_of
from orchestrator.queries.trials import Result

register = template.Library()
WAITS = {"gate": "waits for a person", "slot": "waits for a slot", "agent": "at work", "resume": "paused"}


@register.filter
def lamp(result: Result | None) -> str:
    """Return the status a trial is coloured by."""
    return lamp_of(result)


@register.filter
def said(result: Result | None) -> str:
    """Say how a trial stands."""
    if result is None:
        return "never tried"
    return WAITS.get(result.waits_on, "at work") if result.is_open else result.status
