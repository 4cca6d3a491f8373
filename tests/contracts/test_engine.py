"""What the engine promises on every store: one commit for all that belongs together, answers that stay."""

from __future__ import annotations

import time

import pytest

from orchestrator.core.agents import Lane
from orchestrator.core.events import Fact
from orchestrator.core.messages import CancelRun, PauseRun, ResumeRun, WakeStep
from orchestrator.core.nodes.agent import AgentKind
from orchestrator.core.nodes.catalogue import KINDS
from orchestrator.core.nodes.gate import GateKind
from orchestrator.core.status import RunStatus
from orchestrator.engine import engine as engine_module
from orchestrator.engine.ports import Mail
from orchestrator.engine.replay import rebuild
from tests.contracts.worlds import World, held, in_threads

A, B, C = ({"id": name, "agent": "quick"} for name in "abc")
FAN = {"id": "m", "map": {"over": "input", "do": {"agent": "quick"}}}
GATE = {"id": "ok", "gate": {"title": "?", "show": {"n": "1"}, "edit": ["n"], "approvers": {"quorum": 1}}}
DUE = {"id": "ok", "gate": {"title": "?", "show": {"n": "1"}, "deadline": {"after": "300ms", "then": "approve"}}}


class Killed(Exception):
    """The process dies here."""


def killed_at(world: World, point: str) -> None:
    """Let the process die once at a named point."""
    left = [point]

    def fail(here: str) -> None:
        if here in left:
            left.remove(here)
            raise Killed(here)

    world.fail = fail


def test_a_pipeline_runs_to_its_end_and_everything_agrees(world: World) -> None:
    run_id = world.start(A, B, C, input={"x": 1})
    assert world.work_off() == 3
    assert world.window.run(run_id).status == RunStatus.SUCCEEDED
    assert world.window.steps(run_id)[""].output == {"x": 1}
    assert [one.n for one in world.window.events(run_id)] == list(range(1, world.window.run(run_id).n + 1))
    world.check()


def test_the_finishing_commit_claims_what_it_made_possible(world: World) -> None:
    run_id = world.start(A, B)
    (claim,) = world.claim()
    turn = world.finish(claim, more=1)
    assert [one.path for one in turn.claims] == ["b"]
    assert [(row.path, row.worker) for row in world.window.queue(run_id)] == [("b", "w")]
    assert world.hints.rung == {Lane.QUICK: 1}, "nobody is rung for what was claimed at once"


def test_dying_before_the_commit_leaves_neither_report_nor_claim(world: World) -> None:
    run_id = world.start(A, B)
    (claim,) = world.claim()
    before = (world.window.run(run_id), world.window.queue(run_id))
    killed_at(world, "before_commit")
    with pytest.raises(Killed):
        world.finish(claim, more=1)
    assert (world.window.run(run_id), world.window.queue(run_id)) == before
    world.check()


def test_dying_after_the_commit_leaves_both(world: World) -> None:
    """S7: the same report again is late, and its effect is there once."""
    run_id = world.start(A, B)
    (claim,) = world.claim()
    killed_at(world, "after_commit")
    with pytest.raises(Killed):
        world.finish(claim, more=1)
    n = world.window.run(run_id).n
    assert world.report(claim).status == 409
    assert (world.window.run(run_id).n, world.window.queue(run_id)[0].worker) == (n, "w")
    assert world.facts(run_id).count("step.ended a") == 1


def test_many_slots_finish_a_fan_out_once_each(world: World) -> None:
    """S16 in small: reports meet, the join fires once."""
    run_id = world.start(FAN, input=list(range(40)))
    in_threads(world, *(lambda number=number: world.work_off(f"w{number}") for number in range(4)))
    world.work_off()
    assert world.window.run(run_id).status == RunStatus.SUCCEEDED
    assert world.window.steps(run_id)[""].output == [{"item": number} for number in range(40)]
    assert world.facts(run_id).count("attempt.queued m") == 1
    world.check()


