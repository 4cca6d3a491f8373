"""Loads whole folders: agents first, then workflows, then boards; all of it, or nothing if anything is wrong.

What a file may say is in `core`; what is kept of it in `agents`, `workflows` and `boards`. Only the shell comes here:
agents in Python are imported, so whoever applies a folder runs its code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import transaction

from orchestrator import wiring
from orchestrator.core.agents import AgentSpec
from orchestrator.core.boards import BoardSpec
from orchestrator.core.definition import Workflow
from orchestrator.core.errors import RejectedError
from orchestrator.core.parse_agent import read_agent
from orchestrator.core.parse_board import read_board
from orchestrator.core.problems import Problem
from orchestrator.models import User, WorkflowVersion
from orchestrator.services import agents, boards, lone_agents, workflows
from orchestrator.services.access import Verb, require
from orchestrator.services.definition_files import Faulty, Page, find
from orchestrator.services.python_agents import load
from orchestrator.services.runs import input_schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """One thing a file defines."""

    noun: str
    name: str
    is_new: bool | None
    """Whether it differs from what was there; None when it was only checked."""


class Unloadable(RejectedError):
    """Files that say something that does not fit."""

    def __init__(self, faults: Iterable[Faulty]) -> None:
        """Keep every problem with its file."""
        self.faults = tuple(faults)
        count = len(self.faults)
        problems = [fault.problem for fault in self.faults]
        super().__init__(f"{count} problem{'s'[: count != 1]}; nothing was loaded.", problems)


@dataclass(slots=True, kw_only=True)
class _Pile:
    """What the files define, and what is wrong with them."""

    agents: dict[str, AgentSpec] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    """Files of those agents that have one."""
    workflows: dict[str, tuple[Workflow, Page]] = field(default_factory=dict)
    boards: dict[str, BoardSpec] = field(default_factory=dict)
    faults: list[Faulty] = field(default_factory=list)

    def blame(self, file: str, problems: Iterable[Problem]) -> None:
        self.faults += [Faulty(file=file, problem=problem) for problem in problems]

    def twice(self, page: Page, name: str, there: Iterable[str]) -> bool:
        """Blame a file for a name that another one has given already."""
        if name not in there:
            return False
        hint = f"give this {page.noun} another name"
        problem = Problem(path=page.noun, message=f"'{name}' is defined twice", hint=hint, line=page.line)
        self.blame(page.file, [problem])
        return True


def apply_paths(actor: object, paths: Iterable[str | Path], check: bool = False) -> tuple[Loaded, ...]:
    """Load files and folders; raises Unloadable with everything that is wrong. `check` loads nothing."""
    user = require(actor, Verb.APPLY_AGENT)
    require(user, Verb.APPLY_WORKFLOW)
    require(user, Verb.APPLY_BOARD)
    pile = _read([Path(path) for path in paths])
    if pile.faults:
        raise Unloadable(pile.faults)
    if check:
        return tuple(_listed(pile))
    with transaction.atomic():
        return tuple(_kept(user, pile))


def _read(paths: list[Path]) -> _Pile:
    pile = _Pile()
    found = find(paths)
    pile.faults += found.faults
    specs, faults = load({**dict.fromkeys(settings.AGENT_MODULES, "SIGNALBOX_AGENT_MODULES"), **found.modules})
    pile.faults += faults
    pile.agents |= {spec.name: spec for spec in specs}
    _read_agents(pile, [page for page in found.pages if page.noun == "agent"])
    _read_workflows(pile, [page for page in found.pages if page.noun == "workflow"])
    _read_boards(pile, [page for page in found.pages if page.noun == "board"])
    return pile


def _read_agents(pile: _Pile, pages: list[Page]) -> None:
    for page in pages:
        spec = read_agent(page.tree, wiring.runtimes())
        if not isinstance(spec, AgentSpec):
            pile.blame(page.file, spec)
        elif not pile.twice(page, spec.name, pile.agents):
            pile.agents[spec.name] = spec
            pile.texts[spec.name] = page.text


def _read_workflows(pile: _Pile, pages: list[Page]) -> None:
    there = {**agents.known(), **pile.agents}
    inputs = workflows.inputs()
    for page in pages:
        inputs |= workflows.own_input(page.tree)
    for page in pages:
        workflow, problems = workflows.read(page.tree, there, inputs)
        pile.blame(page.file, problems)
        if workflow is not None and not pile.twice(page, workflow.name, pile.workflows):
            pile.workflows[workflow.name] = (workflow, page)


def _read_boards(pile: _Pile, pages: list[Page]) -> None:
    rows = WorkflowVersion.objects.filter(is_current=True)
    there = {row.name: input_schema(row) for row in rows}
    there |= {name: dict(workflow.input_schema) for name, (workflow, _) in pile.workflows.items()}
    alone = {name: dict(spec.input_schema) for name, spec in {**agents.known(), **pile.agents}.items()}
    for page in pages:
        board = read_board(page.tree, there, alone)
        if not isinstance(board, BoardSpec):
            pile.blame(page.file, board)
        elif not pile.twice(page, board.name, pile.boards):
            pile.boards[board.name] = board


def _listed(pile: _Pile) -> Iterable[Loaded]:
    for noun, names in (("agent", pile.agents), ("workflow", pile.workflows), ("board", pile.boards)):
        yield from (Loaded(noun=noun, name=name, is_new=None) for name in names)


def _kept(user: User, pile: _Pile) -> Iterable[Loaded]:
    for name, spec in pile.agents.items():
        yield Loaded(noun="agent", name=name, is_new=agents.keep(user, spec, pile.texts.get(name, "")).is_new)
    lone_agents.renew(user, pile.agents)
    for name, (workflow, page) in pile.workflows.items():
        yield Loaded(noun="workflow", name=name, is_new=workflows.keep(user, workflow, page.tree, page.text).is_new)
    for name, board in pile.boards.items():
        yield Loaded(noun="board", name=name, is_new=boards.apply_board(user, board))
