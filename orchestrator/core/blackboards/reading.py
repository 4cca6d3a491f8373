"""Reads a blackboard in a file, and checks that keys, contributors and conditions fit each other, before any run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from orchestrator.core import contracts, shapes
from orchestrator.core.blackboards.definition import FIRST, Blackboard, Contributor
from orchestrator.core.outcomes import Json
from orchestrator.core.parse import expression_text
from orchestrator.core.parse_schema import read_schema
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.scope import Types
from orchestrator.core.shapes import UNKNOWN, Nowhere, Shape
from orchestrator.core.tree import Tree
from orchestrator.core.words import suggestion, type_of

_FIELDS = ("keys", "start", "agents", "until", "contributions", "minutes", "tries", "otherwise", "output")
_OWN = ("when", "reads", "writes", "scratch", "limit")
_OF_STEP = ("agent", "with", "retry", "timeout", "fallback", "degrade", "optional")
_HAS = re.compile(r"\bhas\(\s*board\.(\w+)\s*\)")
_VERSION = shapes.of_schema({"type": "integer"})


def read_blackboard(step: StepTree, reader: StepReader) -> Blackboard:
    """Read keys, first values, contributors and limits."""
    fields = reader.fields(step.own, _FIELDS, "a blackboard", required=("keys", "agents"))
    keys = _read_keys(fields.get("keys"), reader)
    first = _read_start(fields.get("start"), keys, reader)
    others = _named(fields.get("agents"), "contributor", reader)
    read = [_read_contributor(name, tree, keys, reader) for name, tree in others.items()]
    return Blackboard(
        keys=keys,
        contributors=(*first, *read),
        until=reader.expression(fields.get("until")),
        contributions=reader.whole(fields.get("contributions"), 100, least=1, most=10_000),
        minutes=reader.whole(fields.get("minutes"), None, least=1, most=500_000),
        tries=reader.whole(fields.get("tries"), 5, least=1, most=100),
        otherwise=reader.expression(fields.get("otherwise")),
        output=reader.expression(fields.get("output")),
        **step.common,
    )


def _named(tree: Tree | None, what: str, reader: StepReader) -> Mapping[str, Tree]:
    if tree is None:
        return {}
    if not isinstance(tree.value, dict):
        reader.wrong(tree, f"must be an object, but is {type_of(tree.value)}", "write name: {…}, a line for each")
        return {}
    if not tree.value:
        reader.wrong(tree, f"there must be at least one {what}", "write name: {…}")
    return {name: inner for name, inner in tree.value.items() if reader.id(inner, name)}


def _read_keys(tree: Tree | None, reader: StepReader) -> dict[str, dict[str, Json]]:
    return {name: read_schema(inner, reader) for name, inner in _named(tree, "key", reader).items()}


def _read_start(tree: Tree | None, keys: Mapping[str, object], reader: StepReader) -> list[Contributor]:
    """Read the first values as the turn of a contributor that hands on what it is given."""
    if tree is None:
        return []
    given = reader.fields(tree, tuple(keys), "the board") if keys else {}
    if not given:
        return []
    call = {"agent": Tree(value="rule.keep", path=tree.path, line=tree.line, is_made=True), "with": tree}
    made = Tree(value=call, path=tree.path, line=tree.line, is_made=True)
    return [Contributor(node=reader.step(made, name=FIRST, without=("id", "needs", "when")), writes=tuple(given))]


def _read_contributor(name: str, tree: Tree, keys: Mapping[str, object], reader: StepReader) -> Contributor:
    fields = reader.fields(tree, (*_OF_STEP[:1], *_OWN, *_OF_STEP[1:]), "a contributor", required=("agent", "writes"))
    reads, writes = (_read_names(fields.get(one), keys, reader) for one in ("reads", "writes"))
    if "writes" in fields and fields["writes"].value == []:
        reader.wrong(fields["writes"], f"'{name}' writes nothing", "name the keys it may write")
    scratch = reader.text(fields.get("scratch"))
    call = {one: fields[one] for one in _OF_STEP if one in fields}
    call.setdefault("with", _given(fields, tree))
    made = Tree(value=call, path=tree.path, line=tree.line, name_line=tree.name_line)
    node = reader.step(made, name=name, without=("id", "needs", "when"))
    when, limit = reader.expression(fields.get("when")), reader.whole(fields.get("limit"), None, least=1, most=10_000)
    return Contributor(node=node, when=when, reads=reads, writes=writes, scratch=scratch, limit=limit)


def _read_names(tree: Tree | None, keys: Mapping[str, object], reader: StepReader) -> tuple[str, ...]:
    names = reader.texts(tree, "keys")
    for one in tree.inner() if tree is not None else ():
        if isinstance(one.value, str) and one.value.strip() and one.value.strip() not in keys:
            hint = suggestion(one.value, keys, "there are")
            reader.wrong(one, f"there is no key '{one.value.strip()}' on the board", hint)
    return tuple(name for name in names if name in keys)


def _given(fields: Mapping[str, Tree], at: Tree) -> Tree:
    """Return what a contributor without `with` is given: each key it reads, and its own notes."""
    reads = fields["reads"].inner() if "reads" in fields else ()
    named = {str(one.value).strip(): one for one in reads if isinstance(one.value, str)}
    given = {name: Tree(value=f"board.{name}", path=one.path, line=one.line) for name, one in named.items()}
    scratch = fields.get("scratch")
    if scratch is not None and isinstance(scratch.value, str):
        given[scratch.value.strip()] = Tree(value="scratch", path=scratch.path, line=scratch.line)
    return Tree(value=given, path=at.path, line=at.line)


def check_blackboard(node: Blackboard, types: Types) -> Shape:
    """Check what refers to the board, and that contributors can take what they read and give what they write."""
    own = types.written(node).own
    fields = own.value if isinstance(own.value, dict) else {}
    whole = _seeing(types, node, tuple(node.keys))
    _check_start(node, fields.get("start"), types)
    agents = fields.get("agents")
    written = agents.value if agents is not None and isinstance(agents.value, dict) else {}
    for one in node.contributors:
        if one.name != FIRST:
            _check_contributor(node, one, written[one.name], types, whole)
    _check_condition(fields.get("until"), node, whole)
    if "otherwise" in fields:
        whole.shape(fields["otherwise"])
    if "output" in fields:
        return whole.shape(fields["output"])
    return shapes.of_object({key: shapes.of_schema(schema) for key, schema in node.keys.items()})


def _seeing(types: Types, node: Blackboard, keys: tuple[str, ...]) -> Types:
    """Return the scope of who sees these keys."""
    board = shapes.of_object({key: shapes.of_schema(node.keys[key]) for key in keys})
    return types.naming({"board": board, "versions": shapes.of_object(dict.fromkeys(keys, _VERSION))})


def _check_start(node: Blackboard, start: Tree | None, types: Types) -> None:
    for key, tree in start.value.items() if start is not None and isinstance(start.value, dict) else ():
        if key in node.keys:
            _fit(types.shape(tree), node.keys[key], f"'{key}'", tree, types)


def _check_contributor(node: Blackboard, one: Contributor, tree: Tree, types: Types, whole: Types) -> None:
    fields = tree.value if isinstance(tree.value, dict) else {}
    inner = _seeing(types, node, one.reads)
    output = (inner.naming({"scratch": UNKNOWN}) if one.scratch else inner).check(one.node)
    gives_nothing = shapes.types(output) == {"null"}  # it may write through its context
    for at in fields["writes"].inner() if "writes" in fields and not gives_nothing else ():
        if at.value in one.writes:
            found = _output_field(str(at.value), output, at, types, "write")
            _fit(found, node.keys[str(at.value)], f"'{at.value}' as it comes from {one.name}", at, types)
    if one.scratch:
        _check_scratch(one, fields, output, types)
    _check_condition(fields.get("when"), node, whole)
    for key in sorted(one.needs & node.keys.keys()):
        if not any(key in other.writes for other in node.contributors if other is not one):
            reason = f"'{one.name}' waits for '{key}', which nobody else writes and which has no first value"
            types.reader.wrong(tree, reason, f"give it one in 'start', or let somebody write '{key}'", at_name=True)


def _output_field(name: str, output: Shape, at: Tree, types: Types, verb: str) -> Shape:
    found = shapes.inside(output, name)
    if isinstance(found, Nowhere):
        types.reader.wrong(at, f"what it {verb}s must be a field of its output, which {found.reason}", found.hint)
        return UNKNOWN
    return found


def _fit(given: Shape, schema: Mapping[str, Json], what: str, at: Tree, types: Types) -> None:
    for misfit in contracts.misfits(given, shapes.of_schema(schema)):
        inner = ".".join(misfit.path)
        types.reader.wrong(at, f"{what} does not fit its key: {inner}{': ' * bool(inner)}{misfit.message}", misfit.hint)


def _check_scratch(one: Contributor, fields: Mapping[str, Tree], output: Shape, types: Types) -> None:
    at = fields["scratch"]
    kept = _output_field(one.scratch, output, at, types, "keep")
    names = list(_given_back(one, fields))
    if not names:
        types.reader.wrong(at, f"'{one.scratch}' is kept for it, but never given back", "add NAME: scratch to 'with'")
    spec = types.agent(fields["agent"]) if "agent" in fields else None
    for name in names if spec is not None else ():
        taken = shapes.inside(shapes.of_schema(spec.input_schema), name) if spec is not None else UNKNOWN
        if isinstance(taken, Shape):
            if list(contracts.misfits(shapes.of_value(None), taken)):
                hint = "let its input contract allow null there"
                types.reader.wrong(at, f"'{name}' is null at its first turn, which {one.name} does not take", hint)
            for misfit in contracts.misfits(kept, taken):
                types.reader.wrong(at, f"'{name}' is its own '{one.scratch}' given back: {misfit.message}", misfit.hint)


def _given_back(one: Contributor, fields: Mapping[str, Tree]) -> Iterator[str]:
    """Go over the names under which a contributor is given its own notes."""
    if "with" not in fields:
        yield one.scratch
        return
    given = fields["with"].value
    for name, tree in given.items() if isinstance(given, dict) else ():
        if re.search(r"\bscratch\b", expression_text(tree) or ""):
            yield name


def _check_condition(tree: Tree | None, node: Blackboard, types: Types) -> None:
    if tree is None:
        return
    types.condition(tree)
    found = _HAS.search(expression_text(tree) or "")
    if found:
        hint = f"write versions.{found[1]} > 0, or versions.{found[1]} == 0 for its opposite"
        types.reader.wrong(tree, f"a condition that asks for board.{found[1]} waits until it is written", hint)
