"""Contributions and shares for the tests of merge strategies."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from orchestrator.core.merges.catalogue import STRATEGIES
from orchestrator.core.merges.contract import Contribution, Share
from orchestrator.core.merges.result import merged
from orchestrator.core.outcomes import Json
from orchestrator.core.parse import Reader
from orchestrator.core.shapes import Shape, of_schema
from orchestrator.core.tree import Tree, from_plain

scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["yes", "no", "1", ""])
weights = st.integers(0, 3) | st.floats(0, 1, allow_nan=False)


def given(*values: Json, absent: tuple[str, ...] = (), **named: Json) -> list[Contribution]:
    """Return contributions of a, b, c … or of names; those who are absent come last."""
    every = {**dict(zip("abcdefgh", values, strict=False)), **named}
    return [
        *(Contribution(who=who, value=value) for who, value in every.items()),
        *(Contribution(who=who, is_absent=True) for who in absent),
    ]


def merge(how: str, contributions: list[Contribution], **options: Json) -> dict[str, Any]:
    """Merge as a file that says `{how: …, options}` has it."""
    reader = Reader()
    fields = {name: from_plain(value, name) for name, value in options.items()}
    read = STRATEGIES[how].read(fields, [one.who for one in contributions], reader)
    assert not reader.problems
    return merged(how, read, contributions)


def check(how: str, *schemas: dict[str, Json] | Shape, **options: Json) -> tuple[dict[str, Shape], list[str]]:
    """Check shares with these contracts; return the shapes and what is told, by line: a is in line 1, b in line 2."""
    reader = Reader()
    shares = [
        Share(who=who, shape=one if isinstance(one, Shape) else of_schema(one), tree=Tree(value=None, line=line),
              is_agent=not isinstance(one, Shape))
        for line, (who, one) in enumerate(zip("abcdefgh", schemas, strict=False), start=1)
    ]  # fmt: skip
    fields = {name: from_plain(value, name) for name, value in options.items()}
    strategy = STRATEGIES[how]
    found = strategy.check(strategy.read(fields, [share.who for share in shares], reader), shares, reader)
    return found, [f"{one.line}: {one.message}" for one in reader.problems]


def contract(**properties: str) -> dict[str, Json]:
    """Return the contract of an object whose fields have these types."""
    fields: dict[str, Json] = {name: {"type": kind} for name, kind in properties.items()}
    return {"type": "object", "properties": fields, "required": list(properties)}
