"""The form that forks a run: what it says, what it keeps of what was typed, and where it leads (U4, R11)."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from orchestrator.models import Run, User
from orchestrator.services import runs
from tests import cast, driven

FLOW = """
workflow: sums
input: {type: object, required: [n], properties: {n: {type: integer, title: Number}}}
steps:
  - {id: first, agent: adder}
  - {id: sign, gate: {title: Sign, show: {n: steps.first.output}}}
"""


@pytest.fixture
def operator(redis_url: str, transactional_db: None) -> User:
    return cast.person("operator")


@pytest.fixture
def run(operator: User) -> Run:
    driven.agent("adder", driven.NUMBER)
    name = driven.workflow(cast.person("builder"), FLOW)
    started = runs.start(operator, name, {"n": 1}, title="Sum")
    driven.work_off()
    return Run.objects.get(pk=started.run_id)


@pytest.fixture
def browser(operator: User) -> Client:
    client = Client()
    client.force_login(operator)
    return client


def text_of(answer: object) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())  # type: ignore[attr-defined]  # a response


def nonce(page: str) -> str:
    return re.search(r'name="nonce" value="([^"]+)"', page)[1]


def test_the_drawer_and_the_header_lead_to_the_form(browser: Client, run: Run) -> None:
    page = text_of(browser.get(f"/runs/{run.id}/?step=first"))
    assert f'href="/runs/{run.id}/fork/?step=first">Fork from here</a>' in page
    assert f'href="/runs/{run.id}/fork/">Fork…</a>' in page


def test_a_step_is_forked_with_another_input_once_however_often_it_is_sent(browser: Client, run: Run) -> None:
    url = f"/runs/{run.id}/fork/?step=first"
    page = text_of(browser.get(url))
    assert 'name="input.n" value="1"' in page
    assert "0 steps that are over by then keep their outputs" in page
    sent = {"nonce": nonce(page), "input.n": "5"}
    answers = [browser.post(url, sent, headers={"HX-Request": "true"}) for _ in range(2)]
    new = Run.objects.get(forked_of=run.id)
    assert [(answer.status_code, answer["HX-Redirect"]) for answer in answers] == [(204, f"/runs/{new.id}/")] * 2
    driven.work_off()
    own = text_of(browser.get(f"/runs/{new.id}/?step=first"))
    assert f'data-run-id="{run.id}"' in own
    assert "after event 1" in own
    assert "Kept from" not in own
    assert f'data-run-id="{new.id}"' in text_of(browser.get(f"/runs/{run.id}/"))


def test_what_does_not_fit_comes_back_with_what_was_typed(browser: Client, run: Run) -> None:
    url = f"/runs/{run.id}/fork/?step=first"
    answer = browser.post(url, {"nonce": "x", "input.n": "five"}, headers={"HX-Request": "true"})
    page = text_of(answer)
    assert (answer.status_code, 'value="five"' in page, "Nothing was forked." in page) == (422, True, True)
    whole = browser.post(f"/runs/{run.id}/fork/", {"nonce": "x", "input.n": ""})
    assert whole.status_code == 422
    assert Run.objects.count() == 1


def test_the_whole_run_begins_anew_with_another_input(browser: Client, run: Run) -> None:
    answer = browser.post(f"/runs/{run.id}/fork/", {"nonce": "x", "input.n": "7"})
    new = Run.objects.get(forked_of=run.id)
    assert (answer.status_code, answer["Location"]) == (303, f"/runs/{new.id}/")
    assert (new.input, new.forked_n) == ({"n": 7}, 0)
    assert "before its first event" in text_of(browser.get(f"/runs/{new.id}/"))


def test_a_moment_is_forked_and_kept_steps_say_where_they_are_from(browser: Client, run: Run) -> None:
    url = f"/runs/{run.id}/fork/?at={run.n}"
    page = text_of(browser.get(url))
    assert (
        "1 step that is over by then keeps its output; 1 that was at work or waited for a person begins again" in page
    )
    browser.post(url, {"nonce": "x"})
    new = Run.objects.get(forked_of=run.id)
    drawer = text_of(browser.get(f"/runs/{new.id}/step/?path=first"))
    assert f'href="/runs/{run.id}/?step=first"' in drawer
    assert "Kept from run" in drawer
    for view in ("?tab=timeline&view=ran", "?tab=story", "?tab=events&at=1", "?tab=output&step=first"):
        assert browser.get(f"/runs/{new.id}/{view}").status_code == 200
    assert "forked this from run" in text_of(browser.get(f"/runs/{new.id}/?tab=events"))
    assert f"/runs/{new.id}/fork/?at=1" in text_of(browser.get(f"/runs/{new.id}/?at=1"))
    assert browser.get(f"/runs/{run.id}/fork/?at=999").status_code == 404
    assert browser.get(f"/runs/{run.id}/fork/?step=nowhere").status_code == 404


def test_a_viewer_is_told_what_role_it_takes(run: Run) -> None:
    client = Client()
    client.force_login(cast.person("viewer"))
    assert "needs the role operator" in text_of(client.get(f"/runs/{run.id}/fork/"))
    assert client.post(f"/runs/{run.id}/fork/", {"nonce": "x", "input.n": "7"}).status_code == 403
    assert "Fork" not in text_of(client.get(f"/runs/{run.id}/?step=first"))
    assert Run.objects.count() == 1
