"""Merge `fields`: objects become one, field by field. Two different values for one field are a contradiction.

Each contradiction is listed with who said what, and with the value that stands: that of the first who said anything,
in the order they are declared, or as `prefer` says (`last`, or names of branches, the first of them first). Null is a
value like any other. A person decides contradictions at a gate behind it:

    - {id: facts, parallel: {branches: {…}, merge: fields}}
    - id: settle
      when: size(steps.facts.output.contradictions) > 0
      gate: {title: Settle what they differ in, show: {value: steps.facts.output.value,
             contradictions: steps.facts.output.contradictions}, edit: [value]}
    - {id: use, agent: writer, with: {facts: "steps.settle.status == 'succeeded' ? steps.settle.output.value :
       steps.facts.output.value"}}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from orchestrator.core import shapes
from orchestrator.core.merges.contract import Contribution, Share, listed
from orchestrator.core.merges.votes import alike
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.parse import Reader
from orchestrator.core.rules.contract import Refused
from orchestrator.core.schema_words import noun
from orchestrator.core.shapes import UNKNOWN, Nowhere, Shape, of_list, of_object, of_schema
from orchestrator.core.tree import Tree
from orchestrator.core.words import suggestion, type_of

Said = list[tuple[str, Json]]
"""Who said what of one field."""


class Fields:
    """See the module."""

    name = "fields"
    fields = ("prefer",)
    required = ()

    def read(self, fields: Mapping[str, Tree], names: Sequence[str] | None, reader: Reader) -> dict[str, Json]:
        """Read whose values stand."""
        tree = fields.get("prefer")
        if tree is None or not isinstance(tree.value, list) or names is None:
            return {"prefer": reader.choice(tree, ("first", "last"), "first")}
        for one in tree.value:
            if isinstance(one.value, str) and one.value not in names:
                reader.wrong(one, f"there is no branch '{one.value}'", suggestion(one.value, names))
        return {"prefer": list(reader.texts(tree, "names of branches"))}

    def check(self, options: Mapping[str, Json], shares: Sequence[Share], reader: Reader) -> dict[str, Shape]:
        """Check that everybody gives an object, and return the object of all their fields."""
        for share in shares:
            types = shapes.types(share.shape)
            if types and "object" not in types:
                reader.wrong(share.tree, f"what {share.who} gives must be an object, but is {noun(sorted(types))}")
        text = of_schema({"type": "string"})
        said = of_list(of_object({"who": text, "value": UNKNOWN}))
        contradiction = of_object({"field": text, "stands": UNKNOWN, "values": said})
        return {
            "value": _together([share.shape for share in shares]), "agreement": of_schema({"type": "number"}),
            "contradictions": of_list(contradiction),
        }  # fmt: skip

    def merge(self, options: Mapping[str, Json], given: Sequence[Contribution]) -> dict[str, Json]:
        """Put the objects together, and list what they differ in."""
        said: dict[str, Said] = {}
        for one in given:
            for name, value in _object(one).items():
                said.setdefault(name, []).append((one.who, value))
        ordered = {name: _by_preference(found, options["prefer"]) for name, found in said.items()}
        differing = [name for name, found in ordered.items() if not all(alike(found[0][1], one) for _, one in found)]
        return {
            "value": {name: found[0][1] for name, found in ordered.items()},
            "agreement": round(1 - len(differing) / len(said), 4) if said else 0.0,
            "contradictions": listed([_told(name, ordered[name][0][1], said[name]) for name in differing]),
        }


def _object(one: Contribution) -> Mapping[str, Json]:
    if not isinstance(one.value, dict):
        raise Refused(f"what {one.who} gave must be an object, but is {type_of(one.value)}", Failure.SCHEMA)
    return one.value


def _by_preference(said: Said, prefer: Json) -> Said:
    if isinstance(prefer, list):
        order = [cast("str", name) for name in prefer]
        return sorted(said, key=lambda one: order.index(one[0]) if one[0] in order else len(order))
    return said[::-1] if prefer == "last" else said


def _told(name: str, stands: Json, said: Said) -> dict[str, Json]:
    return {"field": name, "stands": stands, "values": listed([{"who": who, "value": value} for who, value in said])}


def _together(every: Sequence[Shape]) -> Shape:
    """Return the object of all fields that are said; unknown where somebody may have others, too."""
    if any(shapes.names(shape) is None for shape in every):
        return UNKNOWN
    found: dict[str, list[Shape]] = {}
    for shape in every:
        for name in shapes.names(shape) or ():
            inner = shapes.inside(shape, name)
            found.setdefault(name, []).append(UNKNOWN if isinstance(inner, Nowhere) else inner)
    return of_object({name: shapes.either(inner) for name, inner in found.items()})
