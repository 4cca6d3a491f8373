"""Compares a result with those that were accepted for similar input, in a worker: the actor reads no other runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

from orchestrator.core import ids
from orchestrator.core.ids import StepPath
from orchestrator.core.outcomes import Json, Ok
from orchestrator.core.similarity import similarity
from orchestrator.engine.ports import Claim

MOST_ROUNDS = 22
"""Generations of a review among which the accepted one is looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """A result that a review let out in a run that ended well."""

    run_id: str
    given: Json
    """What it was made of, as that review was told."""
    output: Json


class Reviews(Protocol):
    """Reads what reviews have accepted."""

    def accepted(self, run_id: str, paths: Sequence[str], limit: int) -> list[Accepted]:
        """Return what reviews at these paths let out in the latest succeeded runs of the same workflow and team.

        Looks at so many runs before this one, the latest first. Results kept as artifacts are left out: over 64 KB,
        words in common say little.
        """


def compared(claim: Claim, given: Mapping[str, Json], reviews: Reviews) -> Ok:
    """Return how alike the result is to the accepted one it is most alike to, of those with similar input."""
    alike = float(cast("float", given["alike"]))
    found = reviews.accepted(claim.run_id, _paths(claim.path), cast("int", given["last"]))
    near = [one for one in found if similarity(one.given, given["given"]) >= alike]
    likeness = [(similarity(one.output, given["output"]), one.run_id) for one in near]
    best, run = max(likeness, default=(None, ""))
    return Ok(output={"likeness": best if best is None else round(best, 4), "compared": len(near), "run": run})


def _paths(path: StepPath) -> list[str]:
    """Return where the same review may stand in another run, however often it sent the work back there."""
    above = "/".join(_plain(part) for part in ids.segments(path)[:-1])
    last = ids.segments(path)[-1]
    indices = "".join(f"[{index}]" for index in last.indices)
    names = [last.name, *(f"{last.name}#{generation}" for generation in range(2, MOST_ROUNDS + 1))]
    return [f"{above}/{name}{indices}" if above else f"{name}{indices}" for name in names]


def _plain(part: ids.Segment) -> str:
    return part.name + "".join(f"[{index}]" for index in part.indices)
