"""Reads steps: what they have in common, which kind they are, and what they need. Each kind reads its own fields."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, Protocol, TypedDict

from orchestrator.core.definition import Node
from orchestrator.core.parse import Reader
from orchestrator.core.tree import Tree
from orchestrator.core.words import nearest, suggestion

COMMON = ("id", "when", "needs", "optional")


class Common(TypedDict):
    """What every node is made with."""

    id: str
    when: str
    needs: tuple[str, ...] | None
    optional: bool
    line: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepTree:
    """A step as it is written: the common part is read, the kind's own part is not."""

    tree: Tree
    """The step; errors about what is missing stand here."""
    own: Tree
    """What stands behind the name of the kind."""
    fields: Mapping[str, Tree] = field(default_factory=dict)
    """What stands beside it."""
    common: Common


@dataclass(frozen=True, slots=True, kw_only=True)
class Blank(Node):
    """A step that could not be read, in its place so that others can still refer to it."""

    kind: ClassVar[str] = "blank"


class Parser(Protocol):
    """The part of a kind that reads."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names that may stand beside the kind's own."""

    def parse(self, step: StepTree, reader: StepReader) -> Node | None:
        """Read a step of this kind; None where a pattern could not be written out, which is noted."""


@dataclass(slots=True)
class StepReader(Reader):
    """Reads steps, and remembers where each node was written."""

    kinds: Mapping[str, Parser] = field(default_factory=dict)
    written_out: dict[int, tuple[Tree, Tree, str]] = field(default_factory=dict)
    """Steps that stand for others, by identity: as they are written, as they are read, and the pattern's name."""
    _marks: dict[int, tuple[Node, StepTree]] = field(default_factory=dict)

    def written(self, node: Node) -> StepTree | None:
        """Return how a node was written."""
        mark = self._marks.get(id(node))
        return mark[1] if mark else None

    def keep(self, node: Node, step: StepTree) -> Node:
        """Remember where a node was written; the node is kept, so that its identity stays its own."""
        self._marks[id(node)] = (node, step)
        return node

    def steps(self, tree: Tree | None) -> tuple[Node, ...]:
        """Read the steps of a sequence, in order, with what they need."""
        items = self.items(tree, "steps")
        if tree is not None and isinstance(tree.value, list) and not items:
            self.wrong(tree, "a sequence needs at least one step", "add - id: … with agent: …")
        ids = [_id_of(item) for item in items]
        nodes = [self.step(item, fallback=f"_{number + 1}") for number, item in enumerate(items)]
        for number, item in enumerate(items):
            if ids[number] and ids[number] in ids[:number]:
                first = items[ids.index(ids[number])].line
                self.wrong(
                    item.at("id"), f"another step is called '{ids[number]}'", f"it stands in line {first}" * bool(first)
                )
        return _settled(nodes, self._needs(items, ids), self)

    def step(self, tree: Tree, *, name: str = "", fallback: str = "", without: Collection[str] = ()) -> Node:
        """Read one step. One that takes its id from where it stands has a `name`, and may lack what is in `without`."""
        if not isinstance(tree.value, dict):
            self.fields(tree, ("id", *self.kinds), "a step")
            return Blank(id=name or fallback, line=tree.line)
        found = [kind for kind in tree.value if kind in self.kinds]
        allowed = [one for one in COMMON if one not in without]
        beside = self.kinds[found[0]].fields if len(found) == 1 else _all_fields(self.kinds)
        known = (*allowed, *self.kinds, *beside, *(("pattern",) if tree.is_made else ()))
        fields = self.fields(tree, known, "a step", required=() if name else ("id",))
        common = self._common(tree, fields, name, fallback)
        if len(found) != 1:
            self._not_one_kind(tree, found, known)
            return self.keep(Blank(**common), StepTree(tree=tree, own=tree, fields=fields, common=common))
        own = StepTree(tree=tree, own=tree.value[found[0]], fields=fields, common=common)
        node = self.kinds[found[0]].parse(own, self)
        if node is None:
            return self.keep(Blank(**common), own)
        if "pattern" in fields:  # it was written out when the workflow was applied
            return self.keep(replace(node, pattern=self.text(fields["pattern"])), self.written(node) or own)
        inside = self.written(node)
        if inside is None:
            return self.keep(node, own)
        self.written_out[id(tree)] = (tree, inside.tree, node.pattern)
        return node

    def _common(self, tree: Tree, fields: Mapping[str, Tree], name: str, fallback: str) -> Common:
        own_id = self.id(fields["id"]) if "id" in fields else ""
        return Common(
            id=name or own_id or fallback,
            when=self.expression(fields.get("when")),
            needs=self.texts(fields["needs"], "ids of steps") if "needs" in fields else None,
            optional=self.flag(fields.get("optional")),
            line=tree.line,
        )

    def _not_one_kind(self, tree: Tree, found: list[str], known: Collection[str]) -> None:
        kinds = ", ".join(self.kinds)
        inner = tree.value if isinstance(tree.value, dict) else {}
        if len(found) > 1:
            self.wrong(
                inner[found[1]], f"a step is one thing: '{found[0]}' or '{found[1]}'", "make two steps", at_name=True
            )
        elif not any(nearest(name, known) in self.kinds for name in inner if name not in known):
            self.wrong(tree, f"a step needs one of {kinds}", "say what is done here")

    def _needs(self, items: Sequence[Tree], ids: Sequence[str]) -> list[tuple[str, ...] | None]:
        """Return for each step the needs that can be met; tell of the others."""
        wanted = [_needs_of(item) for item in items]
        met: list[tuple[str, ...] | None] = []
        for number, needs in enumerate(wanted):
            if needs is None:
                met.append(None)
                continue
            earlier = ids[:number]
            for need in needs:
                if isinstance(need.value, str) and need.value.strip() and need.value not in earlier:
                    self._no_such_need(need, need.value, number, ids, wanted)
            met.append(tuple(one.value for one in needs if isinstance(one.value, str) and one.value in earlier))
        return met

    def _no_such_need(
        self, tree: Tree, need: str, number: int, ids: Sequence[str], wanted: Sequence[Sequence[Tree] | None]
    ) -> None:
        if need == ids[number]:
            self.wrong(tree, f"'{need}' needs itself", "leave it out")
        elif need not in ids:
            self.wrong(tree, f"there is no step '{need}' beside this one", suggestion(need, ids[:number]))
        elif _leads_back(need, number, ids, wanted):
            self.wrong(tree, f"'{need}' waits for this step, so neither would ever start", "break the circle")
        else:
            self.wrong(tree, f"'{need}' is written later; a step needs earlier ones", f"move '{need}' up")


