"""Reads what an agent may use and use up, and its saved examples."""

from __future__ import annotations

from collections.abc import Mapping

from orchestrator.core.agents import Amounts, Example, Tool, acting
from orchestrator.core.outcomes import Json
from orchestrator.core.parse import Reader
from orchestrator.core.parse_limits import read_budget
from orchestrator.core.tree import Tree
from orchestrator.core.words import type_of

SCOPES = ("call", "step", "day")
"""Within what an agent's budget holds."""
_KINDS = ("python", "agent", "mcp")
_TOOL = ("name", *_KINDS, "only", "key_env", "risky", "repeatable", "cache", "most", "approvers", "deadline")
MOST_ACTIONS = 10_000
MOST_CONTEXT = 100_000_000
_RATES = ("concurrency", "calls", "per")
_SIZES = ("context", "trim", "memory", "output")
LEAST_MEMORY, LEAST_OUTPUT = 64, 0.001
"""In megabytes: less memory does not start a process, and less output is no answer."""


def read_tools(tree: Tree | None, reader: Reader) -> tuple[Tool, ...]:
    """Return the tools; each says by one field what it is."""
    items = reader.items(tree, "tools")
    tools = tuple(_tool(one, reader) for one in items)
    seen: set[str] = set()
    for one, item in zip(tools, items, strict=True):
        if one.name and one.name in seen:
            reader.wrong(item, f"there are two tools '{one.name}'", "give one of them another name")
        seen.add(one.name)
    return tools


def _tool(tree: Tree, reader: Reader) -> Tool:
    fields = reader.fields(tree, _TOOL, "a tool")
    who = fields.get("approvers")
    inner = {} if who is None else reader.fields(who, ("role", "group", "not_starter"), "a tool's 'approvers'")
    risky = reader.flag(fields.get("risky"))
    for name in ("approvers", "deadline"):
        if name in fields and not risky:
            reader.wrong(fields[name], f"'{name}' goes with 'risky: true'", "add it, or remove this", at_name=True)
    for name in ("only", "key_env"):
        if name in fields and "mcp" not in fields:
            reader.wrong(fields[name], f"'{name}' goes with 'mcp'", "remove it", at_name=True)
    tool = Tool(
        name=reader.text(fields.get("name")) or _own_name(fields, reader),
        python=reader.text(fields.get("python")), agent=reader.text(fields.get("agent")),
        mcp=reader.text(fields.get("mcp")), key_env=reader.text(fields.get("key_env")),
        only=reader.texts(fields.get("only"), "tools"),
        risky=risky, repeatable=reader.flag(fields.get("repeatable")),
        cache_seconds=reader.duration(fields.get("cache"), 0.0),
        most=reader.whole(fields.get("most"), None, least=1, most=MOST_ACTIONS),
        role=reader.choice(inner.get("role"), ("operator", "builder", "admin"), "operator"),
        group=reader.text(inner.get("group")), not_starter=reader.flag(inner.get("not_starter")),
        deadline_seconds=reader.duration(fields.get("deadline"), None),
    )  # fmt: skip
    wrong, hint = tool.trouble
    if wrong and isinstance(tree.value, dict):
        reader.wrong(tree, wrong, hint)
    return tool


def _own_name(fields: Mapping[str, Tree], reader: Reader) -> str:
    if "agent" in fields:
        return reader.text(fields["agent"])
    target = str(fields["python"].value) if "python" in fields else ""
    return target.rpartition(":")[2].rpartition(".")[2]


def read_budgets(tree: Tree | None, reader: Reader) -> dict[str, Amounts]:
    """Return the most an agent may use up, by what it holds for."""
    fields = reader.fields(tree, SCOPES, "an agent's 'budget'") if tree is not None else {}
    return {scope: read_amounts(inner, reader) for scope, inner in fields.items()}


def read_amounts(tree: Tree | None, reader: Reader) -> dict[str, float]:
    """Return limits as numbers."""
    return {name: float(str(most)) for name, most in read_budget(tree, reader).items() if _is_number(most)}


