"""The page of one run without scripts: any moment by its address, its tabs, events and output, and what it costs."""

from __future__ import annotations

import json
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from orchestrator.core.codec import ARTIFACT_BYTES
from orchestrator.core.outcomes import Ok
from orchestrator.models import Event, QueueEntry, Run, User
from orchestrator.models.fields import EPOCH
from orchestrator.queries.forecast import forecast
from orchestrator.services import people, runs
from tests import driven

FLOW = """
workflow: signed
budget: {usd: 5}
input: {type: object, properties: {list: {type: array, items: {type: integer}}}}
steps:
  - {id: first, agent: adder, with: {n: "1"}}
  - id: each
    map: {over: input.list, as: n, agent: adder, with: {n: n}}
  - {id: sign, gate: {title: Sign it, show: {sum: steps.each.output}}}
  - {id: last, agent: adder, with: {n: "2"}}
"""


@pytest.fixture
def flow(operator: User) -> str:
    driven.agent("adder", driven.NUMBER)
    return driven.workflow(people.shell_account(), FLOW)


def begin(operator: User, flow: str, width: int = 3) -> str:
    return runs.start(operator, flow, {"list": list(range(width))}).run_id


@pytest.fixture
def run(operator: User, flow: str) -> Run:
    """Return a run that has gone through its gate to its end."""
    run_id = begin(operator, flow)
    driven.work_off()
    return driven.finish(run_id, operator)


def page(client: Client, run: Run, query: str = "") -> str:
    answer = client.get(f"/runs/{run.id}/{query}")
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def fragments(client: Client, run: Run, **asked: str) -> dict[str, str]:
    answer = client.get(f"/runs/{run.id}/parts/", asked, headers={"HX-Request": "true"})
    assert answer.status_code == 200, answer.content
    return {one["id"]: one["html"] for one in json.loads(answer.content)["fragments"]}


def event_of(run: Run, kind: str, path: str = "") -> Event:
    return Event.objects.filter(run_id=run.id, type=kind, **({"path": path} if path else {})).order_by("n")[0]


def test_an_address_shows_the_run_as_it_was(run: Run, operator_client: Client) -> None:
    """U4: the whole page, shared by its address, also where scripts do not run."""
    opened = event_of(run, "gate.opened")
    html = page(operator_client, run, f"?at={opened.n}&step=last")
    assert f'As it was after event <span class="num">{opened.n}</span> of <span class="num">{run.n}</span>' in html
    assert re.search(r'data-step-path="sign" data-status="waiting"', html)
    assert re.search(r'data-step-path="last" data-status="pending"', html)
    assert "Sign it" in html
    assert "The run has not come this far." in html
    assert "The output stands here when the run has ended." in html
    assert 'data-step-path="last" data-status="succeeded"' in page(operator_client, run)


def test_of_the_past_nothing_can_be_acted_on(run: Run, operator: User, flow: str, operator_client: Client) -> None:
    going = Run.objects.get(pk=begin(operator, flow))
    assert ">Cancel run<" in page(operator_client, going)
    assert ">Cancel run<" not in page(operator_client, going, "?at=1")
    opened = event_of(run, "gate.opened")
    assert ">Decide<" not in page(operator_client, run, f"?at={opened.n}")


@pytest.mark.parametrize("at", ["0", "-1", "x", "99999", "9999999999999999999999"])
def test_a_moment_that_never_was_is_said_in_words(at: str, run: Run, operator_client: Client) -> None:
    answer = operator_client.get(f"/runs/{run.id}/?at={at}")
    assert answer.status_code == 404
    assert f"This run has the events 1 to {run.n}." in answer.content.decode()


def test_the_scrubber_gets_the_whole_page_in_one_answer(run: Run, operator_client: Client) -> None:
    found = fragments(operator_client, run, at="5", whole="", only="timeline,ran", step="each[0]")
    assert {"run-header", "run-facts", "run-moment", "run-said", "run-gates", "run-track", "run-output", "run-log",
            "run-timeline", "run-ran", "drawer", "run-count"} <= set(found)  # fmt: skip
    assert found["run-count"] == "5"
    assert found["run-log"].count("<li data-n=") == 5


