"""What every store promises: claims, fences, leases, order, mailboxes, timers."""

from __future__ import annotations

import pytest

from orchestrator.core import codec
from orchestrator.core.agents import Lane
from orchestrator.core.ids import RunId
from orchestrator.core.messages import PauseRun, ResumeRun
from orchestrator.core.outcomes import Failure, Ok
from orchestrator.core.status import RunStatus, StepStatus
from orchestrator.engine.ports import Claim, Mail
from tests.contracts.worlds import World, in_threads

A, B, C = ({"id": name, "agent": "quick"} for name in "abc")
FAN = {"id": "m", "map": {"over": "input", "do": {"agent": "quick"}}}
GATE = {"id": "ok", "gate": {"title": "?", "show": {"n": "1"}, "edit": ["n"]}}
DUE = {"id": "ok", "gate": {"title": "?", "show": {"n": "1"}, "deadline": {"after": "300ms", "then": "approve"}}}


def paths(claims: list[Claim]) -> list[str]:
    return [claim.path for claim in claims]


def test_claims_are_exclusive_when_many_take_them_at_once(world: World) -> None:
    world.start(FAN, input=list(range(60)))

    def take(worker: str) -> list[Claim]:
        mine: list[Claim] = []
        while found := world.claim(worker, 3):
            mine += found
        return mine

    taken = in_threads(world, *(lambda number=number: take(f"w{number}") for number in range(6)))
    every = [claim for mine in taken for claim in mine]
    assert (len(every), len({claim.path for claim in every}), len({claim.fence for claim in every})) == (60, 60, 60)


def test_the_highest_priority_goes_first_then_the_oldest(world: World) -> None:
    """C4, C5: what waits goes by priority, then by age."""
    first = world.start(A)
    urgent = world.start(A, priority=5)
    world.window.wait(0.002)
    last = world.start(A)
    assert [world.claim()[0].run_id for _ in range(3)] == [urgent, first, last]
    assert world.claim() == []


def test_a_lane_gets_only_its_own(world: World) -> None:
    world.start({"id": "p", "parallel": {"branches": {"a": {"agent": "quick"}, "b": {"agent": "slow"}}}})
    assert paths(world.claim(count=5, lane=Lane.SLOW)) == ["p/b"]
    assert paths(world.claim(count=5)) == ["p/a"]


def test_a_claim_brings_what_the_work_needs(world: World) -> None:
    run_id = world.start(A, input={"x": [1, None]}, correlation_id="c-1")
    (claim,) = world.claim("w7")
    assert (claim.run_id, claim.attempt, claim.agent, claim.agent_version, claim.lane) == (
        run_id,
        1,
        "quick",
        1,
        Lane.QUICK,
    )
    assert (claim.input, claim.refs, claim.correlation_id, claim.timeout_seconds) == ({"x": [1, None]}, {}, "c-1", 60.0)
    assert abs(claim.claimed_at - world.store.now()) < 5
    assert [(row.worker, row.fence) for row in world.window.queue(run_id)] == [("w7", claim.fence)]


def test_nothing_of_a_paused_run_is_handed_out(world: World) -> None:
    run_id = world.start(A, B)
    (claim,) = world.claim()
    world.engine.call(run_id, PauseRun(actor="1"))
    world.report(claim)
    assert (world.claim(), [row.held for row in world.window.queue(run_id)]) == ([], [True])
    assert world.store.ready() == {}
    world.engine.call(run_id, ResumeRun(actor="1"))
    assert paths(world.claim()) == ["b"]


def test_a_retry_is_not_handed_out_before_its_time(world: World) -> None:
    world.start({**A, "retry": {"attempts": 2, "backoff": "800ms"}})
    (claim,) = world.claim()
    world.report(claim, failure=Failure.CRASH)
    assert world.claim() == []
    moment = world.store.next_moment()
    assert moment is not None
    assert 0 < moment - world.store.now() <= 0.6
    world.window.wait(0.65)
    assert [claim.attempt for claim in world.claim()] == [2]


@pytest.mark.parametrize("how", ["lost", "released", "retired"])
def test_a_report_whose_claim_was_taken_away_is_refused(world: World, how: str) -> None:
    """S6: a worker that was only slow can't act twice."""
    run_id = world.start(A)
    (old,) = world.claim("slow")
    match how:
        case "lost":
            world.store.beat("slow", -1.0)
            assert world.engine.sweep_lost() == 1
        case "released":
            world.store.release("slow", [old.fence])
        case _:
            world.store.retire("slow")
    n = world.window.run(run_id).n
    assert (world.report(old, "late").status, world.window.run(run_id).n) == (409, n)
    (new,) = world.claim("quick")
    assert (world.report(old, "late").status, world.report(new, "good").status) == (409, 200)
    assert world.window.steps(run_id)["a"].output == "good"
    world.check()


