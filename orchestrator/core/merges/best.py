"""Merge `best`: the output with the highest number at a place (`of`) is taken whole; the others are kept with theirs.

Of several that are as good, the first in the order they are declared stands, and `tie` says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from orchestrator.core import shapes
from orchestrator.core.merges.contract import Contribution, Share, listed
from orchestrator.core.merges.places import known_number, number_at, read_place
from orchestrator.core.outcomes import Json
from orchestrator.core.parse import Reader
from orchestrator.core.shapes import Shape, of_list, of_object, of_schema
from orchestrator.core.tree import Tree


class Best:
    """See the module."""

    name = "best"
    fields = ("of",)
    required = ("of",)

    def read(self, fields: Mapping[str, Tree], names: Sequence[str] | None, reader: Reader) -> dict[str, Json]:
        """Read where the score stands."""
        return {"of": read_place(fields.get("of"), reader)}

    def check(self, options: Mapping[str, Json], shares: Sequence[Share], reader: Reader) -> dict[str, Shape]:
        """Check that everything given has a score."""
        for share in shares:
            known_number(share, cast("str", options["of"]), reader)
        text, number = of_schema({"type": "string"}), of_schema({"type": "number"})
        value = shapes.either([share.shape for share in shares])
        return {
            "value": shapes.or_nothing(value), "score": shapes.or_nothing(number), "who": shapes.or_nothing(text),
            "rejected": of_list(of_object({"who": text, "score": number, "value": value})),
            "tie": of_schema({"type": "boolean"}),
        }  # fmt: skip

    def merge(self, options: Mapping[str, Json], given: Sequence[Contribution]) -> dict[str, Json]:
        """Take the one with the highest score."""
        scored = [(number_at(one, cast("str", options["of"])), one) for one in given]
        if not scored:
            return {"value": None, "score": None, "who": None, "rejected": [], "tie": False}
        score, best = max(scored, key=lambda pair: pair[0])  # the first of several
        rest = [{"who": one.who, "score": other, "value": one.value} for other, one in scored if one is not best]
        tie = sum(other == score for other, _ in scored) > 1
        return {"value": best.value, "score": score, "who": best.who, "rejected": listed(rest), "tie": tie}
