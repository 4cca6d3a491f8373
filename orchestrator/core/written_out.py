"""A workflow as it is kept: with every pattern written out, so that its runs never change when a pattern does.

A step that stood for others says which `pattern` it was; ids that the pattern gave begin with a capital letter.
"""

from __future__ import annotations

from orchestrator.core.outcomes import Json
from orchestrator.core.parse_steps import StepReader
from orchestrator.core.tree import Tree


def written_out(tree: Tree, reader: StepReader) -> Json:
    """Return a tree that was read with everything that stands for other steps written out; None where nothing does."""
    return _plain(tree, reader) if reader.written_out else None


def _plain(tree: Tree, reader: StepReader) -> Json:
    found = reader.written_out.get(id(tree))
    if found is not None:
        return _step(tree, found[1], found[2], reader)
    if isinstance(tree.value, dict):
        return {name: _plain(inner, reader) for name, inner in tree.value.items()}
    if isinstance(tree.value, list):
        return [_plain(inner, reader) for inner in tree.value]
    return tree.value


def _step(tree: Tree, inside: Tree, pattern: str, reader: StepReader) -> Json:
    step = _plain(inside, reader)
    assert isinstance(step, dict)  # a step is an object
    own = tree.value.get("id") if isinstance(tree.value, dict) else None
    return {**({} if own is None else {"id": own.plain()}), **step, **({"pattern": pattern} if pattern else {})}
