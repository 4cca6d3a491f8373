"""What a page about an approval says besides the gate itself: what each decision does, and who has agreed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from orchestrator.core.definition import Node, Workflow
from orchestrator.core.errors import BrokenError
from orchestrator.core.ids import StepPath, name_of, parent
from orchestrator.core.look import targets_of
from orchestrator.core.lookup import UnknownStep, node_at
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.nodes.gate import Gate as GateNode
from orchestrator.core.nodes.sequence import Sequence as SequenceNode
from orchestrator.core.outcomes import Json
from orchestrator.models import Event, Gate, GateDecision, Run, WorkflowVersion
from orchestrator.queries.gates import is_of_call, wants_answer
from orchestrator.queries.track import definition

OCCURRENCE = re.compile(r"\[\d+\]|#\d+")
"""What tells apart the occurrences of one step: its place in a map or a loop, and its generation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consequences:
    """What each decision does."""

    approve: str
    reject: str
    send_back: str
    targets: tuple[str, ...] = ()
    """Steps the work can be sent back to, the nearest first; none where that leads nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One thing that somebody changed while approving."""

    by: GateDecision
    name: str
    before: Json
    after: Json


def runs_of(gates: Iterable[Gate]) -> dict[str, Run]:
    """Return the runs of these gates by their ids."""
    ids = {gate.run_id for gate in gates}
    return {run.id: run for run in Run.objects.filter(pk__in=ids).defer("input", "output", "agents")}


def approvals_so_far(gates: Sequence[Gate]) -> dict[int, int]:
    """Count for each gate the people who agreed to what it shows now."""
    rows = GateDecision.objects.filter(run_id__in={gate.run_id for gate in gates}, verdict="approve")
    agreed: dict[tuple[str, str, str], set[str]] = {}
    for run_id, path, digest, actor in rows.values_list("run_id", "path", "digest", "actor"):
        agreed.setdefault((run_id, path, digest), set()).add(actor)
    return {gate.pk: len(agreed.get((gate.run_id, gate.path, gate.digest), ())) for gate in gates}


def decisions_of(gates: Sequence[Gate]) -> dict[int, list[GateDecision]]:
    """List for each gate what was decided there, the first one first."""
    found: dict[tuple[str, str], list[GateDecision]] = {}
    for one in GateDecision.objects.filter(run_id__in={gate.run_id for gate in gates}).order_by("run_id", "n"):
        found.setdefault((one.run_id, one.path), []).append(one)
    return {gate.pk: found.get((gate.run_id, gate.path), []) for gate in gates}


def as_it_stands(gate: Gate, made: Sequence[GateDecision]) -> Gate:
    """Return a gate with what it shows now: under a quorum, an edit of one is what the others are asked about."""
    shown = dict(gate.shown or {})
    for one in made:
        shown |= (one.edits or {}) if one.verdict == "approve" else {}
    gate.shown = shown
    return gate


def edits_of(gate: Gate, made: Sequence[GateDecision]) -> tuple[Edit, ...]:
    """Return what people changed at a gate, each beside what stood there before, in the order it happened."""
    if not any(one.edits for one in made):
        return ()
    opened = Event.objects.filter(run_id=gate.run_id, path=gate.path, type="gate.opened").order_by("n").first()
    return _edits(made, opened)


def _edits(made: Sequence[GateDecision], opened: Event | None) -> tuple[Edit, ...]:
    held: dict[str, Json] = dict((opened.data or {}).get("shown") or {}) if opened else {}
    found: list[Edit] = []
    for one in made:
        for name, after in (one.edits or {}).items():
            found.append(Edit(by=one, name=name, before=held.get(name), after=after))
            held[name] = after
    return tuple(found)


def edits_of_many(gates: Iterable[Gate], made: Mapping[int, Sequence[GateDecision]]) -> dict[int, tuple[Edit, ...]]:
    """List what people changed at each of these gates where anybody did: one question for all of them."""
    changed = [gate for gate in gates if any(one.edits for one in made.get(gate.pk, ()))]
    if not changed:
        return {}
    rows = Event.objects.filter(run_id__in={gate.run_id for gate in changed}, type="gate.opened").order_by(
        "run_id", "n"
    )
    began: dict[tuple[str, str], Event] = {}
    for event in rows:
        began.setdefault((event.run_id, event.path), event)
    return {gate.pk: _edits(made[gate.pk], began.get((gate.run_id, gate.path))) for gate in changed}


def kind_of(gate: Gate, run: Run | None) -> str:
    """Name what approvals have in common that one look may decide together; empty where each needs its own.

    Alike are those of the same step of the same workflow; one that takes several people, one that somebody has changed
    already, one that has to be answered, and the risky call of a tool stand alone (H6).
    """
    if run is None or gate.quorum > 1 or wants_answer(gate) or is_of_call(gate):
        return ""
    return f"{run.workflow}/{OCCURRENCE.sub('', gate.path)}"


def consequences(gate: Gate, run: Run) -> Consequences:
    """Say in words what approving, rejecting and sending back would do."""
    path = StepPath(gate.path)
    try:
        flow = definition(run.workflow, run.version)
        node, targets = node_at(flow, path), targets_of(flow, path)
    except (UnknownStep, WorkflowVersion.DoesNotExist, BrokenError):
        return Consequences(approve="the run goes on", reject="the run fails", send_back="")
    if wants_answer(gate):
        return _of_answer(flow, path, targets)
    back = f"{targets[0]} is done again with your feedback, and this is asked anew" if targets else ""
    if is_of_call(gate):
        agent = (gate.shown or {}).get("agent")
        return Consequences(approve=f"{agent} makes this call, once, as it stands here",
                            reject=f"the call is never made, and {agent} is told so", send_back=back,
                            targets=targets)  # fmt: skip
    goes_on = isinstance(node, GateNode) and node.on_reject == "continue"
    return Consequences(
        approve=_next(flow, path),
        reject="the run goes on, told that it was rejected" if goes_on else "the run fails; what follows never starts",
        send_back=back, targets=targets,
    )  # fmt: skip


def _of_answer(flow: Workflow, path: StepPath, targets: tuple[str, ...]) -> Consequences:
    """Say what follows where a person does the step itself: the answer is what it comes to."""
    step = parent(path) or path
    back = f"{targets[0]} is done again with your feedback, and this is asked anew" if targets else ""
    return Consequences(approve=_next(flow, step), reject=f"{name_of(step)} fails with your reason", send_back=back,
                        targets=targets)  # fmt: skip


def _next(flow: Workflow, path: StepPath) -> str:
    """Name what waits for this step, in the nearest sequence around it where anything does."""
    below = path
    while (above := parent(below)) is not None:
        node = node_at(flow, above)
        following = _following(node, name_of(below)) if isinstance(node, SequenceNode) else []
        if following:
            return " and ".join(_started(step) for step in following)
        below = above
    return "the run comes to its end"


def _following(node: SequenceNode, name: str) -> list[Node]:
    return [step for number, step in enumerate(node.steps) if name in node.needs_of(number)]


def _started(step: Node) -> str:
    if not isinstance(step, AgentNode):
        return f"{step.id} starts"
    return f"{step.id} starts" + (f" (agent {step.agent})" if step.agent != step.id else "")
