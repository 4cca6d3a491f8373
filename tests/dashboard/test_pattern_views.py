"""Views of patterns on the page of a run: what a step that repeats, compares, merges or shares did, at any moment."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.partials.views.catalogue import VIEWS
from orchestrator.core.outcomes import Failure, Json, Ok
from orchestrator.core.patterns.catalogue import PATTERNS
from orchestrator.models import Event, User
from tests import driven
from tests.dashboard.patterned import all_say, begun, view

LOOP = """
workflow: drafted
steps:
  - id: draft
    loop:
      do: {agent: writer}
      rounds: 5
      score: last.score
      until: last.score >= 8
      feedback: "'make it better than ' + last.text"
"""
EXPLORE = """
workflow: explored
steps:
  - {id: name, explore: {explorers: [bold, shy, late], tolerate: 1, critic: editor, with: {task: "'a name'"}}}
"""
ANY: Json = {"type": "object"}
SCORED: Json = {
    "type": "object", "required": ["score", "text"],
    "properties": {"score": {"type": "number"}, "text": {"type": "string"}},
}  # fmt: skip
WORD: Json = {
    "type": "object", "required": ["chosen", "reasons"],
    "properties": {"chosen": {"type": "string"}, "reasons": {"type": "object"}, "scores": {"type": "object"}},
}  # fmt: skip


def rounds(run_id: str, *outputs: Json) -> None:
    for output in outputs:
        driven.tell(driven.claim()[0], output)
        driven.drain(run_id)


@pytest.fixture
def drafted(operator: User) -> str:
    """Return a loop of which two rounds are over and a third one is at work."""
    driven.agent("writer", returns=SCORED)
    run_id = begun(operator, LOOP)
    rounds(run_id, {"score": 3, "text": "one <b>"}, {"score": 6.5, "text": "two"})
    return run_id


def test_rounds_show_scores_what_they_were_told_and_what_changed(drafted: str, operator_client: Client) -> None:
    """P7: the best is marked, and the round at work is there."""
    html = view(operator_client, drafted)
    assert re.findall(r'data-round="(\d)"( data-best)?', html) == [("1", ""), ("2", " data-best"), ("3", "")]
    assert 'title="score">6.5</span>' in html
    assert "make it better than two" in html
    assert "What changed: +2 −2 lines" in html
    assert "<del>- score: 3</del>" in html
    assert "<ins>+ text: two</ins>" in html
    assert "one &lt;b&gt;" in html
    assert "Why it ended" not in html


def test_a_loop_says_why_it_ended(drafted: str, operator_client: Client) -> None:
    rounds(drafted, {"score": 9, "text": "three"})
    html = view(operator_client, drafted, "draft")
    assert "<b>Why it ended:</b> its condition holds with round 3." in html
    assert re.search(r'data-round="3" data-best', html)


def test_a_stuck_loop_shows_the_evidence(drafted: str, operator_client: Client) -> None:
    """R8."""
    rounds(drafted, *({"score": 2, "text": f"again {number}"} for number in range(3)))
    assert "not done after 5 rounds; scores 3, 6.5, 2, 2, 2, best 6.5 in round 2" in view(operator_client, drafted)


def test_an_earlier_moment_shows_the_rounds_of_then(drafted: str, operator_client: Client) -> None:
    first = Event.objects.filter(run_id=drafted, type="loop.judged").order_by("n")[0]
    html = view(operator_client, drafted, "draft", at=str(first.n))
    assert re.findall(r'data-round="(\d)"( data-best)?', html) == [("1", " data-best")]
    assert "two" not in html
    assert f"?at={first.n}&amp;step=draft%5B0%5D" in html


def test_of_many_rounds_the_last_are_shown(operator: User, operator_client: Client) -> None:
    driven.agent("writer", returns=SCORED)
    run_id = begun(operator, LOOP.replace("rounds: 5", "rounds: 60\n      same: 0"))
    rounds(run_id, *({"score": number / 10, "text": str(number)} for number in range(55)))
    html = view(operator_client, run_id)
    assert "6 earlier rounds are not shown." in html
    assert len(re.findall(r"data-round=", html)) == 50


def asked(client: Client, run_id: str, of: str) -> int:
    """Count what a view asks the database; what a process asks once is asked before."""
    view(client, run_id, of)
    with CaptureQueriesContext(connection) as questions:
        view(client, run_id, of)
    return len(questions)


def test_the_questions_do_not_grow_with_the_rounds(drafted: str, operator_client: Client) -> None:
    few = asked(operator_client, drafted, "draft")
    rounds(drafted, {"score": 2, "text": "three"}, {"score": 2, "text": "four"})
    assert asked(operator_client, drafted, "draft") == few <= 12


def test_every_view_that_a_pattern_names_is_there() -> None:
    assert {pattern.view for pattern in PATTERNS.values()} - {""} <= VIEWS.keys()


@pytest.fixture
def explored(operator: User) -> str:
    """Return explorers of which one gave nothing, before their critic has spoken."""
    for name in ("bold", "shy", "late"):
        driven.agent(name)
    driven.agent("editor", returns=WORD)
    run_id = begun(operator, EXPLORE)
    for one in driven.claim(3):
        if one.agent == "late":
            driven.tell(one, failure=Failure.REFUSED, reason="no idea")
        else:
            driven.carry_out(one, Ok(output={"name": f"{one.agent} one"}))
    driven.drain(run_id)
    return run_id


def test_candidates_are_shown_while_they_are_judged(explored: str, operator_client: Client) -> None:
    html = view(operator_client, explored, "name")
    assert re.findall(r'data-candidate="(\w+)"', html) == ["bold", "late", "shy"]
    assert "No proposal: no idea" in html
    assert "Nobody sees what another one proposes" in html
    assert "data-chosen" not in html


def test_candidates_have_scores_and_the_reason_why_each_lost(explored: str, operator_client: Client) -> None:
    """P9: the chosen one first."""
    all_say(
        editor={"chosen": "shy", "reasons": {"bold": "too <loud>", "shy": "fits"}, "scores": {"bold": 4, "shy": 8.5}}
    )
    html = view(operator_client, explored, "name")
    assert re.findall(r'data-candidate="(\w+)"( data-chosen)?', html) == [
        ("shy", " data-chosen"),
        ("bold", ""),
        ("late", ""),
    ]
    assert re.search(r"Why it won:</span> fits", html)
    assert re.search(r"Why it lost:</span> too &lt;loud&gt;", html)
    assert 'title="score">8.5</span>' in html


def test_the_drawer_leads_to_the_view_and_the_page_has_a_tab_for_it(explored: str, operator_client: Client) -> None:
    page = operator_client.get(f"/runs/{explored}/?step=name&tab=pattern&of=name").content.decode()
    assert 'data-pattern="name">Candidates</a>' in page
    assert re.search(r'aria-selected="true"[^>]*data-tab="pattern"', page)
    assert 'data-candidate="bold"' in page


def test_a_run_without_views_has_no_such_tab(operator: User, operator_client: Client) -> None:
    driven.agent("writer")
    run_id = begun(operator, "workflow: plain\nsteps:\n  - {id: only, agent: writer}\n")
    assert 'data-tab="pattern"' not in operator_client.get(f"/runs/{run_id}/?tab=pattern").content.decode()
    assert "has no view of its own" in view(operator_client, run_id, "only")
    assert "has no view of its own" in view(operator_client, run_id, "<script>")


def test_a_step_that_is_not_reached_says_so(operator: User, operator_client: Client) -> None:
    driven.agent("writer", returns=SCORED)
    run_id = begun(operator, LOOP.replace("steps:", "steps:\n  - {id: first, agent: writer}"))
    assert "The run has not come as far as <b>draft</b>." in view(operator_client, run_id)


def test_nobody_of_another_team_sees_it(drafted: str, outsider: User) -> None:
    client = Client()
    client.force_login(outsider)
    assert client.get(f"/runs/{drafted}/parts/?only=pattern").status_code == 404


VOTES = """
workflow: voted
steps:
  - id: votes
    parallel:
      branches: {a: {agent: ann}, b: {agent: bob}, c: {agent: cyd, optional: true}, d: {agent: dan}}
      merge: {how: majority, field: answer}
