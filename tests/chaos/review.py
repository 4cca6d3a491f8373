"""The job under test: a small folder with real findings, an operator who does not give up, and what must hold then."""

from __future__ import annotations

import json
import subprocess
import threading
from pathlib import Path

from tests.chaos.api import Api
from tests.chaos.books import Books, once_each

FILES = {
    "cart/cart.py": "import os\nimport subprocess\nsubprocess.call('ls', shell=True)\n",
    "cart/empty.py": "",
    "ship/ship.py": "import pickle\nimport hashlib\nhashlib.md5(b'x')\n",
    "ship/broken.py": "def f(:\n",
    "tax/tax.py": "import os, sys\neval(input())\n",
    "tax/rates.py": "def f(x=[]):\n    return x\n",
}
TANGLED = {"cart/cart.py": 14, "tax/rates.py": 25}
EDIT = "Written by the operator, for {key}."


def folder_to_review(root: Path) -> Path:
    """Write three small packages with something for every tool."""
    for name, text in FILES.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        branches = "".join(f"    if n == {i}:\n        return {i}\n" for i in range(TANGLED.get(name, 0)))
        file.write_text(text + (f"def tangled(n):\n{branches}" if branches else ""))
    return root


class Operator(threading.Thread):
    """Starts the job and answers its gate with an edited summary; asks again for as long as nobody answers."""

    def __init__(self, api: Api, folder: Path, key: str) -> None:
        """Take what is to be reviewed."""
        super().__init__(name="operator", daemon=True)
        self.api, self.folder, self.key = api, folder, key
        self.run_id = ""
        self.problem = ""
        self.answers = threading.Event()
        """Cleared: wait before answering the gate."""
        self.answers.set()

    def run(self) -> None:
        """Do it all, and keep what went wrong for the test to say."""
        try:
            self._do()
        except Exception as problem:  # noqa: BLE001 - told by the test that waits for this thread
            self.problem = f"{type(problem).__name__}: {problem}"

    def begin(self) -> str:
        """Start the run and return its id."""
        wanted = {"workflow": "repo-review", "input": {"path": str(self.folder)}, "key": self.key}
        started = self.api.insist("POST", "/runs", wanted)
        assert started.status in (200, 201), started
        return str(started.body["id"])

    def _do(self) -> None:
        self.run_id = self.begin()
        self.answers.wait()
        gate = self.api.open_gate(self.run_id)
        edit = {"verdict": "approve", "edits": {"summary": EDIT.format(key=self.key)}, "digest": gate["digest"]}
        decided = self.api.insist("POST", f"/approvals/{gate['id']}/decision", edit)
        assert decided.status == 200, decided


def counted_by_hand(books: Books, run_id: str) -> dict[str, int]:
    """Run the command lines that a run shows, as an operator would, and count what they find."""
    rows = books.read("SELECT agent, note FROM orchestrator_attempt WHERE run_id = ? AND note <> ''", run_id)
    counts = {"ruff": 0, "bandit": 0, "radon": 0}
    for agent, note in rows:
        if agent not in counts:
            continue
        found = json.loads(subprocess.run(["sh", "-c", note], capture_output=True, text=True, timeout=60).stdout)
        counts[agent] += _findings(agent, found)
    return counts | {"total": sum(counts.values())}


def _findings(agent: str, found: object) -> int:
    if agent == "ruff":
        return len(list(found))  # type: ignore[call-overload]  # a list of findings
    if agent == "bandit":
        return len(found["results"])  # type: ignore[index]  # an object with results and errors
    return sum(len(blocks) for blocks in dict(found).values() if isinstance(blocks, list))  # type: ignore[call-overload]  # by file


def faults(books: Books, starts: Path, data: Path, operator: Operator, counts: dict[str, int]) -> list[str]:
    """List what is wrong with a job that should have succeeded; none is good."""
    run_id, key = operator.run_id, operator.key
    status, reason = books.read("SELECT status, reason FROM orchestrator_run WHERE id = ?", run_id)[0]
    if status != "succeeded":
        return [f"the run {status}: {reason}"]
    runs = books.read("SELECT count(*) FROM orchestrator_run WHERE key LIKE ?", key)[0][0]
    decided = books.read("SELECT count(*) FROM orchestrator_gatedecision WHERE run_id = ?", run_id)[0][0]
    wrong = (
        [] if (runs, decided) == (1, 1) else [f"{runs} runs and {decided} decisions, where one of each was asked for"]
    )
    wrong += once_each(books, starts, run_id)
    report = data / "reports" / run_id
    if EDIT.format(key=key) not in (report / "report.md").read_text():
        wrong.append("report.md does not carry the operator's edit")
    machine = json.loads((report / "report.json").read_text())
    listed = {tool: len(machine["sections"][tool]) for tool in ("ruff", "bandit", "radon")}
    if machine["counts"] != counts or listed | {"total": sum(listed.values())} != counts:
        wrong.append(f"report.json counts {machine['counts']} and lists {listed}; by hand there are {counts}")
    strays = [file.name for file in report.iterdir() if file.name not in ("report.md", "report.json")]
    return wrong + [f"beside the report lies {name}" for name in strays]
