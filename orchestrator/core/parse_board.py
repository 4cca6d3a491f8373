"""Reads the file of a board: its columns, and what each does with a card that enters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.core import shapes
from orchestrator.core.boards import BoardSpec, ColumnSpec, Policy, alone
from orchestrator.core.parse import Problems
from orchestrator.core.parse_steps import StepReader
from orchestrator.core.scope import Types
from orchestrator.core.shapes import Schema
from orchestrator.core.tree import Tree
from orchestrator.core.words import suggestion

_CARD = shapes.of_schema(
    {
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "title": {"type": "string"},
            "description": {"type": "string"},
            "input": {},
            "priority": {"type": "integer"},
            "labels": {"type": "array", "items": {"type": "string"}},
            "guidance": {"type": "string"},
        },
    }
)
_WORDS = tuple(policy for policy in Policy if policy != Policy.WORKFLOW)


MOST_NAME = 80
"""Characters of a workflow's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Work:
    """What a column does with a card that enters, and where it takes cards from."""

    workflow: str = ""
    agent: str = ""
    pulls_from: str = ""
    with_: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """Reads columns, knowing which workflows and agents there are."""

    reader: StepReader
    workflows: Mapping[str, Schema] | None
    agents: Mapping[str, Schema] | None

    def column(self, tree: Tree) -> ColumnSpec:
        fields = self.reader.fields(tree, ("name", "policy", "limit"), "a column", required=("name",))
        policy = fields.get("policy")
        work = self.work(policy) if policy is not None and isinstance(policy.value, dict) else None
        return ColumnSpec(
            name=self.reader.text(fields.get("name")),
            policy=Policy.WORKFLOW if work else self.word(policy),
            workflow=work.workflow if work else "",
            agent=work.agent if work else "",
            pulls_from=work.pulls_from if work else "",
            with_=work.with_ if work else None,
            limit=self.reader.whole(fields.get("limit"), None, least=1, most=10_000),
        )

    def word(self, tree: Tree | None) -> Policy:
        if tree is not None and tree.value == Policy.WORKFLOW:
            self.reader.wrong(
                tree, "the policy workflow needs the name of one", "write policy: {workflow: repo-review}"
            )
            return Policy.MANUAL
        return self.reader.choice(tree, _WORDS, Policy.MANUAL)

    def work(self, tree: Tree) -> _Work:
        fields = self.reader.fields(tree, ("workflow", "agent", "pull", "with"), "a policy")
        if ("workflow" in fields) == ("agent" in fields):
            said = "takes either 'workflow' or 'agent'" if "agent" in fields else "needs 'workflow' or 'agent'"
            self.reader.wrong(tree, f"a policy {said}", "write workflow: NAME, or agent: NAME for one that works alone")
        agent = self.known(fields.get("agent"), "an agent", self.agents)
        workflow = alone(agent) if agent else self.known(fields.get("workflow"), "a workflow", self.workflows)
        if len(workflow) > MOST_NAME:
            self.reader.wrong(fields["agent"], "is too long a name for an agent that works alone", "shorten it")
        written = fields.get("with")
        if written is not None:
            self.contract(agent or workflow, (self.agents if agent else self.workflows) or {}, written)
        return _Work(
            workflow=workflow, agent=agent, pulls_from=self.reader.text(fields.get("pull")),
            with_=None if written is None else self.reader.expressions(written, "'with'"),
        )  # fmt: skip

    def known(self, tree: Tree | None, what: str, there: Mapping[str, Schema] | None) -> str:
        name = self.reader.slug(tree, what)
        if tree is not None and name and there is not None and name not in there:
            self.reader.wrong(
                tree, f"there is no {what.split()[1]} '{name}'", suggestion(name, there) or "define it first"
            )
        return name

    def contract(self, name: str, there: Mapping[str, Schema], written: Tree) -> None:
        given = written.value if isinstance(written.value, dict) else {}
        types = Types(reader=self.reader, kinds={}, agents={}, names={"card": _CARD})
        types.hand_over(given, there.get(name, {}), name or "the workflow", written)

    def pulls(self, tree: Tree, column: ColumnSpec, columns: tuple[ColumnSpec, ...]) -> None:
        """Check where a column pulls from, and that it cannot empty it into itself all at once."""
        at = tree.at("policy.pull")
        source = next((one for one in columns if one.name == column.pulls_from), None)
        if source is None:
            hint = suggestion(column.pulls_from, [one.name for one in columns])
            self.reader.wrong(at, f"there is no column '{column.pulls_from}' on this board", hint)
        elif source.policy != Policy.MANUAL:
            hint = "pull from a column with the policy manual"
            self.reader.wrong(at, f"'{source.name}' is no column where people put cards", hint)
        if column.limit is None and "limit" not in tree.inner_names():
            hint = "add limit: 2, or how many cards may be at work at once"
            self.reader.wrong(at, "a column that pulls needs a 'limit', or it takes everything at once", hint)


def read_board(
    tree: Tree, workflows: Mapping[str, Schema] | None = None, agents: Mapping[str, Schema] | None = None
) -> BoardSpec | Problems:
    """Return the board a file describes, or everything that is wrong with it.

    `workflows` and `agents` are the input schemas of those there are, by name; None leaves names and inputs unchecked.
    """
    reader = StepReader(problems=list(tree.faults))
    if tree.value is None and tree.faults:
        return reader.found()
    fields = reader.fields(tree, ("board", "title", "columns"), "a board", required=("board", "columns"))
    name = reader.slug(fields.get("board"), "a board")
    items = reader.items(fields.get("columns"), "columns")
    if "columns" in fields and isinstance(fields["columns"].value, list) and not items:
        reader.wrong(fields["columns"], "a board needs at least one column", "add - name: …")
    read = _Columns(reader=reader, workflows=workflows, agents=agents)
    columns = tuple(read.column(item) for item in items)
    for number, (item, column) in enumerate(zip(items, columns, strict=True)):
        if column.name and column.name in [other.name for other in columns[:number]]:
            reader.wrong(item.at("name"), f"another column is called '{column.name}'", "rename one")
        if column.pulls_from:
            read.pulls(item, column, columns)
    title = reader.text(fields.get("title"), default=name.replace("-", " ").capitalize())
    return reader.found() or BoardSpec(name=name, title=title, columns=columns)
