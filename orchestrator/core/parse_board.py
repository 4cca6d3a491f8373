"""Reads the file of a board: its columns, and what each does with a card that enters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from orchestrator.core import shapes
from orchestrator.core.boards import BoardSpec, ColumnSpec, Policy
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
        },
    }
)
_WORDS = tuple(policy for policy in Policy if policy != Policy.WORKFLOW)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Columns:
    """Reads columns, knowing which workflows there are."""

    reader: StepReader
    workflows: Mapping[str, Schema] | None

    def column(self, tree: Tree) -> ColumnSpec:
        fields = self.reader.fields(tree, ("name", "policy", "limit"), "a column", required=("name",))
        policy = fields.get("policy")
        spec = self.workflow(policy) if policy is not None and isinstance(policy.value, dict) else None
        return ColumnSpec(
            name=self.reader.text(fields.get("name")),
            policy=Policy.WORKFLOW if spec else self.word(policy),
            workflow=spec[0] if spec else "",
            with_=spec[1] if spec else None,
            limit=self.reader.whole(fields.get("limit"), None, least=1, most=10_000),
        )

    def word(self, tree: Tree | None) -> Policy:
        if tree is not None and tree.value == Policy.WORKFLOW:
            self.reader.wrong(
                tree, "the policy workflow needs the name of one", "write policy: {workflow: repo-review}"
            )
            return Policy.MANUAL
        return self.reader.choice(tree, _WORDS, Policy.MANUAL)

    def workflow(self, tree: Tree) -> tuple[str, Mapping[str, str] | None]:
        fields = self.reader.fields(tree, ("workflow", "with"), "a policy", required=("workflow",))
        name = self.reader.slug(fields.get("workflow"), "a workflow")
        if name and self.workflows is not None and name not in self.workflows:
            hint = suggestion(name, self.workflows) or "define it first"
            self.reader.wrong(fields["workflow"], f"there is no workflow '{name}'", hint)
        written = fields.get("with")
        if written is None:
            return name, None
        read = self.reader.expressions(written, "'with'")
        self.contract(name, written)
        return name, read

    def contract(self, name: str, written: Tree) -> None:
        wanted = (self.workflows or {}).get(name, {})
        given = written.value if isinstance(written.value, dict) else {}
        types = Types(reader=self.reader, kinds={}, agents={}, names={"card": _CARD})
        types.hand_over(given, wanted, name or "the workflow", written)


def read_board(tree: Tree, workflows: Mapping[str, Schema] | None = None) -> BoardSpec | Problems:
    """Return the board a file describes, or everything that is wrong with it.

    `workflows` are the input schemas of those there are, by name; None leaves names and inputs unchecked.
    """
    reader = StepReader(problems=list(tree.faults))
    if tree.value is None and tree.faults:
        return reader.found()
    fields = reader.fields(tree, ("board", "title", "columns"), "a board", required=("board", "columns"))
    name = reader.slug(fields.get("board"), "a board")
    items = reader.items(fields.get("columns"), "columns")
    if "columns" in fields and isinstance(fields["columns"].value, list) and not items:
        reader.wrong(fields["columns"], "a board needs at least one column", "add - name: …")
    columns = tuple(_Columns(reader=reader, workflows=workflows).column(item) for item in items)
    for number, column in enumerate(columns):
        if column.name and column.name in [other.name for other in columns[:number]]:
            reader.wrong(items[number].at("name"), f"another column is called '{column.name}'", "rename one")
    title = reader.text(fields.get("title"), default=name.replace("-", " ").capitalize())
    return reader.found() or BoardSpec(name=name, title=title, columns=columns)
