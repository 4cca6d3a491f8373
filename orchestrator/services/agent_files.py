"""Agents written in the browser and over HTTP: read, kept as the next version, and rolled back (A1).

Who writes here has seen a version; where another one is current by then, nothing is kept. Code is never named here: an
agent in Python, and a function as a tool, come from files that somebody applies in the shell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from django.db import IntegrityError, transaction

from orchestrator import wiring
from orchestrator.core.agents import AgentSpec, spec_of
from orchestrator.core.errors import RejectedConflict, RejectedError, RejectedMissing
from orchestrator.core.outcomes import Json
from orchestrator.core.parse_agent import read_agent
from orchestrator.core.problems import Problem
from orchestrator.core.tree import Tree
from orchestrator.files.agent_text import written
from orchestrator.files.yaml_text import read_text
from orchestrator.models import AgentVersion, User
from orchestrator.services import audit, lone_agents
from orchestrator.services.access import Verb, require
from orchestrator.services.agents import Applied, keep

PYTHON = "callable"


class SomeoneWasFaster(RejectedConflict):
    """The agent is not what the caller saw."""

    def __init__(self, current: AgentVersion | None, name: str) -> None:
        """Say which version is current, and bring it."""
        now = f"version {current.version} is current" if current else "there is no such agent"
        problem = Problem(path="version", message=f"{now} by now", hint="look at what has changed, then repeat it")
        super().__init__(f"Someone was faster: of {name}, {now} by now. Nothing was kept.", [problem])
        self.extra: dict[str, Json] = {"current": _place(current)}


def apply(actor: object, text: str, name: str = "", seen: int | None = None) -> Applied:
    """Make a text the current version of its agent; raises RejectedError with every problem at its line.

    `name` is what the agent has to be called. `seen` is the version the writer began with, 0 for none; raises
    SomeoneWasFaster where another one is current.
    """
    user = require(actor, Verb.APPLY_AGENT)
    spec = read(text, name)
    return _keep(user, spec, text, seen)


def read(text: str, name: str = "") -> AgentSpec:
    """Return the agent of a text; raises RejectedError with every problem at its line."""
    tree = read_text(text)
    found = read_agent(tree, wiring.runtimes())
    problems = list(found) if not isinstance(found, AgentSpec) else [*_names(tree, found, name), *_code(tree, found)]
    if isinstance(found, AgentSpec) and not problems:
        return found
    raise RejectedError(f"The agent has {len(problems)} problem{'s'[: len(problems) != 1]}.", problems)


def rollback(actor: object, name: str, version: int, seen: int | None = None) -> Applied:
    """Make what an agent was in an earlier version current again, as its next version: numbers only go up."""
    user = require(actor, Verb.APPLY_AGENT)
    rows = {row.version: row for row in AgentVersion.objects.filter(name=name)}
    if not rows:
        raise RejectedMissing(f"There is no agent {name[:80]!r}.")
    old = rows.get(version)
    if old is None:
        hint = f"there are: {', '.join(str(one) for one in sorted(rows)[-12:])}"
        problem = Problem(path="version", message=f"there is no version {version} of {name}", hint=hint)
        raise RejectedError("It cannot be rolled back to that.", [problem])
    if old.is_current:
        raise RejectedConflict(f"Version {version} of {name} is the current one.")
    applied = _keep(user, spec_of(old.spec, old.version), old.text, seen)
    audit.record(user, "rollback", "agent", name, {"to": version, "version": applied.version.version})
    return applied


def why_not_here(agent: AgentVersion) -> str:
    """Say why an agent is not changed in the browser; empty when it can be."""
    target = str(agent.spec.get("settings", {}).get("target", ""))
    if agent.spec.get("runtime") != PYTHON:
        return ""
    module = target.partition(":")[0].replace(".", "/")
    return f"It is written in Python, in {module}.py ({target}): change it there and apply its folder."


def text_of(agent: AgentVersion) -> str:
    """Return the file of a version as it was written; made of its contract where it never was a file."""
    return agent.text or written(spec_of(agent.spec, agent.version))


@transaction.atomic
def _keep(user: User, spec: AgentSpec, text: str, seen: int | None) -> Applied:
    rows = AgentVersion.objects.select_for_update().filter(name=spec.name)
    current = next((row for row in rows if row.is_current), None)
    if seen is not None and seen != (current.version if current else 0):
        raise SomeoneWasFaster(current, spec.name)
    _check_code(spec, current)
    try:
        with transaction.atomic():
            applied = keep(user, replace(spec, version=1), text)
    except IntegrityError as error:  # two wrote the same next version at once
        raise SomeoneWasFaster(
            AgentVersion.objects.filter(name=spec.name, is_current=True).first(), spec.name
        ) from error
    lone_agents.renew(user, [spec.name])
    return applied


def _names(tree: Tree, spec: AgentSpec, name: str) -> Iterator[Problem]:
    if name and spec.name != name:
        message = f"the file says '{spec.name}', the address says '{name}'"
        yield Problem(path="agent", message=message, hint="make them the same", line=tree.at("agent").line)


def _code(tree: Tree, spec: AgentSpec) -> Iterator[Problem]:
    if spec.runtime == PYTHON:
        hint = "write it as a function with @agents.agent and apply its folder in the shell"
        yield Problem(path="runtime", message="an agent in Python is not written here, where it would name any code",
                      hint=hint, line=tree.at("runtime").line)  # fmt: skip


def _check_code(spec: AgentSpec, current: AgentVersion | None) -> None:
    """Refuse functions as tools that the agent has not been given in the shell before."""
    before = {tool.python for tool in spec_of(current.spec, current.version).tools} if current else set()
    new = [tool.python for tool in spec.tools if tool.python and tool.python not in before]
    found = [
        Problem(path="tools", message=f"'{one}' is code that this agent has not been given yet",
                hint="apply the agent's file in the shell; from then on it can be changed here")
        for one in new
    ]  # fmt: skip
    if found:
        raise RejectedError("The agent names code.", found)


def _place(current: AgentVersion | None) -> Json:
    return None if current is None else {"version": current.version, "digest": current.digest}
