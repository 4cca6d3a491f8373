"""Views of patterns on the page of a run: what a step that repeats, compares, merges or shares did, at any moment."""

from __future__ import annotations

import json
import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orchestrator.core.outcomes import Failure, Json, Ok
from orchestrator.models import Event, Run, User
from orchestrator.services import people, runs
from tests import driven

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


def view(client: Client, run_id: str, of: str = "", **asked: str) -> str:
    """Return the view of a step as the page asks for it."""
    asked = {"only": "pattern", **({"of": of} if of else {}), **asked}
    answer = client.get(f"/runs/{run_id}/parts/", asked, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.content
    found = {one["id"]: one["html"] for one in json.loads(answer.content)["fragments"]}
    return str(found["run-pattern"])


def begun(operator: User, flow: str, given: Json = None) -> str:
    return runs.start(operator, driven.workflow(people.shell_account(), flow), given).run_id


def do(**outputs: Json) -> None:
    """Let each of these agents say this once, and rules do what they do, until nobody has anything to do."""
    from orchestrator.core.agents import Lane

    while claims := [*driven.claim(8), *driven.claim(8, Lane.QUICK)]:
        for one in claims:
            name = one.agent
            if name in outputs:
                driven.carry_out(one, Ok(output=outputs[name]))
            elif name.startswith("rule.") or name == "merge":
                driven.carry_out(one)
            else:
                raise AssertionError(f"{name} was not expected")


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
    assert "<del>-   &quot;score&quot;: 3,</del>" in html
    assert "<ins>+   &quot;text&quot;: &quot;two&quot;</ins>" in html
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


def test_the_questions_do_not_grow_with_the_rounds(drafted: str, operator_client: Client) -> None:
    def asked() -> int:
        with CaptureQueriesContext(connection) as questions:
            view(operator_client, drafted, "draft")
        return len(questions)

    view(operator_client, drafted, "draft")
    few = asked()
    rounds(drafted, {"score": 2, "text": "three"}, {"score": 2, "text": "four"})
    assert asked() == few <= 12


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
    do(editor={"chosen": "shy", "reasons": {"bold": "too <loud>", "shy": "fits"}, "scores": {"bold": 4, "shy": 8.5}})
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
    assert Run.objects.get(pk=drafted).n
