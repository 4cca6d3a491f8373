"""Who works in a dry run: every agent answers what is made up for it, and one goes wrong where that is meant."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from orchestrator.core.agents import AgentSpec
from orchestrator.core.drill.answers import answer
from orchestrator.core.drill.faults import Fault
from orchestrator.core.drill.places import plain
from orchestrator.core.drill.samples import NO_HINTS, Hints, Taste, breaks, broken, other_than
from orchestrator.core.fitting import checked, input_refused
from orchestrator.core.ids import ROOT, StepPath, parent, segments
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome, Suspended
from orchestrator.engine.drill.places import item_of, node_of, spot_of
from orchestrator.engine.drill.purse import Purse
from orchestrator.engine.drill.wrong import Wrong
from orchestrator.engine.memory.world import MemoryWorld
from orchestrator.engine.ports import Claim
from orchestrator.engine.work import Live

SECONDS, LATE_SECONDS = 1.0, 3.5
"""An attempt takes, in virtual time; and one that is to come after others."""
QUESTION = "What shall I answer? (asked in a drill)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A step that an agent was asked to do."""

    place: str
    agent: str
    spot: str
    """Where it was first."""


class Hands:
    """See the module."""

    def __init__(self, world: MemoryWorld, taste: Taste, wrong: Wrong | None, hints: Hints = NO_HINTS) -> None:
        self._world, self._taste, self._wrong, self._hints = world, taste, wrong, hints
        self.calls: Counter[str] = Counter()
        self.asked: dict[str, Asked] = {}
        """By place: the first who was asked there."""
        self.hits = self.slipped = 0
        self._purse = Purse()
        self._victim: tuple[str, str] | None = None
        self._same: Json = None

    def perform(self, live: Live, given: dict[str, Json]) -> Outcome:
        """Answer for whoever is asked."""
        claim = live.claim
        spec = self._world.library.agent(claim.agent, claim.agent_version)
        place = self._place(claim)
        self.calls[place] += 1
        self.asked.setdefault(place, Asked(place=place, agent=claim.agent, spot=self._spot(claim)))
        refused = self._purse.refused(claim, spec)
        if refused:
            return refused
        outcome = input_refused(spec, given) or self._worked(live, spec, given, place)
        self._purse.spend(claim, spec, self.seconds(claim, outcome))
        return outcome

    def _worked(self, live: Live, spec: AgentSpec, given: dict[str, Json], place: str) -> Outcome:
        claim = live.claim
        wrong = self._wrong
        taste = wrong.taste if wrong is not None and self._is_around(claim, wrong) else self._taste
        good = self._answer(spec, given, claim, taste)
        if wrong is None or wrong.step != place or live.answers or not self._is_victim(claim, wrong):
            return checked(spec, Ok(output=good))
        self.hits += 1
        return self._go_wrong(wrong, spec, claim, given, good)

    def _answer(self, spec: AgentSpec, given: dict[str, Json], claim: Claim, taste: Taste) -> Json:
        """Return what is made up: for each item of a map something else, where there is a choice."""
        item = sum(
            index for one in segments(StepPath(item_of(self._world, claim.run_id, claim.path))) for index in one.indices
        )
        mine = replace(taste, pick=taste.pick + item)
        return answer(spec, given, mine, hints=self._hints, echoes=not self._writes_on_a_board(claim),
                      is_good=taste is self._taste)  # fmt: skip

    def _spot(self, claim: Claim) -> str:
        return spot_of(self._world, claim.run_id, claim.path)

    def _place(self, claim: Claim) -> str:
        return plain(self._spot(claim))

    def _writes_on_a_board(self, claim: Claim) -> bool:
        """Tell whether its answer goes on a blackboard, where what it was given would be nothing new."""
        above = parent(claim.path)
        return above is not None and above != ROOT and node_of(self._world, claim.run_id, above).kind == "blackboard"

    def _is_victim(self, claim: Claim, wrong: Wrong) -> bool:
        """Tell whether the fault is put into this attempt: the first one, and those like it while it lasts."""
        who = (item_of(self._world, claim.run_id, claim.path), claim.agent)
        if self._victim is None:
            self._victim = who
            return True
        return wrong.lasts and who == self._victim

    def _is_around(self, claim: Claim, wrong: Wrong) -> bool:
        """Tell whether an attempt belongs to the same loop as the one that goes wrong."""
        if not wrong.around or self._victim is None:
            return False
        depth = wrong.around.count("/") + 1
        mine = item_of(self._world, claim.run_id, claim.path).split("/")
        return len(mine) > depth and mine[:depth] == self._victim[0].split("/")[:depth]

    def _go_wrong(self, wrong: Wrong, spec: AgentSpec, claim: Claim, given: dict[str, Json], good: Json) -> Outcome:
        match wrong.fault:
            case Fault.MALFORMED:
                value = broken(spec.output_schema)
                self.slipped += not breaks(spec.output_schema, value)
                return checked(spec, Ok(output=value))
            case Fault.TIMEOUT:
                reason = f"{spec.name} did not answer within {claim.timeout_seconds:g} s"
                return Failed(kind=Failure.TIMEOUT, reason=reason)
            case Fault.CRASH:
                return Failed(kind=Failure.CRASH, reason=f"{spec.name} died while it was at work")
            case Fault.ESCALATE:
                return Suspended(requests=({"key": "ask/1", "kind": "ask", "question": QUESTION},))
            case Fault.CONFLICT:
                other = other_than(spec.output_schema, good, wrong.taste)
                self.hits -= other is None  # its contract lets it say one thing only
                return checked(spec, Ok(output=good if other is None else other))
            case Fault.LOOP:
                if self.hits == 1:
                    self._same = self._answer(spec, given, claim, wrong.taste)
                return checked(spec, Ok(output=self._same))

    def seconds(self, claim: Claim, outcome: Outcome | str) -> float:
        """Return how long an attempt takes, in virtual time; who contradicts others comes after them."""
        if isinstance(outcome, Failed) and outcome.kind == Failure.TIMEOUT:
            return claim.timeout_seconds
        wrong = self._wrong
        is_late = wrong is not None and wrong.fault == Fault.CONFLICT and self._place(claim) == wrong.step
        return LATE_SECONDS if is_late else SECONDS
