"""Records a run as a history: what it was asked, every message with its time, every event, and what it had become.

`python -m tests.histories.recording` writes the histories that are missing. One that is there is never written again:
it stands for runs that have ended in somebody's database.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

from orchestrator.core import codec, fold, forking, records
from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.book import Book, Recorded
from orchestrator.core.child_runs import child_of
from orchestrator.core.events import Fact, RunForked
from orchestrator.core.ids import RunId, StepPath
from orchestrator.core.look import World
from orchestrator.core.merges import result
from orchestrator.core.merges.contract import Contribution
from orchestrator.core.messages import (
    AssignStep,
    CancelRun,
    EndChild,
    GoOn,
    Message,
    NoteChild,
    NoteStart,
    NoteStop,
    PauseRun,
    ResumeRun,
    RetryChild,
    RetryStep,
    SkipStep,
    Verdict,
    WakeStep,
)
from orchestrator.core.nodes.map import CHUNK
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.rules.catalogue import RULES
from orchestrator.core.state import RunState, StepState
from orchestrator.core.status import RunStatus
from orchestrator.engine.replay import EmptyShelf, rebuild
from orchestrator.store import tables
from orchestrator.store.expected import expected
from tests.core.play import Play
from tests.core.workflows import Source, read

BOSS = AgentSpec(name="boss", role="Asks others.", runtime="scripted", calls=("quick",))
CLERK = AgentSpec(
    name="clerk", role="Decides.", runtime="human", settings={"group": "accountants", "deadline": "4h"},
    output_schema={"type": "object", "required": ["verdict"],
                   "properties": {"verdict": {"enum": ["pay", "refuse"]}, "note": {"type": "string"}}},
)  # fmt: skip
FOLDER = Path(__file__).parent
ROWS = FOLDER / "rows"


PAIR = {
    name: AgentSpec(name=name, role="Translates.", runtime="scripted", lane=Lane.QUICK, capabilities=("translate",))
    for name in ("anna", "berta")
}
"""Agents that are chosen from."""


class Recorder(Play):
    """A play whose clock goes on by a second with each message, and that remembers what it was told."""

    def __init__(self, source: Source, input: Json) -> None:
        super().__init__(read(source), input)
        agents = {"boss": BOSS, "clerk": CLERK, **PAIR}
        self.world = World(agents=agents, dice=lambda: self.dice, workflows={"below": "v1"})
        self.source, self.sent = source, []
        self.begun: RunForked | None = None

    def fork(self, fact: RunForked) -> None:
        """Begin with what another run had come to."""
        self.begun = fact
        advance = self._advance()
        forking.begin(advance, fact)
        self._keep(advance)

    def send(self, message: Message) -> Verdict:
        self.now += 1.0
        verdict = super().send(message)
        self.sent.append([self.now, message.type, codec.loads(records.write(message)), verdict.status])
        return verdict

    def history(self) -> dict[str, Any]:
        """Return all of it as plain JSON."""
        steps = {path: lean(state) for path, state in sorted(self.desk.states.items())}
        begun = {"fork": codec.loads(records.write(self.begun))} if self.begun else {}
        return {
            **begun, "workflow": self.source, "input": self.input, "dice": self.dice, "messages": self.sent,
            "events": [event(one) for one in self.recorded], "run": lean(self.run), "steps": steps,
        }  # fmt: skip


def event(recorded: Recorded) -> list[Any]:
    """Write an event as it is stored."""
    fact: Fact = recorded.fact
    return [recorded.n, recorded.at, fact.type, codec.loads(records.write(fact))]


def lean(state: RunState | StepState) -> dict[str, Any]:
    """Write a state without what is at its default."""
    found: dict[str, Any] = {}
    for field in dataclasses.fields(state):
        value = getattr(state, field.name)
        default = field.default_factory() if field.default_factory is not dataclasses.MISSING else field.default
        if value != default:
            found[field.name] = codec.plain(value)
    return found


def agent() -> Recorder:
    """Retries, a lost worker, a fallback that stands in, words and figures of an attempt."""
    retry = {"attempts": 2, "backoff": "4s"}
    steps = [
        {"id": "a", "agent": "quick", "with": {"n": "input.n"}, "retry": retry, "timeout": "9s", "fallback": ["spare"]}
    ]
    play = Recorder({"workflow": "golden-agent", "steps": steps}, {"n": 1})
    play.start()
    play.lose("a")
    play.fail("a", Failure.UNAVAILABLE, "429")
    play.report("a", failure=Failure.TIMEOUT, reason="too slow", detail="the end of it", started_at=5.0, ended_at=14.0)
    play.report("a", {"x": [1, None]}, note="$ ls", tokens=7, cost_usd="0.12", started_at=20.0, ended_at=21.5)
    return play


def person() -> Recorder:
    """A person's answer, one that came too late and what stood in, a retried form, and work that is sent back."""
    steps = [
        {"id": "check", "agent": "clerk", "with": {"n": "input.n"}},
        {"id": "again", "agent": "clerk", "fallback": ["quick"]},
        {"id": "last", "agent": "quick", "fallback": ["clerk"], "retry": {"attempts": 1}},
    ]
    play = Recorder({"workflow": "golden-person", "steps": steps}, {"n": 1})
    play.start()
    play.decide("check/Form", "reject", comment="not mine")
    play.send(RetryStep(path=StepPath("check"), actor="7"))
    play.decide("check/Form", edits={"verdict": "pay"})
    play.send(WakeStep(path=StepPath("again/Form"), timer="deadline"))
    play.report("again", {"verdict": "pay"})
    play.fail("last", Failure.CRASH, "it broke")
    play.decide("last/Form#2", "send_back", to="check", comment="look again")
    play.decide("check#2/Form", edits={"verdict": "refuse", "note": "twice"})
    play.decide("again#2/Form", edits={"verdict": "refuse"})
    play.report("last#2", {"verdict": "refuse"})
    return play


