"""Kind `blackboard` at run time (P10): versions, compare-and-set, several keys at once, conditions, notes, ends."""

from __future__ import annotations

from typing import Any

import pytest

from orchestrator.core.events import BoardClosed, BoardConflict, BoardRefused, BoardWritten
from orchestrator.core.messages import RetryStep, SkipStep, WakeStep
from orchestrator.core.outcomes import Failure, Json
from orchestrator.core.status import RunStatus, StepStatus
from tests.core.play import Play
from tests.core.workflows import workflow

ONCE = {"retry": {"attempts": 1}}
KEYS: dict[str, Any] = {
    "facts": {"type": "array", "items": {"type": "string"}},
    "risk": {"type": "integer"},
    "advice": {"type": "string"},
}
LEGAL = {"agent": "quick", "reads": ["facts"], "writes": ["risk"], **ONCE}
FINANCE = {"agent": "quick", "reads": ["facts"], "writes": ["risk", "advice"], **ONCE}
START = {"facts": "input.facts"}
FACTS: Json = {"facts": ["a"]}


def play(agents: dict[str, Any], input: Json = FACTS, then: list[Any] | None = None, **more: Any) -> Play:
    step = {"id": "bb", "blackboard": {"keys": KEYS, "start": START, "agents": agents, **more}}
    made = Play(workflow(step, *(then or [])), input)
    made.start()
    if "bb/First" in made.live:
        made.report("bb/First", dict(made.queued("bb/First").input or {}))
    return made


def facts(made: Play, kind: type[Any]) -> list[Any]:
    return [fact for fact in made.facts if isinstance(fact, kind)]


def versions(made: Play, path: str = "bb") -> dict[str, int]:
    keys: Any = made.step(path).memo["keys"]
    return {key: entry["version"] for key, entry in keys.items()}


def test_first_values_are_written_before_anybody_begins() -> None:
    step = {"id": "bb", "blackboard": {"keys": KEYS, "start": START, "agents": {"legal": LEGAL}}}
    made = Play(workflow(step), FACTS)
    made.start()
    assert (made.live, made.queued("bb/First").agent) == (["bb/First"], "rule.keep")
    made.report("bb/First", {"facts": ["a"]})
    assert (made.live, made.queued("bb/legal").input) == (["bb/legal"], {"facts": ["a"]})
    assert facts(made, BoardWritten)[0].keys == {"facts": 1}


def test_without_a_condition_it_begins_when_all_it_reads_is_written_and_again_when_that_changes() -> None:
    made = play({"legal": LEGAL, "adviser": {"agent": "quick", "reads": ["risk"], "writes": ["advice"], **ONCE}})
    assert made.live == ["bb/legal"]
    made.report("bb/legal", {"risk": 3})
    assert (made.live, made.queued("bb/adviser").input) == (["bb/adviser"], {"risk": 3})
    made.report("bb/adviser", {"advice": "wait"})
    assert made.step("").output == {"facts": ["a"], "risk": 3, "advice": "wait"}
    assert facts(made, BoardClosed)[0].why == "quiet"


def test_a_condition_over_values_and_versions_wakes_it() -> None:
    boss = {"agent": "quick", "reads": ["risk"], "writes": ["advice"], "when": "board.risk > 5 && versions.risk < 9"}
    made = play({"legal": LEGAL, "boss": boss})
    made.report("bb/legal", {"risk": 3})
    assert (made.run.status, made.step("").output) == (
        RunStatus.SUCCEEDED,
        {"facts": ["a"], "risk": 3, "advice": None},
    )
    made = play({"legal": LEGAL, "boss": boss})
    made.report("bb/legal", {"risk": 6})
    assert made.live == ["bb/boss"]


def test_a_condition_on_what_nobody_has_written_does_not_hold() -> None:
    boss = {"agent": "quick", "writes": ["advice"], "when": "board.risk != 7"}
    first = {"agent": "quick", "writes": ["risk"], "when": "versions.risk == 0"}
    made = play({"boss": boss, "first": first})
    assert made.live == ["bb/first"]
    made.report("bb/first", {"risk": 1})
    assert made.live == ["bb/boss"]


def test_of_two_writers_on_one_key_one_wins_and_the_loser_is_told_and_done_again_with_fresh_values() -> None:
    made = play({"legal": {**LEGAL, "reads": ["facts", "risk"]}, "finance": {**FINANCE, "reads": ["facts", "risk"]}},
                start={"facts": "input.facts", "risk": "0"})  # fmt: skip
    assert made.live == ["bb/finance", "bb/legal"]
    made.report("bb/finance", {"risk": 4, "advice": "buy"})
    made.report("bb/legal", {"risk": 1})
    (lost,) = facts(made, BoardConflict)
    assert (lost.by, lost.turn, lost.keys) == ("legal", 1, {"risk": {"read": 1, "now": 2, "by": "finance"}})
    assert lost.reason == "'risk' was 1 when it began and is 2 by finance"
    assert versions(made) == {"facts": 1, "risk": 2, "advice": 1}, "nothing of the loser's is written"
    assert made.queued("bb/legal#2").input == {"facts": ["a"], "risk": 4}
    assert made.queued("bb/finance#2").input == {"facts": ["a"], "risk": 4}, "its own writing is news to it, too"


