"""Views of who decides on the page of a run: a supervisor's verdicts, a debate, a plan; now and at any moment."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orchestrator.core.outcomes import Json, Ok
from orchestrator.models import Event, User
from tests import driven
from tests.dashboard.patterned import all_say, begun, view

HANDOFF = """
workflow: supervised
steps:
  - id: write
    handoff:
      agents: [ida, jon]
      check: [{name: long enough, check: size(output.text) > 3, why: "say <more>"}]
      retries: 1
"""
TEXT: Json = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}


def test_a_hand_off_shows_each_verdict_and_how_each_agent_does(operator: User, operator_client: Client) -> None:
    """P4: ida fails twice, jon's passes."""
    for name in ("ida", "jon"):
        driven.agent(name, returns=TEXT)
    run_id = begun(operator, HANDOFF)
    assert "No work has come back yet." in view(operator_client, run_id, "write")
    all_say(ida={"text": "no"}, jon={"text": "long"})
    html = view(operator_client, run_id, "write")
    assert re.findall(r'data-verdict="(\w+)"', html) == ["pass", "reroute", "retry"]
    assert 'Checked: <span title="size(output.text) &gt; 3">long enough</span>.' in html
    assert "say &lt;more&gt;" in html
    assert figures(html, "ida") == ["0", "0", "2"]
    assert figures(html, "jon") == ["0", "1", "0"]


def figures(html: str, worker: str) -> list[str]:
    """Return what an agent is at, has passed and has not."""
    row = html.split(f'data-worker="{worker}"')[1].split("</tr>")[0]
    return re.findall(r'<td class="num r">(.*?)</td>', row)[:3]


def test_a_hand_off_of_then_has_the_verdicts_of_then(operator: User, operator_client: Client) -> None:
    for name in ("ida", "jon"):
        driven.agent(name, returns=TEXT)
    run_id = begun(operator, HANDOFF)
    all_say(ida={"text": "no"}, jon={"text": "long"})
    first = Event.objects.filter(run_id=run_id, type="handoff.judged").order_by("n")[0]
    html = view(operator_client, run_id, "write", at=str(first.n))
    assert re.findall(r'data-verdict="(\w+)"', html) == ["retry"]
    assert figures(html, "ida") == ["1", "0", "1"]


POOL = """
workflow: pooled
steps:
  - id: letters
    supervise:
      over: input.letters
      agents: [kim, lee]
      with: {n: item}
      check: [{name: long enough, check: size(output.text) > 3}]
      slots: {least: 1, most: 2}
      retries: 0
"""


def test_a_pool_shows_work_slots_and_what_was_moved(operator: User, operator_client: Client) -> None:
    """P4: what kim makes does not hold, so it goes to lee."""
    for name in ("kim", "lee"):
        driven.agent(name, returns=TEXT)
    run_id = begun(operator, POOL, {"letters": [1, 2, 3]})
    assert figures(view(operator_client, run_id, "letters"), "kim")[0] == "1"
    all_say(kim={"text": "no"}, lee={"text": "long"})
    html = view(operator_client, run_id, "letters")
    assert '<span class="num">3 / 3</span> pieces of work are over' in html
    assert html.count('data-verdict="pass"') == 3
    assert 'class="choices"' not in html
    assert "[0], try 2" in html
    assert "data-move" in html
    assert figures(html, "lee")[1] == "3"


DEBATE = """
workflow: debated
steps:
  - id: score
    debate: {agents: [dan, eve, fay], with: {q: "'vendor'"}, field: verdict, rounds: 1, agreement: 0.6}
"""
ANSWER: Json = {
    "type": "object", "required": ["verdict"], "properties": {"verdict": {"type": "string"}, "why": {"type": "string"}},
}  # fmt: skip


