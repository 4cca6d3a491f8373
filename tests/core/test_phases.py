"""The life cycle L1 on every run: six phases, each with the event that shows it, read off the run's events."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from orchestrator.core import codec, records
from orchestrator.core.book import Recorded
from orchestrator.core.messages import CancelRun, RetryStep
from orchestrator.core.phases import MATTER, NAMES, Phase, declared, phases
from tests.core.patterns.stage import Stage
from tests.core.play import Play
from tests.core.workflows import read, workflow

AGENT = {"agent": "quick", "retry": {"attempts": 1}}
REVIEW = {"id": "check", "review": {"of": "steps.draft.output", "score": {"of": "output.score", "least": 0.5}}}
HISTORIES = sorted((Path(__file__).parents[1] / "histories").glob("*.json"))


def play(*steps: dict[str, Any]) -> Play:
    made = Play(workflow(*steps), {})
    made.start()
    return made


def seen(made: Play) -> dict[str, Phase]:
    return {one.name: one for one in phases(made.recorded, declared(made.workflow))}


def states(made: Play) -> list[str]:
    return [one.state for one in phases(made.recorded, declared(made.workflow))]


def shown(made: Play, name: str) -> str:
    """Return the type of the event that shows a phase."""
    n = seen(made)[name].n
    return "" if n is None else made.recorded[n - 1].fact.type


def test_every_phase_has_its_event() -> None:
    """L1."""
    made = play({"id": "draft", **AGENT}, REVIEW)
    assert states(made) == ["done", "done", "done", "now", "ahead", "ahead"]
    made.report("draft", {"score": 0.9})
    assert states(made) == ["done"] * 6
    assert [shown(made, name) for name in NAMES] == [
        "run.started", "run.started", "attempt.queued", "attempt.started", "review.judged", "run.ended",
    ]  # fmt: skip


def test_a_fixed_workflow_says_by_which_version_it_is_planned() -> None:
    made = play({"id": "draft", **AGENT})
    assert seen(made)["plan"].words == "fixed by version 1"
    assert seen(made)["select agents"].words == "quick first"


def test_a_run_without_checks_says_so() -> None:
    made = play({"id": "draft", **AGENT})
    assert (seen(made)["review"].state, seen(made)["review"].words) == (
        "ahead", "no checks declared: output contract only",
    )  # fmt: skip
    made.report("draft")
    assert (seen(made)["review"].state, shown(made, "review")) == ("done", "run.ended")


def test_where_only_people_decide_no_agent_is_selected() -> None:
    made = play({"id": "ok", "gate": {"title": "Go on?"}})
    assert (states(made)[2:], seen(made)["select agents"].words) == (
        ["done", "now", "ahead", "ahead"], "none: no step calls an agent",
    )  # fmt: skip
    made.decide("ok")
    assert states(made)[2:] == ["done", "none", "done", "done"]


def test_work_that_is_sent_back_is_executed_again() -> None:
    made = play({"id": "draft", **AGENT}, REVIEW)
    made.report("draft", {"score": 0.1})
    assert (states(made)[3:], seen(made)["review"].words) == (["now", "ahead", "ahead"], "sent back")


def test_a_person_who_is_asked_is_part_of_the_review() -> None:
    made = play({"id": "draft", **AGENT}, {**REVIEW, "review": {**REVIEW["review"], "retries": 0}})
    made.report("draft", {"score": 0.1})
    assert (states(made)[3:], seen(made)["review"].words) == (["done", "now", "ahead"], "with a person")
    made.decide("check/Person")
    assert (states(made), seen(made)["review"].words) == (["done"] * 6, "a person decided")


def test_a_hand_off_in_the_middle_is_no_end_of_the_work() -> None:
    made = play({"id": "draft", "handoff": {"agents": ["quick"]}}, {"id": "then", **AGENT})
    made.report("draft/Work")
    assert states(made)[3:] == ["now", "ahead", "ahead"]


def test_a_plan_that_is_made_while_the_run_goes_on_is_shown_by_its_run() -> None:
    graph = {"tasks": [{"id": "a", "agent": "hand", "input": {"n": 1}}]}
    own = {"planner": "head", "agents": ["hand"], "with": {"goal": "'x'"}, "gate": "Do this?"}
    stage = Stage([{"id": "p", "plan": own}], {"head": graph, "hand": {"n": 2}})
    said = declared(stage.workflow)
    assert said.plans
    assert [one.state for one in phases(events_of(stage), said)][:2] == ["done", "now"]
    stage.choose("p/Approve")
    plan = phases(events_of(stage), said)[1]
    assert (plan.state, plan.words) == ("done", "drafted and checked")
    assert events_of(stage)[(plan.n or 0) - 1].fact.type == "child.requested"


def events_of(stage: Stage) -> list[Recorded]:
    return [stage.store.tables.events[stage.run_id, n] for n in range(1, stage.run.n + 1)]


def test_a_run_that_failed_says_where_it_ended() -> None:
    made = play({"id": "draft", **AGENT}, REVIEW)
    made.fail("draft")
    assert (states(made), seen(made)["respond"].words) == (
        ["done", "done", "done", "done", "none", "failed"], "draft: it went wrong",
    )  # fmt: skip
    made.send(RetryStep(path=""))
    assert states(made)[3:] == ["now", "ahead", "ahead"], "it is open again"


def test_a_cancelled_run_did_not_respond() -> None:
    made = play({"id": "draft", **AGENT})
    made.send(CancelRun(actor="1"))
    assert states(made)[-1] == "failed"


def test_what_reviews_inside_a_map_is_declared_by_the_map() -> None:
    body = [{"id": "draft", **AGENT}, REVIEW]
    pool = {"id": "s", "supervise": {"over": "input", "agents": ["quick"]}}
    made = workflow({"id": "m", "map": {"over": "input", "do": body}}, {"id": "p", "sequence": body}, pool)
    assert (declared(made).checks, declared(made).plans) == (("m", "p/check", "s"), False)


@pytest.mark.parametrize("file", HISTORIES, ids=lambda file: file.stem)
def test_every_recorded_run_has_its_phases_and_few_events_tell_them(file: Path) -> None:
    history = codec.loads(file.read_text(encoding="utf-8"))
    events = [Recorded(n=n, at=at, fact=records.read_fact(type_, data)) for n, at, type_, data in history["events"]]
    said = declared(read(history["workflow"]))
    found = phases(events, said)
    assert [one.name for one in found] == list(NAMES)
    assert found[0].n == 1
    assert phases([one for one in events if isinstance(one.fact, MATTER)], said) == found
