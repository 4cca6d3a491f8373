"""Reads the file of an agent. What its settings may be is known by its runtime, which the caller hands in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.outcomes import Json
from orchestrator.core.parse import Problems, Reader
from orchestrator.core.parse_schema import read_schema
from orchestrator.core.problems import Problem
from orchestrator.core.tree import Tree
from orchestrator.core.words import suggestion, type_of

_FIELDS = (
    "agent", "role", "runtime", "settings", "command", "input", "output", "capabilities", "timeout", "owner", "calls",
)  # fmt: skip


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
    runtime = reader.text(fields.get("runtime"), default="command" if "command" in fields else "")
    settings = _read_settings(fields, reader)
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
    )
    return reader.found() or spec


def _required(tree: Tree) -> tuple[str, ...]:
    return ("agent", "role") if "command" in tree.inner_names() else ("agent", "role", "runtime")


def _read_settings(fields: dict[str, Tree], reader: Reader) -> dict[str, Json]:
    """Read the settings; `command` may stand beside them, because most files have nothing else."""
    written, command = fields.get("settings"), fields.get("command")
    plain = written.plain() if written is not None else {}
    if written is not None and not isinstance(plain, dict):
        reader.wrong(written, f"'settings' must be an object, but is {type_of(plain)}", "write name: value for each")
    settings = plain if isinstance(plain, dict) else {}
    if command is None:
        return settings
    if "command" in settings:
        reader.wrong(command, "'command' stands here and in 'settings'", "remove one", at_name=True)
    runtime = fields.get("runtime")
    if runtime is not None and isinstance(runtime.value, str) and runtime.value != "command":
        reader.wrong(command, f"'command' does not go with runtime '{runtime.value}'", "remove one", at_name=True)
    return {**settings, "command": command.plain()}


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
    written, command = fields.get("settings"), fields.get("command")
    if command is not None and path.split("[")[0].split(".")[0] == "command":
        return command.at(path.removeprefix("command").removeprefix("."))
    if written is not None:
        return written.at(path)
    return fields.get("runtime", tree)


def _is_name(problem: Problem, settings: dict[str, Json]) -> bool:
    return problem.path in settings
