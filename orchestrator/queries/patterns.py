"""The fourteen patterns, and the examples that are loaded of them, each with its last run.

A workflow is an example of a pattern when its current version says so: `labels: {pattern: P7}`. Boards bear no labels;
the shipped one that agents pull from is known by its name.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db.models import TextField
from django.db.models.functions import Cast

from orchestrator.core.outcomes import Json
from orchestrator.core.status import RUN_ENDED
from orchestrator.models import Board, Card, Gate, Run, User, WorkflowVersion
from orchestrator.queries.boards import visible_boards
from orchestrator.queries.deciders import Decider
from orchestrator.queries.families import open_gates_of
from orchestrator.queries.runs import visible_runs
from orchestrator.queries.scope import signed_in

PULLED = "tickets"
"""The shipped board that agents pull from (P13)."""
MOST = 200
"""Workflows with a label that are looked at."""
SHOWN = ("id", "title", "status", "reason", "workflow", "created_at", "ended_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """One way to let agents work together."""

    id: str
    title: str
    page: str
    """Its page in the documentation."""

    @property
    def doc(self) -> str:
        """Return where the repository describes it; empty where it does not."""
        path = f"docs/patterns/{self.page}.md"
        return path if (settings.BASE_DIR / path).is_file() else ""


PATTERNS = tuple(
    Pattern(id=f"P{number}", title=title, page=page)
    for number, (title, page) in enumerate((
        ("Sequential pipeline", "pipeline"),
        ("Split and merge", "split-merge"),
        ("Orchestrator and workers", "orchestrate"),
        ("Supervisor with worker pool", "supervisor"),
        ("Hierarchical delegation", "hierarchy"),
        ("Task graph from a planner", "plan"),
        ("Planner, generator, evaluator", "refine"),
        ("Consensus and debate", "debate"),
        ("Explorer and critic", "explore"),
        ("Blackboard", "blackboard"),
        ("Peer to peer", "peers"),
        ("Agents as typed tools", "calls"),
        ("Iterative Kanban", "kanban"),
        ("Workflow as controller", "controller"),
    ), start=1)
)  # fmt: skip
NUMBER = {pattern.id: number for number, pattern in enumerate(PATTERNS)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A workflow or a board that shows a pattern at work."""

    pattern: Pattern
    name: str
    role: str
    flow: WorkflowVersion | None = None
    board: Board | None = None
    run: Run | None = None
    """The last one the viewer may see."""
    gate: Gate | None = None
    """Where that run, or one below it, waits for a person."""
    is_yours: bool = False
    """Whether the viewer's role may decide there."""

    @property
    def kind(self) -> str:
        """Tell what it is: workflow or board."""
        return "workflow" if self.flow else "board"


def examples(viewer: object, names: Iterable[str] | None = None) -> tuple[Example, ...]:
    """List the examples that are loaded, or those of these names, in the order of their patterns."""
    user = signed_in(viewer)
    flows = [(flow, number) for flow in _labelled() if (number := NUMBER.get(label_of(flow))) is not None]
    found = [_of_flow(user, flow, PATTERNS[number]) for flow, number in flows]
    found += [_of_board(board) for board in visible_boards(user).filter(name=PULLED)]
    wanted = found if names is None else [one for one in found if one.name in set(names)]
    return tuple(sorted(_waiting(user, wanted), key=lambda one: (NUMBER[one.pattern.id], one.name)))


def label_of(flow: WorkflowVersion) -> str:
    """Return the pattern a workflow says it shows; empty where it says none."""
    source: Json = flow.source
    labels = source.get("labels") if isinstance(source, dict) else None
    return str(labels.get("pattern", "")) if isinstance(labels, dict) else ""


def _labelled() -> list[WorkflowVersion]:
    rows = WorkflowVersion.objects.filter(is_current=True).alias(written=Cast("source", TextField()))
    return list(rows.filter(written__contains='"pattern":').only("name", "version", "role", "source")[:MOST])


def _of_flow(user: User, flow: WorkflowVersion, pattern: Pattern) -> Example:
    runs = visible_runs(user).filter(workflow=flow.name, parent_id="").order_by("-id")
    return Example(pattern=pattern, name=flow.name, role=flow.role, flow=flow, run=runs.only(*SHOWN).first())


def _of_board(board: Board) -> Example:
    worked_on = Card.objects.filter(board=board).exclude(run_id="").values("run_id")
    run = Run.objects.filter(pk__in=worked_on).order_by("-id").only(*SHOWN).first()
    role = "Tickets wait in a column; an agent takes them as it has room, and people may take one over."
    return Example(pattern=PATTERNS[NUMBER["P13"]], name=board.name, role=role, board=board, run=run)


def _waiting(user: User, found: Iterable[Example]) -> Iterable[Example]:
    examples = list(found)
    held = open_gates_of(one.run.id for one in examples if one.run and one.run.status not in RUN_ENDED)
    decider = Decider(user=user, groups=frozenset())
    for one in examples:
        gate = next(iter(held.get(one.run.id, ())), None) if one.run else None
        # A viewer may stand for a whole team here, so that nothing is said of one account alone.
        yours = gate is not None and not gate.not_starter and decider.may(gate)
        yield Example(pattern=one.pattern, name=one.name, role=one.role, flow=one.flow, board=one.board, run=one.run,
                      gate=gate, is_yours=yours)  # fmt: skip