def test_a_lost_attempt_is_queued_again_and_says_so(world: World) -> None:
    run_id = world.start(A)
    world.claim("dead")
    world.store.beat("dead", -1.0)
    assert [(one.path, one.attempt, one.worker) for one in world.store.lost()] == [("a", 1, "dead")]
    world.engine.sweep()
    assert ([row.attempt for row in world.window.queue(run_id)], world.store.lost()) == ([2], [])
    assert world.window.steps(run_id)["a"].attempt == 2
    world.check()


def test_a_claim_of_a_worker_nobody_knows_is_lost(world: World) -> None:
    run_id = world.start(A)
    world.driver.turn([], worker="never", wants={Lane.QUICK: 1})
    assert world.engine.sweep_lost() == 1
    assert [row.worker for row in world.window.queue(run_id)] == [None]


def test_a_heartbeat_keeps_the_claim(world: World) -> None:
    world.start(A)
    (claim,) = world.claim("w")
    world.store.beat("w", -1.0)
    world.store.beat("w", 30.0)
    assert (world.store.lost(), world.store.held("w")) == ([], {claim.fence})


def test_giving_claims_back_counts_no_attempt(world: World) -> None:
    run_id = world.start(FAN, input=[1, 2, 3])
    claims = world.claim("w", 3)
    world.store.release("w", [claims[0].fence])
    world.store.release("other", [claims[1].fence])
    assert len(world.store.held("w")) == 2
    world.store.retire("w")
    assert world.store.held("w") == set()
    assert [(row.attempt, row.fence) for row in world.window.queue(run_id)] == [(1, None)] * 3


def test_at_a_start_all_claims_of_the_dead_are_given_up_at_once(world: World) -> None:
    """And a claim that stays lost does not keep the start waiting."""
    run_id = world.start(FAN, input=list(range(5)))
    world.claim("one", 3)
    world.claim("two", 1)
    assert world.engine.expire_all_leases() == 2
    assert ([row.attempt for row in world.window.queue(run_id)], world.store.lost()) == ([2, 2, 2, 2, 1], [])


def test_workers_that_hold_nothing_are_forgotten_after_their_lease(world: World) -> None:
    world.start(A)
    world.claim("busy")
    world.store.beat("idle", -1.0)
    world.store.beat("busy", -1.0)
    world.store.forget_dead_workers()
    assert (world.store.expire_all(), world.store.expire_all()) == (1, 0)


def test_what_could_be_claimed_is_counted_by_lane(world: World) -> None:
    world.start(
        {"id": "p", "parallel": {"branches": {"a": {"agent": "quick"}, "b": {"agent": "slow"}, "c": {"agent": "slow"}}}}
    )
    assert world.store.ready() == {Lane.QUICK: 1, Lane.SLOW: 2}
    world.claim(count=5)
    assert world.store.ready() == {Lane.SLOW: 2}


def test_a_timer_fires_once_however_many_look(world: World) -> None:
    run_id = world.start(DUE)
    assert world.store.due_timers() == []
    moment = world.store.next_moment()
    assert moment is not None
    assert moment > world.store.now() - 1
    world.window.wait(0.35)
    in_threads(world, *[world.engine.sweep_timers] * 4)
    world.engine.sweep()
    assert world.facts(run_id).count("gate.closed ok") == 1
    assert (world.window.run(run_id).status, world.store.due_timers()) == (RunStatus.SUCCEEDED, [])
    world.check()


def test_a_timer_goes_with_its_gate(world: World) -> None:
    run_id = world.start(DUE)
    world.decide(run_id, "ok")
    world.window.wait(0.35)
    assert (world.store.due_timers(), world.store.next_moment()) == ([], None)


def test_a_message_with_a_known_key_is_kept_once(world: World) -> None:
    run_id = world.start(A)
    letters = [Mail(run_id=run_id, message=PauseRun(actor=str(number)), key="k") for number in range(3)]
    for letter in letters:
        world.store.transact(lambda tx, letter=letter: tx.post([letter]))
    world.store.transact(lambda tx: tx.post(letters))
    assert (world.window.mailbox(), world.store.waiting_mail()) == ([("k", "")], [run_id])
    world.engine.sweep()
    assert (world.facts(run_id).count("run.paused"), world.window.mailbox()) == (1, [])


