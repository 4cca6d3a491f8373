"""Kind `parallel`: named branches side by side; its output has one value a branch, or what a merge makes of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import ClassVar, cast

from orchestrator.core import breach
from orchestrator.core.definition import Node
from orchestrator.core.events import AttemptQueued, Fact, StepEnded, StepOpened, StepReopened, SubtreeCancelled
from orchestrator.core.ids import StepPath, child, name_of, segments
from orchestrator.core.merges import agent as by_agent
from orchestrator.core.merges.contract import Merging, Share
from orchestrator.core.merges.reading import PLAIN, asked, check_merge, read_merge
from orchestrator.core.nodes.contract import Look, Usual, ended_child, taken_up
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.parse_steps import StepReader, StepTree
from orchestrator.core.patterns.contract import written_out
from orchestrator.core.scope import Types
from orchestrator.core.shapes import Shape, of_object
from orchestrator.core.signals import Ended, Reopen, Reported, SentBack, Signal, TakenOver
from orchestrator.core.state import StepState
from orchestrator.core.status import LIVE, StepStatus
from orchestrator.core.tree import Tree
from orchestrator.core.words import type_of

MERGE = "merge"
"""The built-in agent that puts branches together; it runs in the worker, where references are resolved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parallel(Node):
    """Do all branches at once."""

    kind: ClassVar[str] = "parallel"

    branches: tuple[Node, ...]
    tolerate: int = 0
    """How many branches may fail; their value is then null."""
    merge: Merging = field(default_factory=Merging)
    """How their results become one."""


class ParallelKind(Usual):
    """See the module. Its memory: `ended` (branch to status)."""

    name = Parallel.kind

    def parse(self, step: StepTree, reader: StepReader) -> Node:
        """Read the branches by name."""
        if by_agent.is_meant(step):
            return written_out(by_agent.write(self.name, step, reader), step, reader, "merge")
        fields = reader.fields(step.own, ("branches", "tolerate", "merge"), "'parallel'", required=("branches",))
        branches = _read_branches(fields.get("branches"), reader)
        return Parallel(
            branches=branches,
            merge=read_merge(fields.get("merge"), [branch.id for branch in branches], reader),
            tolerate=reader.whole(fields.get("tolerate"), 0, least=0),
            **step.common,
        )

    def check(self, node: Parallel, types: Types) -> Shape:
        """Check every branch; they do not see each other."""
        found = {branch.id: types.check(branch) for branch in node.branches}
        if node.merge.how in PLAIN:
            return of_object(found)
        shares = [
            Share(
                who=branch.id, shape=found[branch.id], tree=types.written(branch).tree, is_agent=branch.kind == "agent"
            )
            for branch in node.branches
        ]
        return check_merge(node.merge, shares, types.reader)

    def children(self, node: Parallel) -> tuple[Node, ...]:
        """Return its branches."""
        return node.branches

    def view(self, node: Parallel) -> str:
        """Show how its branches become one, where they do."""
        return "" if node.merge.how in PLAIN else "fan-in"

    def start(self, node: Parallel, look: Look) -> Sequence[Fact]:
        """Open every branch, the longest first: slots may be few (C5)."""
        longest_first = sorted(node.branches, key=lambda branch: -look.span(branch))
        return [StepOpened(path=child(look.path, branch.id)) for branch in longest_first]

    def on(self, node: Parallel, state: StepState, signal: Signal, look: Look) -> Sequence[Fact]:
        """Fail when too many branches failed; merge when all have ended; end with what the merge made."""
        if isinstance(signal, Reported):
            return [_merged(state, signal)] if signal.attempt == state.attempt else []
        if isinstance(signal, TakenOver):
            return self._take_up(node, state, look)
        if isinstance(signal, Reopen):
            return self._resume(node, state, signal.child, look)
        if not isinstance(signal, Ended):
            return []
        ended = _ended(state)
        if signal.sent_back is not None:
            return self._pass_on(node, state, signal.sent_back)
        bad = _bad(node, state)
        if len(bad) > node.tolerate:
            if broke := breach.among(state, [child(state.path, name) for name in bad], look.child):
                is_over = len(ended) == len(node.branches)
                return self._fail(node, state, ended_child(look, broke.path)) if is_over else []
            # The signal of a bad one may still be on the way when several ended at once.
            return self._fail(node, state, signal) if segments(signal.child)[-1].name in bad else []
        # When several ended at once, the first began the merge.
        if len(ended) < len(node.branches) or state.attempt_status in LIVE:
            return []
        return [self._merge(node, state, state.attempt + 1)]

    def _take_up(self, node: Parallel, state: StepState, look: Look) -> Sequence[Fact]:
        bad = _bad(node, state)
        if len(bad) > node.tolerate:
            return self._fail(node, state, ended_child(look, child(state.path, bad[-1])))
        paths = [child(state.path, branch.id) for branch in node.branches]
        missing = [StepOpened(path=path) for path in paths if look.child(path) is None]
        is_over = len(_ended(state)) == len(node.branches)
        return [self._merge(node, state, taken_up(state))] if is_over else missing

    def _merge(self, node: Parallel, state: StepState, attempt: int) -> Fact:
        whose: dict[str, Json] = {"how": "branches", "names": [branch.id for branch in node.branches]}
        return AttemptQueued(path=state.path, attempt=attempt, agent=MERGE, input={**whose, **asked(node.merge)})

    def _resume(self, node: Parallel, state: StepState, wanted: StepPath | None, look: Look) -> list[Fact]:
        """Reopen the wanted branch and what was given up; all that failed where more did than may; else merge."""
        bad, ended = _bad(node, state), _ended(state)
        fallen = {name_of(one.path): one for one in look.fallen()}
        left = [name for name in bad if child(state.path, name) != wanted]
        again = set(left if len(left) > node.tolerate else ())
        again |= {name for name, one in fallen.items() if one.path == wanted or one.status == StepStatus.CANCELLED}
        facts: list[Fact] = []
        for branch in node.branches:
            path = child(state.path, branch.id)
            if branch.id in again:
                facts.append(StepReopened(path=path))
            elif branch.id not in ended and look.child(path) is None:
                facts.append(StepOpened(path=path))
        return facts or [self._merge(node, state, state.attempt + 1)]

    def why_not_again(self, node: Parallel, state: StepState, child: StepPath) -> str:
        """A branch can be done again until the results are put together."""
        return "the results are being put together without it" if state.attempt_status in LIVE else ""

    def _fail(self, node: Parallel, state: StepState, signal: Ended) -> list[Fact]:
        name = segments(signal.child)[-1].name
        facts: list[Fact] = []
        if len(_ended(state)) < len(node.branches):
            facts.append(SubtreeCancelled(path=state.path, reason=f"{name} {signal.status}"))
        status = StepStatus.CANCELLED if signal.status == StepStatus.CANCELLED else StepStatus.FAILED
        reason = f"{name}: {signal.reason}" if signal.reason else f"{name} {signal.status}"
        failure = signal.failure or Failure.BRANCH
        return [*facts, StepEnded(path=state.path, status=status, failure=failure, reason=reason)]

    def _pass_on(self, node: Parallel, state: StepState, back: SentBack) -> list[Fact]:
        facts: list[Fact] = []
        # When several ended at once, the first may have begun the merge.
        if len(_ended(state)) < len(node.branches) or state.attempt_status in LIVE:
            facts.append(SubtreeCancelled(path=state.path, reason="sent back"))
        ended = StepEnded(path=state.path, status=StepStatus.FAILED, sent_back_to=back.to, feedback=back.feedback,
                          failure=Failure.BRANCH, reason="sent back")  # fmt: skip
        return [*facts, ended]

    def fold(self, state: StepState, fact: Fact) -> StepState:
        """Remember how each branch ended."""
        if isinstance(fact, StepEnded) and fact.path != state.path:
            ended = {**_ended(state), segments(fact.path)[-1].name: fact.status.value}
            return replace(state, memo={"ended": cast("dict[str, Json]", ended), **breach.noted(state, fact)})
        if isinstance(fact, StepReopened) and fact.path != state.path:
            left: dict[str, Json] = {name: how for name, how in _ended(state).items() if name != name_of(fact.path)}
            return replace(state, memo={"ended": left, **breach.kept(state)})
        return state