def _is_number(value: Json) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def read_agent_limits(tree: Tree | None, reader: Reader) -> dict[str, float]:
    """Read how many attempts may be at work at once and begin in a time, and what one of them may take (C4, C7)."""
    return _limits(tree, (*_RATES, *_SIZES), "'limits'", reader)


def read_workflow_limits(tree: Tree | None, reader: Reader) -> dict[str, float]:
    """Read how many attempts of all runs of a workflow may be at work at once and begin in a time (C4)."""
    return _limits(tree, _RATES, "a workflow's 'limits'", reader)


def read_step_limits(tree: Tree | None, reader: Reader) -> dict[str, float]:
    """Read what one attempt of a step may take (C7); its time is `timeout`."""
    return _limits(tree, _SIZES, "a step's 'limits'", reader)


def _limits(tree: Tree | None, known: tuple[str, ...], what: str, reader: Reader) -> dict[str, float]:
    fields = reader.fields(tree, known, what) if tree is not None else {}
    if ("calls" in fields) != ("per" in fields):
        reader.wrong(fields.get("calls", fields.get("per", tree)), "'calls' and 'per' go together", "such as 60 per 1m")  # type: ignore[arg-type]  # one of them is there
    concurrency = reader.whole(fields.get("concurrency"), None, least=1)
    calls = reader.whole(fields.get("calls"), None, least=1)
    seconds = reader.duration(fields.get("per"), None)
    found = {"concurrency": concurrency, "calls": calls, "seconds": seconds, **_sizes(fields, reader)}
    return {name: float(value) for name, value in found.items() if value is not None}


def _sizes(fields: Mapping[str, Tree], reader: Reader) -> dict[str, float | None]:
    if "trim" in fields and "context" not in fields:
        reader.wrong(fields["trim"], "'trim' goes with 'context'", "say to how many tokens", at_name=True)
    trim = reader.choice(fields.get("trim"), ("oldest",), "")
    return {
        "context": reader.whole(fields.get("context"), None, least=1, most=MOST_CONTEXT),
        "trim": 1.0 if trim else None,
        "memory": reader.whole(fields.get("memory"), None, least=LEAST_MEMORY),
        "output": reader.number(fields.get("output"), None, least=LEAST_OUTPUT),
    }


def read_examples(tree: Tree | None, reader: Reader) -> tuple[Example, ...]:
    """Return the saved examples, by names of their own."""
    found: dict[str, Example] = {}
    for item in reader.items(tree, "examples"):
        fields = reader.fields(item, ("name", "input", "expect"), "an example", required=("name", "input"))
        name = reader.text(fields.get("name"))
        if name in found:
            reader.wrong(fields["name"], f"there are two examples '{name}'", "give one of them another name")
        found[name] = Example(name=name, input=_object(fields.get("input"), reader),
                              expect=_conditions(fields.get("expect"), reader))  # fmt: skip
    return tuple(found.values())


def _object(tree: Tree | None, reader: Reader) -> dict[str, Json]:
    plain = tree.plain() if tree is not None else {}
    if isinstance(plain, dict):
        return plain
    if tree is not None:
        reader.wrong(tree, f"must be an object, but is {type_of(plain)}", "write name: value for each")
    return {}


def _conditions(tree: Tree | None, reader: Reader) -> tuple[str, ...]:
    return tuple(reader.expression(one) for one in reader.items(tree, "conditions"))


def read_probe(tree: Tree | None, examples: tuple[Example, ...], reader: Reader) -> str:
    """Return the example that a health probe runs."""
    name = reader.text(tree)
    if tree is not None and name not in {one.name for one in examples}:
        known = ", ".join(one.name for one in examples)
        reader.wrong(
            tree, f"there is no example '{name}'", f"known: {known}" if known else "write one under 'examples'"
        )
    return name


def read_cache(tree: Tree | None, tools: tuple[Tool, ...], reader: Reader) -> float:
    """Return how many seconds an answer may be given again; then nothing may happen on the way that has to happen."""
    seconds = reader.duration(tree, 0.0)
    names = acting(tools)
    if tree is not None and names:
        message = f"answers of an agent that uses {', '.join(names)} can't be given again: that would not be done"
        reader.wrong(tree, message, "mark tools that only look as 'repeatable: true', or remove 'cache'")
    return seconds