def test_messages_without_a_key_are_all_kept_and_considered_in_order(world: World) -> None:
    run_id = world.start(A)
    letters = [Mail(run_id=run_id, message=message) for message in (PauseRun(), ResumeRun(), PauseRun())]
    world.store.transact(lambda tx: tx.post(letters))
    world.driver.drain([run_id])
    assert world.facts(run_id)[-3:] == ["run.paused", "run.resumed", "run.paused"]


def test_only_the_runs_asked_for_are_said_to_have_mail(world: World) -> None:
    first, second, third = (world.start(A) for _ in range(3))
    world.store.transact(lambda tx: tx.post([Mail(run_id=run_id, message=PauseRun()) for run_id in (first, second)]))
    assert set(world.store.waiting_mail()) == {first, second}
    assert world.store.waiting_mail_of([second, third]) == [second]
    assert world.store.waiting_mail_of([]) == []


def test_a_message_that_cannot_be_read_is_set_aside_and_the_rest_goes_on(world: World) -> None:
    run_id = world.start(A)
    letters = [
        Mail(run_id=run_id, message=message, key=key)
        for key, message in (("bad", PauseRun()), ("good", PauseRun(actor="2")))
    ]
    world.store.transact(lambda tx: tx.post(letters))
    world.window.spoil_mail(run_id, "bad")
    world.engine.sweep()
    ((key, problem),) = world.window.mailbox()
    assert (key, "no message is called 'fly'" in problem) == ("bad", True)
    assert (world.facts(run_id)[-1], world.store.waiting_mail()) == ("run.paused", [])


def test_large_values_are_kept_by_reference(world: World) -> None:
    big = {"text": "x" * (codec.ARTIFACT_BYTES + 10)}
    run_id = world.start(A, B)
    (claim,) = world.claim()
    world.finish(claim, perform=lambda claim, given: Ok(output=big))
    state = world.window.steps(run_id)["a"]
    assert (state.output, len(state.output_ref)) == (None, 64)
    assert all(len(codec.dumps(one.fact)) < 2000 for one in world.window.events(run_id))
    (following,) = world.claim()
    assert (following.input, following.refs) == ({}, {"*": state.output_ref})
    given: list[object] = []
    world.finish(following, perform=lambda claim, what: given.append(what) or Ok(output=what))
    assert given == [big]
    assert world.store.artifact(world.window.steps(run_id)[""].output_ref) == big
    assert world.store.result_texts(run_id, "") == {path: codec.dumps(big) for path in ("a", "b")}
    world.check()


def test_results_are_those_of_succeeded_children_only(world: World) -> None:
    body = {"agent": "quick", "when": "item != 1", "retry": {"attempts": 1}}
    run_id = world.start({"id": "m", "map": {"over": "input", "tolerate": 1, "do": body}}, input=[0, 1, 2])
    good, bad = sorted(world.claim(count=3), key=lambda claim: claim.path)
    world.report(bad, failure=Failure.CRASH)
    world.report(good, "fine")
    assert world.store.result_texts(run_id, "m") == {"m[0]": '"fine"'}
    assert world.window.steps(run_id)["m[1]"].status == StepStatus.SKIPPED


def test_there_is_no_run_by_another_id(world: World) -> None:
    run_id = world.start(A, input={"x": 1})
    assert (world.store.exists(run_id), world.store.exists(RunId("nobody"))) == (True, False)
    assert world.store.asked_for(run_id) == ("try", {"x": 1}, "")


def test_names_that_only_begin_alike_are_not_cancelled_together(world: World) -> None:
    """The subtree of `m[1]` is not that of `m[10]`, nor that of `draft` that of `draft#2` or `draft_b`."""
    inner = {
        "sequence": [
            {"id": "x", "agent": "quick", "retry": {"attempts": 1}, "needs": []},
            {"id": "y", "agent": "quick", "needs": []},
        ]
    }
    run_id = world.start(
        {"id": "m", "map": {"over": "input", "tolerate": 1, "do": inner}},
        {**A, "id": "m_b", "needs": []},
        input=list(range(12)),
    )
    claims = {claim.path: claim for claim in world.claim(count=40)}
    world.report(claims["m[1]/x"], failure=Failure.CRASH)
    cancelled = {path for path, state in world.window.steps(run_id).items() if state.status == StepStatus.CANCELLED}
    assert cancelled == {"m[1]/y"}
    world.check()
