"""What a newcomer does, word for word: the tutorial and the API's page, on a clone of the project of their own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.api import Api
from tests.conftest import poll
from tests.docs.pages import Block, blocks
from tests.running import Running, environ, up
from tests.supervisor.test_bootstrap import clone

# A machine without curl asks the same by this, which knows the options the page uses and no others.
CURL = """#!{python}
import sys, urllib.request
method, data, headers, url, words = None, None, {{}}, "", sys.argv[1:]
while words:
    word = words.pop(0)
    if word == "-X": method = words.pop(0)
    elif word == "-H": headers.update([words.pop(0).split(": ", 1)])
    elif word == "-d": data = words.pop(0).encode()
    elif word.startswith("http"): url = word
    else: assert word == "-s", word
print(urllib.request.urlopen(urllib.request.Request(url, data, headers, method=method)).read().decode())
"""


class Newcomer:
    """Somebody with a clone, a terminal and a running Signalbox."""

    def __init__(self, project: Path, running: Running) -> None:
        """Take both."""
        self.project, self.running = project, running
        self.url = str(running.ready(120)["url"])
        self.api = Api(lambda: self.url, self.type("python3 manage.py token newcomer --role operator").strip())

    def type(self, line: str) -> str:
        """Type something into a terminal in the clone, and return what it prints."""
        tools = self.project / "tools"
        tools.mkdir(exist_ok=True)
        curl = tools / "curl"
        curl.write_text(CURL.format(python=sys.executable))
        curl.chmod(0o755)
        env = environ(PATH=f"{os.environ['PATH']}{os.pathsep}{tools}")
        done = subprocess.run(
            ["bash", "-euc", line], cwd=self.project, env=env, capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
        return done.stdout

    def write(self, block: Block) -> None:
        """Write a file as the page shows it."""
        file = self.project / block.file
        file.parent.mkdir(exist_ok=True)
        file.write_text(block.text)


@pytest.fixture(scope="module")
def newcomer() -> Iterator[Newcomer]:
    """Clone the project as it is, with the environment that is there, and start it on its own data folder."""
    folder = Path(tempfile.mkdtemp(prefix="sb-walk-"))
    project = folder / "signalbox"
    clone(project)
    (project / ".venv").symlink_to(sys.prefix)
    with up(project / "var", project=project) as running:
        yield Newcomer(project, running)
    shutil.rmtree(folder)


def of_tutorial(language: str) -> list[Block]:
    return [block for block in blocks("docs/tutorial.md") if block.language == language]


def test_the_tutorial_leads_to_an_own_agent_behind_an_own_gate(newcomer: Newcomer) -> None:
    """H1."""
    for block in blocks("docs/tutorial.md"):
        if block.file:
            newcomer.write(block)
    start, apply, run, look = [block.text for block in of_tutorial("sh")]
    assert start == "python3 manage.py up\n"
    assert newcomer.type(apply) == of_tutorial("text")[0].text
    run_id = newcomer.type(run).strip()
    gate = newcomer.api.open_gate(run_id)
    assert (gate["title"], gate["shown"]) == (
        "Send this greeting?", {"text": "Dear Ada, how good that you are here."}
    )  # fmt: skip
    decide(newcomer, gate["id"], "Dear Ada, welcome.")
    assert newcomer.api.ended(run_id)["status"] == "succeeded"
    assert newcomer.type(look) == "Dear Ada, welcome.\n"
    newcomer.type(f"{sys.executable} - <<'EOF'\n{of_tutorial('python')[-1].text}EOF")


def decide(newcomer: Newcomer, gate_id: int, text: str) -> None:
    body = {"verdict": "approve", "edits": {"text": text}}
    answer = newcomer.api.call("POST", f"/approvals/{gate_id}/decision", body)
    assert answer.status == 200, answer


def test_its_board_takes_a_card_through(newcomer: Newcomer) -> None:
    """B3, B4."""
    api = newcomer.api
    (guests,) = [board for board in api.get("/boards")["items"] if board["name"] == "guests"]
    columns = {column["name"]: column for column in api.get(f"/boards/{guests['id']}")["columns"]}
    body = {"title": "Grace", "input": {"guest": "Grace"}, "column": columns["Expected"]["id"]}
    card = api.insist("POST", f"/boards/{guests['id']}/cards", body).body
    moved = api.insist(
        "POST", f"/cards/{card['id']}/move", {"column": columns["Greeting"]["id"], "version": card["version"]}
    )
    assert moved.status == 200, moved
    poll(lambda: where(newcomer, card["id"]) == columns["Read it"]["id"], "the card waits to be read", 60)
    gate = api.open_gate(api.get(f"/cards/{card['id']}")["run_id"])
    decide(newcomer, gate["id"], "Dear Grace, welcome.")
    poll(lambda: where(newcomer, card["id"]) == columns["Greeted"]["id"], "the card is done", 60)


def where(newcomer: Newcomer, card_id: int) -> int:
    return int(newcomer.api.get(f"/cards/{card_id}")["column"])


def test_a_slip_is_told_with_its_line(newcomer: Newcomer) -> None:
    file = newcomer.project / "mine" / "welcome.yaml"
    file.write_text(file.read_text().replace("agent: greeter", "agent: greter"))
    said = newcomer.type("python3 manage.py apply mine 2>&1 || true")
    assert "mine/welcome.yaml:10: " in said
    assert "did you mean 'greeter'" in said.lower() or "greeter" in said
    assert "nothing was loaded" in said


def test_the_calls_of_the_api_page_work_as_they_stand(newcomer: Newcomer) -> None:
    setup, *calls = [block.text for block in blocks("docs/api.md") if block.language == "sh"]
    before = setup.replace("http://127.0.0.1:8000", newcomer.url)
    assert before != setup
    start, listing, waiting, decision = calls
    run = json.loads(newcomer.type(before + start))
    gate = newcomer.api.open_gate(run["id"])
    assert run["id"] in {one["id"] for one in json.loads(newcomer.type(before + listing))["items"]}
    assert gate["id"] in {one["id"] for one in json.loads(newcomer.type(before + waiting))["items"]}
    numbered = decision.replace("/approvals/1/", f"/approvals/{gate['id']}/")
    assert json.loads(newcomer.type(before + numbered))["status"] == "approved"
    assert newcomer.api.ended(run["id"])["status"] == "succeeded"
