"""The contract every runtime keeps, whatever carries the work out."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import pytest

from orchestrator.core.agents import Lane
from orchestrator.core.outcomes import Cancelled, Failed, Failure, Json, Ok
from orchestrator.runtimes.catalogue import Catalogue
from tests.llm.answers import Answer
from tests.llm.server import ModelServer
from tests.runtimes.conftest import Bench, target
from tests.runtimes.web import Reply, said, standing


@dataclass(frozen=True)
class Way:
    """One way of running work, with settings that do well, do badly, take long and return text that is not JSON."""

    runtime: str
    lane: Lane
    good: dict[str, Json]
    bad: dict[str, Json]
    slow: dict[str, Json]
    garbled: dict[str, Json]
    broken: dict[str, Json]
    output: Json
    failure: Failure = Failure.CRASH
    returns: dict[str, Json] = field(default_factory=dict)
    """The contract of what it returns, for those whose answers are text without one."""
    who: str = ""
    """Whom a failure names where that is not the agent."""


def python(script: str, output: str = "json") -> dict[str, Json]:
    return {"command": ["python3", "-c", script], "output": output}


def inline(function: str) -> dict[str, Json]:
    return {**target(function), "inline": True}


WEB = standing(
    {"/good": said({"sum": 3}), "/bad": said("no", 503), "/slow": Reply(seconds=8), "/garbled": Reply(200, b"oops")}
)


MODELS = ModelServer()
MODELS.reply = lambda asked: {
    "good": Answer(value={"sum": 3}), "bad": Answer(status=503), "slow": Answer(text="It rains.", before=8),
    "garbled": Answer(raw="{oops"),
}[asked.body["model"]]  # fmt: skip
MODELS.stand()


def model(name: str) -> dict[str, Json]:
    return {"model": f"openai:{name}", "base_url": MODELS.url}


def at(path: str) -> dict[str, Json]:
    return {"url": WEB + path}


WAYS = {
    "child": Way(
        "callable", Lane.SLOW, target("add"), target("raises"), target("sleeps"), target("returns_a_set"),
        {"target": "no function"}, {"sum": 3},
    ),
    "inline": Way(
        "callable", Lane.QUICK, inline("add"), inline("raises"), inline("sleeps"), inline("returns_a_set"),
        {"target": "tests:x", "inline": "yes"}, {"sum": 3},
    ),
    "command": Way(
        "command", Lane.SLOW, python("print('{\"sum\": 3}')"), python("exit(7)"),
        python("import time; time.sleep(600)"), python("print('{oops')"), {"command": "ruff check"}, {"sum": 3},
    ),
    "scripted": Way(
        "scripted", Lane.QUICK, {"outcomes": [{"ok": {"sum": 3}}]}, {"outcomes": [{"fail": "crash"}]},
        {"outcomes": [{"sleep": 600, "ok": 1}]}, {"outcomes": [{"text": "{oops"}]}, {"outcomes": [{"sleep": 1}]},
        {"sum": 3},
    ),
    "http": Way(
        "http", Lane.SLOW, at("/good"), at("/bad"), at("/slow"), at("/garbled"), {"url": "nowhere"}, {"sum": 3},
        Failure.UNAVAILABLE,
    ),
    "llm": Way(
        "llm", Lane.SLOW, model("good"), model("bad"), model("slow"), model("garbled"), {"model": "no colon"},
        {"sum": 3}, Failure.UNAVAILABLE, {"type": "object"}, "openai:bad",
    ),
}  # fmt: skip
KILLABLE = ("child", "command", "scripted", "http", "llm")
"""Nobody can end a thread: inline work is held to its time from outside."""
INPUTS: dict[str, dict[str, Json]] = {"good": {"a": 1, "b": 2}, "slow": {"seconds": 600}}


def given(way: Way, kind: str) -> dict[str, Json]:
    return INPUTS.get(kind, {}) if way.runtime == "callable" else {}


def result(way: Way, output: Json) -> Json:
    return output["result"] if way.runtime == "command" and isinstance(output, dict) else output


@pytest.fixture(params=WAYS)
def way(request: pytest.FixtureRequest) -> Way:
    return WAYS[request.param]


def test_good_work_ends_with_its_output_as_plain_json(bench: Bench, way: Way) -> None:
    """A2: each runtime carries work out."""
    outcome = bench.run(way.runtime, way.good, given(way, "good"), output_schema=way.returns)
    assert isinstance(outcome, Ok), outcome
    assert result(way, outcome.output) == way.output


def test_work_that_fails_is_an_outcome_with_a_reason_that_names_who_failed(bench: Bench, way: Way) -> None:
    outcome = bench.run(way.runtime, way.bad, given(way, "bad"))
    assert isinstance(outcome, Failed)
    assert outcome.kind is way.failure
    assert (way.who or "tried") in outcome.reason or way.runtime == "scripted"


def test_what_is_not_json_is_malformed(bench: Bench, way: Way) -> None:
    """S18: a clear error for malformed output."""
    outcome = bench.run(way.runtime, way.garbled, given(way, "garbled"), output_schema=way.returns)
    assert isinstance(outcome, Failed)
    assert outcome.kind is Failure.MALFORMED
    assert "JSON" in outcome.reason


@pytest.mark.parametrize("way", KILLABLE, indirect=True)
def test_work_that_takes_too_long_is_ended(bench: Bench, way: Way) -> None:
    """R5: a timeout on every step."""
    outcome = bench.run(way.runtime, way.slow, given(way, "slow"), timeout_seconds=0.5)
    assert isinstance(outcome, Failed)
    assert outcome.kind is Failure.TIMEOUT
    assert "0.5 s" in outcome.reason
    assert bench.took < 5


@pytest.mark.parametrize("way", KILLABLE, indirect=True)
def test_work_nobody_wants_any_more_is_stopped(bench: Bench, way: Way) -> None:
    """R11: it is asked first, and killed when it does not end by itself."""
    timers = [threading.Timer(0.3, bench.control.stop.set)]
    if way.runtime == "callable":  # this one does not look whether it is asked
        timers.append(threading.Timer(0.8, bench.control.kill.set))
    for timer in timers:
        timer.start()
    outcome = bench.run(way.runtime, way.slow, given(way, "slow"))
    for timer in timers:
        timer.join()
    assert outcome == Cancelled(reason="It was stopped.", killed=way.runtime == "callable")
    assert bench.took < 10


def test_input_that_breaks_the_contract_is_refused_before_any_work(bench: Bench, way: Way) -> None:
    """R1: inputs are validated before work starts."""
    contract: dict[str, Json] = {"required": ["vendor"], "properties": {"vendor": {"type": "string"}}}
    outcome = bench.run(way.runtime, way.slow, {}, input_schema=contract)
    assert isinstance(outcome, Failed)
    assert outcome.kind is Failure.INVALID_INPUT
    assert "vendor: a text is missing; add it" in outcome.reason
    assert bench.took < 1


def test_output_that_breaks_the_contract_names_the_fields(bench: Bench, way: Way) -> None:
    """R2: each output is checked before it is handed on."""
    wanted: dict[str, Json] = {"required": ["average"], "properties": {"average": {"type": "number"}}}
    if way.runtime == "command":
        wanted = {"properties": {"result": wanted}}
    outcome = bench.run(way.runtime, way.good, given(way, "good"), output_schema=wanted)
    assert isinstance(outcome, Failed)
    assert outcome.kind is Failure.SCHEMA
    assert "average: a number is missing; add it" in outcome.reason
    assert '"sum":3' in outcome.detail


def test_settings_are_checked_when_an_agent_is_defined(catalogue: Catalogue, way: Way) -> None:
    runtime = catalogue.get(way.runtime)
    assert runtime is not None
    for settings in (way.good, way.bad, way.slow, way.garbled):
        assert runtime.check(settings) == ()
    problems = runtime.check(way.broken)
    assert problems
    assert all(problem.path and problem.message and problem.hint for problem in problems)


def test_settings_say_which_lane_the_work_takes(catalogue: Catalogue, way: Way) -> None:
    runtime = catalogue.get(way.runtime)
    assert runtime is not None
    assert runtime.lane(way.good) is way.lane


def test_a_long_detail_is_cut_to_its_end(bench: Bench) -> None:
    outcome = bench.run("scripted", {"outcomes": [{"fail": "crash", "detail": "a" * 9000 + "the end"}]}, {})
    assert isinstance(outcome, Failed)
    assert len(outcome.detail) == 4000
    assert outcome.detail.endswith("the end")


def test_a_script_plays_by_attempt_and_repeats_its_last_entry(bench: Bench) -> None:
    script: dict[str, Json] = {"outcomes": [{"fail": "unavailable"}, {"ok": 2}]}
    played = [bench.run("scripted", script, {}, attempt=attempt) for attempt in (1, 2, 3)]
    assert isinstance(played[0], Failed)
    assert [one.output for one in played[1:] if isinstance(one, Ok)] == [2, 2]