def _id_of(tree: Tree) -> str:
    found = tree.value.get("id") if isinstance(tree.value, dict) else None
    return found.value if found is not None and isinstance(found.value, str) else ""


def _needs_of(tree: Tree) -> list[Tree] | None:
    found = tree.value.get("needs") if isinstance(tree.value, dict) else None
    return found.value if found is not None and isinstance(found.value, list) else None


def _leads_back(need: str, number: int, ids: Sequence[str], wanted: Sequence[Sequence[Tree] | None]) -> bool:
    """Tell whether following the needs of a later step comes to step `number`."""
    ahead, seen = [ids.index(need)], set[int]()
    while ahead:
        here = ahead.pop()
        if here == number:
            return True
        if here in seen:
            continue
        seen.add(here)
        stated = wanted[here]
        if stated is None:
            ahead.extend([here - 1] if here else [])
        else:
            ahead.extend(ids.index(one.value) for one in stated if isinstance(one.value, str) and one.value in ids)
    return False


def _settled(nodes: Sequence[Node], needs: Sequence[tuple[str, ...] | None], reader: StepReader) -> tuple[Node, ...]:
    """Return the nodes with only the needs that can be met, so that those who follow them find every one."""
    settled: list[Node] = []
    for node, met in zip(nodes, needs, strict=True):
        step = reader.written(node)
        new = node if node.needs == met else replace(node, needs=met)
        settled.append(reader.keep(new, step) if step is not None else new)
    return tuple(settled)


def _all_fields(kinds: Mapping[str, Parser]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for kind in kinds.values() for name in kind.fields))
