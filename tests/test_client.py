"""The client for work elsewhere: one file, the standard library only, and nothing is lost that can be said again."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from orchestrator.client import Context, Failed, Function, Refused, Worker
from tests.conftest import poll
from tests.running import PROJECT
from tests.runtimes.web import Asked, Reply, Web, said, web

WORK = {"token": "t1", "agent": "rater", "input": {"n": 1}, "answers": {}, "request_id": "r:rate", "attempt": 1,
        "correlation_id": "c", "timeout_seconds": 30.0}  # fmt: skip
NO_WORK = Reply(204, b"")


class Stage:
    """The API as the client sees it: one piece of work, then none."""

    def __init__(self, server: Web) -> None:
        self.server, self.work = server, [dict(WORK)]
        self.replies: dict[str, Callable[[Asked], Reply]] = {}
        server.reply = self._reply

    def _reply(self, asked: Asked) -> Reply:
        name = asked.path.removeprefix("/api/v1/work/")
        if name in self.replies:
            return self.replies[name](asked)
        if name == "lease":
            return said(self.work.pop(0)) if self.work else NO_WORK
        return said({"stop": False, "accepted": True, "act": True, "result": None})

    def told(self, name: str) -> list[Any]:
        """Return what was said at an address."""
        return [json.loads(one.body) for one in self.server.log if one.path == f"/api/v1/work/{name}"]

    def serve(self, function: Function, until: Callable[[], object], **more: Any) -> None:
        worker = Worker(self.server.url.removesuffix("/agent"), "sbx_x", name="far", **more)
        thread = threading.Thread(target=worker.serve, args=({"rater": function},), kwargs={"grace_seconds": 0.3})
        thread.start()
        try:
            poll(until, "it was said", 15)
        finally:
            worker.stop()
            thread.join()

    def report(self, function: Function, **more: Any) -> dict[str, Any]:
        self.serve(function, lambda: self.told("t1/report"), **more)
        return dict(self.told("t1/report")[-1])


@pytest.fixture
def stage() -> Iterator[Stage]:
    with web() as server:
        yield Stage(server)


def test_it_needs_nothing_but_the_standard_library() -> None:
    script = f"""