"""
FIELDS = """
workflow: put-together
steps:
  - {id: facts, map: {over: input.list, agent: ann, merge: fields}}
"""
BY_AGENT = """
workflow: made-one
steps:
  - {id: one, parallel: {branches: {a: {agent: ann}, b: {agent: bob}}, merge: {how: agent, agent: cyd}}}
"""


def test_fan_in_shows_who_gave_what_by_which_rule_and_who_dissents(operator: User, operator_client: Client) -> None:
    """P2."""
    for name in ("ann", "bob", "cyd", "dan"):
        driven.agent(name)
    run_id = begun(operator, VOTES)
    assert "Not all are in yet." in view(operator_client, run_id, "votes")
    all_say(ann={"answer": "yes"}, bob={"answer": "no<b>"}, cyd=None, dan={"answer": "yes"})
    html = view(operator_client, run_id, "votes")
    assert "Rule <b>majority</b>: the answer that most gave stands." in html
    assert "<code>field: answer</code>" in html
    assert 'Agreement <b class="num">66.7%</b>' in html
    assert re.findall(r'data-share="(\w)"', html) == ["a", "b", "c", "d"]
    assert "≠ dissents" in html
    assert ">absent<" in html
    assert "no&lt;b&gt;" in html
    assert "a, d</td>" in html


def test_fan_in_of_fields_lists_contradictions(operator: User, operator_client: Client) -> None:
    driven.agent("ann", returns=ANY)
    run_id = begun(operator, FIELDS, {"list": [1, 2]})
    for one, said in zip(driven.claim(2), ({"city": "Rome", "n": 1}, {"city": "Oslo", "n": 1}), strict=True):
        driven.tell(one, said)
    driven.work_off()
    html = view(operator_client, run_id, "facts")
    assert re.findall(r'data-contradiction="(\w+)"', html) == ["city"]
    assert re.findall(r'data-share="(.*?)"', html) == ["[0]", "[1]"]
    assert "Oslo" in html


def test_fan_in_by_an_agent_names_it(operator: User, operator_client: Client) -> None:
    for name in ("ann", "bob", "cyd"):
        driven.agent(name)
    run_id = begun(operator, BY_AGENT)
    all_say(ann="x", bob="y", cyd="both x and y")
    html = view(operator_client, run_id, "one")
    assert re.findall(r'data-share="(\w)"', html) == ["a", "b"]
    assert "both x and y" in html
    assert re.search(r"Rule <b>agent</b>.*cyd", html)


def test_wide_fan_ins_count_the_rest(operator: User, operator_client: Client) -> None:
    driven.agent("ann", returns=ANY)
    few = begun(operator, FIELDS, {"list": [1, 2]})
    run_id = begun(operator, FIELDS, {"list": list(range(60))})
    assert "and 10 more" in view(operator_client, run_id, "facts")
    assert asked(operator_client, run_id, "facts") == asked(operator_client, few, "facts") <= 12


BOARD = """
workflow: shared
steps:
  - id: assess
    blackboard:
      keys: {facts: {type: array}, risk: {type: integer}}
      start: {facts: "['new']"}
      agents:
        legal: {agent: lawyer, reads: [facts], writes: [risk]}
        finance: {agent: banker, reads: [facts], writes: [risk, facts], limit: 3}
      otherwise: "{'n': 1}"
