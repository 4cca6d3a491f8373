"""Kind `sequence`: steps in order, or by what they need. It also does over what a person sends back."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Sequence as Many
from dataclasses import dataclass, replace
from typing import ClassVar, cast

from orchestrator.core import breach
from orchestrator.core.definition import Node
from orchestrator.core.events import Fact, StepEnded, StepOpened, StepReopened, StepsReopened, SubtreeCancelled
from orchestrator.core.ids import StepPath, child, segments
from orchestrator.core.nodes.contract import Look, Usual, ended_child
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.scope import Types, as_input
from orchestrator.core.shapes import UNKNOWN, Shape, of_object
from orchestrator.core.signals import Ended, Reopen, SentBack, Signal, TakenOver
from orchestrator.core.spans import ahead
from orchestrator.core.state import StepState
from orchestrator.core.status import StepStatus

_FAILED = (StepStatus.FAILED, StepStatus.CANCELLED)
MOST_TIMES = 100
"""How often one step is done over before its sequence ends as stuck (R8): checks that pass and fail by turns would send
back for ever, since each counts only what it sent back in a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sequence(Node):
    """Do steps one after another, or as soon as what they need is done."""

    kind: ClassVar[str] = "sequence"

    steps: tuple[Node, ...]
    output: str = ""
    """Expression of its result; empty means the output of the last step."""

    def needs_of(self, index: int) -> tuple[str, ...]:
        """Return the ids of the siblings that step number `index` waits for."""
        stated = self.steps[index].needs
        if stated is not None:
            return stated
        return (self.steps[index - 1].id,) if index else ()

    def needs_by_id(self) -> dict[str, tuple[str, ...]]:
        """Return of each step the ids of the siblings that it waits for."""
        return {step.id: self.needs_of(index) for index, step in enumerate(self.steps)}

    def all_needs_of(self, name: str) -> frozenset[str]:
        """Return the ids of all siblings that end before the named step starts."""
        index = {step.id: number for number, step in enumerate(self.steps)}
        found: set[str] = set()
        ahead = list(self.needs_of(index[name]))
        while ahead:
            need = ahead.pop()
            if need not in found:
                found.add(need)
                ahead.extend(self.needs_of(index[need]))
        return frozenset(found)