def proposed() -> Recorder:
    """What an agent does alone, what it proposes: approved in time's name, and with a change after it was sent back."""
    small = {"act_when": "output.amount < 100", "deadline": {"after": "1h", "then": "approve"}}
    pay = {"agent": "quick", "with": {"said": "feedback"}}
    steps = [
        {"id": "small", **pay, "autonomy": small},
        {"id": "large", **pay, "autonomy": small},
        {"id": "asked", **pay, "autonomy": "propose"},
    ]
    play = Recorder({"workflow": "golden-proposed", "steps": steps}, {})
    play.start()
    play.report("small/Work", {"amount": 1})
    play.report("large/Work", {"amount": 100})
    play.send(WakeStep(path=StepPath("large/Approved"), timer="deadline"))
    play.report("asked/Work", {"amount": 2})
    play.decide("asked/Approved", "send_back", comment="it was three")
    play.report("asked/Work#2", {"amount": 3})
    play.decide("asked/Approved#2", edits={"what it proposes": {"amount": 4}})
    return play


def assigned() -> Recorder:
    """A person's step given to an agent, an agent's taken over and given back, and one answered by who took it."""
    steps = [{"id": "one", "agent": "clerk"}, {"id": "two", "agent": "boss"}, {"id": "three", "agent": "boss"}]
    play = Recorder({"workflow": "golden-assigned", "steps": steps}, {})
    play.start()
    for path, agent in (("one", "boss"), ("two", ""), ("two", "boss"), ("three", "")):
        play.send(AssignStep(path=StepPath(path), agent=agent, version=1, actor="7", actor_name="Ada"))
        if agent:
            play.report(path, {"verdict": "pay"})
    play.decide("three/Form#2", edits={"answer": "done"})
    return play


def sequence() -> Recorder:
    """Needs, an optional failure, a skipped step, and work that is sent back twice."""
    gate = {"gate": {"title": "Go on?", "show": {"state": "steps.draft.status"}}}
    steps = [
        {"id": "draft", "agent": "quick", "with": {"said": "feedback"}},
        {"id": "side", "agent": "quick", "needs": [], "optional": True, "retry": {"attempts": 1}},
        {"id": "never", "agent": "quick", "needs": ["side"], "when": "steps.side.status == 'succeeded'"},
        {"id": "inner", "needs": ["draft"], "sequence": {"steps": [{"id": "ok", **gate}], "output": "steps.ok.status"}},
        {"id": "end", "agent": "quick", "needs": ["inner", "never"]},
    ]
    play = Recorder(
        {"workflow": "golden-sequence", "steps": steps, "output": "[steps.inner.output, steps.end.output]"}, {}
    )
    play.start()
    play.report("draft", "one")
    play.fail("side", Failure.CRASH)
    play.decide("inner/ok", "send_back", comment="shorter")
    play.report("draft#2", "two")
    play.decide("inner#2/ok", "send_back", to="draft", comment="shorter still")
    play.report("draft#3", "three")
    play.decide("inner#3/ok")
    play.report("end", "done")
    return play


def parallel() -> Recorder:
    """Branches that fail as far as that is tolerated, one that is skipped, a merge whose worker dies."""
    once = {"agent": "quick", "retry": {"attempts": 1}}
    branches = {"a": once, "b": once, "c": {**once, "when": "false"}, "d": {**once, "optional": True}}
    steps = [{"id": "p", "parallel": {"branches": branches, "tolerate": 1}}]
    play = Recorder({"workflow": "golden-parallel", "steps": steps}, {})
    play.start()
    play.fail("p/a", Failure.CRASH)
    play.fail("p/d", Failure.SCHEMA)
    play.report("p/b", {"x": 1})
    play.lose("p")
    play.report("p", {"a": None, "b": {"x": 1}, "c": None, "d": None})
    return play


def map() -> Recorder:
    """Chunks, a limit on how many are at work, failures one too many."""
    body = {"agent": "quick", "when": "item > 1", "retry": {"attempts": 1}}
    steps = [
        {"id": "long", "map": {"over": "input.long", "do": {"agent": "quick", "when": "false"}}},
        {"id": "m", "map": {"over": "input.short", "concurrency": 2, "tolerate": 1, "do": body}},
    ]
    play = Recorder({"workflow": "golden-map", "steps": steps}, {"long": [0] * (CHUNK + 2), "short": [1, 2, 3, 4, 5]})
    play.start()
    play.send(GoOn(path="long"))
    play.report("long", output_ref="hash")
    play.report("m[2]", "c")
    play.fail("m[1]", Failure.CRASH)
    play.fail("m[3]", Failure.CRASH, "one too many")
    return play


def gate() -> Recorder:
    """A deadline that escalates, a quorum, a change that voids an approval."""
    asked = {"title": "Sign", "show": "input", "edit": ["n"], "edit_schema": {"type": "object"},
             "approvers": {"quorum": 2, "role": "builder", "not_starter": True},
             "deadline": {"after": "1h", "then": "escalate", "to": "heads"}}  # fmt: skip
    steps = [{"id": "ok", "gate": asked}, {"id": "no", "gate": {"title": "Sure?", "on_reject": "continue"}}]
    play = Recorder({"workflow": "golden-gate", "steps": steps}, {"n": 1, "m": "x"})
    play.start()
    play.decide("ok", actor="7")
    play.send(WakeStep(path="ok", timer="deadline"))
    play.decide("ok", actor="8", actor_name="Olga", comment="fine")
    play.decide("ok", actor="9", edits={"n": 2})
    play.decide("ok", actor="8")
    play.decide("no", "reject", actor="8", comment="not sure")
    return play


def steering() -> Recorder:
    """A pause, what comes in meanwhile, a resumption, a cancellation that ends an attempt, a gate and what waits."""
    gate = {"gate": {"title": "?", "show": {"n": "1"}}}
    fan = {"map": {"over": "input", "concurrency": 1, "agent": "quick"}}
    branches = {"a": {"agent": "quick"}, "g": gate, "m": fan}
    steps = [{"id": "first", "agent": "quick"}, {"id": "p", "parallel": {"branches": branches}}]
    play = Recorder({"workflow": "golden-steering", "steps": steps}, [1, 2, 3])
    play.start()
    play.send(PauseRun(actor="1", actor_name="Olga"))
    play.report("first")
    play.send(ResumeRun(actor="1"))
    play.report("p/m[0]")
    play.send(CancelRun(actor="1", actor_name="Olga", reason="enough"))
    return play