def test_reports_for_several_runs_in_one_commit_each_get_their_answer(world: World) -> None:
    runs = [world.start(A) for _ in range(5)]
    claims = world.claim(count=5)
    stale = world.mail(claims[0])
    letters = [*(world.mail(claim, claim.run_id) for claim in claims), stale]
    verdicts = world.driver.turn(letters).done.verdicts
    assert [verdict.status for verdict in verdicts] == [200] * 5 + [409]
    assert {world.window.run(run_id).status for run_id in runs} == {RunStatus.SUCCEEDED}
    world.check()


def test_a_report_that_finds_its_run_held_is_considered_all_the_same(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever misses the lock leaves the report in the mailbox; the holder drains it, or the writer waited its turn."""
    monkeypatch.setattr(engine_module, "WAIT_SECONDS", 0.05)
    run_id = world.start(FAN, input=[1, 2])
    first, second = world.claim(count=2)
    with held(world, run_id):
        if world.window.name == "postgresql":
            assert world.report(first).status == 503
            assert len(world.window.mailbox()) == 1
            assert world.engine.call(run_id, PauseRun(actor="1"), "p").status == 503
    world.report(second)
    world.engine.sweep()
    if world.window.name != "postgresql":
        world.report(first)
    assert (world.window.mailbox(), world.window.run(run_id).ended) == ([], 2)
    world.check()


def test_reports_that_meet_are_all_considered_and_none_is_left(world: World) -> None:
    """The race of engine.md: re-checking before the unlock strands reports, re-checking after it strands none."""
    for round_ in range(6):
        run_id = world.start(FAN, input=list(range(8)))
        claims = world.claim(count=8)
        in_threads(world, *(lambda claim=claim: world.finish(claim) for claim in claims))
        assert world.window.mailbox() == [], f"stranded in round {round_}"
        assert world.window.run(run_id).ended == 8
        world.work_off()
        world.check()


def test_a_caller_waits_for_the_run_and_gets_its_answer(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    run_id = world.start(A)
    if world.window.name == "postgresql":
        monkeypatch.setattr(engine_module, "WAIT_SECONDS", 0.3)
        with held(world, run_id):
            began = time.monotonic()
            assert world.engine.call(run_id, PauseRun(actor="1"), "k").status == 503
            assert 0.25 < time.monotonic() - began < 2
    assert world.engine.call(run_id, PauseRun(actor="1"), "k").status == 200
    assert (world.facts(run_id).count("run.paused"), world.window.mailbox()) == (1, [])


def test_the_same_message_again_gets_the_same_answer(world: World) -> None:
    run_id = world.start(GATE)
    first = world.decide(run_id, "ok", key="click")
    n = world.window.run(run_id).n
    assert (first.status, world.decide(run_id, "ok", key="click")) == (200, first)
    assert (world.decide(run_id, "ok", key="other").status, world.window.run(run_id).n) == (409, n)
    assert world.decide(run_id, "ok", key="other").status == 409


def test_of_two_deciding_at_once_one_wins_and_the_other_hears_it(world: World) -> None:
    """S9, S10: one outcome; the loser gets a conflict."""
    run_id = world.start(GATE)
    calls = [
        lambda actor=actor: world.decide(run_id, "ok", "approve" if actor else "reject", str(actor))
        for actor in range(4)
    ]
    verdicts = in_threads(world, *calls)
    assert sorted(verdict.status for verdict in verdicts) == [200, 409, 409, 409]
    assert world.facts(run_id).count("gate.closed ok") == 1
    world.check()


def test_a_double_click_counts_once(world: World) -> None:
    run_id = world.start({**GATE, "gate": {**GATE["gate"], "approvers": {"quorum": 2}}})
    verdicts = in_threads(world, *[lambda: world.decide(run_id, "ok", actor="7", key="click")] * 4)
    assert {verdict.status for verdict in verdicts} == {200}
    assert world.facts(run_id).count("gate.decided ok") == 1
    assert world.window.gates(run_id) == {"ok": "open"}


def test_cancelling_withdraws_gates_and_takes_back_all_that_waits(world: World) -> None:
    """S12: run cancelled while gates are open."""
    gate = {**GATE["gate"], "deadline": {"after": "1h"}}
    run_id = world.start(
        {
            "id": "p",
            "parallel": {
                "branches": {
                    "g": {"gate": gate},
                    "a": {"agent": "slow"},
                    "w": {"map": {"over": "[1, 2]", "agent": "quick"}},
                }
            },
        }
    )
    world.claim()
    assert world.engine.call(run_id, CancelRun(actor="1", reason="enough")).status == 200
    assert (world.window.queue(run_id), world.window.gates(run_id), world.store.next_moment()) == (
        [],
        {"p/g": "withdrawn"},
        None,
    )
    assert world.store.held("w") == set()
    world.check()


def test_there_is_no_answer_from_a_run_that_does_not_exist(world: World) -> None:
    assert world.engine.call("nobody", PauseRun()).status == 404
    assert world.window.mailbox() == []


def test_a_message_that_raises_is_set_aside_with_its_reason_and_the_rest_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Faulty(GateKind):
        def on(self, *given):
            raise ZeroDivisionError("a slip of ours")

    monkeypatch.setitem(KINDS, "gate", Faulty())
    run_id = world.start(GATE, {**A, "needs": []})
    n = world.window.run(run_id).n
    letters = [Mail(run_id=run_id, message=message, key=key) for key, message in
               (("one", PauseRun()), ("bad", WakeStep(path="ok", timer="deadline")), ("two", ResumeRun()))]  # fmt: skip
    verdicts = world.driver.turn(letters).done.verdicts
    assert [verdict.status for verdict in verdicts] == [200, 500, 200]
    assert world.facts(run_id)[n:] == ["run.paused", "run.resumed"]
    assert world.window.mailbox() == [("bad", "ZeroDivisionError: a slip of ours")]
    assert world.store.waiting_mail() == []


def test_work_whose_report_cannot_be_considered_is_not_done_again_and_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is held for an operator, who lets it go by pausing and resuming."""

    class Faulty(AgentKind):
        def on(self, *given: object) -> list[Fact]:
            raise ZeroDivisionError("a slip of ours")

    run_id = world.start(A)
    (claim,) = world.claim()
    with monkeypatch.context() as patch:
        patch.setitem(KINDS, "agent", Faulty())
        assert world.report(claim).status == 500
    assert (world.claim(), world.store.held("w"), world.store.ready()) == ([], set(), {})
    assert [(row.held, row.worker) for row in world.window.queue(run_id)] == [(True, None)]
    world.engine.call(run_id, PauseRun())
    world.engine.call(run_id, ResumeRun())
    assert world.work_off() == 1
    assert world.window.run(run_id).status == RunStatus.SUCCEEDED


def test_a_run_that_cannot_be_read_does_not_keep_others_from_going_on(world: World) -> None:
    """One timer or lost attempt of it would stop all timers and all recoveries."""
    broken, good = world.start(DUE), world.start(DUE, A)
    version = world.window.run(broken).version
    world.window.wait(0.35)
    known = world.library.workflows.pop(("try", version))
    world.engine.sweep()
    assert world.window.gates(good) == {"ok": "approved"}
    assert world.window.gates(broken) == {"ok": "open"}
    assert [problem.partition(":")[0] for _, problem in world.window.mailbox()] == ["KeyError"]
    world.library.add(known)


def test_a_run_rebuilt_from_its_events_is_the_run_that_is_kept(world: World) -> None:
    """The Zulip check, after a life with everything in it."""
    body = {"sequence": [{"id": "x", "agent": "quick"}, {"id": "ok", "gate": GATE["gate"]}]}
    run_id = world.start(
        {"id": "m", "map": {"over": "input", "concurrency": 2, "do": body}},
        {"id": "p", "parallel": {"branches": {"a": {"agent": "slow"}, "b": {"agent": "quick", "when": "false"}}}},
        GATE,
        input=[1, 2, 3],
    )
    for _ in range(40):
        world.work_off()
        gates = world.open_gates(run_id)
        if not gates:
            break
        sends_back = gates == ["ok"]
        world.decide(
            run_id,
            gates[0],
            "send_back" if sends_back else "approve",
            comment="again",
            edits={} if sends_back else {"n": 2},
        )
    run, steps = world.window.run(run_id), world.window.steps(run_id)
    assert run.status == RunStatus.SUCCEEDED
    book = rebuild(run_id, world.library.workflow("try", run.version), world.window.events(run_id))
    assert (book.run, book.changed) == (run, steps)
    world.check()
