"""Checks what a gate shows and what may be changed of it, before any run. Reading it is in `nodes.gate`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from orchestrator.core import shapes
from orchestrator.core.scope import Types, as_input
from orchestrator.core.shapes import UNKNOWN, Nowhere, Shape
from orchestrator.core.tree import Tree
from orchestrator.core.words import suggestion


def shape_of(tree: Tree | None, types: Types) -> Shape:
    """Return what is known of what a gate shows."""
    if tree is None:
        return shapes.of_object({})
    if isinstance(tree.value, dict):
        return shapes.of_object({name: types.shape(inner) for name, inner in tree.value.items()})
    return as_input(types.shape(tree)) if isinstance(tree.value, str) else UNKNOWN


def edits(edit: Sequence[str], fields: Mapping[str, Tree], shown: Shape, types: Types) -> None:
    """Check that what may be changed is among what is shown, and described only where it may be changed."""
    known = shapes.names(shown)
    for one in fields["edit"].inner() if "edit" in fields else ():
        if known and isinstance(one.value, str) and isinstance(shapes.inside(shown, one.value), Nowhere):
            types.reader.wrong(one, f"'{one.value}' is not shown", suggestion(one.value, known, "shown are"))
    described = fields["edit_schema"].value if "edit_schema" in fields else None
    changes = described.get("properties") if isinstance(described, dict) else None
    for name, inner in changes.value.items() if changes is not None and isinstance(changes.value, dict) else ():
        if name not in edit:
            types.reader.wrong(inner, f"'{name}' is not in 'edit'", suggestion(name, edit), at_name=True)