def test_several_keys_are_written_in_one_transaction_or_not_at_all() -> None:
    both = {"agent": "quick", "writes": ["risk", "advice"], "when": "versions.advice < 2", **ONCE}
    made = play({"one": both, "two": {**both, "writes": ["advice"]}})
    made.report("bb/one", {"risk": 1, "advice": "x"})
    assert facts(made, BoardWritten)[-1].keys == {"risk": 1, "advice": 1}
    made.report("bb/two", {"advice": "y"})
    assert facts(made, BoardConflict)[-1].keys["advice"]["by"] == "one"
    made.report("bb/one#2", {"risk": 2, "advice": "late"})
    made.report("bb/two#2", {"advice": "z"})
    assert (facts(made, BoardConflict)[-1].by, versions(made)) == ("two", {"facts": 1, "risk": 2, "advice": 2})


def test_who_loses_too_often_has_failed_with_the_evidence() -> None:
    slow = {"agent": "quick", "reads": ["facts"], "writes": ["risk"], "when": "versions.advice > 0", **ONCE}
    made = play({"fast": {"agent": "quick", "reads": ["facts"], "writes": ["facts", "advice"], **ONCE}, "slow": slow},
                tries=2)  # fmt: skip
    made.report("bb/fast", {"facts": ["b"], "advice": "1"})
    made.report("bb/fast#2", {"facts": ["c"]})
    made.report("bb/slow", {"risk": 1})
    made.report("bb/fast#3", {"facts": ["d"]})
    made.report("bb/slow#2", {"risk": 1})
    state = made.step("bb")
    assert (state.status, made.live) == (StepStatus.FAILED, [])
    assert state.reason == (
        "slow: it lost 2 times in a row, the last time because 'facts' was 3 when it began and is 4 by fast"
    )


def test_a_value_that_does_not_fit_its_key_never_enters_and_fails_its_contributor_by_name() -> None:
    made = play({"finance": FINANCE})
    made.report("bb/finance", {"risk": "high", "advice": "buy"})
    (refused,) = facts(made, BoardRefused)
    assert (refused.by, refused.keys, versions(made)) == ("finance", ("risk",), {"facts": 1})
    state = made.step("bb")
    assert (state.status, state.failure) == (StepStatus.FAILED, Failure.SCHEMA)
    assert state.reason.startswith("finance: 'risk' does not fit its key: expected a whole number, found")


@pytest.mark.parametrize("output", ["text", [1], 5])
def test_an_output_that_is_no_object_is_refused(output: Json) -> None:
    made = play({"legal": LEGAL})
    made.report("bb/legal", output)
    assert "must be an object with what it writes: risk" in made.step("bb").reason


def test_an_optional_contributor_that_fails_or_is_refused_is_done_without_and_the_result_says_so() -> None:
    for bad in ("fail", "refuse"):
        made = play({"legal": LEGAL, "finance": {**FINANCE, "optional": True}})
        if bad == "fail":
            made.fail("bb/finance", Failure.CRASH, "no luck")
        else:
            made.report("bb/finance", {"risk": None})
        made.report("bb/legal", {"risk": 2})
        assert made.run.status == RunStatus.SUCCEEDED
        assert made.step("bb").degraded.startswith("finance: ")


def test_saying_the_same_again_is_no_news_so_that_it_comes_to_rest() -> None:
    made = play({"legal": {**LEGAL, "reads": ["facts", "risk"]}}, start={"facts": "input.facts", "risk": "0"})
    made.report("bb/legal", {"risk": 5})
    made.report("bb/legal#2", {"risk": 5})
    assert (made.run.status, facts(made, BoardWritten)[-1].same) == (RunStatus.SUCCEEDED, ("risk",))


def test_who_always_wakes_itself_is_stopped_by_the_limit_with_evidence() -> None:
    again = {"agent": "quick", "reads": ["risk"], "writes": ["risk"], **ONCE}
    made = play({"again": again}, start={"risk": "0"}, contributions=3)
    for turn in range(1, 4):
        made.report("bb/again" if turn == 1 else f"bb/again#{turn}", {"risk": turn})
    state = made.step("bb")
    assert (state.status, state.failure, made.live) == (StepStatus.FAILED, Failure.STUCK, [])
    assert state.reason == (
        "the 3 turns of all are taken without coming to rest; again would go on after turn 3 because 'risk' went "
        "from 3 to 4 by again"
    )
    assert facts(made, BoardClosed)[-1].turns == {"again": 3}


