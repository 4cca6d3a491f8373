"""What tests of the examples share: their agents as files define them, and a way to run one as a worker does."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from orchestrator import agents
from orchestrator.core.agents import AgentSpec
from orchestrator.core.outcomes import Json, Ok
from orchestrator.core.parse_agent import read_agent
from orchestrator.files.yaml_text import read_text
from orchestrator.runtimes.catalogue import Catalogue
from orchestrator.runtimes.execute import execute
from orchestrator.runtimes.port import Job

PROJECT = Path(__file__).parents[2]
REVIEW = PROJECT / "examples" / "repo_review"


class Plain:
    """An engine's side that records nothing: effects just happen."""

    def __init__(self) -> None:
        self.stop, self.kill = threading.Event(), threading.Event()

    def progress(self, fraction: float, note: str) -> None: ...
    def emit(self, text: str) -> None: ...
    def write(self, key: str, value: Json) -> None: ...
    def send(self, agent: str, message: Json) -> None: ...

    def once(
        self, tool: str, key: str, call: Callable[[], Json], *, idempotent: bool = False, sharing: object = None
    ) -> Json:
        return call()


class Hands:
    """Runs agents of the review by name, through their contracts and runtimes."""

    def __init__(self, catalogue: Catalogue, data: Path) -> None:
        self.catalogue = catalogue
        self.data = data
        self.specs = specs(catalogue)
        self.notes: list[str] = []

    def run(self, agent: str, given: dict[str, Json]) -> dict[str, Json]:
        spec = self.specs[agent]
        runtime = self.catalogue.get(spec.runtime)
        assert runtime is not None
        job = Job(
            run_id="r1", path=agent, attempt=1, spec=spec, input=given, request_id=f"r1:{agent}", data_dir=self.data,
            timeout_seconds=spec.timeout_seconds,
        )  # fmt: skip
        outcome = execute(runtime, job, Plain())
        assert isinstance(outcome, Ok), outcome
        assert isinstance(outcome.output, dict)
        self.notes += [outcome.note] if outcome.note else []
        return outcome.output


def specs(catalogue: Catalogue) -> dict[str, AgentSpec]:
    """Return the review's agents by name, those in Python and those in files."""
    found = {spec.name: spec for spec in agents.load("examples.repo_review.agents")}
    for file in sorted((REVIEW / "tools").glob("*.yaml")):
        spec = read_agent(read_text(file.read_bytes()), catalogue)
        assert isinstance(spec, AgentSpec), [str(problem) for problem in spec]
        found[spec.name] = spec
    return found


@pytest.fixture
def hands(tmp_path: Path) -> Iterator[Hands]:
    data = tmp_path / "data"
    data.mkdir()
    catalogue = Catalogue(roots=[PROJECT, tmp_path], import_paths=[PROJECT])
    yield Hands(catalogue, data)
    catalogue.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small project with something for every tool, and its own configuration that would hide it all."""
    root = tmp_path / "shop"
    files = {
        "setup.py": "import os\n",
        "shop/cart.py": "import subprocess\nsubprocess.call('ls', shell=True)\n" + complex_function(14),
        "shop/-odd name.py": "x = 1\n",
        "shop/broken.py": "def f(:\n",
        "shop/deep/er/tax.py": "import os, sys\neval(input())\n",
        "shop/empty.py": "",
        "notes.txt": "not Python",
        ".git/hooks/hook.py": "import os\n",
        "node_modules/x/y.py": "import os\n",
        "env/pyvenv.cfg": "home = /usr\n",
        "env/lib/z.py": "import os\n",
        "pyproject.toml": '[tool.ruff]\nexclude = ["*"]\n[tool.radon]\nexclude = "*"\noutput_file = "gotcha"\n',
        ".bandit": "[bandit]\nskips: B602,B404,B101\n",
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    (root / "shop" / "link.py").symlink_to("/etc/passwd")
    return root


def complex_function(branches: int) -> str:
    return "def tangled(n):\n" + "".join(
        f"    if n == {number}:\n        return {number}\n" for number in range(branches)
    )
