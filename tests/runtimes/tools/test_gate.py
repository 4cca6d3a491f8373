"""Every call of a tool passes one gate: the list, the number of actions, a person's leave, the ledger (A6, A7, H6)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core.agents import Tool
from orchestrator.core.outcomes import Failed, Failure, Json, Ok, Outcome, Suspended
from orchestrator.runtimes.tools.gate import _sharing
from tests.runtimes.conftest import Bench

HERE = "tests.runtimes.tools.shop"
Use = Callable[..., Outcome]


def tool(name: str, **more: Any) -> Tool:
    return Tool(name=name, python=f"{HERE}:{name}", **more)


@pytest.fixture(params=["child", "inline"])
def use(request: pytest.FixtureRequest, bench: Bench) -> Use:
    """Let one of the agents of the shop do one attempt."""

    def run(agent: str, given: dict[str, Json], *tools: Tool, **more: object) -> Outcome:
        settings: dict[str, Json] = {"target": f"{HERE}:{agent}", "inline": request.param == "inline"}
        return bench.run("callable", settings, given, tools=tools, **more)

    return run


def lines(out: Path) -> list[str]:
    return out.read_text().splitlines() if out.exists() else []


def failed(outcome: Outcome, kind: Failure) -> str:
    assert isinstance(outcome, Failed), outcome
    assert outcome.kind is kind, outcome
    return outcome.reason


def test_a_tool_is_called_with_its_arguments_shaped_by_their_hints(use: Use, tmp_path: Path) -> None:
    given: Json = {"item": {"name": "nut", "count": 3}, "out": str(tmp_path / "out")}
    assert use("uses", {"tool": "order", "given": given}, tool("order")) == Ok(output=["3 of nut"])
    (line,) = lines(tmp_path / "out")
    assert line.startswith("3 nut r1:step:order:"), "the tool is told the id of the logical call"
    assert use("uses", {"tool": "look_up", "given": {"word": "bolt"}}, tool("look_up")) == Ok(output=["BOLT"])


def test_a_tool_outside_the_list_is_refused_before_it_acts(use: Use, tmp_path: Path) -> None:
    """A7."""
    given: Json = {"to": "ash", "amount": 5, "out": str(tmp_path / "out")}
    outcome = use("uses", {"tool": "pay", "given": given}, tool("look_up"))
    assert "'pay' is not among the tools of tried, which are look_up" in failed(outcome, Failure.REFUSED)
    assert lines(tmp_path / "out") == []


def test_the_call_after_the_last_action_of_a_step_is_refused_before_it_acts(use: Use, tmp_path: Path) -> None:
    """A7."""
    given: dict[str, Json] = {"tool": "pay", "given": {"to": "ash", "amount": 5, "out": str(tmp_path / "out")}}
    outcome = use("uses", {**given, "times": 3}, tool("pay"), actions=2)
    assert "one more than the 2 actions of a step" in failed(outcome, Failure.REFUSED)
    assert lines(tmp_path / "out") == ["ash 5"] * 2
    assert use("uses", {**given, "times": 2}, tool("pay"), actions=2, attempt=2) == Ok(output=[{"paid": 5}] * 2)
    assert lines(tmp_path / "out") == ["ash 5"] * 2, "another attempt gets what is recorded"


def test_a_retry_that_does_other_things_goes_on_counting(use: Use, tmp_path: Path) -> None:
    """A7: what counts is what the step has done, in all its attempts."""
    out = str(tmp_path / "out")
    first: Json = {"to": "ash", "amount": 1, "out": out}
    use("uses", {"tool": "pay", "given": first}, tool("pay"), actions=2)
    use("uses", {"tool": "pay", "given": {**first, "amount": 2}}, tool("pay"), actions=2, attempt=2)
    outcome = use("uses", {"tool": "pay", "given": {**first, "amount": 3}}, tool("pay"), actions=2, attempt=3)
    failed(outcome, Failure.REFUSED)
    assert lines(tmp_path / "out") == ["ash 1", "ash 2"]


def test_a_tool_has_a_most_of_its_own(use: Use, tmp_path: Path) -> None:
    given: Json = {"to": "ash", "amount": 5, "out": str(tmp_path / "out")}
    calls: Json = [["look_up", {"word": "a"}], ["pay", given], ["look_up", {"word": "b"}], ["pay", given]]
    outcome = use("uses_all", {"calls": calls}, tool("pay", most=1), tool("look_up"), actions=9)
    assert "pay would be called more than once in a step" in failed(outcome, Failure.REFUSED)
    assert lines(tmp_path / "out") == ["ash 5"]


def test_arguments_that_do_not_fit_are_said_before_anything_is_done_or_counted(use: Use, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    calls: Json = [
        ["pay", {"to": "ash", "amount": "much", "out": out}],
        ["pay", {"to": "ash", "amount": 5, "out": out}],
    ]
    outcome = use("uses_all", {"calls": calls}, tool("pay"), actions=1)
    assert isinstance(outcome, Ok), outcome
    said, made = outcome.output if isinstance(outcome.output, list) else []
    assert "Unfit: The arguments do not fit pay" in str(said)
    assert "amount" in str(said)
    assert made == {"paid": 5}


def test_an_attempt_that_failed_after_the_act_does_not_act_again(use: Use, tmp_path: Path) -> None:
    """A6."""
    given: Json = {"given": {"to": "ash", "amount": 5, "out": str(tmp_path / "out")}}
    for attempt in (1, 2):
        assert "once more" in failed(use("uses_and_fails_first", given, tool("pay"), attempt=attempt), Failure.CRASH)
    assert use("uses_and_fails_first", given, tool("pay"), attempt=3) == Ok(output={"paid": 5})
    assert lines(tmp_path / "out") == ["ash 5"]


def test_calls_in_another_order_are_the_same_calls(use: Use, tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    calls: list[Json] = [["pay", {"to": name, "amount": 1, "out": out}] for name in ("ash", "birch", "ash")]
    use("uses_all", {"calls": calls}, tool("pay"))
    use("uses_all", {"calls": calls[::-1]}, tool("pay"), attempt=2)
    assert lines(tmp_path / "out") == ["ash 1", "birch 1", "ash 1"]


def test_a_tool_that_raises_gives_the_agent_its_own_exception_and_may_be_tried_again(use: Use, tmp_path: Path) -> None:
    given: Json = {"tool": "breaks", "given": {"out": str(tmp_path / "out")}}
    for attempt in (1, 2):
        reason = failed(use("uses", given, tool("breaks"), attempt=attempt), Failure.CRASH)
        assert "ValueError: no such vendor" in reason
    assert lines(tmp_path / "out") == ["tried"] * 2


def test_a_tool_whose_process_died_is_in_doubt_unless_it_is_repeatable(bench: Bench, tmp_path: Path) -> None:
    """A6."""
    settings: dict[str, Json] = {"target": f"{HERE}:uses"}
    given: dict[str, Json] = {"tool": "dies", "given": {"out": str(tmp_path / "out")}}
    failed(bench.run("callable", settings, given, tools=(tool("dies"),)), Failure.CRASH)
    failed(bench.run("callable", settings, given, tools=(tool("dies"),), attempt=2), Failure.REFUSED)
    assert lines(tmp_path / "out") == ["half"]
    again = (tool("dies", repeatable=True),)
    failed(bench.run("callable", settings, given, tools=again, attempt=3), Failure.CRASH)
    assert lines(tmp_path / "out") == ["half"] * 2


def test_a_tool_that_wants_the_context_is_refused(use: Use) -> None:
    reason = failed(use("uses", {"tool": "nosy", "given": {}}, tool("nosy")), Failure.CRASH)
    assert "a tool is a plain function" in reason


def asked(outcome: Outcome) -> dict[str, Json]:
    assert isinstance(outcome, Suspended), outcome
    (request,) = outcome.requests
    return request


def answer(request: dict[str, Json], verdict: str = "approved", **more: Json) -> dict[str, Json]:
    said = {"verdict": verdict, "tool": request["tool"], "digest": request["digest"], "by": "Ash", "comment": ""}
    return {str(request["key"]): {**said, "arguments": request["arguments"], **more}}


def test_a_risky_call_waits_for_a_person_and_is_made_once_as_approved(use: Use, tmp_path: Path) -> None:
    """H6."""
    out = str(tmp_path / "out")
    given: dict[str, Json] = {"tool": "pay", "given": {"to": "ash", "amount": 5, "out": out}, "times": 2}
    risky = tool("pay", risky=True)
    first = asked(use("uses", given, risky))
    assert (first["key"], first["kind"], first["tool"]) == ("approve/1", "approve", "pay")
    assert first["arguments"] == {"to": "ash", "amount": 5, "out": out}
    assert lines(tmp_path / "out") == []
    answers = answer(first, arguments={"to": "ash", "amount": 4, "out": out})
    second = asked(use("uses", given, risky, answers=answers, attempt=2))
    assert second["key"] == "approve/2", "the second call of the same is another one"
    assert lines(tmp_path / "out") == ["ash 4"], "what was approved is what is done"
    answers |= answer(second)
    for attempt in (3, 4):
        assert use("uses", given, risky, answers=answers, attempt=attempt) == Ok(output=[{"paid": 4}, {"paid": 5}])
    assert lines(tmp_path / "out") == ["ash 4", "ash 5"]


def test_what_was_approved_has_to_fit_as_well(use: Use, tmp_path: Path) -> None:
    given: dict[str, Json] = {"to": "ash", "amount": 5, "out": str(tmp_path / "out")}
    risky = tool("pay", risky=True)
    request = asked(use("uses_all", {"calls": [["pay", given]]}, risky))
    answers = answer(request, arguments={**given, "amount": "much"})
    outcome = use("uses_all", {"calls": [["pay", given]]}, risky, answers=answers, attempt=2)
    assert isinstance(outcome, Ok), outcome
    assert "Unfit: The arguments do not fit pay" in str(outcome.output)
    assert lines(tmp_path / "out") == []


def test_a_rejected_call_is_never_made_and_fails_an_agent_that_does_not_expect_it(use: Use, tmp_path: Path) -> None:
    """H6."""
    given: dict[str, Json] = {"to": "ash", "amount": 5, "out": str(tmp_path / "out")}
    risky = tool("pay", risky=True)
    answers = answer(asked(use("uses", {"tool": "pay", "given": given}, risky)), "rejected", comment="Too dear.")
    outcome = use("uses", {"tool": "pay", "given": given}, risky, answers=answers, attempt=2)
    assert failed(outcome, Failure.REJECTED) == "pay was not done: Ash said no. Too dear."
    outcome = use("uses_all", {"calls": [["pay", given]]}, risky, answers=answers, attempt=3)
    assert outcome == Ok(output=["Rejected: pay was not done: Ash said no. Too dear."])
    assert lines(tmp_path / "out") == []


def test_an_approval_holds_for_what_it_was_given_for_and_for_nothing_else(use: Use, tmp_path: Path) -> None:
    """H6: it is bound to the tool and its arguments by their digest."""
    given: dict[str, Json] = {"to": "ash", "amount": 5, "out": str(tmp_path / "out")}
    risky = tool("pay", risky=True)
    answers = answer(asked(use("uses", {"tool": "pay", "given": given}, risky)))
    other = asked(use("uses", {"tool": "pay", "given": {**given, "amount": 500}}, risky, answers=answers, attempt=2))
    assert (other["key"], lines(tmp_path / "out")) == ("approve/2", [])


def test_a_person_is_asked_no_more_often_than_there_are_actions(use: Use, tmp_path: Path) -> None:
    """A7: a call that was rejected counts, or an agent could go on asking."""
    given: dict[str, Json] = {"to": "ash", "amount": 5, "out": str(tmp_path / "out")}
    calls: Json = [["pay", given], ["pay", {**given, "amount": 4}]]
    risky = tool("pay", risky=True)
    answers = answer(asked(use("uses_all", {"calls": calls}, risky, actions=1)), "rejected")
    failed(use("uses_all", {"calls": calls}, risky, actions=1, answers=answers, attempt=2), Failure.REFUSED)


def test_an_agent_is_a_tool_with_a_contract_and_keeps_its_number_beside_calls(use: Use) -> None:
    """P12."""
    contract: Json = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    more = {"agents": {"helper": {"role": "Helps.", "input": contract}}, "calls": ("plain",), "actions": 2}
    answers: dict[str, Json] = {}
    seen = []
    while isinstance(outcome := use("calls_and_uses", {}, Tool(name="helper", agent="helper"), answers=dict(answers),
                                    attempt=len(answers) + 1, **more), Suspended):  # fmt: skip
        request = asked(outcome)
        seen.append((request["key"], request["agent"], request["input"]))
        answers[str(request["key"])] = f"{request['agent']} {request['input']}"
    assert seen == [("call/1", "plain", {"n": 1}), ("call/2", "helper", {"n": 2}), ("call/3", "plain", {"n": 3}),
                    ("call/4", "helper", {"n": 4})]  # fmt: skip
    assert outcome == Ok(output=[f"{agent} {given}" for _, agent, given in seen])


def test_an_agent_that_is_called_with_what_it_does_not_take_is_not_called(use: Use) -> None:
    contract: Json = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}
    outcome = use("uses_all", {"calls": [["helper", {"n": "two"}]]}, Tool(name="helper", agent="helper"),
                  agents={"helper": {"role": "Helps.", "input": contract}})  # fmt: skip
    assert isinstance(outcome, Ok), outcome
    assert "Unfit" in str(outcome.output)
    nobody = use("uses", {"tool": "helper", "given": {}}, Tool(name="helper", agent="helper"))
    assert "there is no agent 'helper'" in failed(nobody, Failure.REFUSED)


def test_what_a_server_shows_one_secret_is_not_given_to_who_calls_it_with_another() -> None:
    """C3: the same call of the same server with another secret is another call."""
    calls = []
    for key_env in ("ADAS_TOKEN", "BOBS_TOKEN", ""):
        tool = Tool(mcp="http://shop.test/mcp", key_env=key_env, repeatable=True, cache_seconds=60.0)
        calls.append(_sharing(tool, "my_orders", {"type": "object"}, {}))
    assert None not in calls
    assert len({one.key for one in calls if one is not None}) == 3
