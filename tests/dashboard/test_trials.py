"""The test bench on the page of an agent, and the mark of a version wherever it is used (A4)."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.partials import trials as partials
from orchestrator.core.agents import AgentSpec, Example
from orchestrator.core.outcomes import Json, Ok
from orchestrator.followers import trials as follower
from orchestrator.models import Run, Team, Trial, User
from orchestrator.services import runs, trials, workflows
from orchestrator.store.library import _agent
from tests.dashboard.conftest import person, signed_in
from tests.driven import carry_out, claim, kept

FRAGMENT = {"HX-Request": "true"}
TEXT: Json = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string"}}}
SHORT = Example(name="short", input={"text": "hello"}, expect=("output.text == 'HELLO'",))
LONG = Example(name="long <b>", input={"text": "good day"})
FLOW = "workflow: shouting\nsteps: [{id: say, agent: shouter, with: {text: \"'hi'\"}}]"


@pytest.fixture(autouse=True)
def surroundings(redis_url: str, transactional_db: None) -> None:
    """Give hints somewhere to go."""
    _agent.cache_clear()


@pytest.fixture
def builder(team: Team) -> User:
    return person("builder", "builder", team)


@pytest.fixture
def client(builder: User) -> Client:
    keep(builder)
    return signed_in(builder)


def keep(by: User, examples: tuple[Example, ...] = (SHORT, LONG), **more: object) -> None:
    kept(by, AgentSpec(name="shouter", role="Shouts.", runtime="scripted", input_schema=TEXT,
                              output_schema=TEXT, examples=examples, **more))  # type: ignore[arg-type]  # fmt: skip


def work(text: str = "HELLO") -> None:
    for one in claim(8):
        carry_out(one, Ok(output={"text": text}))
    follower.settle()


def page(client: Client, query: str = "") -> str:
    return str(client.get(f"/agents/shouter/{query}").content.decode())


def test_examples_are_tried_one_or_all_and_their_results_stand_beside_them(client: Client) -> None:
    assert page(client).count('data-trial="never tried"') == 2
    answer = client.post("/agents/shouter/try/", {"example": "short"}, headers=FRAGMENT).content.decode()
    assert "1 trial begun." in answer
    assert 'data-fragment="bench" data-topic="trials.shouter" data-n="' in answer
    assert 'data-trial="waits for a slot"' in answer
    assert "2 trials begun." in client.post("/agents/shouter/try/", headers=FRAGMENT).content.decode()
    work("hello")
    html = page(client)
    assert re.findall(r'data-example="([^"]+)" data-status="(\w+)"', html) == [
        ("short", "failed"), ("long &lt;b&gt;", "succeeded"),
    ]  # fmt: skip
    assert "does not hold: output.text is &quot;hello&quot;" in html
    assert 'data-proof="failing"' in html


def test_what_is_typed_is_tried_and_what_does_not_fit_is_said_at_its_field(client: Client) -> None:
    refused = client.post("/agents/shouter/try/", {"own": "yes", "input.text": ""}, headers=FRAGMENT)
    assert refused.status_code == 422
    assert 'id="input.text-wrong"' in refused.content.decode()
    assert not Run.objects.exists()
    answer = client.post("/agents/shouter/try/", {"own": "yes", "input.text": "mine"}, headers=FRAGMENT)
    assert "The trial has begun." in answer.content.decode()
    work("MINE")
    html = page(client)
    assert html.count("Inputs tried by people") == 1
    assert "&quot;MINE&quot;" in html


def test_two_versions_stand_side_by_side_with_what_differs(client: Client, builder: User) -> None:
    keep(builder, timeout_seconds=5.0)
    client.post("/agents/shouter/try/", {"against": "1"}, headers=FRAGMENT)
    for number, one in enumerate(claim(8)):
        carry_out(one, Ok(output={"text": "HELLO" if number < 2 else "hello"}))
    follower.settle()
    html = page(client, "?against=1")
    assert 'data-topic="trials.shouter.1"' in html
    assert re.findall(r'data-version="(\d)".*?num">([^<]+?) <', html) == [("2", "2 of 2"), ("1", "1 of 2")]
    assert re.search(r"<del>-\s+&quot;text&quot;: &quot;hello&quot;", html)
    assert re.search(r"<ins>\+\s+&quot;text&quot;: &quot;HELLO&quot;", html)


def test_a_version_is_marked_wherever_it_is_used(client: Client, builder: User, operator: User) -> None:
    workflows.apply(builder, FLOW)
    run_id = runs.start(operator, "shouting", {}).run_id
    places = ("/agents/", "/agents/shouter/", "/workflows/shouting/", f"/runs/{run_id}/step/?path=say")

    def marks() -> list[list[str]]:
        return [sorted(set(re.findall(r'data-proof="(\w+)"', client.get(place).content.decode()))) for place in places]

    assert marks() == [["unproven"]] * 4
    trials.try_examples(builder, "shouter")
    work("hello")
    assert marks() == [["failing"]] * 4
    trials.try_examples(builder, "shouter")
    work()
    assert marks() == [["proven"]] * 4


def test_only_builders_see_buttons_and_an_outsider_no_results(
    client: Client, operator_client: Client, outsider_client: Client
) -> None:
    client.post("/agents/shouter/try/", headers=FRAGMENT)
    work()
    assert "data-may-try" in page(client)
    assert "data-may-try" not in page(operator_client)
    assert "needs the role builder" in page(operator_client)
    assert operator_client.post("/agents/shouter/try/").status_code == 403
    assert page(outsider_client).count('data-trial="never tried"') == 2


def test_an_agent_without_examples_says_what_to_write(client: Client, builder: User) -> None:
    keep(builder, ())
    html = page(client)
    assert "It has no saved examples." in html
    assert "Try all" not in html


def test_the_bench_keeps_itself_current_with_few_questions(client: Client, builder: User) -> None:
    """However many examples there are."""
    keep(builder, tuple(Example(name=f"e{n}", input={"text": "x"}) for n in range(30)))
    trials.try_examples(builder, "shouter")
    for _ in range(4):
        work()
    assert Trial.objects.filter(passed=True).count() == 30
    with CaptureQueriesContext(connection) as questions:
        frame = partials.live(builder, "shouter", 0)
    assert frame.fragments[0].html.count('data-trial="passed"') == 30
    assert len(questions) <= 9
    with CaptureQueriesContext(connection) as questions:
        page(client)
    assert len(questions) <= 36
