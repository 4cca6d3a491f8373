"""What is wrong with something a person wrote: where, why, and what to do about it. Nothing here finds problems."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong."""

    path: str
    """Where, such as `findings[3].line`; empty for the whole value."""
    message: str
    """What is wrong there, without a full stop."""
    hint: str = ""
    """What to do about it."""
    line: int | None = None
    """The line in the file it came from, counted from 1."""

    def __str__(self) -> str:
        """Say it in one line: place, reason, remedy."""
        place = f"{self.path}: " if self.path else ""
        return f"{place}{self.message}" + (f"; {self.hint}" if self.hint else "")

    def under(self, prefix: str) -> Problem:
        """Return the same problem seen from an enclosing value."""
        return replace(self, path=join(prefix, self.path))


def join(prefix: str, path: str) -> str:
    """Put two places together: `steps` and `[2].agent` make `steps[2].agent`."""
    glue = "." if prefix and path and not path.startswith("[") else ""
    return f"{prefix}{glue}{path}"


def place(parts: list[str | int]) -> str:
    """Write a list of names and indices as a place."""
    written = ""
    for part in parts:
        written = join(written, f"[{part}]" if isinstance(part, int) else part)
    return written


def listed(problems: tuple[Problem, ...], limit: int = 5) -> str:
    """Say several problems in one sentence, the first few in full."""
    shown = ". ".join(str(problem) for problem in problems[:limit])
    more = len(problems) - limit
    return f"{shown}. And {more} more" if more > 0 else shown
