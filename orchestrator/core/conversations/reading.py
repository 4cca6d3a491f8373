"""Reads a conversation in a file: who takes part, the first messages, what counts when answers differ, limits."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core.conversations.definition import (
    ARBITER,
    BEGIN,
    PERSON,
    POST,
    START,
    Converse,
    Peer,
    Rule,
)
from orchestrator.core.definition import Node
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.patterns.contract import Made, made
from orchestrator.core.tree import Tree
from orchestrator.core.words import suggestion, type_of

_FIELDS = (
    "agents", "begin", "conflict", "messages", "turns", "hops", "repeats", "minutes", "message_timeout", "revive_after",
    "revivals", "replace", "otherwise", "output",
)  # fmt: skip
_OF_STEP = ("agent", "with", "retry", "timeout", "fallback", "degrade", "optional")
_GATE = ("title", "approvers", "deadline")
_HOWS = ("precedence", "vote", "arbiter", "person")


def read_converse(step: StepTree, reader: StepReader) -> Converse:
    """Read who takes part, the first messages, rules and limits."""
    fields = reader.fields(step.own, _FIELDS, "a conversation", required=("agents", "begin"))
    instead = _read_replace(fields.get("replace"), fields.get("agents"), reader)
    peers = [_read_peer(name, tree, instead, reader) for name, tree in _named(fields.get("agents"), reader).items()]
    names = [one.name for one in peers]
    begin, openings = _read_begin(fields.get("begin"), names, reader)
    conflict, deciders = _read_conflict(fields.get("conflict"), names, reader)
    return Converse(
        peers=tuple(peers),
        begin=begin,
        openings=openings,
        conflict=conflict,
        deciders=deciders,
        messages=reader.whole(fields.get("messages"), 100, least=1, most=1000),
        turns=reader.whole(fields.get("turns"), 20, least=1, most=1000),
        hops=reader.whole(fields.get("hops"), 20, least=1, most=100),
        repeats=reader.whole(fields.get("repeats"), 2, least=1, most=100),
        minutes=reader.whole(fields.get("minutes"), None, least=1, most=500_000),
        unread_seconds=reader.duration(fields.get("message_timeout"), None),
        revive_seconds=reader.duration(fields.get("revive_after"), None),
        revivals=reader.whole(fields.get("revivals"), 3, least=1, most=100),
        otherwise=reader.expression(fields.get("otherwise")),
        output=reader.expression(fields.get("output")),
        **step.common,
    )


def _named(tree: Tree | None, reader: StepReader) -> Mapping[str, Tree]:
    if tree is None:
        return {}
    if not isinstance(tree.value, dict):
        hint = "write name: AGENT or name: {agent: …}, a line for each"
        reader.wrong(tree, f"must be an object, but is {type_of(tree.value)}", hint)
        return {}
    if len(tree.value) < 2:
        reader.wrong(tree, "a conversation takes two at least", "name another agent, or call this one by itself")
    found = {name: inner for name, inner in tree.value.items() if reader.id(inner, name)}
    for name in found.keys() & {START, POST}:
        reader.wrong(found[name], f"'{name}' always means something else", "choose another name", at_name=True)
    return found


def _read_peer(name: str, tree: Tree, instead: Mapping[str, Tree], reader: StepReader) -> Peer:
    if isinstance(tree.value, dict):
        fields = reader.fields(tree, (*_OF_STEP, "scratch"), "a peer", required=("agent",))
    else:
        fields = {"agent": tree}
    scratch = reader.text(fields.get("scratch"))
    call = {one: fields[one] for one in _OF_STEP if one in fields}
    at = fields.get("agent", tree)
    given: Made = {"inbox": "inbox"} | ({scratch: "scratch"} if scratch else {})
    call.setdefault("with", made(given, at))
    written = Tree(value=call, path=tree.path, line=tree.line, name_line=tree.name_line)
    node = reader.step(written, name=name, without=("id", "needs", "when"))
    replacement = instead.get(name)
    return Peer(node=node, scratch=scratch, replacement="" if replacement is None else reader.text(replacement))


def _read_replace(tree: Tree | None, agents: Tree | None, reader: StepReader) -> Mapping[str, Tree]:
    if tree is None:
        return {}
    names = agents.inner_names() if agents is not None else ()
    if isinstance(tree.value, dict):
        for name in tree.value:
            if name not in names:
                reader.wrong(tree.value[name], f"there is no '{name}' in this conversation",
                             suggestion(name, names), at_name=True)  # fmt: skip
        return tree.value
    reader.wrong(tree, f"must be an object, but is {type_of(tree.value)}", "write name: AGENT, a line for each")
    return {}


def _read_begin(tree: Tree | None, names: list[str], reader: StepReader) -> tuple[Node | None, tuple[str, ...]]:
    """Read the first messages, as a step that hands on what they say."""
    if tree is None:
        return None, ()
    openings: list[str] = []
    given: dict[str, Tree] = {}
    for one in tree.value if isinstance(tree.value, list) else [tree]:
        fields = reader.fields(one, ("to", "text", "payload"), "a first message", required=("to", "text"))
        to = reader.text(fields.get("to"))
        if to and to not in names:
            reader.wrong(fields["to"], f"there is no '{to}' in this conversation", suggestion(to, names))
        given |= {f"{name}{len(openings)}": fields[name] for name in ("text", "payload") if name in fields}
        openings.append(to)
    if not openings:
        reader.wrong(tree, "nobody is written to, so nobody would say anything", "write {to: …, text: …}")
    call = made({"agent": "rule.keep", "with": given}, tree)
    return reader.step(call, name=BEGIN, without=("id", "needs", "when")), tuple(openings)


def _read_conflict(
    tree: Tree | None, names: list[str], reader: StepReader
) -> tuple[tuple[Rule, ...], tuple[Node, ...]]:
    rules: list[Rule] = []
    deciders: list[Node] = []
    for one in () if tree is None else tree.value if isinstance(tree.value, list) else [tree]:
        how, fields = _how(one, reader)
        if how in (rule.how for rule in rules):
            reader.wrong(one, f"'{how}' stands here twice", "remove one")
        elif how == "precedence":
            rules.append(Rule(how=how, names=_read_order(fields[how], names, reader)))
        elif how == "vote":
            rules.append(Rule(how=how, field=reader.text(fields[how])))
        elif how:
            rules.append(Rule(how=how))
            deciders.append(_read_decider(how, fields.get(how), one, reader))
    return tuple(rules), tuple(deciders)


def _how(tree: Tree, reader: StepReader) -> tuple[str, Mapping[str, Tree]]:
    if tree.value == "person":
        return "person", {}
    fields = reader.fields(tree, _HOWS, "'conflict'")
    if len(fields) > 1:
        reader.wrong(tree, "one rule at a time", "write a list: [{vote: …}, person]")
    if not fields and isinstance(tree.value, dict) and not tree.value:
        reader.wrong(tree, f"'conflict' needs one of {', '.join(_HOWS)}", "say what counts when answers differ")
    return next(iter(fields), ""), fields


def _read_order(tree: Tree, names: list[str], reader: StepReader) -> tuple[str, ...]:
    for one in tree.inner():
        if isinstance(one.value, str) and one.value.strip() not in names:
            reader.wrong(one, f"there is no '{one.value}' in this conversation", suggestion(one.value, names))
    return reader.texts(tree, "names")


def _read_decider(how: str, tree: Tree | None, at: Tree, reader: StepReader) -> Node:
    """Read the step that decides: an arbiter is given all answers, a person sees them and may change the first."""
    if how == "arbiter":
        call: Made = {"agent": tree or at, "with": {"answers": "answers"}}
        return reader.step(made(call, at), name=ARBITER, without=("id", "needs", "when"))
    fields = reader.fields(tree, _GATE, "'person'") if tree is not None else {}
    asked: Made = {"title": "Which answer holds?", **fields, "show": {"answers": "answers", "answer": "first"},
                   "edit": ["answer"]}  # fmt: skip
    return reader.step(made({"gate": asked}, at), name=PERSON, without=("id", "needs", "when"))