def retried() -> Recorder:
    """A failure that gives up a map with items that wait, a gate and a branch; its step retried, then the whole run."""
    once = {"agent": "quick", "retry": {"attempts": 1}}
    fan = {"map": {"over": "input", "concurrency": 1, "tolerate": 1, "do": once}}
    branches = {"a": once, "g": {"gate": {"title": "?", "show": {"n": "1"}}}, "m": fan}
    steps = [{"id": "p", "parallel": {"branches": branches}}, {"id": "end", **once}]
    play = Recorder({"workflow": "golden-retried", "steps": steps}, [1, 2, 3])
    play.start()
    play.fail("p/m[0]", Failure.CRASH)
    play.fail("p/a", Failure.CRASH, "the first time")
    play.send(NoteStop(path="p/m[1]", attempt=1, fence="f", how="killed", seconds=2.0))
    play.send(RetryStep(path="p/a", actor="1", actor_name="Olga"))
    play.send(RetryStep(path="p/m[0]", actor="1"))
    play.report("p/a", "again")
    play.decide("p/g")
    play.report("p/m[1]")
    play.report("p/m[0]")
    play.report("p/m[2]")
    play.report("p/m", [1, 2, 3])
    play.report("p", {"a": "again", "g": {"n": 1}, "m": [1, 2, 3]})
    play.fail("end", Failure.SCHEMA)
    play.send(RetryStep(path=""))
    play.report("end", "done")
    return play


def skipped() -> Recorder:
    """Steps passed by: one at work, one of a map, an open gate, one that had failed."""
    once = {"agent": "quick", "retry": {"attempts": 1}}
    steps = [
        {"id": "slow", **once},
        {"id": "m", "map": {"over": "input", "do": once}},
        {"id": "ok", "gate": {"title": "?", "show": {"state": "steps.slow.status"}, "deadline": {"after": "1h"}}},
        {"id": "last", **once, "with": {"n": "steps.m.output"}},
    ]
    play = Recorder({"workflow": "golden-skipped", "steps": steps, "output": "steps.last.status"}, [1, 2])
    play.start()
    play.send(SkipStep(path="slow", actor="1", actor_name="Olga", reason="known already"))
    play.send(SkipStep(path="m[1]", actor="1"))
    play.report("m[0]", "one")
    play.report("m", ["one", None])
    play.send(SkipStep(path="ok", actor="1"))
    play.fail("last", Failure.CRASH)
    play.send(SkipStep(path="last", actor="1", actor_name="Olga"))
    return play


def expired() -> Recorder:
    """Deadlines that pass: one that approves, one that rejects and is lived with, one that ends the run."""
    until = {"after": "1h"}
    shown = {"show": {"n": "input.n"}, "edit": ["n"], "deadline": {**until, "then": "approve"}}
    steps = [
        {"id": "silence", "gate": {"title": "Silence is consent", **shown}},
        {"id": "lived", "gate": {"title": "Or not", "on_reject": "continue", "deadline": until}},
        {"id": "side", "agent": "quick", "needs": ["silence"]},
        {"id": "must", "needs": ["lived"], "gate": {"title": "Must", "approvers": {"quorum": 2}, "deadline": until}},
    ]
    play = Recorder({"workflow": "golden-expired", "steps": steps}, {"n": 1})
    play.start()
    for name in ("silence", "lived"):
        play.send(WakeStep(path=name, timer="deadline"))
        play.send(WakeStep(path=name, timer="deadline"))
    play.decide("must", actor="7")
    play.send(WakeStep(path="must", timer="deadline"))
    return play


def returned() -> Recorder:
    """Work sent back from inside a map inside a branch: what is beside it is given up, what depends on it done over."""
    ask = {"id": "ok", "gate": {"title": "?", "show": {"n": "n"}}}
    fan = {"over": "steps.draft.output", "as": "n", "do": [{"id": "do", "agent": "slow"}, ask]}
    branches = {"a": {"agent": "quick"}, "g": {"gate": {"title": "Beside it"}}, "m": {"map": fan}}
    steps = [
        {"id": "draft", "agent": "quick", "with": {"said": "feedback"}},
        {"id": "p", "parallel": {"branches": branches}},
        {"id": "end", "agent": "quick", "with": {"p": "steps.p.output"}},
    ]
    play = Recorder({"workflow": "golden-returned", "steps": steps, "output": "steps.end.output"}, {})
    play.start()
    play.report("draft", [1, 2])
    play.send(NoteStart(path="p/a", attempt=1, fence="f", worker="w", started_at=play.now))
    play.report("p/m[0]/do", "x")
    play.decide("p/m[0]/ok", "send_back", to="draft", comment="one is enough")
    play.report("draft#2", [3])
    play.report("p#2/m[0]/do", "y")
    play.decide("p#2/m[0]/ok")
    play.report("p#2/m", [{"n": 3}])
    play.report("p#2/a", "z", started_at=play.now, ended_at=play.now + 2, tokens=5)
    play.decide("p#2/g")
    play.report("p#2", {"a": "z", "g": {}, "m": [{"n": 3}]})
    play.report("end", "done")
    return play


def forked() -> Recorder:
    """A run that begins with what another one had come to, in the middle of everything, a step of it given anew."""
    parent = steering()
    at = next(one.n for one in parent.recorded if one.fact.type == "run.resumed")
    began = forking.beginning(parent.recorded, StepPath("p/m[0]"))
    assert began is not None
    assert began.n < at
    book = rebuild(RunId("run"), parent.workflow, parent.recorded, began.n - 1)
    play = Recorder(parent.source, parent.input)
    play.fork(RunForked(workflow="golden-steering", version="1", of="another", at=began.n - 1, input=parent.input,
                        step=StepPath("p/m[0]"), given={"item": 9}, steps=forking.kept(book), actor="1",
                        actor_name="Olga"))  # fmt: skip
    play.report("p/a", "branch")
    play.fail("p/m[0]", Failure.CRASH)
    play.report("p/m[0]", "anew")
    play.decide("p/g")
    for path in ("p/m[1]", "p/m[2]", "p/m", "p"):
        play.report(path, path)
    return play


