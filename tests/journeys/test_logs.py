"""One id ties everything of a request together, through every process; and no log ever shows what is secret."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.chaos.api import Api
from tests.chaos.tree import Tree
from tests.conftest import poll
from tests.journeys.page import Reader

CORRELATION = "from-outside-4711"
WORKFLOW = """\
workflow: vendors
role: Looks at a vendor with a function, a tool and a person.
input: {type: object, required: [vendor], properties: {vendor: {type: string}}}
steps:
  - {id: look, agent: looks, with: {vendor: input.vendor}}
  - {id: sign, gate: {title: Sign, show: {found: steps.look.output}}}
  - {id: choke, agent: chokes, with: {vendor: input.vendor}, retry: {attempts: 1}}
"""


@pytest.fixture(scope="module")
def run_id(tree: Tree, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Carry out a whole run, with something secret in every place that people and programs can write into."""
    file = tmp_path_factory.mktemp("vendors") / "vendors.yaml"
    file.write_text(WORKFLOW)
    tree.manage("apply", str(file))
    api = tree.api("vendors")
    run_id = str(start(api)["id"])
    gate = api.open_gate(run_id)
    Reader(tree.where(), tree.manage("signin").strip()).run(run_id)
    api.insist("POST", f"/approvals/{gate['id']}/decision", {"verdict": "approve", "comment": "HUSH-in-a-comment"})
    assert api.ended(run_id)["status"] == "failed"
    fumble(tree.where())
    return run_id


def start(api: Api) -> Any:
    """Start the run as a client does that has an id of its own."""
    body = {"workflow": "vendors", "input": {"vendor": "HUSH-in-the-input"}, "labels": {"for": "HUSH-in-a-label"}}
    request = urllib.request.Request(
        f"{api.where()}/api/v1/runs?token=HUSH-in-a-query", json.dumps(body).encode(),
        {"Authorization": f"Bearer {api.token}", "Content-Type": "application/json", "X-Request-ID": CORRELATION,
         "Cookie": "session=HUSH-in-a-cookie"},
    )  # fmt: skip
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.headers["X-Request-ID"] == CORRELATION
        return json.load(answer)


def fumble(url: str) -> None:
    """Knock with what does not let anyone in."""
    form = urllib.parse.urlencode({"username": "admin", "password": "HUSH-in-a-password"}).encode()
    for path, data, headers in (
        ("/signin/HUSH-in-a-link/", None, {}),
        ("/api/v1/runs", None, {"Authorization": "Bearer sbx_HUSH-in-a-token"}),
        ("/signin/?next=/HUSH-in-a-query", form, {}),
        ("/no/such/page?HUSH-in-a-query", None, {}),
    ):
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(urllib.request.Request(url + path, data, headers), timeout=20)


def lines(tree: Tree, name: str) -> list[dict[str, Any]]:
    """Return what a process logged about this run."""
    said = [json.loads(line) for line in log(tree, name).splitlines() if line.startswith("{")]
    return [line for line in said if line.get("correlation_id") == CORRELATION]


def log(tree: Tree, name: str) -> str:
    """Return all a process logged, rotated files included."""
    files = sorted(Path(tree.data, "logs").glob(f"{name}.log*"), reverse=True)
    return "".join(file.read_text(errors="replace") for file in files)


def test_the_callers_id_is_the_runs_and_stands_in_every_log(tree: Tree, run_id: str) -> None:
    """O3: from the request through the worker to what the agent itself logs in its child process."""
    poll(lambda: lines(tree, "web") and len(lines(tree, "worker")) >= 3, "the lines are written", 20)
    asked = [line for line in lines(tree, "web") if line["event"] == "request"]
    assert [(line["method"], line["route"], line["status"]) for line in asked] == [("POST", "api/v1/runs", 201)]
    done = [line for line in lines(tree, "web") if line["event"] == "audit"]
    assert [(line["verb"], line["noun"], line["noun_id"]) for line in done] == [("start", "run", run_id)]
    said = {line["event"]: line for line in lines(tree, "worker") if line.get("step") == "look"}
    assert set(said) == {"looking at a vendor of 17 characters", "attempt ended"}
    for line in said.values():
        assert (line["run_id"], line["attempt"], line["agent"]) == (run_id, 1, "looks")
    failed = [line for line in lines(tree, "worker") if line.get("step") == "choke"]
    assert [(line["event"], line["status"], line["failure"]) for line in failed] == [
        ("attempt ended", "failed", "crash")
    ]


def test_nothing_secret_stands_in_any_log(tree: Tree, run_id: str) -> None:
    """S26: not inputs, outputs, comments, query strings, cookies, passwords, tokens or links."""
    token, link = tree.api("quiet").token, tree.signin().rstrip("/").rpartition("/")[2]
    logs = {file.name: file.read_text(errors="replace") for file in Path(tree.data, "logs").iterdir()}
    assert {"web.log", "worker.log", "timers.log"} <= set(logs)
    for name, text in logs.items():
        found = [line for line in text.splitlines() if "HUSH" in line or token in line or link in line]
        assert found == [], name