import sys, importlib.util
spec = importlib.util.spec_from_file_location("signalbox_worker", {str(PROJECT / "orchestrator/client.py")!r})
module = importlib.util.module_from_spec(spec)
sys.modules["signalbox_worker"] = module
spec.loader.exec_module(module)
names = {{name.partition(".")[0] for name in sys.modules}}
print(sorted(names - {{*sys.stdlib_module_names, "__main__", "signalbox_worker"}}))
"""
    done = subprocess.run([sys.executable, "-I", "-S", "-c", script], capture_output=True, text=True, timeout=30)
    assert (done.stdout.strip(), done.stderr) == ("[]", "")


def test_work_is_asked_for_by_name_with_a_token_and_reported(stage: Stage) -> None:
    assert stage.report(lambda given, ctx: {"n": given["n"] + 2}) == {"ok": True, "output": {"n": 3}}
    asked = stage.told("lease")[0]
    assert (asked["agents"], asked["worker"], asked["seconds"]) == (["rater"], "far", 30.0)
    assert {one.headers["authorization"] for one in stage.server.log} == {"Bearer sbx_x"}
    words = [one["asking"] for one in stage.told("lease")]
    assert len({*words}) == len(words), "another word for each asking that was answered"


def raises(error: BaseException) -> Function:
    def function(given: dict[str, Any], ctx: Context) -> None:
        raise error

    return function


@pytest.mark.parametrize(
    ("function", "failure", "reason"),
    [(raises(ValueError("no such vendor")), "crash", "ValueError: no such vendor"),
     (raises(SystemExit(3)), "crash", "SystemExit: 3"),
     (raises(Failed("unavailable", "Closed.")), "unavailable", "Closed."),
     (lambda given, ctx: {1, 2}, "malformed", "NotJson: what came back is not JSON: "),
     (lambda given, ctx: float("nan"), "malformed", "NotJson: what came back is not JSON: ")],
)  # fmt: skip
def test_whatever_a_function_does_is_how_its_attempt_ends(
    stage: Stage, function: Function, failure: str, reason: str
) -> None:
    told = stage.report(function)
    assert (told["ok"], told["failure"], told["reason"][: len(reason)]) == (False, failure, reason)


def test_an_asking_and_a_report_whose_answers_are_lost_are_repeated_word_for_word(stage: Stage) -> None:
    lost = {"lease": 2, "t1/report": 2}

    def losing(name: str, then: Callable[[], Reply]) -> Callable[[Asked], Reply]:
        def reply(asked: Asked) -> Reply:
            lost[name] -= 1
            return Reply(raw=b"") if lost[name] == 1 else Reply(503, b"later") if lost[name] == 0 else then()

        return reply

    stage.replies["lease"] = losing("lease", lambda: said(stage.work.pop(0)) if stage.work else NO_WORK)
    stage.replies["t1/report"] = losing("t1/report", lambda: said({"accepted": True}))
    stage.serve(lambda given, ctx: 1, lambda: len(stage.told("t1/report")) == 3)
    assert len({one["asking"] for one in stage.told("lease")[:3]}) == 1
    assert stage.told("t1/report") == [{"ok": True, "output": 1}] * 3


@pytest.mark.parametrize(("status", "failure"), [(413, "over_limit"), (422, "malformed")])
def test_a_report_that_is_refused_as_it_is_becomes_a_failure(stage: Stage, status: int, failure: str) -> None:
    stage.replies["t1/report"] = lambda asked: (
        said({"detail": "No.", "errors": []}, status) if json.loads(asked.body)["ok"] else said({"accepted": True})
    )
    stage.serve(lambda given, ctx: 1, lambda: len(stage.told("t1/report")) == 2)
    assert stage.told("t1/report")[1] == {"ok": False, "failure": failure, "reason": "No."}


def test_what_a_function_says_meanwhile_is_passed_on(stage: Stage) -> None:
    def function(given: dict[str, Any], ctx: Context) -> int:
        ctx.emit("one ")
        ctx.emit("two")
        ctx.progress(2.0, "done")
        return 1

    stage.report(function)
    assert "".join(one.get("text", "") for one in stage.told("t1/heartbeat")) == "one two"
    assert [one["fraction"] for one in stage.told("t1/heartbeat") if "fraction" in one] == [1.0]


def test_work_nobody_wants_is_told_to_stop(stage: Stage) -> None:
    stage.replies["t1/heartbeat"] = lambda asked: said({"stop": True})
    assert stage.report(lambda given, ctx: ctx.stop.wait(10), lease_seconds=0.4)["output"] is True


def test_work_that_takes_too_long_says_so_once(stage: Stage) -> None:
    """R5"""
    stage.work[0]["timeout_seconds"] = 0.3
    told = stage.report(lambda given, ctx: ctx.stop.wait(10) and None)
    assert (told["failure"], told["reason"]) == ("timeout", "It did not finish within 0.3 s.")
    assert len(stage.told("t1/report")) == 1


def test_effects_are_asked_about_first_and_recorded(stage: Stage) -> None:
    """A6"""
    made: list[int] = []

    def function(given: dict[str, Any], ctx: Context) -> Any:
        return [ctx.once("mail", made.append, 1), ctx.repeatable("mail", len, "abc")]

    assert stage.report(function)["output"] == [None, 3]
    assert stage.told("t1/effect") == [
        {"tool": "mail", "key": "mail/1", "idempotent": False}, {"tool": "mail", "key": "mail/2", "idempotent": True},
    ]  # fmt: skip
    assert stage.told("t1/effect/result") == [{"key": "mail/1", "result": None}, {"key": "mail/2", "result": 3}]
    assert made == [1]


def test_an_effect_that_was_made_is_answered_from_the_record_and_one_in_doubt_is_not_made(stage: Stage) -> None:
    stage.replies["t1/effect"] = lambda asked: said({"act": False, "result": "before"})
    assert stage.report(lambda given, ctx: ctx.once("mail", pytest.fail, "made twice"))["output"] == "before"
    stage.work.append(dict(WORK))
    stage.replies["t1/effect"] = lambda asked: said({"detail": "In doubt.", "errors": []}, 409)
    stage.serve(
        lambda given, ctx: ctx.once("mail", pytest.fail, "made twice"), lambda: len(stage.told("t1/report")) == 2
    )
    assert stage.told("t1/report")[1] == {"ok": False, "failure": "refused", "reason": "In doubt."}


def test_an_effect_that_failed_is_said_not_to_have_happened(stage: Stage) -> None:
    told = stage.report(lambda given, ctx: ctx.once("mail", int, "x"))
    assert told["failure"] == "crash"
    assert stage.told("t1/effect/result") == [{"key": "mail/1", "failed": True}]


def test_a_question_ends_the_attempt_and_its_answer_is_there_for_the_next(stage: Stage) -> None:
    """A1: escalation from any runtime."""

    def function(given: dict[str, Any], ctx: Context) -> Any:
        try:
            return [ctx.ask("Go on?", ["yes", "no"]), ctx.call("summer", {"n": 1})]
        except Exception:  # noqa: BLE001 - as careless agents do
            pytest.fail("a question is no exception")

    asked = {"kind": "ask", "key": "ask/1", "question": "Go on?", "options": ["yes", "no"]}
    assert stage.report(function) == {"ok": False, "asks": [asked]}
    stage.work.append({**WORK, "answers": {"ask/1": "yes"}})
    stage.serve(function, lambda: len(stage.told("t1/report")) == 2)
    called = {"kind": "call", "key": "call/1", "agent": "summer", "input": {"n": 1}}
    assert stage.told("t1/report")[1] == {"ok": False, "asks": [called]}


def test_work_that_is_not_done_at_a_stop_is_given_back_and_not_reported(stage: Stage) -> None:
    begun = threading.Event()

    def function(given: dict[str, Any], ctx: Context) -> None:
        begun.set()
        ctx.stop.wait(10)

    stage.serve(function, begun.is_set)
    assert (len(stage.told("t1/release")), stage.told("t1/report")) == (1, [])


def test_a_token_that_may_not_ends_the_worker(stage: Stage) -> None:
    stage.replies["lease"] = lambda asked: said({"detail": "To work you need a role.", "errors": []}, 403)
    worker = Worker(stage.server.url.removesuffix("/agent"), "sbx_x")
    with pytest.raises(Refused):
        worker.serve({"rater": lambda given, ctx: 1})