def test_a_limit_is_a_success_only_where_that_is_declared_and_then_it_is_degraded() -> None:
    again = {"agent": "quick", "reads": ["risk"], "writes": ["risk"], "limit": 1, **ONCE}
    made = play({"again": again}, start={"risk": "0"}, otherwise="board.risk")
    made.report("bb/again", {"risk": 8})
    state = made.step("bb")
    assert (state.status, state.output) == (StepStatus.SUCCEEDED, 8)
    assert state.degraded.startswith("again has taken its only turn without coming to rest")


def test_until_ends_it_at_once_and_gives_up_who_is_at_work() -> None:
    made = play({"legal": LEGAL, "finance": FINANCE}, until="board.risk > 3", output="board.risk")
    made.report("bb/legal", {"risk": 4})
    assert (made.run.status, made.step("").output, made.live) == (RunStatus.SUCCEEDED, 4, [])
    assert made.step("bb/finance").status == StepStatus.CANCELLED


def test_quiet_before_until_holds_is_stuck() -> None:
    made = play({"legal": LEGAL}, until="versions.advice > 0")
    made.report("bb/legal", {"risk": 4})
    state = made.step("bb")
    assert (state.status, state.failure) == (StepStatus.FAILED, Failure.STUCK)
    assert "'versions.advice > 0' does not hold; facts at version 1, risk at version 1; nobody wrote advice" in (
        state.reason
    )


def test_minutes_end_it() -> None:
    made = play({"legal": LEGAL}, minutes=2)
    assert "timer.set bb" in made.types()
    made.send(WakeStep(path="bb", timer="other"))
    assert made.live == ["bb/legal"]
    made.send(WakeStep(path="bb", timer="minutes"))
    assert (made.step("bb").reason, made.live) == ("2 minutes are over", [])


def test_it_is_given_only_what_it_reads_and_its_own_notes_which_nobody_else_sees() -> None:
    """R13: shared context is read-only, scratch is private; the recorded inputs show what each was given."""
    legal = {**LEGAL, "reads": ["facts", "advice"], "scratch": "notes"}
    sees = {"risk": "board.risk", "at": "versions.risk"}
    adviser = {"agent": "quick", "reads": ["risk"], "writes": ["advice"], "with": sees, **ONCE}
    made = play({"legal": legal, "adviser": adviser}, start={"facts": "input.facts", "advice": "''"})
    assert made.queued("bb/legal").input == {"facts": ["a"], "advice": "", "notes": None}
    made.report("bb/legal", {"risk": 1, "notes": {"secret": 42}})
    assert made.queued("bb/adviser").input == {"risk": 1, "at": 1}
    made.report("bb/adviser", {"advice": "hm"})
    assert made.queued("bb/legal#2").input == {"facts": ["a"], "advice": "hm", "notes": {"secret": 42}}
    made.report("bb/legal#2", {"risk": 2})
    others = [fact for fact in made.facts if fact.type == "attempt.queued" and "legal" not in fact.path]
    assert not any("secret" in str(fact) for fact in others)
    assert "secret" not in str(made.step("bb"))


def test_what_is_not_read_can_not_be_given() -> None:
    nosy = {"agent": "quick", "reads": ["facts"], "writes": ["risk"], "with": {"x": "board.advice"}, **ONCE}
    made = play({"nosy": nosy}, start={"facts": "input.facts", "advice": "'psst'"})
    assert (made.step("bb/nosy").failure, "has no field 'advice'" in made.step("bb/nosy").reason) == (
        Failure.EXPRESSION,
        True,
    )


def test_notes_of_a_turn_that_lost_are_lost_with_it() -> None:
    noting = {"agent": "quick", "reads": ["facts"], "writes": ["risk"], "scratch": "notes", **ONCE}
    made = play({"a": noting, "b": {**noting, "writes": ["risk", "advice"]}})
    made.report("bb/a", {"risk": 1, "notes": "mine"})
    made.report("bb/b", {"risk": 2, "notes": "void"})
    assert made.queued("bb/b#2").input == {"facts": ["a"], "notes": None}


def test_values_too_large_for_an_event_stay_where_they_are() -> None:
    made = play({"legal": {**LEGAL, "writes": ["risk", "advice"]},
                 "adviser": {"agent": "quick", "reads": ["advice"], "writes": ["facts"], "when": "board.risk == 1",
                             **ONCE}})  # fmt: skip
    made.desk.artifacts["hash"] = {"risk": 1, "advice": "x" * 70_000}
    made.report("bb/legal", output_ref="hash")
    assert made.queued("bb/adviser").input == {"advice": "x" * 70_000}
    made.report("bb/adviser", {"facts": ["a"]})
    state = made.step("bb")
    assert (state.output, len(str(state.memo)) < 1000) == (None, True)
    assert made.desk.artifacts[state.output_ref]["advice"] == "x" * 70_000


