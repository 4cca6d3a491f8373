"""The life cycle of a request (L1), read off the events of its run: what phase it is in, and which event shows it.

Pure: the events that matter are few, and who reads them need not read the others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from orchestrator.core.asking import CALL
from orchestrator.core.book import Recorded
from orchestrator.core.definition import Node, Workflow
from orchestrator.core.events import (
    AttemptEnded,
    AttemptQueued,
    AttemptStarted,
    ChildRequested,
    Fact,
    HandoffJudged,
    PersonAsked,
    ReviewJudged,
    RunEnded,
    RunForked,
    RunStarted,
    StepReopened,
)
from orchestrator.core.ids import ROOT, StepPath, child, name_of
from orchestrator.core.nodes.catalogue import KINDS
from orchestrator.core.status import RunStatus

NAMES = ("parse and validate", "plan", "select agents", "execute", "review", "respond")
TEMPLATE = "Known_"
"""How the ids of steps begin that run a template of a plan."""
CHECKED = ("review", "handoff", "supervise")
"""Kinds of steps that review results."""
PLANNED = ("plan", "orchestrate")
"""Patterns whose steps are planned while the run goes on."""
MATTER: tuple[type[Fact], ...] = (
    RunStarted, RunForked, ChildRequested, AttemptQueued, AttemptStarted, AttemptEnded, ReviewJudged, HandoffJudged,
    RunEnded, StepReopened, PersonAsked,
)  # fmt: skip
"""Facts a phase can be read off."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """One phase of a run."""

    name: str
    state: str = "ahead"
    """ahead, now, done, failed, or none (the run ended before it, or needed none)."""
    n: int | None = None
    """Number of the event that shows it."""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """What a workflow says of its life cycle."""

    plans: bool = False
    agents: bool = True
    """Whether any step calls one."""
    checks: tuple[StepPath, ...] = ()
    """Paths of the steps that review, as they would be in the first generation; below a map that of the map."""


def declared(workflow: Workflow) -> Declared:
    """Return what a workflow plans at run time, and where it reviews."""
    nodes = list(_nodes(workflow.root, ROOT, is_many=False))
    checks = dict.fromkeys(path for path, node in nodes if node.kind in CHECKED)
    plans = any(node.pattern in PLANNED for _, node in nodes)
    return Declared(plans=plans, agents=plans or bool(workflow.agents), checks=tuple(checks))


def _nodes(node: Node, path: StepPath, *, is_many: bool) -> Iterator[tuple[StepPath, Node]]:
    """Yield every node with its path; what stands for many steps, and all in it, with the path of the outermost."""
    yield path, node
    inside = KINDS[node.kind].children(node) if node.kind in KINDS else ()
    for inner in inside:
        below = is_many or inner.id == node.id
        yield from _nodes(inner, path if below else child(path, inner.id), is_many=below)


def phases(events: Iterable[Recorded], said: Declared) -> tuple[Phase, ...]:
    """Return the phases of a run, given its events in order, or at least the first and the last that matter."""
    seen = _Seen(said)
    for one in events:
        seen.take(one)
    return seen.phases()


@dataclass(slots=True)
class _Seen:
    """The events that show something."""

    said: Declared
    began: Recorded | None = None
    planned: Recorded | None = None
    queued: Recorded | None = None
    queued_last: Recorded | None = None
    worked: Recorded | None = None
    judged: Recorded | None = None
    ended: Recorded | None = None

    def take(self, one: Recorded) -> None:
        """Keep an event that shows a phase first, or shows its latest."""
        match one.fact:
            case RunStarted() | RunForked():
                self.began = one
            case ChildRequested() if _is_plan(one.fact):
                self.planned = self.planned or one
            case AttemptQueued() if not _is_ours(one.fact.agent):
                self.queued, self.queued_last = self.queued or one, one
            case PersonAsked():  # whoever is asked is at work
                self.queued, self.queued_last, self.worked = self.queued or one, one, self.worked or one
            case AttemptStarted() | AttemptEnded():
                self.worked = self.worked or one
            case ReviewJudged() | HandoffJudged():
                self.judged = one
            case RunEnded():
                self.ended = one
            case StepReopened() if one.fact.path == ROOT:
                self.ended = None

    def phases(self) -> tuple[Phase, ...]:
        """Return each phase; of those that have not come to their end, the first is the one the run is in."""
        found = [make() for make in (self._begun, self._plan, self._select, self._execute, self._review, self._respond)]
        if self.ended is not None:
            return tuple(replace(one, state="none") if one.state in ("ahead", "now") else one for one in found)
        first = next((place for place, one in enumerate(found) if one.state != "done"), None)
        return tuple(
            replace(one, state="now") if place == first else one for place, one in enumerate(found)
        )  # fmt: skip

    def _begun(self) -> Phase:
        return _shown(NAMES[0], self.began, lambda fact: f"the input fits {getattr(fact, 'workflow', '')}")

    def _plan(self) -> Phase:
        if self.said.plans:
            return _shown(NAMES[1], self.planned, _planned)
        return _shown(NAMES[1], self.began, lambda fact: f"fixed by version {getattr(fact, 'version', '')[:7]}")

    def _select(self) -> Phase:
        if not self.said.agents:
            return _shown(NAMES[2], self.began, lambda fact: "none: no step calls an agent")
        return _shown(NAMES[2], self.queued, lambda fact: f"{getattr(fact, 'agent', '')} first")

    def _execute(self) -> Phase:
        """It goes on until the work is reviewed, or the run is over."""
        phase = _shown(NAMES[3], self.worked, lambda fact: "")
        is_over = self.ended is not None or self._is_reviewed()
        return phase if is_over or phase.state != "done" else replace(phase, state="ahead")

    def _is_reviewed(self) -> bool:
        """Tell whether the last thing that was done was looked at, and not sent back."""
        judged, last = self.judged, self.queued_last
        if judged is None or _verdict(judged) not in ("pass", *_ASKS):
            return False
        return last is None or last.n < judged.n

    def _review(self) -> Phase:
        if not self.said.checks:
            n = self.ended.n if self.ended is not None and self._has_succeeded() else None
            words = "no checks declared: output contract only"
            return Phase(name=NAMES[4], state="done" if n else "ahead", n=n, words=words)
        if self.judged is None:
            return Phase(name=NAMES[4])
        verdict = _verdict(self.judged)
        phase = _shown(NAMES[4], self.judged, lambda fact: _VERDICTS.get(verdict, verdict))
        if self._has_succeeded():
            return replace(phase, words="a person decided") if verdict in _ASKS else phase
        return phase if verdict == "pass" and self._is_reviewed() else replace(phase, state="ahead")

    def _respond(self) -> Phase:
        phase = _shown(NAMES[5], self.ended, lambda fact: getattr(fact, "reason", "") or _status(fact))
        return phase if self.ended is None or self._has_succeeded() else replace(phase, state="failed")

    def _has_succeeded(self) -> bool:
        return self.ended is not None and _status(self.ended.fact) == RunStatus.SUCCEEDED


_ASKS = ("ask", "escalate")
_VERDICTS = {
    "pass": "passed",
    "retry": "sent back",
    "redo": "sent back",
    "reroute": "given to another agent",
    "degrade": "replaced by a declared value",
    "escalate": "with a person",
    "ask": "with a person",
    "fail": "did not pass",
}
"""What a review came to, in words."""


def _is_plan(fact: ChildRequested) -> bool:
    """Tell whether a run is the plan of a step: a graph that was drafted, or a template for a known type of task."""
    name = name_of(fact.path)
    return name.startswith(TEMPLATE) or (fact.definition is not None and name != CALL)


def _planned(fact: Fact) -> str:
    is_known = isinstance(fact, ChildRequested) and fact.definition is None
    return f"a known type of task, planned by {getattr(fact, 'workflow', '')}" if is_known else "drafted and checked"


def _is_ours(agent: str) -> bool:
    """Tell whether it is part of Signalbox: no agent of a user can be called so."""
    return agent == "merge" or "." in agent


def _verdict(one: Recorded) -> str:
    return str(getattr(one.fact, "verdict", ""))


def _status(fact: Fact) -> str:
    return str(getattr(fact, "status", ""))


def _shown(name: str, one: Recorded | None, words: Callable[[Fact], str]) -> Phase:
    return Phase(name=name) if one is None else Phase(name=name, state="done", n=one.n, words=words(one.fact))
