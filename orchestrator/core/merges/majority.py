"""Merge `majority`: what most say wins. `field` is the place of the answer; without it the whole output is compared.

What others said stays in `dissent`, with who said it. With a tie there is no value: a gate with `when:
steps.x.output.tie` has a person decide.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from orchestrator.core import shapes
from orchestrator.core.merges import votes
from orchestrator.core.merges.contract import Contribution, Share
from orchestrator.core.merges.places import found_at, known, read_place
from orchestrator.core.merges.votes import Vote
from orchestrator.core.outcomes import Json
from orchestrator.core.parse import Reader
from orchestrator.core.shapes import Shape
from orchestrator.core.tree import Tree


class Majority:
    """See the module."""

    name = "majority"
    fields = ("field",)
    required = ()

    def read(self, fields: Mapping[str, Tree], names: Sequence[str] | None, reader: Reader) -> dict[str, Json]:
        """Read where the answer stands."""
        return {"field": read_place(fields.get("field"), reader)}

    def check(self, options: Mapping[str, Json], shares: Sequence[Share], reader: Reader) -> dict[str, Shape]:
        """Check that everybody can have an answer there."""
        place = cast("str", options["field"])
        return votes.shapes_of(shapes.either([known(share, place, reader) for share in shares]))

    def merge(self, options: Mapping[str, Json], given: Sequence[Contribution]) -> dict[str, Json]:
        """Count the answers."""
        place = cast("str", options["field"])
        return votes.counted([Vote(one.who, found_at(one, place)) for one in given])