def test_a_failure_names_the_contributor_and_gives_up_the_others() -> None:
    made = play({"legal": LEGAL, "finance": FINANCE})
    made.fail("bb/legal", Failure.CRASH, "boom")
    assert (made.step("bb").reason, made.step("bb").failure) == ("legal: boom", Failure.CRASH)
    assert made.step("bb/finance").status == StepStatus.CANCELLED


def test_a_retried_turn_reads_afresh_and_the_board_goes_on() -> None:
    made = play({"legal": LEGAL, "finance": FINANCE})
    made.fail("bb/legal", Failure.CRASH, "boom")
    assert made.send(RetryStep(path="bb/legal", actor="1")).status == 200
    assert made.live == ["bb/finance", "bb/legal"]
    made.report("bb/legal", {"risk": 1})
    made.report("bb/finance", {"risk": 2, "advice": "x"})
    assert facts(made, BoardConflict)[-1].by == "finance"
    made.report("bb/finance#2", {"risk": 2, "advice": "x"})
    assert made.run.status == RunStatus.SUCCEEDED


def test_a_refused_contribution_is_made_again_when_the_board_is_retried_and_limits_begin_anew() -> None:
    made = play({"legal": {**LEGAL, "limit": 1}})
    made.report("bb/legal", {"risk": "x"})
    assert made.send(RetryStep(path="bb/legal", actor="1")).status == 409, "the turn itself succeeded"
    assert made.send(RetryStep(path="bb", actor="1")).status == 200
    assert made.live == ["bb/legal#2"]
    made.report("bb/legal#2", {"risk": 1})
    assert made.run.status == RunStatus.SUCCEEDED


def test_an_old_turn_can_not_be_done_again() -> None:
    side = {**LEGAL, "optional": True, "reads": ["advice"]}
    made = play({"finance": {**FINANCE, "when": "versions.advice < 3"}, "side": side})
    made.report("bb/finance", {"advice": "1"})
    made.fail("bb/side", Failure.CRASH, "boom")
    assert made.send(RetryStep(path="bb/side", actor="1")).status == 200
    made.report("bb/side", {"risk": 1})
    assert made.send(RetryStep(path="bb/side", actor="1")).status == 409


def test_a_turn_passed_by_says_nothing_and_first_values_passed_by_are_not_written() -> None:
    made = play({"legal": LEGAL})
    made.send(SkipStep(path="bb/legal", actor="1"))
    assert (made.run.status, made.step("bb").output) == (
        RunStatus.SUCCEEDED,
        {"facts": ["a"], "risk": None, "advice": None},
    )
    step = {"id": "bb", "blackboard": {"keys": KEYS, "start": START, "agents": {"legal": LEGAL}}}
    made = Play(workflow(step), FACTS)
    made.start()
    made.send(SkipStep(path="bb/First", actor="1"))
    assert made.run.status == RunStatus.SUCCEEDED


def test_a_condition_that_can_not_be_evaluated_is_told_by_whose_it_is() -> None:
    made = play({"legal": {**LEGAL, "when": "board.facts > 3"}})
    assert (made.step("bb").failure, made.step("bb").reason[:16]) == (Failure.EXPRESSION, "'when' of legal:")


def test_work_sent_back_makes_a_new_board() -> None:
    ask = {"id": "ok", "gate": {"title": "?", "show": {"risk": "steps.bb.output.risk"}}}
    made = play({"legal": LEGAL}, then=[ask])
    made.report("bb/legal", {"risk": 1})
    made.decide("ok", "send_back", to="bb", comment="again")
    made.report("bb#2/First", {"facts": ["a"]})
    assert made.live == ["bb#2/legal"]
    made.report("bb#2/legal", {"risk": 2})
    assert made.step("ok#2").memo["shown"] == {"risk": 2}


def test_its_memory_does_not_grow_with_its_turns() -> None:
    again = {"agent": "quick", "reads": ["risk"], "writes": ["risk"], "scratch": "notes", **ONCE}
    made = play({"again": again}, start={"risk": "0"}, contributions=60)
    made.report("bb/again", {"risk": 1, "notes": "n" * 100})
    before = len(str(made.step("bb").memo))
    for turn in range(2, 60):
        made.report(f"bb/again#{turn}", {"risk": turn, "notes": "n" * 100})
    assert len(str(made.step("bb").memo)) < before + 20