@pytest.fixture
def debated(operator: User) -> str:
    """Return a debate of which the answers are in, and the rebuttals are at work."""
    for name in ("dan", "eve", "fay"):
        driven.agent(name, returns=ANSWER)
    run_id = begun(operator, DEBATE)
    answers = {"dan": "yes", "eve": "no", "fay": "no"}
    for one in driven.claim(3):
        driven.carry_out(one, Ok(output={"verdict": answers[one.agent], "why": f"so says <{one.agent}>"}))
    while quick := driven.claim(8, driven.Lane.QUICK):
        for one in quick:
            driven.carry_out(one)
    return run_id


def test_a_debate_shows_rounds_by_voices_while_it_goes_on(debated: str, operator_client: Client) -> None:
    """P8."""
    html = view(operator_client, debated, "score")
    assert re.findall(r'data-line="(.*?)"', html) == ["Answers", "Rebuttal 1"]
    assert re.findall(r'data-voice="(\w+)"', html) == ["dan", "eve", "fay"] * 2
    assert "so says &lt;dan&gt;" in html
    assert "Outcome" not in html


def test_a_debate_shows_the_outcome_who_changed_and_who_dissents(debated: str, operator_client: Client) -> None:
    all_say(dan={"verdict": "yes"}, eve={"verdict": "no"}, fay={"verdict": "yes"})
    html = view(operator_client, debated, "score")
    assert "Outcome by vote" in html
    assert 'Agreement <b class="num">66.7%</b>' in html
    assert re.findall(r'data-dissent="(\w+)"', html) == ["eve"]
    assert "Δ changed" in html.split('data-line="Rebuttal 1"')[1].split('data-voice="fay"')[1].split("</td>")[0]
    assert "≠ dissents" in html.split('data-line="Rebuttal 1"')[1].split('data-voice="eve"')[1].split("</td>")[0]


def test_a_debate_of_then_does_not_know_the_outcome(debated: str, operator_client: Client) -> None:
    all_say(dan={"verdict": "yes"}, eve={"verdict": "no"}, fay={"verdict": "yes"})
    opened = Event.objects.filter(run_id=debated, type="step.opened", path="score/Rebuttal_1").order_by("n")[0]
    html = view(operator_client, debated, "score", at=str(opened.n))
    assert "Outcome" not in html
    assert "so says &lt;fay&gt;" in html


PLAN = """
workflow: planned
steps:
  - {id: audit, plan: {planner: boss, agents: [gus, hal], with: {goal: "'count'"}, replans: 1}}
"""
TASKS: list[Json] = [
    {"id": "count", "agent": "gus", "input": {"t": "x"}, "done_when": ["output.n > 0"], "fallback": ["hal"]},
    {"id": "tell", "agent": "hal", "input": {"n": {"from": "count.n"}}, "needs": ["count"]},
]


def test_a_plan_shows_tasks_with_needs_and_criteria_and_the_run_that_does_them(
    operator: User, operator_client: Client
) -> None:
    """P6: the first plan is refused in words, the second one is done."""
    number: Json = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    for name in ("gus", "hal"):
        driven.agent(name, returns=number)
    driven.agent("boss")
    run_id = begun(operator, PLAN)
    assert "Nothing has been planned yet." not in view(operator_client, run_id, "audit")
    driven.carry_out(driven.claim()[0], Ok(output={"tasks": TASKS[1:], "output": "tell"}))
    while quick := driven.claim(8, driven.Lane.QUICK):
        for one in quick:
            driven.carry_out(one)
    assert "What is wrong with the plan" in view(operator_client, run_id, "audit")
    all_say(boss={"tasks": TASKS, "output": "tell"}, gus={"n": 2}, hal={"n": 3})
    html = view(operator_client, run_id, "audit")
    assert re.findall(r'data-task="(\w+)"', html) == ["count", "tell"]
    assert "<code>output.n &gt; 0</code>" in html
    assert re.search(r'Done as <a class="link mono" href="/runs/[\w-]+/"', html)
    tell = html.split('data-task="tell"')[1].split("</tr>")[0]
    assert "<td>count</td>" in tell


def test_views_ask_few_questions(debated: str, operator_client: Client) -> None:
    view(operator_client, debated, "score")
    with CaptureQueriesContext(connection) as asked:
        view(operator_client, debated, "score")
    assert len(asked) <= 16
