"""Trying one agent alone on its examples or an input, by version (A4): the test is the worker."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from orchestrator.core.agents import AgentSpec, Example
from orchestrator.core.errors import RejectedError, RejectedForbidden, RejectedMissing
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Usage
from orchestrator.core.trials import Proof
from orchestrator.followers import trials as follower
from orchestrator.models import AuditEntry, Run, Trial, User
from orchestrator.queries.agents import agent_detail
from orchestrator.queries.agents_now import agents_now
from orchestrator.queries.tally import tally
from orchestrator.queries.trials import Result, current_proofs, latest_trials, own_trials, results_of, trial_detail
from orchestrator.services import trials
from orchestrator.store.library import _agent
from tests import cast
from tests.driven import carry_out, claim, kept

TEXT: Json = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
SHORT = Example(name="short", input={"text": "hello"}, expect=("output.text == 'HELLO'",))
LONG = Example(name="long", input={"text": "good day"}, expect=("size(output.text) == size(input.text)",))


@pytest.fixture
def builder(transactional_db: None) -> User:
    _agent.cache_clear()  # versions never change, but each test begins with none
    return cast.person("builder")


def keep(by: User, examples: tuple[Example, ...] = (SHORT, LONG), **more: object) -> int:
    """Keep a version of the agent; return its number."""
    spec = AgentSpec(name="shouter", role="Shouts.", runtime="scripted", input_schema=TEXT, output_schema=TEXT,
                     examples=examples, **more)  # type: ignore[arg-type]  # fmt: skip
    return kept(by, spec).version.version


def work(shout: bool = True) -> None:
    """Carry out what waits, and note how it came out as timers do."""
    for one in claim(8):
        text = str(Run.objects.get(pk=one.run_id).input["text"])
        carry_out(one, Ok(output={"text": text.upper() if shout else text}, usage=Usage(tokens=5)))
    follower.settle()


def results(ids: list[str]) -> list[Result]:
    found = {one.run.id: one for one in results_of(list(Run.objects.filter(pk__in=ids)))}
    return [found[run_id] for run_id in ids]


def test_every_example_is_a_run_of_its_own_and_says_why_it_did_not_pass(builder: User) -> None:
    keep(builder)
    ids = trials.try_examples(builder, "shouter")
    assert [one.status for one in results(ids)] == ["open", "open"]
    work(shout=False)
    short, long = results(ids)
    assert (short.example, short.status, short.tokens, short.cost_usd) == ("short", "failed", 5, None)
    assert short.why == ("`output.text == 'HELLO'` does not hold: output.text is \"hello\"",)
    assert (long.example, long.passed, long.output) == ("long", True, {"text": "good day"})
    assert short.seconds is not None
    assert AuditEntry.objects.filter(verb="try", noun="agent", noun_id="shouter").count() == 2


def test_a_version_is_marked_until_all_its_examples_pass_and_a_new_one_begins_anew(builder: User) -> None:
    keep(builder)
    assert current_proofs(["shouter"]) == {"shouter": Proof.UNPROVEN}
    trials.try_examples(builder, "shouter")
    work(shout=False)
    assert current_proofs(["shouter"]) == {"shouter": Proof.FAILING}
    trials.try_examples(builder, "shouter", ["short"])
    assert current_proofs(["shouter"]) == {"shouter": Proof.FAILING}, "an open trial does not clear it"
    work()
    assert current_proofs(["shouter"]) == {"shouter": Proof.PROVEN}
    keep(builder, timeout_seconds=5.0)
    assert current_proofs(["shouter", "nobody"]) == {"shouter": Proof.UNPROVEN}


def test_two_versions_are_tried_on_the_same_examples_each_pinned(builder: User) -> None:
    first = keep(builder, (LONG,))
    second = keep(builder)
    ids = trials.try_examples(builder, "shouter", versions=[first, second])
    assert [one.run.agents for one in results(ids)] == [{"shouter": 1}] * 2 + [{"shouter": 2}] * 2
    work()
    found = latest_trials(builder, "shouter", [first, second])
    assert {key: one.status for key, one in found.items()} == {
        (1, "short"): "passed", (1, "long"): "passed", (2, "short"): "passed", (2, "long"): "passed",
    }  # fmt: skip


def test_an_example_of_the_current_version_is_judged_for_an_older_one_as_well(builder: User) -> None:
    """Its own contract does not know the example, and still it has to pass it."""
    first = keep(builder, (LONG,))
    keep(builder)
    (run_id,) = trials.try_examples(builder, "shouter", ["short"], [first])
    work(shout=False)
    assert results([run_id])[0].status == "failed"


def test_an_input_is_tried_without_expectations_and_kept_apart_from_examples(builder: User) -> None:
    keep(builder)
    (run_id,) = trials.try_input(builder, "shouter", {"text": "any"})
    work()
    found = trial_detail(builder, run_id)
    assert (found.example, found.status, found.output) == ("", "passed", {"text": "ANY"})
    assert [one.run.id for one in own_trials(builder, "shouter")] == [run_id]
    assert not Trial.objects.exists()


def test_a_failed_attempt_is_tried_once_and_told_with_its_evidence(builder: User) -> None:
    keep(builder, (SHORT,))
    (run_id,) = trials.try_examples(builder, "shouter")
    carry_out(claim()[0], Failed(kind=Failure.CRASH, reason="It fell over.", detail="line 3"))
    found = trial_detail(builder, run_id)
    assert (found.why, found.evidence, found.status) == (("It fell over.",), "line 3", "failed")


def test_an_output_that_breaks_the_contract_does_not_pass(builder: User) -> None:
    keep(builder, (SHORT,))
    (run_id,) = trials.try_examples(builder, "shouter")
    for _ in range(2):  # a malformed answer is asked for once more
        for one in claim():
            carry_out(one, Ok(output={"txt": 1}))
    (why,) = trial_detail(builder, run_id).why
    assert "text" in why


def test_what_does_not_fit_is_said_at_once_and_nothing_is_begun(builder: User) -> None:
    """R1."""
    keep(builder, (Example(name="odd", input={"text": 5}), SHORT))
    with pytest.raises(RejectedError) as refused:
        trials.try_examples(builder, "shouter")
    assert [problem.path for problem in refused.value.problems] == ["examples.odd.text"]
    for given in ({}, {"text": 1}, [], "text"):
        with pytest.raises(RejectedError):
            trials.try_input(builder, "shouter", given)
    with pytest.raises(RejectedError) as refused:
        trials.try_examples(builder, "shouter", ["shorts"])
    assert "did you mean 'short'?" in str(refused.value.problems[0])
    assert not Run.objects.exists()


def test_who_may_not_or_names_nothing_is_refused(builder: User) -> None:
    keep(builder, ())
    with pytest.raises(RejectedForbidden):
        trials.try_examples(cast.person("operator"), "shouter")
    with pytest.raises(RejectedMissing):
        trials.try_examples(builder, "shooter")
    with pytest.raises(RejectedMissing):
        trials.try_input(builder, "shouter", {"text": "x"}, [9])
    with pytest.raises(RejectedError, match="no saved examples"):
        trials.try_examples(builder, "shouter")


def test_a_path_outside_the_roots_is_no_input(builder: User) -> None:
    keep(builder)
    with pytest.raises(RejectedError) as refused:
        trials.try_input(builder, "shouter", {"text": "/etc/passwd"})
    assert "outside the folders" in str(refused.value.problems[0])


def test_another_teams_trial_is_not_shown_but_its_verdict_counts(builder: User) -> None:
    keep(builder, (SHORT,))
    (run_id,) = trials.try_examples(builder, "shouter")
    work()
    outsider = cast.person("builder", "outsider", of="others")
    with pytest.raises(RejectedMissing):
        trial_detail(outsider, run_id)
    assert latest_trials(outsider, "shouter", [1]) == {}
    assert current_proofs(["shouter"]) == {"shouter": Proof.PROVEN}


def test_agents_it_may_call_are_bound_though_no_step_names_them(builder: User) -> None:
    kept(builder, AgentSpec(name="helper", role="Helps.", runtime="scripted"))
    keep(builder, (SHORT,), calls=("helper",))
    (run_id,) = trials.try_examples(builder, "shouter")
    assert Run.objects.get(pk=run_id).agents == {"shouter": 1, "helper": 1}


def test_trials_are_kept_out_of_an_agents_figures(builder: User) -> None:
    """A4: what is tried says nothing of how the agent does in its work."""
    keep(builder)
    trials.try_examples(builder, "shouter")
    work(shout=False)
    tally.forget()
    assert list(tally.hour(builder.team_id, datetime.now(UTC))) == []
    (day,) = agents_now(builder, [agent_detail(builder, "shouter")])
    assert (day.record.tried, day.last) == (0, None)
