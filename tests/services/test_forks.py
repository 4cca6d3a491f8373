"""Forks through the service: who may, what fits, what is kept, and the same key twice (U4, R11, S22)."""

from __future__ import annotations

import pytest

from orchestrator.core.errors import RejectedConflict, RejectedError, RejectedForbidden, RejectedMissing
from orchestrator.core.outcomes import Json
from orchestrator.models import Artifact, AuditEntry, Event, Gate, Run, Step, User
from orchestrator.queries.forks import forks_of, kept_from
from orchestrator.queries.history import run_at
from orchestrator.services import forks, runs, workflows
from orchestrator.store.library import DjangoLibrary
from orchestrator.store.verify import findings
from orchestrator.wiring import store
from tests import cast, driven

LEDGER = """
workflow: ledger
role: Adds numbers and has the sum signed.
input:
  type: object
  required: [n, list]
  properties: {n: {type: integer}, list: {type: array, items: {type: integer}}}
steps:
  - id: first
    agent: adder
  - id: each
    map: {over: input.list, as: n, agent: adder, with: {n: n}, concurrency: 2}
  - id: sign
    gate: {title: Sign, show: {sum: steps.each.output}}
  - id: last
    agent: adder
    with: {n: input.n}
"""


@pytest.fixture
def ledger(operator: User) -> str:
    driven.agent("adder", driven.NUMBER)
    return driven.workflow(cast.person("builder"), LEDGER)


@pytest.fixture
def half(operator: User, ledger: str) -> Run:
    """Leave a run at its gate."""
    started = runs.start(operator, ledger, {"n": 1, "list": [5, 6, 7]}, labels={"for": "all"}, title="Sum")
    driven.work_off()
    return Run.objects.get(pk=started.run_id)


def made(started: object) -> Run:
    return Run.objects.get(pk=started.run_id)  # type: ignore[attr-defined]  # Started has it


def nothing_is_wrong() -> None:
    assert list(findings(store(), DjangoLibrary())) == []


def paths(refused: pytest.ExceptionInfo[RejectedError]) -> list[str]:
    return [problem.path for problem in refused.value.problems]


def test_a_fork_goes_on_from_where_the_other_run_is_and_leaves_it_alone(operator: User, half: Run) -> None:
    before = list(Event.objects.filter(run_id=half.id).values_list("n", "type", "data"))
    new = made(forks.fork(operator, half.id))
    assert (new.forked_of, new.forked_n, new.title, new.labels) == (half.id, half.n, "Sum", {"for": "all"})
    assert (new.workflow, new.version, new.agents, new.status) == (half.workflow, half.version, half.agents, "waiting")
    assert [fork.id for fork in forks_of(operator, half.id)] == [new.id]
    old, own = (Gate.objects.get(run_id=run.id) for run in (half, new))
    assert (own.status, own.shown, own.pk != old.pk) == ("open", old.shown, True)
    assert driven.finish(new.id, operator).status == "succeeded"
    assert Gate.objects.get(pk=old.pk).status == "open"
    assert list(Event.objects.filter(run_id=half.id).values_list("n", "type", "data")) == before
    nothing_is_wrong()


def test_what_had_ended_is_kept_with_its_output_and_says_from_where(operator: User, half: Run) -> None:
    new = made(forks.fork(operator, half.id))
    kept = {step.path: kept_from(new, step) for step in Step.objects.filter(run_id=new.id)}
    assert {path for path, run_id in kept.items() if run_id} == {"first", "each", "each[0]", "each[1]", "each[2]"}
    assert set(kept.values()) == {half.id, ""}
    for path in ("first", "each[1]"):
        old, own = (Step.objects.get(run_id=run.id, path=path) for run in (half, new))
        assert (own.output, own.status, own.ended_at) == (old.output, old.status, old.ended_at)


def test_a_step_is_done_anew_with_what_a_person_wrote(operator: User, half: Run) -> None:
    driven.finish(half.id, operator)
    new = made(forks.fork(operator, half.id, step="each[1]", input={"n": 60}))
    assert driven.finish(new.id, operator).output == {"n": 1}
    assert Step.objects.get(run_id=new.id, path="each").output == [{"n": 5}, {"n": 60}, {"n": 7}]
    assert Step.objects.get(run_id=half.id, path="each").output == [{"n": 5}, {"n": 6}, {"n": 7}]
    assert Event.objects.get(run_id=new.id, n=1).data["given"] == {"n": 60}
    nothing_is_wrong()


def test_an_input_that_does_not_fit_the_agent_is_refused_with_its_fields(operator: User, half: Run) -> None:
    for given, path in (({"n": "six"}, "input.n"), ({}, "input"), ([], "input")):
        with pytest.raises(RejectedError) as refused:
            forks.fork(operator, half.id, step="first", input=given)
        assert (refused.value.status, paths(refused)[0].startswith(path)) == (422, True)
    with pytest.raises(RejectedError) as refused:
        forks.fork(operator, half.id, step="each", input={"n": 1})
    assert "is a map" in refused.value.problems[0].message
    assert Run.objects.count() == 1


