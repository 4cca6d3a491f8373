"""What somebody said, as it stands in a view: one short line, and more behind it. Templates escape it."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.partials.values import as_text, gist
from orchestrator.core.outcomes import Json
from orchestrator.models import Step

LINE = 160
"""Characters of the line."""
MOST = 4_000
"""Characters of all that is shown of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """A value in a row of a view."""

    line: str
    rest: str = ""
    """All of it, or as much as is shown; empty where the line says it all."""
    cut: int = 0
    """Characters that are left out."""
    is_kept: bool = False
    """Whether it is so large that it is kept as an artifact, and is fetched in the drawer of its step only."""


def said(value: Json) -> Said | None:
    """Lay a value out; None where there is none."""
    if value is None:
        return None
    text = as_text(value)
    line = gist(value, LINE) or text[:LINE]
    if line == text:
        return Said(line=line)
    return Said(line=line, rest=text[:MOST], cut=max(len(text) - MOST, 0))


def given_by(step: Step | None) -> Said | None:
    """Lay out what a step came to; None where that is nothing yet."""
    if step is None:
        return None
    return Said(line="", is_kept=True) if step.output_ref else said(step.output)


def lines(value: Json) -> str:
    """Write a value so that two of them can be compared line by line: texts of several lines stand as such."""
    if not isinstance(value, dict):
        return as_text(value)
    return "\n".join(_entry(name, inner) for name, inner in value.items())


def _entry(name: str, value: Json) -> str:
    text = as_text(value)
    return (
        f"{name}: {text}" if "\n" not in text else "\n".join((f"{name}:", *(f"  {one}" for one in text.splitlines())))
    )
