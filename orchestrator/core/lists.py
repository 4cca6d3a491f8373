"""What kinds have in common that go over a list: the list itself, and the name of its items."""

from __future__ import annotations

from orchestrator.core import expressions
from orchestrator.core.parse import Reader
from orchestrator.core.schema_words import noun
from orchestrator.core.scope import RESERVED, Types
from orchestrator.core.shapes import UNKNOWN, Shape, element
from orchestrator.core.shapes import types as shape_types
from orchestrator.core.tree import Tree

OVER_LISTS = ("map", "supervise")
"""The kinds whose steps have items, `path[0]` and so on, counted as `n`, `ok` and `failed` in their memory."""


def item_name(tree: Tree | None, reader: Reader) -> str:
    """Read what an item is called in expressions."""
    name = "item" if tree is None else reader.id(tree) or "item"
    if tree is not None and name in RESERVED:
        reader.wrong(tree, f"'{name}' always means something else", "choose another name for the item")
    return name


def items(over: str, tree: Tree | None, types: Types) -> Shape:
    """Check that a list is gone over, and return the shape of an item."""
    if tree is None or not over:
        return UNKNOWN
    if not expressions.compile(over).is_path:
        hint = "let a step make the list and point at its output, as in steps.survey.output.packages"
        types.reader.wrong(tree, "'over' must be a plain path", hint)
        return UNKNOWN
    found = types.shape(tree)
    known = shape_types(found)
    if known and "array" not in known:
        types.reader.wrong(tree, f"'{over}' must be a list, but is {noun(sorted(known))}", "point it at a list")
    return element(found)
