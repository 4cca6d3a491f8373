"""Merge `structured` of a map: one object, each result under its own key. The key is a place in the item, by the name
the map gives it (`key: item.name`), or in the result. What failed or was skipped is null under its key, if it has one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import cast

from orchestrator.core import codec, shapes
from orchestrator.core.merges.contract import Contribution, Merging, Share
from orchestrator.core.merges.places import NUMBERS, found_at, known
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.parse import Reader
from orchestrator.core.rules.contract import Refused
from orchestrator.core.schema_words import noun
from orchestrator.core.shapes import Shape
from orchestrator.core.tree import Tree
from orchestrator.core.words import type_of


def settled(merge: Merging, as_: str) -> Merging:
    """Return the merge with its key as a place in the item or in the result, whichever it names."""
    root, _, rest = cast("str", merge.options.get("key", "")).partition(".")
    if root != as_ or not root:
        return merge
    return replace(merge, options={"key": rest, "of": "item"})


def check(merge: Merging, items: Shape, given: Shape, tree: Tree, reader: Reader) -> Shape:
    """Check that there can be a key that is a text, and return the shape of the object."""
    is_of_item = merge.options.get("of") == "item"
    share = Share(who="the list" if is_of_item else "each item", shape=items if is_of_item else given, tree=tree,
                  is_agent=False)  # fmt: skip
    types = shapes.types(known(share, cast("str", merge.options["key"]), reader))
    if types and not types & {"string", *NUMBERS}:
        reader.wrong(tree, f"a key must be a text or a number, but this is {noun(sorted(types))}")
    return shapes.of_entries(given)


def text(options: Mapping[str, Json], results: Iterable[tuple[str, str, str | None]]) -> str:
    """Put results together as JSON text, given the index, the item and the result of each; raises Refused."""
    place, is_of_item = cast("str", options["key"]), options.get("of") == "item"
    found: dict[str, tuple[str, str]] = {}
    for who, item, result in results:
        if result is None and not is_of_item:
            continue
        value = codec.loads(item if is_of_item else cast("str", result))
        key = _as_key(who, found_at(Contribution(who=who, value=value), place))
        if key in found:
            raise Refused(f"{found[key][0]} and {who} have the same key '{key}'", Failure.SCHEMA)
        found[key] = (who, result or "null")
    return "{" + ",".join(f"{codec.dumps(key)}:{result}" for key, (_, result) in found.items()) + "}"


def _as_key(who: str, value: Json) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        return codec.dumps(value)
    raise Refused(f"the key of {who} must be a text or a number, but is {type_of(value)}", Failure.SCHEMA)
