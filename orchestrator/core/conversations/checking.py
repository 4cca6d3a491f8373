"""Checks a conversation before any run: that agents can read their inbox, and that what they return can be sent."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from orchestrator.core import contracts, shapes
from orchestrator.core.conversations.definition import Converse, Peer
from orchestrator.core.conversations.routing import SENT
from orchestrator.core.parse import expression_text
from orchestrator.core.scope import Types
from orchestrator.core.shapes import UNKNOWN, Nowhere, Shape
from orchestrator.core.tree import Tree

_TEXT: Any = {"type": "string"}
_INBOX: Any = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["id", "from", "text", "hops"],
        "properties": {"id": {"type": "integer"}, "from": _TEXT, "text": _TEXT, "payload": {},
                       "hops": {"type": "array", "items": _TEXT}, "re": {"type": "integer"}},
    },
}  # fmt: skip


def check_converse(node: Converse, types: Types) -> Shape:
    """Check every peer, who may replace it, and those who decide."""
    own = types.written(node).own
    fields = own.value if isinstance(own.value, dict) else {}
    if node.begin is not None:
        types.check(node.begin)
    named = fields.get("agents")
    written = named.value if named is not None and isinstance(named.value, dict) else {}
    shapes_ = [_check_peer(node, peer, written[peer.name], fields.get("replace"), types) for peer in node.peers]
    answer = shapes_[0] if len(shapes_) == 1 else UNKNOWN
    for decider in node.deciders:
        types.naming({"answers": UNKNOWN, "first": UNKNOWN}).check(decider)
    return _check_result(node, fields, types, answer)


def _check_result(node: Converse, fields: Mapping[str, Tree], types: Types, answer: Shape) -> Shape:
    answers = shapes.of_schema({"type": "object"})
    talk = shapes.of_schema({"type": "object"})
    known = {"answer": answer, "answers": answers, "decided": shapes.of_schema(_TEXT), "talk": talk}
    inner = types.naming(known)
    if "otherwise" in fields:
        inner.shape(fields["otherwise"])
    return inner.shape(fields["output"]) if "output" in fields else shapes.of_object(known)


def _check_peer(node: Converse, peer: Peer, tree: Tree, replace: Tree | None, types: Types) -> Shape:
    fields = tree.value if isinstance(tree.value, dict) else {"agent": tree}
    given = {"inbox": shapes.of_schema(_INBOX), "me": shapes.of_schema(_TEXT),
             "peers": shapes.of_schema({"type": "array", "items": _TEXT})}  # fmt: skip
    inner = types.naming({**given, **({"scratch": UNKNOWN} if peer.scratch else {})})
    output = inner.check(peer.node)
    at = fields.get("agent", tree)
    _check_said(peer, output, at, types)
    if peer.scratch:
        _check_scratch(peer, fields, output, types)
    instead = replace.value.get(peer.name) if replace is not None and isinstance(replace.value, dict) else None
    if instead is not None:
        _check_replacement(peer, instead, inner, types)
    found = shapes.inside(output, "answer")
    return found if isinstance(found, Shape) else UNKNOWN


def _check_said(peer: Peer, output: Shape, at: Tree, types: Types) -> None:
    """Check that an agent can say something, and that what it sends can be a message."""
    if output.is_unknown or shapes.types(output) == {"null"}:
        return  # anything, or nothing: then it may send through its context
    found = {name: shapes.inside(output, name) for name in ("send", "answer", "done")}
    if all(isinstance(one, Nowhere) for one in found.values()):
        hint = "let its output contract have send: [{to, text}], answer or done"
        types.reader.wrong(at, f"{peer.name} has no way to say anything", hint)
    if isinstance(found["send"], Shape):
        for misfit in contracts.misfits(found["send"], shapes.of_schema(SENT)):
            place = ".".join(misfit.path).replace(".[", "[")
            types.reader.wrong(at, f"what {peer.name} sends is no message: send{place}: {misfit.message}", misfit.hint)


def _check_scratch(peer: Peer, fields: Mapping[str, Tree], output: Shape, types: Types) -> None:
    at = fields["scratch"]
    kept = shapes.inside(output, peer.scratch)
    if isinstance(kept, Nowhere):
        types.reader.wrong(at, f"what it keeps must be a field of its output, which {kept.reason}", kept.hint)
    names = list(_given_back(peer, fields))
    if not names:
        types.reader.wrong(at, f"'{peer.scratch}' is kept for it, but never given back", "add NAME: scratch to 'with'")
    spec = types.agent(fields["agent"]) if "agent" in fields else None
    for name in names if spec is not None else ():
        taken = shapes.inside(shapes.of_schema(spec.input_schema if spec is not None else {}), name)
        if isinstance(taken, Shape) and list(contracts.misfits(shapes.of_value(None), taken)):
            hint = "let its input contract allow null there"
            types.reader.wrong(at, f"'{name}' is null at its first turn, which {peer.name} does not take", hint)


def _given_back(peer: Peer, fields: Mapping[str, Tree]) -> Iterator[str]:
    if "with" not in fields:
        yield peer.scratch
        return
    given = fields["with"].value
    for name, tree in given.items() if isinstance(given, dict) else ():
        if re.search(r"\bscratch\b", expression_text(tree) or ""):
            yield name


def _check_replacement(peer: Peer, tree: Tree, types: Types, outer: Types) -> None:
    """Check that who takes over can be given the same."""
    spec = types.agent(tree)
    step = outer.written(peer.node)
    given = step.fields["with"].value if "with" in step.fields else None
    if spec is not None and isinstance(given, dict):
        bound = shapes.of_object({name: types.shape(one) for name, one in given.items()})
        for misfit in contracts.misfits(bound, shapes.of_schema(spec.input_schema)):
            types.reader.wrong(tree, f"{spec.name}: {misfit.message}", misfit.hint)
        _check_said(peer, shapes.of_schema(spec.output_schema), tree, outer)