def degraded() -> Recorder:
    """What is contained inside is said up to the root: a stand-in in a tolerant map in a branch, an optional failure,
    what a person passed by; a mark that goes when its step is done over (R12)."""
    once = {"agent": "quick", "retry": {"attempts": 1}}
    fan = {"map": {"over": "input", "tolerate": 1, "do": {**once, "fallback": ["spare"]}}}
    side = {"sequence": [{"id": "first", **once, "optional": True}, {"id": "then", **once}]}
    steps = [
        {"id": "draft", "sequence": [{"id": "try", **once, "optional": True}, {"id": "keep", **once}]},
        {"id": "ok", "gate": {"title": "Good enough?", "show": {"lacking": "steps.draft.degraded"}}},
        {"id": "p", "parallel": {"branches": {"m": fan, "side": side, "never": {**once, "when": "false"}}}},
        {"id": "end", **once, "with": {"lacking": "steps.p.degraded"}},
    ]
    play = Recorder({"workflow": "golden-degraded", "steps": steps}, [1, 2, 3])
    play.start()
    play.fail("draft/try", Failure.CRASH, "not this time")
    play.report("draft/keep", "one")
    play.decide("ok", "send_back", to="draft", comment="with the first part, please")
    play.report("draft#2/try", "well")
    play.report("draft#2/keep", "two")
    play.decide("ok#2")
    play.fail("p/m[0]", Failure.CRASH)
    play.report("p/m[0]", "by the spare")
    play.fail("p/m[1]", Failure.REFUSED, "no")
    play.report("p/m[2]", "well")
    play.report("p/m", ["by the spare", None, "well"])
    play.send(SkipStep(path="p/side/first", actor="1", actor_name="Olga", reason="known"))
    play.report("p/side/then", "then")
    play.report("p", {"m": ["by the spare", None, "well"], "side": "then", "never": None})
    play.report("end", "done")
    return play


def workflow() -> Recorder:
    """Runs of their own: one that waits, fails and goes on, one too deep, one that is given up, one nobody can read."""
    steps = [
        {"id": "sub", "workflow": "below", "with": {"n": "input.n"}},
        {"id": "odd", "workflow": {"definition": "input.d"}, "optional": True},
        {"id": "left", "workflow": "below", "optional": True},
    ]
    play = Recorder({"workflow": "golden-workflow", "steps": steps}, {"n": 1, "d": {"steps": []}})
    play.start()
    run = child(play, "sub")
    play.send(NoteChild(path="sub", run=run, status=RunStatus.WAITING))
    play.send(NoteChild(path="sub", run=run, status=RunStatus.RUNNING))
    play.send(EndChild(path="sub", run=run, status=RunStatus.FAILED, reason="it broke", cost_usd="0.10", tokens=5))
    play.send(RetryChild())
    play.send(EndChild(path="sub", run=child(play, "sub"), status=RunStatus.SUCCEEDED, output={"n": 2},
                       degraded="one of two", cost_usd="0.15", tokens=8))  # fmt: skip
    play.send(EndChild(path="sub", run="another", status=RunStatus.SUCCEEDED))
    play.send(SkipStep(path="left", actor="1"))
    play.send(EndChild(path="left", run=child(play, "left"), status=RunStatus.CANCELLED))
    return play


def calls() -> Recorder:
    """An agent that calls another one, which fails and is retried, and then asks a person; one that may not."""
    once = {"retry": {"attempts": 1}}
    steps = [{"id": "a", "agent": "boss", **once}, {"id": "b", "agent": "boss", **once, "optional": True}]
    play = Recorder({"workflow": "golden-calls", "steps": steps}, {})
    play.start()
    play.report("a", ok=False, requests=({"key": "call/1", "kind": "call", "agent": "quick", "input": {"n": 1}},))
    run = child(play, "a/Call")
    play.send(EndChild(path="a/Call", run=run, status=RunStatus.FAILED, reason="it broke"))
    play.send(RetryStep(path="a", actor="1"))
    play.send(EndChild(path="a/Call", run=run, status=RunStatus.SUCCEEDED, output="one"))
    play.report("a", ok=False, requests=({"key": "ask/1", "kind": "ask", "question": "Which?", "options": ["x"]},))
    play.decide("a/Ask", edits={"answer": "x"})
    play.report("a", "done")
    play.report("b", ok=False, requests=({"key": "call/1", "kind": "call", "agent": "spare", "input": {}},))
    return play


def askers() -> Recorder:
    """An agent that asks twice and fails; who stands in asks for its own, and then for the first one's no more."""
    steps = [{"id": "a", "agent": "boss", "fallback": ["slow"], "retry": {"attempts": 1}}]
    play = Recorder({"workflow": "golden-askers", "steps": steps}, {})
    play.start()
    asks: dict[str, Json] = {"kind": "ask", "options": []}
    play.report("a", ok=False, requests=({**asks, "key": "ask/1", "question": "Which?"},))
    play.decide("a/Ask", edits={"answer": "x"})
    play.report("a", ok=False, requests=({**asks, "key": "ask/2", "question": "And then?"},))
    play.decide("a/Ask#2", edits={"answer": "y"})
    play.fail("a", Failure.CRASH, "it broke")
    play.report("a", ok=False, requests=({**asks, "key": "ask/1", "question": "Where?"},))
    play.decide("a/Ask#3", edits={"answer": "z"})
    play.report("a", "done")
    return play


def approvals() -> Recorder:
    """Risky calls of an agent's tools: approved with a change, rejected, and one whose arguments stand as a whole."""
    steps = [{"id": "a", "agent": "boss", "retry": {"attempts": 1}}]
    play = Recorder({"workflow": "golden-approvals", "steps": steps}, {})
    play.start()
    properties: Json = {"to": {"type": "string"}, "amount": {"type": "integer", "maximum": 9}}
    schema: Json = {"type": "object", "properties": properties}
    pay = {"kind": "approve", "tool": "pay", "schema": schema}
    first = {**pay, "key": "approve/1", "arguments": {"to": "ash", "amount": 9}, "digest": "d1"}
    second = {**pay, "key": "approve/2", "arguments": {"to": "elm", "amount": 2}, "digest": "d2"}
    play.report("a", ok=False, requests=(first, second))
    play.decide("a/Approve", edits={"amount": 4}, actor_name="Ada", comment="half")
    play.decide("a/Approve#2", "reject", comment="not this one")
    drop = {"kind": "approve", "tool": "drop", "schema": {}, "arguments": {"tool": "saw"}, "digest": "d3"}
    play.report("a", ok=False, requests=({**drop, "key": "approve/3"},))
    play.decide("a/Approve#3")
    play.report("a", "done")
    return play


def overdue() -> Recorder:
    """A risky call that a group may approve and nobody did in time; the agent ends as rejected."""
    play = Recorder({"workflow": "golden-overdue", "steps": [{"id": "a", "agent": "boss"}]}, {})
    play.start()
    asked: dict[str, Json] = {"kind": "approve", "tool": "pay", "schema": {}, "arguments": {}, "digest": "d"}
    policy: dict[str, Json] = {"group": "tills", "not_starter": True, "deadline_seconds": 60.0}
    play.report("a", ok=False, requests=({**asked, **policy, "key": "approve/1"},))
    play.send(WakeStep(path=StepPath("a/Approve"), timer="deadline"))
    play.fail("a", Failure.REJECTED, "pay was not done: nobody decided before the deadline")
    return play