def _ended(state: StepState) -> Mapping[str, str]:
    return cast("Mapping[str, str]", state.memo.get("ended", {}))


def _bad(node: Parallel, state: StepState) -> list[str]:
    """Return the branches that count and did not end well."""
    ended = _ended(state)
    counts = [branch.id for branch in node.branches if not branch.optional]
    return [name for name in counts if ended.get(name) in (StepStatus.FAILED, StepStatus.CANCELLED)]


def _merged(state: StepState, signal: Reported) -> Fact:
    if signal.failure == Failure.LOST:
        return AttemptQueued(path=state.path, attempt=state.attempt + 1, agent=MERGE, why=signal.reason)
    if signal.ok:
        return StepEnded(path=state.path, status=StepStatus.SUCCEEDED, output=signal.output,
                         output_ref=signal.output_ref, degraded=signal.degraded)  # fmt: skip
    return StepEnded(path=state.path, status=StepStatus.FAILED, failure=signal.failure, reason=signal.reason)


def _read_branches(tree: Tree | None, reader: StepReader) -> tuple[Node, ...]:
    if tree is None:
        return ()
    if not isinstance(tree.value, dict):
        reader.wrong(tree, f"must be an object, but is {type_of(tree.value)}", "write name: {agent: …} for each")
        return ()
    if not tree.value:
        reader.wrong(tree, "there must be at least one branch", "write name: {agent: …}")
    for name, inner in tree.value.items():
        reader.id(inner, name)
    return tuple(reader.step(inner, name=name, without=("id", "needs")) for name, inner in tree.value.items())
