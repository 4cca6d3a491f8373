"""Merge `confidence`: answers weigh as much as who gives them is sure of them. Both are places in what each gives.

Whoever cannot say how sure it is, is refused: before a run by its contract, at run time by its output.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from orchestrator.core import shapes
from orchestrator.core.merges import votes
from orchestrator.core.merges.contract import Contribution, Share
from orchestrator.core.merges.places import found_at, known, known_number, number_at, read_place
from orchestrator.core.merges.votes import Vote
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.parse import Reader
from orchestrator.core.rules.contract import Refused
from orchestrator.core.shapes import Shape
from orchestrator.core.tree import Tree


class Confidence:
    """See the module."""

    name = "confidence"
    fields = ("field", "confidence")
    required = ("field",)

    def read(self, fields: Mapping[str, Tree], names: Sequence[str] | None, reader: Reader) -> dict[str, Json]:
        """Read where the answer and its weight stand."""
        weight = read_place(fields.get("confidence"), reader) or "confidence"
        return {"field": read_place(fields.get("field"), reader), "confidence": weight}

    def check(self, options: Mapping[str, Json], shares: Sequence[Share], reader: Reader) -> dict[str, Shape]:
        """Check that everybody has an answer and says how sure it is."""
        for share in shares:
            known_number(share, cast("str", options["confidence"]), reader)
        place = cast("str", options["field"])
        return votes.shapes_of(shapes.either([known(share, place, reader) for share in shares]))

    def merge(self, options: Mapping[str, Json], given: Sequence[Contribution]) -> dict[str, Json]:
        """Weigh the answers."""
        return votes.counted([self._vote(options, one) for one in given])

    def _vote(self, options: Mapping[str, Json], one: Contribution) -> Vote:
        place = cast("str", options["confidence"])
        weight = number_at(one, place)
        if weight < 0:
            raise Refused(f"'{place}' of what {one.who} gave is {weight}, and less than nothing", Failure.SCHEMA)
        return Vote(one.who, found_at(one, cast("str", options["field"])), weight)
