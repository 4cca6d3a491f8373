"""The drill: a clean dry run, then one for each step and fault, each judged by what happened. Bounded, repeatable."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from orchestrator.core.drill.applies import NOBODY_ELSE, ONCE, asking_again, is_asked_again, rival
from orchestrator.core.drill.faults import OF_PEOPLE, Fault
from orchestrator.core.drill.places import every, plain
from orchestrator.core.drill.report import Cell, Report, Row, Verdict
from orchestrator.core.drill.samples import TASTES, Taste
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.people import FORM
from orchestrator.core.status import RunStatus
from orchestrator.engine.builtin import BUILTIN
from orchestrator.engine.drill.dry import Setting, Trace, dry_run
from orchestrator.engine.drill.hands import Asked
from orchestrator.engine.drill.judging import Tried, ending, judged
from orchestrator.engine.drill.wrong import Wrong

MOST_STEPS = 60
MOST_ATTEMPTS = 10_000
"""Of all dry runs together; what is not drilled then is told."""
BRIEF = (Fault.MALFORMED, Fault.TIMEOUT, Fault.CRASH)
"""Faults that may also happen once only."""
OTHER_TASTES = {Fault.CONFLICT: TASTES[1:3], Fault.LOOP: (*TASTES[1:4], TASTES[0])}
"""Wrong answers that are tried, where there are several; the one with which it goes worst counts."""
NO_GROUND = "without a fault the run reaches a bound of the drill already"
LEFT_OUT = "left out: the drill is too large"
PERSON = "a person does it: what does not fit its form is not taken, and people neither crash nor loop here"


def drill(setting: Setting, steps: Sequence[str] = (), faults: Sequence[Fault] = (), seed: int = 0) -> Report:
    """Drill a workflow: all steps that are reached and all faults, unless some are named.

    A step is named by its place, such as `scan/tools/ruff`; a name also stands for all that is inside it.
    """
    return _Drill(setting, tuple(steps), tuple(faults) or tuple(Fault), seed).report()


@dataclass(slots=True)
class _Drill:
    setting: Setting
    steps: tuple[str, ...]
    faults: tuple[Fault, ...]
    seed: int
    taste: Taste = TASTES[0]
    """Of the answers of the clean run, and of all others."""
    clean: Trace = field(default_factory=lambda: Trace(status=RunStatus.PENDING))
    runs: int = 0
    attempts: int = 0
    left_out: int = 0

    def report(self) -> Report:
        """Do all of it."""
        self.taste, self.clean = self._cleanly()
        rows = tuple(self._rows())
        return Report(
            workflow=self.setting.workflow.name, version=self.setting.workflow.version, seed=self.seed,
            input=self.setting.input, clean=ending(self.clean), rows=rows, notes=tuple(self._noted()), runs=self.runs,
            faults=self.faults,
        )  # fmt: skip

    def _run(
        self, wrong: Wrong | None = None, taste: Taste | None = None, gates: frozenset[str] | None = None
    ) -> Trace:
        found = dry_run(self.setting, taste or self.taste, wrong, gates)
        self.runs += 1
        self.attempts += found.count
        return found

    def _cleanly(self) -> tuple[Taste, Trace]:
        """Look for made-up answers with which nothing goes wrong; else for those with which it comes to its end."""
        found = []
        for taste in TASTES:
            trace = self._run(taste=taste)
            if trace.status == RunStatus.SUCCEEDED and not trace.degraded:
                return taste, trace
            found.append((taste, trace))
        return next((one for one in found if one[1].status == RunStatus.SUCCEEDED), found[0])

    def _rows(self) -> Iterator[Row]:
        asked = [one for one in self.clean.asked if self._is_meant(one.place)]
        gates = [one for one in self.clean.gates if self._is_meant(one)]
        for one in asked[:MOST_STEPS]:
            yield Row(step=one.place, agent=one.agent, cells=tuple(self._cell(one, fault) for fault in self.faults))
        for place in gates[:MOST_STEPS]:
            yield self._gate(place)
        yield from self._unreached({one.place for one in self.clean.asked} | {*self.clean.gates})
        self.left_out += max(len(asked) - MOST_STEPS, 0) + max(len(gates) - MOST_STEPS, 0)

    def _is_meant(self, place: str) -> bool:
        return not self.steps or any(place == one or place.startswith(f"{one}/") for one in self.steps)

    def _gate(self, place: str) -> Row:
        """Drill a gate, or the form of a person: nobody comes."""
        who, _, last = place.rpartition("/")
        step = who if last == FORM else place
        cells = [
            self._cell(Asked(place=place, agent="", spot=place), fault)
            if fault in OF_PEOPLE
            else Cell(step=step, fault=fault, verdict=Verdict.APART, words=PERSON)
            for fault in self.faults
        ]
        return Row(step=step, agent="a person" if last == FORM else "", cells=tuple(cells))

    def _unreached(self, reached: set[str]) -> Iterator[Row]:
        seen = {place.removesuffix(f"/{FORM}") for place in reached}
        for place, node in every(self.setting.workflow.root):
            if not isinstance(node, AgentNode) or node.agent in BUILTIN or place in seen or not self._is_meant(place):
                continue
            cells = tuple(Cell(step=place, fault=one, verdict=Verdict.UNREACHED) for one in self.faults)
            yield Row(step=place, agent=node.agent or "whoever is chosen", cells=cells)

    def _cell(self, one: Asked, fault: Fault) -> Cell:
        apart = self._apart(one, fault)
        if apart:
            return Cell(step=one.place, fault=fault, verdict=Verdict.APART, words=apart)
        if self.clean.cut:
            return Cell(step=one.place, fault=fault, verdict=Verdict.UNREACHED, words=NO_GROUND)
        if self.attempts >= MOST_ATTEMPTS:
            self.left_out += 1
            return Cell(step=one.place, fault=fault, verdict=Verdict.UNREACHED, words=LEFT_OUT)
        tastes = OTHER_TASTES.get(fault, TASTES[1:2])
        around = plain(asking_again(one.spot, self.clean.nodes, ("loop",))) if fault == Fault.LOOP else ""
        tried = [self._tried(one, Wrong(step=one.place, fault=fault, taste=taste, around=around)) for taste in tastes]
        cell = max((judged(each) for each in tried), key=_badness)
        if fault == Fault.ESCALATE and tried[0].trace.waits:
            return judged(self._tried(one, Wrong(step=one.place, fault=fault), tried[0].trace.waits)).as_once_of(cell)
        if fault not in BRIEF or cell.verdict == Verdict.MISSED or tried[0].trace.hits < 2:
            return cell  # once and for good are the same
        brief = judged(self._tried(one, Wrong(step=one.place, fault=fault, lasts=False)))
        return brief if brief.verdict == Verdict.MISSED else brief.as_once_of(cell)

    def _tried(self, one: Asked, wrong: Wrong, comes: str = "") -> Tried:
        """Try a fault; people come to one gate more than without it where one is named."""
        gates = frozenset([*self.clean.gates, *([comes] if comes else [])])
        return Tried(asked=one, fault=wrong.fault, clean=self.clean, trace=self._run(wrong, gates=gates))

    def _apart(self, one: Asked, fault: Fault) -> str:
        """Say why a fault can't happen in a step; empty when it can."""
        if fault == Fault.CONFLICT and not rival(one.spot, self.clean.nodes):
            return NOBODY_ELSE
        return ONCE if fault == Fault.LOOP and not is_asked_again(one.spot, self.clean.nodes) else ""

    def _noted(self) -> Iterator[str]:
        yield "Agents answered what was made up from their contracts; nothing acted outside, and no run was kept."
        gates = dict.fromkeys(plain(one).removesuffix(f"/{FORM}") for one in self.clean.gates)
        if gates:
            yield f"Nobody was asked: a rule said yes at {', '.join(gates)}."
        if self.clean.cut:
            yield f"Without a fault it reaches a bound of the drill ({self.clean.cut}); give a smaller input."
        elif self.clean.status != RunStatus.SUCCEEDED:
            yield ("The clean run does not come to a result with made-up answers; give an input, or examples to its "
                   "agents, with which it does.")  # fmt: skip
        if self.left_out:
            yield f"{self.left_out} cells or steps were left out, as the drill is too large; name a step."


def _badness(cell: Cell) -> tuple[int, int]:
    order = (Verdict.UNREACHED, Verdict.APART, Verdict.CAUGHT, Verdict.ENDS, Verdict.MISSED)
    return order.index(cell.verdict), cell.ending.attempts if cell.ending else 0
