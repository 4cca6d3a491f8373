"""Loads workflows: reads a text, says everything that is wrong with it, keeps it as a version if its content is new."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.db import transaction

from orchestrator.core import validate
from orchestrator.core.definition import Workflow
from orchestrator.core.errors import RejectedError
from orchestrator.core.problems import Problem
from orchestrator.core.tree import Tree
from orchestrator.files.yaml_text import read_text
from orchestrator.models import User, WorkflowVersion
from orchestrator.services import audit
from orchestrator.services.access import Verb, require
from orchestrator.services.agents import Known, known
from orchestrator.services.runs import input_schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A version that is current now."""

    version: WorkflowVersion
    is_new: bool
    """False when this very content had been loaded before."""


def apply(actor: object, text: str, name: str | None = None) -> Applied:
    """Load a workflow from YAML or JSON; raises RejectedError with every problem at its line."""
    user = require(actor, Verb.APPLY_WORKFLOW)
    tree = read_text(text)
    workflow, found = read(tree, known(), inputs())
    if name and workflow is not None and workflow.name != name:
        found = (_other_name(tree, name),)
    if found or workflow is None:
        raise RejectedError(f"The workflow has {len(found)} problem{'s'[: len(found) != 1]}.", found)
    with transaction.atomic():
        return keep(user, workflow, tree, text)


def inputs() -> dict[str, dict[str, Any]]:
    """Return the input contracts of the workflows there are, by name."""
    rows = WorkflowVersion.objects.filter(is_current=True).only("name", "source")
    return {row.name: input_schema(row) for row in rows}


def read(
    tree: Tree, agents: Known, others: Mapping[str, Mapping[str, Any]]
) -> tuple[Workflow | None, tuple[Problem, ...]]:
    """Return the workflow of a tree, or everything that is wrong with it; `others` are what its steps may run."""
    found = validate.read_workflow(tree, agents, {**others, **own_input(tree)})
    return (found, ()) if isinstance(found, Workflow) else (None, found)


def own_input(tree: Tree) -> dict[str, dict[str, Any]]:
    """Return the input contract of the workflow a tree describes, under its name: its own steps may run it again."""
    found = validate.read_workflow(tree, None)
    return {found.name: dict(found.input_schema)} if isinstance(found, Workflow) else {}


def keep(user: User, workflow: Workflow, tree: Tree, text: str) -> Applied:
    """Make this content the current version, in the caller's transaction."""
    versions = WorkflowVersion.objects.select_for_update().filter(name=workflow.name)
    before = {row.version: row for row in versions}
    row = before.get(workflow.version)
    if row is not None and row.is_current:
        return Applied(version=row, is_new=False)
    versions.update(is_current=False)
    is_new = row is None
    if row is None:
        source = cast("Any", tree.plain())  # the column's type is that of its text
        row = WorkflowVersion(name=workflow.name, version=workflow.version, role=workflow.role, source=source,
                              frozen=workflow.frozen)  # fmt: skip
    row.is_current, row.text = True, text
    row.save()
    audit.record(user, "apply", "workflow", workflow.name, {"version": workflow.version, "is_new": is_new})
    return Applied(version=row, is_new=is_new)


def _other_name(tree: Tree, name: str) -> Problem:
    written = tree.at("workflow")
    message = f"the file says '{written.value}', the address says '{name}'"
    return Problem(path="workflow", message=message, hint="make them the same", line=written.line)