def test_an_input_that_leads_out_of_the_roots_is_refused_though_the_agent_takes_any_text(operator: User) -> None:
    driven.agent("reader", {"type": "object", "properties": {"path": {"type": "string"}}})
    driven.workflow(cast.person("builder"), "workflow: reads\nsteps: [{id: a, agent: reader, with: {path: \"'x'\"}}]")
    started = runs.start(operator, "reads", {})
    for path in ("/etc/passwd", "/etc/../etc"):
        with pytest.raises(RejectedError) as refused:
            forks.fork(operator, started.run_id, step="a", input={"path": path})
        assert paths(refused) == ["input.path"]
    assert forks.fork(operator, started.run_id, step="a", input={"path": "/no such thing/"}).is_new


def test_an_input_alone_is_a_fresh_start_of_the_same_versions(operator: User, half: Run) -> None:
    driven.workflow(cast.person("builder", "other"), LEDGER.replace("title: Sign", "title: Sign here"))
    new = made(forks.fork(operator, half.id, input={"n": 2, "list": []}))
    assert (new.version, new.forked_n, new.input) == (half.version, 0, {"n": 2, "list": []})
    assert driven.finish(new.id, operator).output == {"n": 2}
    with pytest.raises(RejectedError) as refused:
        forks.fork(operator, half.id, input={"n": "two"})
    assert paths(refused) == ["input.list", "input.n"]


@pytest.mark.parametrize(
    ("wish", "path"),
    [
        ({"at": 3, "step": "first"}, "at"),
        ({"at": 3, "input": {"n": 1}}, "input"),
        ({"at": -1}, "at"),
        ({"at": 999}, "at"),
    ],
)
def test_what_does_not_go_together_is_said(operator: User, half: Run, wish: dict[str, Json], path: str) -> None:
    with pytest.raises(RejectedError) as refused:
        forks.fork(operator, half.id, **wish)  # type: ignore[arg-type]  # wishes of several types
    assert paths(refused) == [path]
    assert refused.value.problems[0].hint


def test_a_step_that_is_not_there_or_has_not_begun_is_said(operator: User, half: Run) -> None:
    with pytest.raises(RejectedMissing):
        forks.fork(operator, half.id, step="nowhere")
    with pytest.raises(RejectedMissing):
        forks.fork(operator, half.id, step="last")


def test_a_viewer_forks_nothing_and_an_outsider_sees_nothing(half: Run) -> None:
    with pytest.raises(RejectedForbidden):
        forks.fork(cast.person("viewer"), half.id)
    with pytest.raises(RejectedMissing):
        forks.fork(cast.person("admin", "outsider", of="others"), half.id)
    assert Run.objects.count() == 1


def test_the_same_key_again_answers_with_the_same_run(operator: User, half: Run) -> None:
    """R11."""
    first = forks.fork(operator, half.id, key="once")
    driven.finish(half.id, operator)  # from now on is another moment than before
    again = forks.fork(operator, half.id, key="once")
    assert (first.is_new, again.is_new, again.run_id) == (True, False, first.run_id)
    for call in (
        lambda: forks.fork(operator, half.id, at=2, key="once"),
        lambda: runs.start(operator, "ledger", half.input, key="once"),
    ):
        with pytest.raises(RejectedConflict):
            call()
    assert AuditEntry.objects.filter(verb="fork").count() == 1


def test_the_fork_of_a_fork_takes_a_step_it_kept_from_where_it_began(operator: User, half: Run) -> None:
    child = made(forks.fork(operator, half.id))
    grandchild = made(forks.fork(operator, child.id))
    assert grandchild.forked_of == child.id
    new = made(forks.fork(operator, grandchild.id, step="first", input={"n": 9}))
    assert new.forked_of == half.id
    for run in (child, grandchild, new):
        assert driven.finish(run.id, operator).status == "succeeded"
    assert Step.objects.get(run_id=new.id, path="first").output == {"n": 9}
    nothing_is_wrong()


def test_every_moment_of_every_state_can_be_forked(operator: User, half: Run) -> None:
    """S22."""
    runs.pause(operator, half.id)
    paused = made(forks.fork(operator, half.id))
    assert paused.paused is False
    runs.cancel(operator, half.id)
    last = Run.objects.get(pk=half.id).n
    made_of = [made(forks.fork(operator, half.id, at=at)) for at in range(last + 1)]
    ends = [driven.finish(run.id, operator).status for run in made_of]
    assert set(ends) == {"succeeded", "cancelled"}
    assert ends[-1] == "cancelled"
    nothing_is_wrong()


def test_a_large_run_is_kept_by_reference_and_told_the_same_way(operator: User, ledger: str) -> None:
    started = runs.start(operator, ledger, {"n": 1, "list": list(range(400))})
    driven.work_off()
    parent = Run.objects.get(pk=started.run_id)
    new = made(forks.fork(operator, parent.id))
    data = Event.objects.get(run_id=new.id, n=1).data
    assert "steps" not in data
    assert Artifact.objects.filter(pk=data["steps_ref"]).exists()
    assert run_at(operator, new.id, 1).counts == {"running": 1, "succeeded": 402}
    assert driven.finish(new.id, operator).status == "succeeded"
    nothing_is_wrong()


def test_a_step_that_was_skipped_takes_no_input(operator: User, transactional_db: None) -> None:
    driven.agent("adder", driven.NUMBER)
    text = "workflow: skips\nsteps: [{id: a, agent: adder, with: {n: '1'}, when: 'false'}, {id: g, gate: {title: G}}]"
    workflows.apply(cast.person("builder"), text)
    started = runs.start(operator, "skips", {})
    with pytest.raises(RejectedConflict, match="was skipped"):
        forks.fork(operator, started.run_id, step="a", input={"n": 1})