def handoff() -> Recorder:
    """Supervised work: passed at once; sent back, re-routed, judged and passed; a value; a person, twice; no one."""
    check = {"check": [{"name": "long enough", "check": "size(output) > 3", "why": "say more"}]}
    until = {"deadline": {"after": "1h"}}
    steps = [
        {"id": "good", "handoff": {"agents": ["quick"], **check}},
        {"id": "hard", "handoff": {"agents": ["quick", "slow"], "judge": "spare", **check}},
        {"id": "value", "handoff": {"agents": ["quick"], "retries": 0, "degrade": {"value": "'none'", "why": "no"},
                                    **check}},
        {"id": "asked", "handoff": {"agents": ["quick"], "retries": 0, "escalate": True, **check}},
        {"id": "late", "optional": True, "handoff": {"agents": ["quick"], "retries": 0, "escalate": until, **check}},
        {"id": "bad", "handoff": {"agents": ["quick", "slow"], "with": {"said": "feedback"}, "retries": 0, **check}},
    ]  # fmt: skip
    play = Recorder({"workflow": "golden-handoff", "steps": steps}, {})
    play.start()
    play.report("good/Work", "well done")
    play.lose("hard/Work")
    play.report("hard/Work", "no", started_at=play.now, ended_at=play.now + 2)
    play.report("hard/Work#2", "yes!")
    play.report("hard/Judge#2", {"passed": False, "failed": ["tone"], "why": "too loud"})
    play.fail("hard/Work#3", Failure.TIMEOUT, "too slow")
    play.report("hard/Work#4", "yes.")
    play.report("hard/Judge#4", {"passed": True})
    play.report("value/Work", "no")
    play.report("asked/Work", "no")
    play.decide("asked/Person", edits={"output": "better"}, comment="mine")
    play.report("late/Work", "no")
    play.send(WakeStep(path="late/Person", timer="deadline"))
    play.report("bad/Work", "no")
    play.report("bad/Work#2", "no")
    play.send(RetryStep(path="bad", actor="1"))
    play.report("bad/Work#3", "well done")
    return play


def route() -> Recorder:
    """A choice by capability that holds; one whose first choice fails; one that nobody can mend; one for nobody."""
    steps = [
        {"id": "good", "route": {"capability": "translate"}, "with": {"n": "input.n"}},
        {"id": "next", "route": {"among": ["anna", "berta"], "prefer": {"load": 0}},
         "retry": {"attempts": 1}},
        {"id": "value", "route": {"among": ["anna"]}, "retry": {"attempts": 1},
         "degrade": {"value": "'none'", "why": "no"}},
        {"id": "nobody", "optional": True, "route": {"capability": "magic"}},
        {"id": "sent", "route": {"among": ["anna", "berta"]}},
        {"id": "check", "review": {"of": "steps.sent.output", "rules": {"long": "size(output) > 3"}}},
    ]  # fmt: skip
    play = Recorder({"workflow": "golden-route", "steps": steps}, {"n": 1})
    play.start()
    play.report("good/Work", "well done")
    play.fail("next/Work", Failure.CRASH, "it broke")
    play.report("next/Work#2", "well done")
    play.fail("value/Work", Failure.TIMEOUT, "too slow")
    play.report("sent/Work", "no")
    play.report("sent#2/Work", "well done")
    return play


def explore() -> Recorder:
    """Proposals of which one fails, a critic that names nobody and is told, a second word that counts (P9)."""
    own = {"explorers": ["quick", {"agent": "slow", "times": 2}], "with": {"n": "input.n"}, "critic": "spare"}
    steps = [{"id": "x", "explore": {**own, "tolerate": 1}, "retry": {"attempts": 1}}]
    play = Recorder({"workflow": "golden-explore", "steps": steps}, {"n": 1})
    play.start()
    play.report("x/Proposals/quick", "one")
    play.fail("x/Proposals/slow_1", Failure.CRASH, "no idea")
    play.report("x/Proposals/slow_2", {"two": 2})
    play.report("x/Proposals", {"quick": "one", "slow_1": None, "slow_2": {"two": 2}})
    follow(play, "x/Candidates")
    play.report("x/Critic", {"chosen": "nobody", "reasons": {"quick": "short", "slow_2": "long"}})
    follow(play, "x/Check")
    play.report("x/Again", {"chosen": "slow_2", "reasons": {"quick": "short", "slow_2": "long"}, "scores": [1, 2]})
    follow(play, "x/Chosen")
    return play


def refine() -> Recorder:
    """A plan, rounds with feedback, one that fails and may, no improvement, begun anew, good enough (P7)."""
    own = {"plan": "slow", "generate": "quick", "evaluate": {"agent": "spare", "timeout": "9s"}, "threshold": 0.8,
           "with": {"n": "input.n"}, "rounds": 3, "tolerate": 1, "improve": 0.1, "feedback": "why"}  # fmt: skip
    steps = [{"id": "x", "refine": own, "retry": {"attempts": 1}}]
    play = Recorder({"workflow": "golden-refine", "steps": steps}, {"n": 1})
    play.start()
    play.report("x/Plan", ["short", "warm"])
    for number, score in ((0, 0.5), (2, 0.55)):
        play.report(f"x/Rounds[{number}]/Draft", f"draft {number}")
        play.report(f"x/Rounds[{number}]/Verdict", {"score": score, "why": f"cold {number}"})
        follow(play, f"x/Rounds[{number}]/Round")
        if number == 0:
            play.fail("x/Rounds[1]/Draft", Failure.CRASH, "no ink")
    play.send(RetryStep(path="x/Rounds", actor="1"))
    play.report("x/Rounds[3]/Draft", output_ref="hash")
    play.desk.artifacts["hash"] = "a long draft"
    play.report("x/Rounds[3]/Verdict", {"score": 0.8, "why": ""})
    play.report("x/Rounds[3]/Round", {"value": "a long draft", "score": 0.8, "verdict": {"score": 0.8, "why": ""}})
    return play


