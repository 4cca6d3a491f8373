"""S22: whatever a person does to a run, at whatever moment: always a legal state, and the run comes to its end.

In memory every act is tried after every transaction, on every step there is; on tables one act a moment.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from orchestrator.core.agents import Lane
from orchestrator.core.ids import ROOT, RunId, StepPath
from orchestrator.core.messages import CancelRun, Message, PauseRun, ResumeRun, RetryStep, SkipStep, Verdict
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome
from orchestrator.core.status import RunStatus
from orchestrator.engine.memory.store import MemoryStore
from orchestrator.engine.ports import Claim
from orchestrator.store.store import DjangoStore
from orchestrator.store.verify import findings
from tests.contracts.worlds import World, memory_world
from tests.engine.laws import Laws

Act = Callable[[World, RunId, StepPath], Verdict]


def says(make: Callable[[StepPath], Message]) -> Act:
    return lambda world, run_id, path: world.engine.call(run_id, make(path))


OF_RUN: dict[str, Act] = {
    "pause": says(lambda path: PauseRun(actor="1")),
    "resume": says(lambda path: ResumeRun(actor="1")),
    "cancel": says(lambda path: CancelRun(actor="1", reason="enough")),
}
OF_STEP: dict[str, Act] = {
    "retry": says(lambda path: RetryStep(path=path, actor="1")),
    "skip": says(lambda path: SkipStep(path=path, actor="1", reason="no need")),
}

ONCE = {"retry": {"attempts": 1}}
GATE = {"title": "?", "show": {"n": "1"}, "deadline": {"after": "1h"}}
LEFT = {"sequence": [
    {"id": "slip", "agent": "quick", "retry": {"attempts": 2, "backoff": "1ms"}},
    {"id": "stand_in", "agent": "slow", "fallback": ["spare"], **ONCE},
]}  # fmt: skip
ODD = {"agent": "quick", "optional": True, **ONCE}
STEPS = (
    {"id": "first", "agent": "quick"},
    {"id": "m", "needs": ["first"],
     "map": {"over": "input", "concurrency": 2, "tolerate": 1, "do": {"agent": "quick", **ONCE}}},
    {"id": "p", "needs": ["first"], "parallel": {"branches": {"left": LEFT, "ask": {"gate": GATE}, "odd": ODD}}},
    {"id": "draft", "needs": ["first"], "loop": {
        "rounds": 3, "tolerate": 1, "until": "last.path == 'draft[1]/go/yes'", "score": "round",
        "feedback": "last.path",
        "do": [{"id": "write", "agent": "quick", **ONCE},
               {"id": "go", "branch": [{"id": "no", "when": "round > 2", "agent": "quick"},
                                       {"id": "yes", "agent": "quick", **ONCE}]}]}},
    {"id": "nap", "needs": ["first"], "wait": "5ms"},
    {"id": "unless", "agent": "quick", "needs": ["p"], "when": "steps.p.status != 'succeeded'"},
    {"id": "last", "agent": "quick", "needs": ["m", "p", "unless", "draft", "nap"], **ONCE},
)  # fmt: skip
"""Every kind; a retry, a fallback, an optional failure, a tolerated one, a skipped step, and a failure at the end."""
FAILS = {("p/left/slip", 1), ("p/left/stand_in", 1), ("m[1]", 1), ("p/odd", 1), ("draft[0]/go/yes", 1), ("last", 1)}
"""Which attempts go wrong; each would go well when tried again."""


def agent(claim: Claim, given: dict[str, Json]) -> Outcome:
    if (claim.path, claim.attempt) in FAILS:
        return Failed(kind=Failure.CRASH, reason="it went wrong")
    return Ok(output={"path": claim.path})


@dataclass
class Story:
    """One run, played one transaction at a time."""

    world: World
    run_id: RunId = field(init=False)
    hand: list[Claim] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.run_id = self.world.start(*STEPS, input=[1, 2, 3])

    def go_on(self) -> bool:
        """Do the next thing that can be done; tell whether there was one."""
        world = self.world
        if self.hand:
            world.finish(self.hand.pop(0), perform=agent)
            return True
        self.hand += world.claim(count=2) or world.claim(lane=Lane.SLOW)
        if self.hand:
            return True
        if gates := world.open_gates(self.run_id):
            world.decide(self.run_id, gates[0])
            return True
        naps = [one for one in world.window.steps(self.run_id).values() if one.kind == "wait" and not one.is_ended]
        if naps or any(not row.held for row in world.window.queue(self.run_id)):
            world.window.wait(0.01)  # a retry is held back for a moment, and a timer is set
            world.engine.sweep_timers()
            return True
        return False

    def upto(self, moment: int) -> bool:
        """Play so many transactions; tell whether there were so many."""
        return all(self.go_on() for _ in range(moment))

    def finish(self) -> None:
        """Let it come to its end."""
        self.world.engine.call(self.run_id, ResumeRun(actor="1"))
        while self.go_on():
            pass
        run = self.world.window.run(self.run_id)
        assert run.is_ended, f"it is {run.status} when all has gone on"
        self.check()

    def check(self) -> None:
        world = self.world
        if isinstance(world.store, MemoryStore):
            run = world.window.run(self.run_id)
            Laws(world.store, world.library.workflow(run.workflow, run.version), self.run_id).check()
        elif isinstance(world.store, DjangoStore):
            assert list(findings(world.store, world.library, self.run_id)) == []

    def places(self) -> list[StepPath]:
        return [StepPath(path) for path in sorted(self.world.window.steps(self.run_id))]

    def acts(self) -> Iterator[tuple[str, Act, StepPath]]:
        """Yield everything somebody could try now."""
        yield from ((name, act, ROOT) for name, act in OF_RUN.items())
        yield from ((name, act, path) for name, act in OF_STEP.items() for path in self.places())


def tried(story: Story, act: Act, path: StepPath) -> bool:
    """Do it; tell whether anything came of it. What is refused changes nothing and says why."""
    before = story.world.window.run(story.run_id).n
    verdict = act(story.world, story.run_id, path)
    story.check()
    changed = story.world.window.run(story.run_id).n != before
    assert verdict.status in ((200,) if changed else (200, 404, 409)), verdict
    assert changed or verdict.reason
    return changed


def test_the_story_has_everything_and_fails_until_it_is_retried() -> None:
    story = Story(memory_world())
    story.finish()
    facts = story.world.facts(story.run_id)
    steps = ("p/left/slip", "m[1]", "unless", "draft[1]/go", "nap")
    for part in ("gate.opened p/ask", "loop.judged draft", *(f"step.ended {path}" for path in steps)):
        assert part in facts
    assert story.world.window.run(story.run_id).status == RunStatus.FAILED
    assert OF_STEP["retry"](story.world, story.run_id, StepPath("last")).status == 200
    story.finish()
    assert story.world.window.run(story.run_id).status == RunStatus.SUCCEEDED


def test_everything_tried_after_every_transaction_leaves_a_legal_state_and_an_end() -> None:
    """S22."""
    came_to: Counter[str] = Counter()
    moment = 0
    while (story := Story(memory_world())).upto(moment):
        for name, act, path in list(story.acts()):
            if tried(story, act, path):
                came_to[name] += 1
                story.finish()
                (story := Story(memory_world())).upto(moment)
        moment += 1
    assert moment > 20
    assert min(came_to[name] for name in (*OF_RUN, *OF_STEP) if name != "resume") > 10, came_to


@pytest.mark.parametrize("held", [False, True], ids=["going", "paused"])
def test_two_acts_one_after_the_other_do_as_well(held: bool) -> None:
    """S22: with the run paused, and after a retry that has only begun."""
    for moment in range(0, 60, 4):
        story = Story(memory_world())
        if not story.upto(moment):
            break
        if held:
            tried(story, OF_RUN["pause"], ROOT)
        for path in story.places()[1:]:
            for act in OF_STEP.values():
                tried(story, act, path)
        story.finish()


@pytest.mark.django_db
def test_tables_bear_it_too(world: World) -> None:
    """S22: the checker finds nothing."""
    every = [*OF_RUN, *OF_STEP]
    moment = turn = 0
    while (story := Story(world)).upto(moment):
        name = every[turn % len(every)]
        for _, act, path in [one for one in story.acts() if one[0] == name][turn % 5 :]:
            if tried(story, act, path):
                break
        story.finish()
        moment, turn = moment + 1, turn + 1
    assert turn > 6