def test_a_past_moment_costs_no_more_questions_in_a_longer_run(
    operator: User, flow: str, operator_client: Client
) -> None:
    """A moment is folded once and remembered; then nothing is asked for each event or step."""
    counts = []
    for width in (3, 40):
        run = Run.objects.get(pk=begin(operator, flow, width))
        driven.work_off()
        run.refresh_from_db()
        for at in (run.n, run.n // 2):
            fragments(operator_client, run, at=str(at), whole="", only="timeline,ran")
        with CaptureQueriesContext(connection) as asked:
            fragments(operator_client, run, at=str(run.n // 2), whole="", only="timeline,ran")
        counts.append(len(asked))
    assert counts[1] <= counts[0] <= 14, counts


def test_the_page_asks_no_more_for_a_wider_run(operator: User, flow: str, operator_client: Client) -> None:
    counts = []
    for width in (3, 60):
        run = Run.objects.get(pk=begin(operator, flow, width))
        driven.work_off()
        with CaptureQueriesContext(connection) as asked:
            page(operator_client, run, "?view=ran&step=each")
        counts.append(len(asked))
    assert counts[1] <= counts[0] <= 44, counts


def test_the_story_tells_each_step_once_and_names_its_events(run: Run, operator_client: Client) -> None:
    html = fragments(operator_client, run, only="story")["run-story"]
    words = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    assert "operator started signed" in words
    assert "first was given to adder, succeeded" in words
    assert "each went over 3 items, 3 went well, succeeded" in words
    assert f"sign asked people {escape('“Sign it”')}" in words
    assert "operator approved sign" in words
    assert f'href="?at={event_of(run, "step.opened", "first").n}"' in html


def test_the_timeline_has_a_row_for_each_agent_and_one_for_gates_and_the_same_as_a_table(
    run: Run, operator_client: Client
) -> None:
    html = fragments(operator_client, run, only="timeline")["run-timeline"]
    assert html.count('class="line" ') == 3
    assert 'data-key="adder"' in html
    assert 'data-key="gates"' in html
    table = html[html.index("<table") :]
    assert table.count("<tr data-status=") == 1 + 3 + 1 + 1 + 1
    assert ">each[2]</a>" in table


def test_a_wide_run_has_one_outline_an_agent(operator: User, flow: str, operator_client: Client) -> None:
    run = Run.objects.get(pk=begin(operator, flow, 320))
    driven.work_off()
    html = fragments(operator_client, run, only="timeline,ran")
    assert "321 · ≤" in html["run-timeline"]
    assert html["run-timeline"].count("<path") <= 6
    assert "308 more" in html["run-ran"]
    assert fragments(operator_client, run, only="timeline", at="700")["run-timeline"].count("<path") <= 6


def test_events_are_filtered_by_type_and_step_and_read_in_parts(run: Run, operator_client: Client) -> None:
    gates_only = fragments(operator_client, run, only="events", type="gate")["run-log"]
    assert set(re.findall(r'<code class="faint wide">([\w.]+)</code>', gates_only)) == {
        "gate.opened", "gate.decided", "gate.closed"}  # fmt: skip
    below = fragments(operator_client, run, only="events", path="each")["run-log"]
    numbers = [int(n) for n in re.findall(r'<li data-n="(\d+)"', below)]
    wanted = Event.objects.filter(run_id=run.id, path__startswith="each").order_by("n")
    assert numbers == list(wanted.values_list("n", flat=True))
    early = fragments(operator_client, run, only="events", before="4")["run-log"]
    assert re.findall(r'<li data-n="(\d+)"', early) == ["1", "2", "3"]
    assert "No event of this run fits." in fragments(operator_client, run, only="events", path="nowhere")["run-log"]


def test_what_an_event_holds_can_be_read(run: Run, operator_client: Client) -> None:
    queued = event_of(run, "attempt.queued", "first")
    html = operator_client.get(f"/runs/{run.id}/events/{queued.n}/").content.decode()
    assert "attempt.queued" in html
    assert "&quot;n&quot;: 1" in html
    assert operator_client.get(f"/runs/{run.id}/events/{run.n + 1}/").status_code == 404


def test_an_output_is_downloaded_and_a_large_one_waits_until_it_is_asked_for(
    run: Run, operator: User, flow: str, operator_client: Client
) -> None:
    answer = operator_client.get(f"/runs/{run.id}/output/")
    assert json.loads(answer.content) == run.output
    assert answer["Content-Disposition"] == f'attachment; filename="{run.id[:8]}-output.json"'
    large = Run.objects.get(pk=begin(operator, flow, 1))
    text = "x" * (ARTIFACT_BYTES + 1)
    driven.carry_out(driven.claim()[0], Ok(output={"text": text}))
    step = operator_client.get(f"/runs/{large.id}/step/?path=first").content.decode()
    assert text not in step
    assert "kept as an artifact" in step
    assert json.loads(operator_client.get(f"/runs/{large.id}/output/?step=first").content) == {"text": text}
    assert "xxxx" in operator_client.get(f"/runs/{large.id}/output/?step=first&show").content.decode()


def test_other_teams_see_none_of_it(run: Run, outsider_client: Client) -> None:
    for path in ("parts/?whole", "events/1/", "output/", "?at=2", "parts/?at=2&only=timeline,story,ran,events"):
        assert outsider_client.get(f"/runs/{run.id}/{path}").status_code == 404, path


def test_a_forecast_is_taken_from_earlier_runs_of_the_same_version_or_is_unknown(
    run: Run, operator: User, flow: str, operator_client: Client
) -> None:
    assert "<small>Forecast</small>" not in page(operator_client, run)
    Run.objects.filter(pk=run.id).update(ended_at=run.created_at + timedelta(seconds=90), cost_usd="0.25")
    going = Run.objects.get(pk=begin(operator, flow))
    found = forecast(operator, going)
    assert found is not None
    assert (found.runs, found.seconds, str(found.cost_usd)) == (1, 90.0, "0.25")
    assert found.ends_at == going.created_at + timedelta(seconds=90)
    html = page(operator_client, going)
    assert "by 1 earlier run<" in html
    assert "Half of the latest 1 run of this version that succeeded took no longer than 1 m 30 s" in html
    Run.objects.filter(pk=run.id).update(version="other")
    assert forecast(operator, going) is None
    assert "No run of this version has succeeded before" in page(operator_client, going)


def test_figures_stand_beside_what_the_workflow_allows(run: Run, operator_client: Client) -> None:
    assert "<small>of $5.00</small>" in page(operator_client, run)


def test_it_says_why_an_attempt_waits_though_there_are_slots(run: Run, operator_client: Client) -> None:
    """C4, R3: a limit or an open breaker, on the page and in the drawer."""
    QueueEntry.objects.create(
        run_id=run.id, path="last", attempt=1, agent="adder", lane="quick", ready_at=EPOCH,
        waits_for="limit:agent:adder", waits_why="2 <b>are</b> at work", waits_since=EPOCH,
    )  # fmt: skip
    Run.objects.filter(pk=run.id).update(status="running", ended_at=None)
    found = fragments(operator_client, run, whole="", step="first")
    assert "<b>last</b> waits: 2 &lt;b&gt;are&lt;/b&gt; at work" in found["run-gates"]
    QueueEntry.objects.filter(run_id=run.id).update(path="first")
    assert (
        "Waits: 2 &lt;b&gt;are&lt;/b&gt; at work; since"
        in fragments(operator_client, run, whole="", step="first")["drawer"]
    )


@pytest.mark.parametrize(
    ("lane", "worker", "words"),
    [("remote", None, "Waits for a worker elsewhere to lease it"),
     ("slow", "parked", "Handed over: a report is awaited"),
     ("remote", "remote:far:x1", 'At work elsewhere, at <code title="remote:far:x1">far</code>, since')],
)  # fmt: skip
def test_it_says_who_elsewhere_has_a_step(
    run: Run, operator_client: Client, lane: str, worker: str | None, words: str
) -> None:
    """A2: remote work, and who holds it."""
    QueueEntry.objects.create(
        run_id=run.id, path="first", attempt=1, agent="adder", lane=lane, ready_at=EPOCH, worker=worker,
        fence=worker and "f", claimed_at=worker and EPOCH, parked_until=worker and EPOCH,
    )  # fmt: skip
    Run.objects.filter(pk=run.id).update(status="running", ended_at=None)
    assert words in fragments(operator_client, run, whole="", step="first")["drawer"]


@pytest.mark.parametrize("query", ["", "?step=first", "?view=ran", "?view=ran&step=first"])
def test_one_of_the_two_drawings_is_always_shown(query: str, run: Run, operator_client: Client) -> None:
    html = operator_client.get(f"/runs/{run.id}/{query}").content.decode()
    shown = re.findall(r'data-of="(folded|ran)">', html)
    assert shown == (["ran"] if "ran" in query else ["folded"])
