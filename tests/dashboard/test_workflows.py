"""Pages of workflows: drawn and read before they run, started by a form, written with errors at their lines."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from dashboard.partials import workflow_list
from orchestrator.models import AgentVersion, Run, Team, User, WorkflowVersion
from orchestrator.services import people, runs, workflows
from tests.dashboard.conftest import person, signed_in
from tests.dashboard.made import BEGAN, HOSTILE, made_definitions, made_gate, made_run
from tests.dashboard.waiting import LETTERS, letters

FRAGMENT = {"HX-Request": "true"}
BROKEN = """workflow: letters
role: Has a letter signed.
input: {type: object}
steps:
  - id: sign
    gate: {title: Sign, show: {text: input.text}, deadlin: 5m}
  - id: sign
    agent: nobody-like-this
"""
REVIEW = Path(__file__).resolve().parents[2] / "examples" / "repo_review" / "workflow.yaml"


@pytest.fixture(autouse=True)
def surroundings(redis_url: str, transactional_db: None) -> None:
    """Give hints somewhere to go."""


@pytest.fixture
def builder_client(operator: User) -> Client:
    return signed_in(person("builder", "builder", operator.team))


def start(client: Client, **typed: str) -> tuple[int, str, str]:
    page = client.get("/workflows/letters/").content.decode()
    nonce = re.search(r'name="nonce" value="([^"]+)"', page)
    sent = {"nonce": nonce[1] if nonce else "", **{("title" if name == "title" else f"input.{name}"): text
                                                   for name, text in typed.items()}}  # fmt: skip
    answer = client.post("/workflows/letters/start/", sent, headers=FRAGMENT)
    return answer.status_code, answer.headers.get("HX-Redirect", ""), answer.content.decode()


def test_the_form_has_a_field_for_each_input_and_leads_to_the_run(operator_client: Client) -> None:
    letters()
    html = operator_client.get("/workflows/letters/").content.decode()
    assert re.findall(r'(?:id)="input\.(\w+)"', html) == ["text", "copies", "urgent", "seals"]
    got, led_to, _ = start(operator_client, text="Hi", copies="3", urgent="on", seals='{"a": 1}', title="To all")
    run = Run.objects.get()
    assert (got, led_to) == (204, f"/runs/{run.id}/")
    assert (run.title, run.input) == ("To all", {"text": "Hi", "copies": 3, "urgent": True, "seals": {"a": 1}})


@pytest.mark.parametrize(
    ("typed", "words", "beside"),
    [
        ({"text": ""}, "does not fit", "input.text"),
        ({"text": "x", "copies": "two"}, "cannot be read", "input.copies"),
        ({"text": "x", "seals": "[1]"}, "does not fit", "input.seals"),
        ({"text": "x", "title": "t" * 201}, "more than 200", ""),
    ],
)
def test_what_does_not_fit_is_said_at_its_field_and_stays_typed(
    operator_client: Client, typed: dict[str, str], words: str, beside: str
) -> None:
    letters()
    got, _, html = start(operator_client, **typed)
    assert (got, Run.objects.count()) == (422, 0)
    assert words in html
    assert not beside or f'id="{beside}-wrong"' in html
    assert all(text in html for text in typed.values())


def test_two_clicks_start_one_run_and_a_changed_form_another(operator_client: Client) -> None:
    letters()
    sent = {"nonce": "n" * 16, "input.text": "Hi"}
    first = operator_client.post("/workflows/letters/start/", sent)
    assert operator_client.post("/workflows/letters/start/", sent)["Location"] == first["Location"]
    other = operator_client.post("/workflows/letters/start/", sent | {"input.text": "Ho"})
    assert other["Location"] != first["Location"]
    assert Run.objects.count() == 2


def test_an_input_without_named_fields_is_written_as_json(operator_client: Client) -> None:
    text = LETTERS.replace("type: object\n  required: [text]", "type: object") % 1
    text = re.sub(r"  properties:\n.*\n", "", text)
    workflows.apply(people.shell_account(), text)
    got, _, html = start(operator_client, input="{text}")
    assert (got, 'id="input.input-wrong"' in html) == (422, True)
    got, led_to, _ = start(operator_client, input='{"text": "Hi", "copies": 1, "urgent": true, "seals": {}}')
    assert (got, led_to) == (204, f"/runs/{Run.objects.get().id}/")


def test_a_workflow_is_drawn_and_read_with_line_numbers_before_it_runs(viewer_client: Client) -> None:
    letters()
    html = viewer_client.get("/workflows/letters/").content.decode()
    assert re.findall(r'data-step-path="(\w+)"', html) == ["draft", "sign"]
    assert f'<li id="L{len((LETTERS % 1).strip().splitlines()) + 1}">' in html
    assert re.search(r'id="L2"><span class="n num" aria-hidden="true">2</span><code>workflow: letters</code>', html)
    assert "Start run" not in html
    assert "needs the role operator" in html


def test_the_list_shows_latest_runs_by_status_and_which_agents_are_used(
    operator: User, operator_client: Client
) -> None:
    for name in ("survey", "ruff", "bandit", "radon", "merge-sections", "critic", "publish"):
        spec = {"name": name, "role": "r", "runtime": "callable", "input_schema": {}, "output_schema": {}}
        AgentVersion.objects.create(name=name, version=1, digest=name, spec=spec)
    workflows.apply(people.shell_account(), REVIEW.read_text())
    run = runs.start(operator, letters(), {"text": "Hi", "copies": 1, "urgent": True, "seals": {}}).run_id
    html = operator_client.get("/workflows/").content.decode()
    row = html[html.index('data-workflow="repo-review"') :]
    used = ["bandit", "critic", "merge-sections", "publish", "radon", "ruff", "survey"]
    assert re.findall(r'data-agent="([\w-]+)"', row) == used
    assert f'data-run-id="{run}" data-status="waiting"' in html
    assert html.count('class="btn small" href="/workflows/') == 2


@pytest.mark.parametrize("path", ["/workflows/+new/", "/workflows/letters/edit/"])
def test_only_builders_write_workflows(path: str, operator_client: Client, builder_client: Client) -> None:
    letters()
    assert operator_client.get(path).status_code == 403
    assert "role builder" in operator_client.get(path).content.decode()
    assert "Edit" not in re.findall(
        r'class="btn"[^>]*>(\w+)<', operator_client.get("/workflows/letters/").content.decode()
    )
    answer = operator_client.post("/workflows/letters/apply/", {"text": LETTERS % 2, "act": "apply"})
    assert answer.status_code == 403
    assert WorkflowVersion.objects.count() == 1
    assert builder_client.get(path).status_code == 200


def test_every_error_is_listed_with_its_line_and_the_lines_are_marked(builder_client: Client) -> None:
    letters()
    answer = builder_client.post("/workflows/letters/apply/", {"text": BROKEN.replace("\n", "\r\n"), "act": "apply"})
    html = answer.content.decode()
    assert answer.status_code == 422
    listed = [int(line) for line in re.findall(r'data-line="(\d+)"', html)]
    assert listed == sorted(listed)
    assert {6, 7, 8} <= set(listed)
    marked = [int(line) for line in re.findall(r'<li class="marked"[^>]*>(\d+)</li>', html)]
    assert marked == sorted(set(listed))
    assert "gate: {title: Sign, show: {text: input.text}, deadlin: 5m}" in html
    assert WorkflowVersion.objects.count() == 1


def test_a_changed_file_becomes_the_next_version_and_differences_are_shown(builder_client: Client) -> None:
    letters()
    before = WorkflowVersion.objects.get()
    answer = builder_client.post("/workflows/letters/apply/", {"text": LETTERS % 2, "act": "apply"})
    assert (answer.status_code, answer["Location"]) == (303, "/workflows/letters/")
    now = WorkflowVersion.objects.get(is_current=True)
    assert now.version != before.version
    assert f"Version {now.version[:7]} is current now." in builder_client.get("/workflows/letters/").content.decode()
    old = builder_client.get(f"/workflows/letters/?version={before.version}").content.decode()
    assert re.search(r"<del>-\s+approvers: \{quorum: 1\}</del>", old)
    assert re.search(r"<ins>\+\s+approvers: \{quorum: 2\}</ins>", old)
    assert "Start run" not in old


def test_checking_draws_it_and_changes_nothing(builder_client: Client) -> None:
    answer = builder_client.post("/workflows/+apply/", {"text": LETTERS % 1, "act": "check"})
    html = answer.content.decode()
    assert "Nothing is wrong with it." in html
    assert re.findall(r'data-step-path="(\w+)"', html) == ["draft", "sign"]
    assert not WorkflowVersion.objects.exists()
    wrong = builder_client.post("/workflows/+apply/", {"text": BROKEN, "act": "check"}).content.decode()
    assert 'data-line="6"' in wrong


def test_another_name_is_refused_where_a_version_is_written(builder_client: Client) -> None:
    letters()
    text = (LETTERS % 1).replace("workflow: letters", "workflow: parcels")
    answer = builder_client.post("/workflows/letters/apply/", {"text": text, "act": "apply"})
    assert answer.status_code == 422
    assert "letters" in answer.content.decode()
    assert not WorkflowVersion.objects.filter(name="parcels").exists()


@pytest.mark.parametrize("text", ["", "\0", "a: [", "&a [*a]", HOSTILE, "{" * 200, "workflow: x\r\rsteps: 5"])
def test_nonsense_is_answered_in_words_and_escaped(builder_client: Client, text: str) -> None:
    for act in ("check", "apply"):
        answer = builder_client.post("/workflows/+apply/", {"text": text, "act": act})
        assert answer.status_code in (200, 422)
        assert HOSTILE not in answer.content.decode()
        assert "problem" in answer.content.decode()


def test_an_unknown_workflow_or_version_is_said_in_words(builder_client: Client) -> None:
    letters()
    for path in ("/workflows/nothing/", "/workflows/letters/?version=abc", "/workflows/nothing/edit/"):
        answer = builder_client.get(path)
        assert answer.status_code == 404
        assert "workflow" in answer.content.decode().lower()


def test_a_version_that_cannot_be_read_any_more_is_still_shown(operator_client: Client) -> None:
    made_definitions()
    WorkflowVersion.objects.create(name="old", version="b" * 64, source={"workflow": "old", "steps": 5})
    html = operator_client.get("/workflows/old/").content.decode()
    assert "cannot be read any more" in html
    assert "<code>  &quot;steps&quot;: 5</code>" in html
    assert operator_client.get("/workflows/").status_code == 200


def test_the_list_asks_one_short_question_for_each_workflow(operator: User, operator_client: Client) -> None:
    runs.start(operator, letters(), {"text": "Hi", "copies": 1, "urgent": True, "seals": {}})
    operator_client.get("/workflows/")
    with CaptureQueriesContext(connection) as few:
        operator_client.get("/workflows/")
    for _ in range(8):
        runs.start(operator, "letters", {"text": "Hi", "copies": 1, "urgent": True, "seals": {}})
    with CaptureQueriesContext(connection) as more:
        operator_client.get("/workflows/")
    assert len(more) == len(few) <= 14


def test_the_list_is_a_topic_and_says_what_runs_take(
    team: Team, operator: User, operator_client: Client, outsider: User
) -> None:
    """The list follows its runs; other teams' runs say nothing there."""
    made_definitions()
    made_run(team, operator, status="succeeded", ended_at=BEGAN + timedelta(seconds=90))
    html = operator_client.get("/workflows/").content.decode()
    assert 'data-topic="workflows"' in html
    assert "1 m 30 s" in html
    assert "1 m 30 s" not in workflow_list.live(outsider, "", 0).fragments[0].html


def test_the_page_says_what_to_expect_from_history(team: Team, operator: User, operator_client: Client) -> None:
    made_definitions()
    assert "<small>Takes</small> <b>–</b>" in operator_client.get("/workflows/review/").content.decode()
    run = made_run(team, operator, status="succeeded", ended_at=BEGAN + timedelta(seconds=90))
    made_gate(run, operator, status="approved", closed_at=BEGAN + timedelta(seconds=30))
    html = operator_client.get("/workflows/review/").content.decode()
    assert "nine of ten under 1 m 30 s · 30.0 s of it waiting for people" in html
    assert "<small>Cost</small> <b>–</b>" in html