"""


@pytest.fixture
def shared(operator: User) -> str:
    """Return a board on which finance was faster than legal."""
    returns: Json = {"type": "object", "properties": {"risk": {"type": "integer"}, "facts": {"type": "array"}}}
    driven.agent("lawyer", returns=returns)
    driven.agent("banker", returns=returns)
    run_id = begun(operator, BOARD)
    driven.carry_out(driven.claim(1, driven.Lane.QUICK)[0])
    claims = {one.agent: one for one in driven.claim(2)}
    driven.carry_out(claims["banker"], Ok(output={"risk": 2, "facts": ["new", "<debt>"]}))
    driven.carry_out(claims["lawyer"], Ok(output={"risk": 4}))
    return run_id


def test_a_board_shows_versions_writers_and_who_lost(shared: str, operator_client: Client) -> None:
    """P10, R13."""
    html = view(operator_client, shared, "assess")
    assert re.findall(r'data-board-key="(\w+)"', html) == ["facts", "risk"]
    facts = html.split('data-board-key="facts"')[1].split("</tbody>")[0]
    assert re.findall(r'<td class="num r">(\d)</td>', facts) == ["2", "1"]
    assert "the first value" in facts
    assert "finance, turn 1" in facts
    assert "&lt;debt&gt;" in facts
    assert html.count("data-trouble") == 1
    assert asked(operator_client, shared, "assess") <= 14
    assert "lost to finance on" in html
    legal = html.split('data-contributor="legal"')[1].split("</tr>")[0]
    assert "at work" in legal
    assert legal.rstrip("</td>").endswith("1")


def test_a_board_at_an_earlier_moment_has_the_versions_of_then(shared: str, operator_client: Client) -> None:
    first = Event.objects.filter(run_id=shared, type="board.written").order_by("n")[0]
    html = view(operator_client, shared, "assess", at=str(first.n))
    assert "nobody has written it" in html
    assert "debt" not in html
    assert "data-trouble" not in html


def test_a_board_says_why_it_ended(shared: str, operator_client: Client) -> None:
    while claims := driven.claim(8):
        for one in claims:
            driven.carry_out(one, Ok(output={"risk": 4} if one.agent == "lawyer" else {}))
    driven.work_off()
    assert "<b>Why it ended:</b> nobody has anything to add." in view(operator_client, shared, "assess")