def debate() -> Recorder:
    """Sealed answers, a round in which one fails and stands by what it said, a tie, a person who chooses (P8)."""
    own = {"agents": ["slow", {"agent": "quick", "times": 2}, "spare"], "with": {"n": "input.n"}, "field": "say",
           "rounds": 1, "tolerate": 1, "independent_review": "auditor"}  # fmt: skip
    steps = [{"id": "x", "debate": own, "retry": {"attempts": 1}}]
    play = Recorder({"workflow": "golden-debate", "steps": steps}, {"n": 1})
    play.start()
    yes, no = {"say": "yes", "why": "it fits"}, {"say": "no", "why": "too dear"}
    said: dict[str, Json] = {"slow": yes, "quick_1": no, "quick_2": yes, "spare": yes}
    for who, answer in said.items():
        play.report(f"x/Answers/{who}", answer)
    play.report("x/Answers", put_together("majority", {"field": "say"}, **said))
    follow(play, "x/Heard_1")
    play.fail("x/Rebuttal_1/slow", Failure.TIMEOUT, "too slow")
    again: dict[str, Json] = {"slow": None, "quick_1": no, "quick_2": yes, "spare": no}
    for who in ("quick_1", "quick_2", "spare"):
        play.report(f"x/Rebuttal_1/{who}", again[who])
    play.report("x/Rebuttal_1", put_together("majority", {"field": "say"}, **again))
    follow(play, "x/Heard")
    follow(play, "x/Roster")
    follow(play, "x/Tally")
    play.report("x/Review", {"agrees": True})
    play.decide("x/Decide", edits={"value": "no"}, actor_name="Olga", comment="we can wait")
    follow(play, "x/Verdict")
    return play


def follow(play: Recorder, path: str) -> None:
    """Report what a rule makes of its input."""
    queued = play.queued(path)
    play.report(path, RULES[queued.agent].run(queued.input))


def supervise() -> Recorder:
    """A pool whose slots grow; an agent that fails and rests, its queue taken; an item retried; a person answers."""
    own = {"over": "input", "check": {"fine": "output != 'bad'"}, "retries": 0}
    both, alone = {**own, "agents": ["quick", "slow"]}, {**own, "agents": ["quick"]}
    steps = [
        {"id": "p", "supervise": {**both, "slots": {"least": 2, "most": 3}, "tolerate": 1}},
        {"id": "asked", "supervise": {**alone, "escalate": True}},
    ]
    play = Recorder({"workflow": "golden-supervise", "steps": steps}, list(range(12)))
    play.start()
    served(play, "p", "quick", "slow", "quick", "quick")
    served(play, "p", "slow", "slow", "slow", said="bad")
    served(play, "p", "quick", "quick", "quick")
    lost = next(path for path in play.live if play.step(path).agent == "quick")
    play.fail(lost, Failure.INVALID_INPUT, "it can't take this")
    play.send(RetryStep(path=lost.partition("/")[0], actor="1"))
    while play.live != ["p"]:
        played(play, play.live[0], "good")
    play.report("p", ["good"] * 12)
    served(play, "asked", "quick", said="bad")
    while play.live:
        played(play, play.live[0], "good")
    play.decide("asked[0]/Person", edits={"output": "theirs"})
    play.report("asked", ["theirs", *["good"] * 11])
    return play


def review() -> Recorder:
    """A result that fails by schema and score, then by a rule, then is unlike accepted ones; a person, twice; a worker
    that dies while it compares."""
    checks = {
        "schema": {"type": "object", "properties": {"text": {"type": "string"}}},
        "score": {"of": "output.score", "least": 0.5},
        "rules": [{"name": "calm", "check": "!output.text.contains('!')", "why": "no shouting"}],
        "similar": {"to": "input.n"},
    }  # fmt: skip
    once = {"agent": "quick", "retry": {"attempts": 1}, "with": {"said": "feedback"}}
    steps = [{"id": "draft", **once}, {"id": "check", "review": {"of": "steps.draft.output", **checks}}]
    play = Recorder({"workflow": "golden-review", "steps": steps}, {"n": 1})
    play.start()
    play.report("draft", {"text": 5, "score": 0.1})
    play.report("draft#2", {"text": "no!", "score": 0.9})
    play.report("draft#3", {"text": "well", "score": 0.9})
    play.lose("check#3")
    play.report("check#3", {"likeness": 0.25, "compared": 3, "run": "another"})
    play.decide("check#3/Person", edits={"output": {"text": 5}})
    play.decide("check#3/Person#2", "send_back", to="draft", comment="once more")
    play.report("draft#4", {"text": "better", "score": 0.9})
    play.report("check#4", {"likeness": 0.75, "compared": 3, "run": "another"})
    return play


def served(play: Recorder, pool: str, *agents: str, said: str = "good") -> None:
    """Have the oldest work of each of these agents come back."""
    for agent in agents:
        mine = [path for path in play.live if path.startswith(pool) and play.step(path).agent == agent]
        if mine:
            played(play, min(mine, key=lambda path: play.step(path).opened_at or 0), said)


def played(play: Recorder, path: str, said: str) -> None:
    """Have work come back that took two seconds."""
    play.report(path, said, started_at=play.now - 1, ended_at=play.now + 1)


def child(play: Recorder, path: str) -> str:
    """Return the run a step waits for."""
    return str(child_of(play.step(path))["run"])