class SequenceKind(Usual):
    """See the module. Its memory: `ended` (id to status), `open` (ids at work), `gen` (id to generation if not 1)."""

    def parse(self, step: StepTree, reader: StepReader) -> Sequence:
        """Read the steps, written as a list, or as an object with `steps` and `output`."""
        if isinstance(step.own.value, list):
            return Sequence(steps=reader.steps(step.own), **step.common)
        fields = reader.fields(step.own, ("steps", "output"), "a sequence", required=("steps",))
        steps, output = reader.steps(fields.get("steps")), reader.expression(fields.get("output"))
        return Sequence(steps=steps, output=output, **step.common)

    def check(self, node: Sequence, types: Types) -> Shape:
        """Check every step with what has ended before it in scope."""
        outputs: dict[str, Shape] = {}
        before: dict[str, frozenset[str]] = {}
        every = frozenset(step.id for step in node.steps)
        for index, step in enumerate(node.steps):
            needs = node.needs_of(index)
            ended = frozenset(needs).union(*(before.get(need, ()) for need in needs))
            before[step.id] = ended
            seen = {name: outputs[name] for name in outputs if name in ended}
            given = _given({need: outputs[need] for need in needs if need in outputs}) if needs else None
            outputs[step.id] = types.beside(seen, every - ended, given).check(step)
        own = types.written(node).own
        output = own.value.get("output") if isinstance(own.value, dict) else None
        if output is not None:
            return types.beside(outputs, ()).shape(output)
        return outputs[node.steps[-1].id] if node.steps else UNKNOWN

    def children(self, node: Sequence) -> tuple[Node, ...]:
        """Return its steps."""
        return node.steps

    def start(self, node: Sequence, look: Look) -> Many[Fact]:
        """Open every step that needs nothing."""
        opened = self._ready(node, look, {}, (), {})
        return opened or [StepEnded(path=look.path, status=StepStatus.SUCCEEDED)]

    def on(self, node: Sequence, state: StepState, signal: Signal, look: Look) -> Many[Fact]:
        """Open what can start now; end when all have ended; fail when one that matters failed."""
        if isinstance(signal, TakenOver):
            return self._take_up(node, state, look)
        if isinstance(signal, Reopen):
            return self._resume(node, state, signal.child, look)
        if not isinstance(signal, Ended):
            return []
        ended, working, gen = _memory(state)
        last = segments(signal.child)[-1]
        name = last.name
        if last.generation != gen.get(name, 1):
            return []
        bad = _bad(node, ended)
        places = [child(state.path, one.id, gen.get(one.id, 1)) for one in node.steps if one.id in bad]
        if broke := breach.among(state, places, look.child):
            return [] if working else self._fail(state, ended_child(look, broke.path), broke.name)
        if signal.sent_back is not None:
            return self._do_over(node, state, signal.sent_back, name)
        if bad:  # its own signal may still be on the way when several ended at once
            return self._fail(state, signal, name) if name in bad else []
        facts = self._ready(node, look, ended, working, gen)
        if facts or working:
            return facts
        return [self._finish(node, state, look, gen)]

    def _take_up(self, node: Sequence, state: StepState, look: Look) -> Many[Fact]:
        ended, working, gen = _memory(state)
        bad = sorted(_bad(node, ended))
        if bad:
            return self._fail(state, ended_child(look, child(state.path, bad[0], gen.get(bad[0], 1))), bad[0])
        facts = self._ready(node, look, ended, working, gen)
        return facts if facts or working else [self._finish(node, state, look, gen)]

    def _resume(self, node: Sequence, state: StepState, wanted: StepPath | None, look: Look) -> Many[Fact]:
        """Reopen what failed or was given up, do over what was skipped because of it, go on with the rest."""
        ended, working, gen = _memory(state)
        bad, again = _bad(node, ended), dict[str, StepPath]()
        for one in look.fallen():
            last = segments(one.path)[-1]
            is_meant = one.path == wanted or one.status == StepStatus.CANCELLED or last.name in bad
            if is_meant and last.generation == gen.get(last.name, 1):
                again[last.name] = one.path
        skipped = [step.id for step in node.steps if ended.get(step.id) == StepStatus.SKIPPED]
        over = tuple(name for name in skipped if again.keys() & node.all_needs_of(name))
        facts: list[Fact] = [StepsReopened(path=state.path, names=over)] if over else []
        facts += [StepReopened(path=path) for path in again.values()]
        kept = {name: status for name, status in ended.items() if name not in again and name not in over}
        facts += self._ready(node, look, kept, (*working, *again), gen)
        return facts or [self._finish(node, state, look, gen)]

    def why_not_again(self, node: Sequence, state: StepState, child: StepPath) -> str:
        """A step can be done again until something that needs it has begun."""
        ended, working, gen = _memory(state)
        last = segments(child)[-1]
        if last.generation != gen.get(last.name, 1):
            return f"it was done over since, as generation {gen.get(last.name, 1)}"
        begun = {name for name, status in ended.items() if status != StepStatus.SKIPPED}.union(working)
        after = [step.id for step in node.steps if step.id in begun and last.name in node.all_needs_of(step.id)]
        return f"'{after[0]}' has gone on without it" if after else ""

    def _finish(self, node: Sequence, state: StepState, look: Look, gen: Mapping[str, int]) -> StepEnded:
        if node.output:
            return StepEnded(path=state.path, status=StepStatus.SUCCEEDED, output=look.value(node.output))
        name = node.steps[-1].id
        last = look.child(child(state.path, name, gen.get(name, 1)))
        if last is None:
            return StepEnded(path=state.path, status=StepStatus.SUCCEEDED)
        return StepEnded(path=state.path, status=StepStatus.SUCCEEDED, output=last.output, output_ref=last.output_ref)

    def _ready(
        self, node: Sequence, look: Look, ended: Mapping[str, str], working: Many[str], gen: Mapping[str, int]
    ) -> list[Fact]:
        """Open all that can begin, the longest way to the end first: slots may be few (C5)."""
        ready = [
            step
            for index, step in enumerate(node.steps)
            if step.id not in ended and step.id not in working and all(need in ended for need in node.needs_of(index))
        ]
        if len(ready) > 1:
            ways = ahead({step.id: look.span(step) for step in node.steps}, node.needs_by_id())
            ready.sort(key=lambda step: -ways[step.id])
        return [StepOpened(path=child(look.path, step.id, gen.get(step.id, 1))) for step in ready]

    def _fail(self, state: StepState, signal: Ended, name: str) -> list[Fact]:
        facts: list[Fact] = []
        if _memory(state)[1]:
            facts.append(SubtreeCancelled(path=state.path, reason=f"{name} {signal.status}"))
        status = StepStatus.CANCELLED if signal.status == StepStatus.CANCELLED else StepStatus.FAILED
        reason = f"{name}: {signal.reason}" if signal.reason else f"{name} {signal.status}"
        failure = signal.failure or Failure.BRANCH
        return [*facts, StepEnded(path=state.path, status=status, failure=failure, reason=reason)]

    def _do_over(self, node: Sequence, state: StepState, back: SentBack, sender: str) -> list[Fact]:
        names = [step.id for step in node.steps]
        needs = node.needs_of(names.index(sender))
        target = back.to or (needs[0] if needs else "")
        if target not in node.all_needs_of(sender):  # anything else would pass the gate by
            failed = StepEnded(path=state.path, status=StepStatus.FAILED, sent_back_to=back.to, feedback=back.feedback,
                               failure=Failure.BRANCH, reason=f"{sender} was sent back to '{target}'")  # fmt: skip
            return [*_cancelled(state), failed]
        if (times := _memory(state)[2].get(target, 1)) >= MOST_TIMES:
            reason = f"'{target}' was done {times} times and '{sender}' sends it back again: {back.feedback}"
            stuck = StepEnded(path=state.path, status=StepStatus.FAILED, failure=Failure.STUCK, reason=reason)
            return [*_cancelled(state), stuck]
        return self._again(node, state, target, back.feedback)

    def _again(self, node: Sequence, state: StepState, target: str, feedback: str) -> list[Fact]:
        ended, working, gen = _memory(state)
        after = (step.id for step in node.steps if step.id == target or target in node.all_needs_of(step.id))
        names = tuple(name for name in after if name in ended or name in working)
        facts: list[Fact] = [StepsReopened(path=state.path, names=names)]
        for name in working:
            if name in names:
                old = child(state.path, name, gen.get(name, 1))
                facts.append(SubtreeCancelled(path=old, reason="sent back"))
                facts.append(StepEnded(path=old, status=StepStatus.CANCELLED, reason="sent back"))
        return [*facts, StepOpened(path=child(state.path, target, gen.get(target, 1) + 1), feedback=feedback)]

    def fold(self, state: StepState, fact: Fact) -> StepState:
        """Keep the books of which child is open, ended, and in which generation."""
        match fact:
            case StepOpened() if fact.path != state.path:
                return self._opened(state, fact)
            case StepEnded() if fact.path != state.path:
                return self._ended(state, fact)
            case StepReopened() if fact.path != state.path:
                return self._open_again(state, fact)
            case StepsReopened():
                return self._reopened(state, fact)
            case _:
                return state

    def _opened(self, state: StepState, fact: StepOpened) -> StepState:
        ended, working, gen = _memory(state)
        return _remember(state, ended, (*working, segments(fact.path)[-1].name), gen)

    def _ended(self, state: StepState, fact: StepEnded) -> StepState:
        ended, working, gen = _memory(state)
        last = segments(fact.path)[-1]
        if last.generation != gen.get(last.name, 1):
            return state
        left = tuple(other for other in working if other != last.name)
        remembered = _remember(state, {**ended, last.name: fact.status.value}, left, gen)
        return replace(remembered, memo={**remembered.memo, **breach.noted(state, fact)})

    def _open_again(self, state: StepState, fact: StepReopened) -> StepState:
        ended, working, gen = _memory(state)
        name = segments(fact.path)[-1].name
        kept = {other: status for other, status in ended.items() if other != name}
        return _remember(state, kept, (*(other for other in working if other != name), name), gen)

    def _reopened(self, state: StepState, fact: StepsReopened) -> StepState:
        ended, working, gen = _memory(state)
        kept = {name: status for name, status in ended.items() if name not in fact.names}
        left = tuple(name for name in working if name not in fact.names)
        return _remember(state, kept, left, {**gen, **{name: gen.get(name, 1) + 1 for name in fact.names}})


