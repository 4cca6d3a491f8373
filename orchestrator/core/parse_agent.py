"""Reads the file of an agent. What its settings may be is known by its runtime, which the caller hands in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from orchestrator.core.actions import ELSEWHERE
from orchestrator.core.agents import AgentSpec, Lane, Tool
from orchestrator.core.outcomes import Json
from orchestrator.core.parse import Problems, Reader
from orchestrator.core.parse_schema import read_schema
from orchestrator.core.parse_tools import (
    MOST_ACTIONS,
    read_agent_limits,
    read_budgets,
    read_cache,
    read_examples,
    read_probe,
    read_tools,
)
from orchestrator.core.problems import Problem
from orchestrator.core.tree import Tree
from orchestrator.core.words import suggestion, type_of

_FIELDS = (
    "agent", "role", "runtime", "settings", "command", "model", "input", "output", "capabilities", "timeout", "owner",
    "calls", "instructions", "tools", "actions", "budget", "limits", "cache", "examples", "probe",
)  # fmt: skip


SHORT = {"command": "command", "model": "llm"}
"""Settings that may stand beside `settings`, because most files of their runtimes have little else."""


class SettingsRules(Protocol):
    """What a runtime says about settings."""

    def check(self, settings: dict[str, Json]) -> Iterable[Problem]:
        """List what is wrong with them."""

    def lane(self, settings: dict[str, Json]) -> Lane:
        """Tell which slots agents with them use."""


class Runtimes(Protocol):
    """The runtimes there are."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return what an agent may name."""

    def get(self, name: str) -> SettingsRules | None:
        """Return one by name."""


def read_agent(tree: Tree, runtimes: Runtimes | None = None) -> AgentSpec | Problems:
    """Return the agent a file describes, or everything that is wrong with it."""
    reader = Reader(problems=list(tree.faults))
    if tree.value is None and tree.faults:
        return reader.found()
    fields = reader.fields(tree, _FIELDS, "an agent", required=_required(tree))
    runtime = reader.text(fields.get("runtime"), default=_implied(fields))
    settings = _read_settings(fields, reader)
    tools, examples = read_tools(fields.get("tools"), reader), read_examples(fields.get("examples"), reader)
    _check_risky(runtime, tools, fields.get("tools"), reader)
    spec = AgentSpec(
        name=reader.slug(fields.get("agent"), "an agent"),
        role=reader.text(fields.get("role")),
        runtime=runtime,
        settings=settings,
        input_schema=read_schema(fields.get("input"), reader),
        output_schema=read_schema(fields.get("output"), reader),
        capabilities=reader.texts(fields.get("capabilities"), "capabilities"),
        timeout_seconds=reader.duration(fields.get("timeout"), 60.0),
        lane=_lane(fields, runtime, settings, runtimes, reader, tree),
        owner=reader.text(fields.get("owner")),
        calls=reader.texts(fields.get("calls"), "agents"),
        instructions=reader.text(fields.get("instructions")),
        tools=tools,
        actions=reader.whole(fields.get("actions"), None, least=1, most=MOST_ACTIONS),
        budget=read_budgets(fields.get("budget"), reader),
        limits=read_agent_limits(fields.get("limits"), reader),
        cache_seconds=read_cache(fields.get("cache"), tools, reader),
        examples=examples,
        probe=read_probe(fields.get("probe"), examples, reader),
    )
    return reader.found() or spec


def _check_risky(runtime: str, tools: tuple[Tool, ...], tree: Tree | None, reader: Reader) -> None:
    """Refuse what nobody could approve: a call that is made elsewhere can't be held until a person has seen it."""
    for tool, place in zip(tools, reader.items(tree, "tools") if runtime in ELSEWHERE else (), strict=False):
        if tool.risky:
            said = (
                f"'risky' does not go with runtime '{runtime}': a call that is made elsewhere can't wait for a person"
            )
            reader.wrong(place, said, "remove it, or let an agent that works here make this call")


def _implied(fields: dict[str, Tree]) -> str:
    """Return the runtime that a shorthand stands for."""
    return next((name for short, name in SHORT.items() if short in fields), "")


def _required(tree: Tree) -> tuple[str, ...]:
    return ("agent", "role") if {*SHORT} & {*tree.inner_names()} else ("agent", "role", "runtime")


def _read_settings(fields: dict[str, Tree], reader: Reader) -> dict[str, Json]:
    """Read the settings, with what stands beside them."""
    written = fields.get("settings")
    plain = written.plain() if written is not None else {}
    if written is not None and not isinstance(plain, dict):
        reader.wrong(written, f"'settings' must be an object, but is {type_of(plain)}", "write name: value for each")
    settings = dict(plain) if isinstance(plain, dict) else {}
    for short, runtime in SHORT.items():
        if short in fields:
            _check_short(short, runtime, fields, settings, reader)
            settings[short] = fields[short].plain()
    return settings


def _check_short(short: str, runtime: str, fields: dict[str, Tree], settings: dict[str, Json], reader: Reader) -> None:
    if short in settings:
        reader.wrong(fields[short], f"'{short}' stands here and in 'settings'", "remove one", at_name=True)
    named = fields.get("runtime")
    if named is not None and isinstance(named.value, str) and named.value != runtime:
        reader.wrong(fields[short], f"'{short}' does not go with runtime '{named.value}'", "remove one", at_name=True)


def _lane(
    fields: dict[str, Tree],
    runtime: str,
    settings: dict[str, Json],
    runtimes: Runtimes | None,
    reader: Reader,
    tree: Tree,
) -> Lane:
    """Check the settings with the runtime that is named, and ask it for its lane."""
    if runtimes is None or not runtime:
        return Lane.SLOW
    rules = runtimes.get(runtime)
    if rules is None:
        hint = suggestion(runtime, runtimes.names)
        reader.wrong(fields.get("runtime", tree), f"there is no runtime '{runtime}'", hint)
        return Lane.SLOW
    broken = tuple(rules.check(settings))
    for problem in broken:
        reader.wrong(
            _place(fields, problem.path, tree), problem.message, problem.hint, at_name=_is_name(problem, settings)
        )
    return Lane.SLOW if broken else rules.lane(settings)


def _place(fields: dict[str, Tree], path: str, tree: Tree) -> Tree:
    """Return where a setting is written."""
    written, first = fields.get("settings"), path.split("[")[0].split(".")[0]
    if first in SHORT and first in fields:
        return fields[first].at(path.removeprefix(first).removeprefix("."))
    if written is not None:
        return written.at(path)
    return fields.get("runtime", tree)


def _is_name(problem: Problem, settings: dict[str, Json]) -> bool:
    return problem.path in settings