def merged() -> Recorder:
    """A majority with dissent and somebody absent, a contradiction that a person settles, an agent that puts parts
    together after a try that failed, items under keys (P2)."""
    once = {"agent": "quick", "retry": {"attempts": 1}}
    four, two = dict.fromkeys("abcd", once), dict.fromkeys("ab", once)
    settle = {"title": "Settle it", "show": {"value": "steps.facts.output.value"}, "edit": ["value"]}
    by_agent = {"how": "agent", "agent": "spare", "with": {"facts": "steps.settle.output.value"}}
    steps = [
        {"id": "vote", "parallel": {"branches": four, "tolerate": 1, "merge": {"how": "majority", "field": "say"}}},
        {"id": "facts", "parallel": {"branches": two, "merge": {"how": "fields", "prefer": ["b"]}}},
        {"id": "settle", "when": "size(steps.facts.output.contradictions) > 0", "gate": settle},
        {"id": "text", "parallel": {"branches": two, "merge": by_agent}},
        {"id": "keyed", "map": {"over": "input", "do": once, "merge": {"how": "structured", "key": "item"}}},
        {"id": "best", "map": {"over": "input", "do": once, "merge": {"how": "best", "of": "score"}}},
    ]
    play = Recorder({"workflow": "golden-merged", "steps": steps}, ["x", "y"])
    play.start()
    play.report("vote/a", {"say": "go"})
    play.fail("vote/b", Failure.CRASH, "away")
    play.report("vote/c", {"say": "wait"})
    play.report("vote/d", {"say": "go"})
    votes: dict[str, Json] = {"a": {"say": "go"}, "b": None, "c": {"say": "wait"}, "d": {"say": "go"}}
    play.report("vote", put_together("majority", {"field": "say"}, **votes))
    play.report("facts/b", {"staff": 41})
    play.report("facts/a", {"staff": 40, "city": "Delft"})
    facts = {"a": {"staff": 40, "city": "Delft"}, "b": {"staff": 41}}
    play.report("facts", put_together("fields", {"prefer": ["b"]}, **facts))
    play.decide("settle", edits={"value": {"staff": 42, "city": "Delft"}})
    play.report("text/Parts/a", "one")
    play.report("text/Parts/b", "two")
    play.lose("text/Parts")
    play.report("text/Parts", {"a": "one", "b": "two"})
    play.fail("text/Merge", Failure.TIMEOUT)
    play.report("text/Merge", "one and two")
    play.report("text/Told", RULES["rule.merged"].run({"value": "one and two", "results": {"a": "one", "b": "two"}}))
    for index in (0, 1):
        play.report(f"keyed[{index}]", index)
    play.report("keyed", {"x": 0, "y": 1})
    for index in (0, 1):
        play.report(f"best[{index}]", {"score": index})
    play.report("best", put_together("best", {"of": "score"}, **{"[0]": {"score": 0}, "[1]": {"score": 1}}))
    return play


def put_together(how: str, options: dict[str, Json], **given: Json) -> Json:
    """Merge what was given as a worker does; null stands for who is absent."""
    return result.merged(
        how, options, [Contribution(who=who, value=value, is_absent=value is None) for who, value in given.items()]
    )


def blackboard() -> Recorder:
    """First values, two writers on one key, a refusal that is contained, notes, a board that is retried, its ends."""
    once = {"agent": "quick", "retry": {"attempts": 1}}
    keys = {"facts": {}, "risk": {"type": "integer"}, "advice": {"type": "string"}}
    agents = {
        "legal": {
            **once,
            "reads": ["facts", "risk"],
            "writes": ["risk"],
            "scratch": "notes",
            "when": "versions.risk < 3",
        },
        "finance": {**once, "reads": ["facts"], "writes": ["risk", "advice"]},
        "side": {**once, "writes": ["advice"], "when": "versions.advice > 0", "optional": True, "limit": 1},
    }
    board = {"keys": keys, "start": {"facts": "input.facts", "risk": "0"}, "agents": agents, "minutes": 5,
             "until": "board.risk > 8", "otherwise": "board.risk", "tries": 2}  # fmt: skip
    steps = [{"id": "b", "blackboard": board}, {"id": "end", **once}]
    play = Recorder({"workflow": "golden-blackboard", "steps": steps}, {"facts": ["x"]})
    play.start()
    play.report("b/First", {"facts": ["x"], "risk": 0})
    play.report("b/finance", {"risk": 4, "advice": "buy"})
    play.report("b/legal", {"risk": 1, "notes": "void"})
    play.fail("b/legal#2", Failure.CRASH, "boom")
    play.send(RetryStep(path="b/legal#2", actor="1"))
    play.report("b/side", {"advice": 7})
    play.report("b/legal#2", {"risk": 4, "notes": "mine"})
    play.report("end", "done")
    return play


def loop() -> Recorder:
    """Rounds with scores, feedback and costs; one that may fail, one passed by, the same again and again and begun
    anew; a loop of rounds that end at once, in two advances."""
    once = {"agent": "quick", "retry": {"attempts": 1}}
    body = [{"id": "write", **once, "with": {"said": "feedback", "before": "last", "best": "best"}},
            {"id": "score", **once, "with": {"text": "steps.write.output", "round": "round"}}]  # fmt: skip
    judged = {"until": "last.score >= 0.9", "score": "last.score", "feedback": "last.why", "improve": 0.1}
    more = {"tolerate": 1, "same": 2, "budget": {"usd": 1, "tokens": 500, "minutes": 60}}
    steps = [
        {"id": "draft", "loop": {"do": body, "rounds": 9, **judged, **more}},
        {"id": "many", "loop": {"do": {**once, "when": "round < 1"}, "rounds": 170}},
        {"id": "good", "loop": {"do": once, "rounds": 2, "until": "last", "otherwise": "last"}},
    ]
    play = Recorder({"workflow": "golden-loop", "steps": steps, "output": "steps.draft.output"}, {})
    play.start()
    play.report("draft[0]/write", "one", cost_usd="0.10", tokens=5)
    play.report("draft[0]/score", {"score": 0.5, "why": "short"}, tokens=7)
    play.fail("draft[1]/write", Failure.CRASH)
    play.send(SkipStep(path="draft[2]", actor="1", actor_name="Olga"))
    play.send(RetryStep(path="draft", actor="1"))
    for number in (3, 4):
        play.report(f"draft[{number}]/write", "same")
        play.report(f"draft[{number}]/score", {"score": 0.7, "why": "still short"})
    play.send(RetryStep(path="draft", actor="1"))
    play.report("draft[5]/write", output_ref="hash")
    play.report("draft[5]/score", {"score": 0.95})
    play.send(GoOn(path="many"))
    play.report("good[0]", False)
    play.report("good[1]", False)
    return play


def branch() -> Recorder:
    """A case that holds, one that is sent back and chosen anew, one that fails and is done again, none that holds."""
    once = {"agent": "quick", "retry": {"attempts": 1}}
    ask = {"id": "ask", "when": "steps.draft.output > 1", "gate": {"title": "So much?"}}
    steps = [
        {"id": "draft", **once},
        {"id": "route", "branch": [ask, {"id": "do", **once}]},
        {"id": "none", "branch": {"cases": [{"id": "a", "when": "false", **once}], "otherwise": "skip"}},
        {"id": "must", "branch": [{"id": "a", "when": "steps.none.status == 'failed'", **once}]},
    ]
    play = Recorder({"workflow": "golden-branch", "steps": steps}, {})
    play.start()
    play.report("draft", 2)
    play.decide("route/ask", "send_back", comment="less")
    play.report("draft#2", 1)
    play.fail("route#2/do", Failure.CRASH)
    play.send(RetryStep(path="route#2/do", actor="1"))
    play.report("route#2/do", "done")
    return play