def _cancelled(state: StepState) -> list[Fact]:
    return [SubtreeCancelled(path=state.path, reason="sent back")] if _memory(state)[1] else []


def _bad(node: Sequence, ended: Mapping[str, str]) -> set[str]:
    """Return the steps whose end is the sequence's end."""
    return {step.id for step in node.steps if not step.optional and ended.get(step.id) in _FAILED}


def _memory(state: StepState) -> tuple[Mapping[str, str], tuple[str, ...], Mapping[str, int]]:
    memo = state.memo
    return (
        cast("Mapping[str, str]", memo.get("ended", {})),
        tuple(cast("list[str]", memo.get("open", ()))),
        cast("Mapping[str, int]", memo.get("gen", {})),
    )


def _remember(
    state: StepState, ended: Mapping[str, str], working: tuple[str, ...], gen: Mapping[str, int]
) -> StepState:
    books: dict[str, Json] = {"ended": dict(ended), "open": list(working), "gen": dict(gen)}
    return replace(state, memo={**books, **breach.kept(state)})


def _given(outputs: Mapping[str, Shape]) -> Shape:
    """Return what a step without `with` gets from those it needs: the only output, or each under its step's id."""
    return as_input(next(iter(outputs.values()))) if len(outputs) == 1 else of_object(outputs)
