"""What a pattern is: a short form that is written out as steps before anything is read. One file each meets `Pattern`.

Ids of steps that a pattern makes begin with a capital letter (`Answers`), which no id in a file can: so what a builder
writes inside a pattern never means one of its own steps, and a path shows which steps nobody wrote.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, TypeAlias

from orchestrator.core.definition import Node
from orchestrator.core.parse_steps import COMMON, StepReader, StepTree
from orchestrator.core.tree import Scalar, Tree

Made: TypeAlias = "Tree | Scalar | Mapping[str, Made] | Sequence[Made]"
"""What a pattern writes: plain values, with trees of the file wherever a builder wrote something."""


class Pattern(Protocol):
    """One pattern."""

    @property
    def name(self) -> str:
        """Return the name it goes by in a file."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names that may stand in a step beside the pattern's own."""

    @property
    def view(self) -> str:
        """Return how a run of it is shown: rounds, candidates, matrix, board, thread, graph or nothing."""

    def write(self, step: StepTree, reader: StepReader) -> Made | None:
        """Return one step as it would be written out, or None where it can't be; problems are noted."""


@dataclass(frozen=True, slots=True)
class PatternParser:
    """Reads a step that is written as a pattern, as the steps it stands for."""

    pattern: Pattern

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names that may stand beside the pattern's own."""
        return self.pattern.fields

    def parse(self, step: StepTree, reader: StepReader) -> Node | None:
        """Write the pattern out and read that; None where it could not be written."""
        written = self.pattern.write(step, reader)
        return None if written is None else written_out(written, step, reader, self.pattern.name)


def written_out(written: Made, step: StepTree, reader: StepReader, name: str) -> Node:
    """Read what stands for a step, with what every step can have taken from where it was written."""
    tree = made(written, step.own)
    assert isinstance(tree.value, dict)  # a step is an object
    outer = step.tree.value if isinstance(step.tree.value, dict) else {}
    common = {name: outer[name] for name in COMMON if name in outer and name != "id"}
    node = reader.step(replace(tree, value={**tree.value, **common}), name=step.common["id"])
    inside = reader.written(node)
    named = replace(node, pattern=node.pattern or name)
    return reader.keep(named, inside) if inside is not None else named


def made(value: Made, at: Tree) -> Tree:
    """Mark what a pattern wrote with the place of what it stands for; trees of the file keep their own."""
    if isinstance(value, Tree):
        return value
    inner: dict[str, Tree] | list[Tree] | Scalar
    if isinstance(value, Mapping):
        inner = {name: made(one, at) for name, one in value.items()}
    elif isinstance(value, Sequence) and not isinstance(value, str):
        inner = [made(one, at) for one in value]
    else:
        inner = value
    return Tree(value=inner, path=at.path, line=at.line, is_made=True)


def beside(step: StepTree, *names: str) -> dict[str, Tree]:
    """Return those fields that were written beside the pattern's own, to be handed to a step that is made."""
    return {name: step.fields[name] for name in names if name in step.fields}