def wait() -> Recorder:
    """A time that comes, one that is over already, an old timer, one given up and begun anew, one passed by."""
    once = {"agent": "quick", "retry": {"attempts": 1}}
    steps = [
        {"id": "nap", "wait": "10m"},
        {"id": "past", "wait": {"until": "input.then"}},
        {"id": "p", "parallel": {"branches": {"a": once, "nap": {"wait": {"for": "input.span"}}}}},
        {"id": "long", "wait": {"until": "2030-01-01T00:00:00Z"}},
    ]
    play = Recorder({"workflow": "golden-wait", "steps": steps}, {"then": "2020-01-01T00:00:00Z", "span": "90s"})
    play.start()
    play.send(WakeStep(path="nap", timer="wait"))
    play.now += 600
    play.send(WakeStep(path="nap", timer="wait"))
    play.fail("p/a", Failure.CRASH)
    play.send(RetryStep(path="p/a", actor="1"))
    play.now += 90
    play.send(WakeStep(path="p/nap", timer="wait"))
    play.report("p/a", 1)
    play.report("p", {"a": 1, "nap": None})
    play.send(SkipStep(path="long", actor="1", actor_name="Olga", reason="now"))
    return play


def converse() -> Recorder:
    """Messages with hops and notes, one to nobody, one asked twice, one nobody reads, an agent that is down and tried
    again, one that is replaced, one that is gone, answers that differ, a vote that ties, an arbiter, a person."""
    once = {"agent": "quick", "retry": {"attempts": 1}}
    agents = {"a": {**once, "scratch": "notes"}, "b": once, "c": {**once, "agent": "slow", "optional": True}}
    talk = {
        "agents": agents, "begin": [{"to": "a", "text": "input.ask"}, {"to": "c", "text": "'hello'", "payload": "1"}],
        "conflict": [{"vote": "n"}, {"arbiter": "spare"}, "person"], "minutes": 5, "message_timeout": "1m",
        "revive_after": "30s", "revivals": 1, "replace": {"c": "spare"}, "turns": 9,
    }  # fmt: skip
    play = Recorder({"workflow": "golden-converse", "steps": [{"id": "t", "converse": talk}]}, {"ask": "how much?"})
    play.start()
    play.report("t/Begin", {"text0": "how much?", "text1": "hello", "payload1": 1})
    send = [{"to": "b", "text": "Which one?"}, {"to": "nobody", "text": "hm"}]
    play.report("t/a", {"send": send, "notes": "mine"}, cost_usd="0.25", started_at=play.now, ended_at=play.now + 1)
    play.fail("t/c", Failure.CRASH, "boom")
    play.send(WakeStep(path="t", timer="revive:c"))
    play.fail("t/c#2", Failure.CRASH, "boom")
    play.report("t/a#2", {"send": [{"to": "b", "text": "which one"}]})
    play.fail("t/b", Failure.UNAVAILABLE, "away")
    play.send(WakeStep(path="t", timer="unread:3"))
    play.report("t/a#3", {"answer": {"n": 1}})
    play.report("t/c#3", {"answer": {"n": 2}})
    play.send(WakeStep(path="t", timer="revive:b"))
    play.fail("t/b#2", Failure.UNAVAILABLE, "still away")
    play.fail("t/Arbiter", Failure.REFUSED, "not mine to say")
    play.decide("t/Person", edits={"answer": {"n": 3}})
    return play


SCENES: tuple[Callable[[], Recorder], ...] = (
    agent, sequence, parallel, map, gate, steering, retried, skipped, expired, returned, forked, degraded, merged,
    workflow, calls, askers, approvals, overdue, handoff, supervise, review, route, explore, loop, branch, wait, refine,
    blackboard, converse, debate, person, proposed, assigned,
)  # fmt: skip


def text(history: dict[str, Any]) -> str:
    """Write a history with one line for each message, event and step, so that a change is easy to see."""
    parts: list[str] = []
    for name, value in history.items():
        if name in ("messages", "events"):
            lines = [codec.dumps(one) for one in value]
            written = "[\n" + ",\n".join(lines) + "\n]"
        elif name == "steps":
            lines = [f"{codec.dumps(path)}: {codec.dumps(state)}" for path, state in value.items()]
            written = "{\n" + ",\n".join(lines) + "\n}"
        else:
            written = codec.dumps(value)
        parts.append(f"{codec.dumps(name)}: {written}")
    return "{\n" + ",\n".join(parts) + "\n}\n"


def rows_of(history: dict[str, Any]) -> dict[str, list[Any]]:
    """Return the rows that a history's events make, without its steps, and how the run stood after each event."""
    recorded = [Recorded(n=n, at=at, fact=records.read_fact(type_, data)) for n, at, type_, data in history["events"]]
    workflow, on_the_way = read(history["workflow"]), []
    book = Book(run=RunState(id=RunId("run")), shelf=EmptyShelf())
    for one in recorded:
        fold.fold(book, workflow, one)
        run = book.run
        on_the_way.append([run.n, run.status.value, run.active, run.gates, run.steps, run.ended])
    made = expected(book, recorded, lambda name: Lane.QUICK, 0, None)
    kept = {table.name: codec.plain(lines) for table, lines in made if table is not tables.STEP}
    return {**kept, "on the way": on_the_way}


def main() -> None:
    """Write the histories that are missing, and the rows beside them."""
    for scene in SCENES:
        file, beside = FOLDER / f"{scene.__name__}.json", ROWS / f"{scene.__name__}.json"
        if not file.exists():
            file.write_text(text(scene().history()), encoding="utf-8")
            print(f"recorded {file.name}")
        if not beside.exists():
            made = rows_of(codec.loads(file.read_text(encoding="utf-8")))
            beside.write_text(text_of_rows(made), encoding="utf-8")
            print(f"recorded the rows of {file.name}")


def text_of_rows(made: dict[str, list[Any]]) -> str:
    """Write rows with one line each."""
    parts = [
        f"{codec.dumps(name)}: [\n" + ",\n".join(codec.dumps(line) for line in lines) + "\n]"
        for name, lines in made.items()
    ]
    return "{\n" + ",\n".join(parts) + "\n}\n"


if __name__ == "__main__":
    main()
