"""`manage.py try` in a shell: real processes on a data folder of their own (A4)."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import poll
from tests.management.test_shell import manage
from tests.running import PROJECT, data_folder, environ, processes_of

ORACLE = """
agent: oracle
role: Answers every question.
runtime: scripted
settings: {outcomes: [{ok: {answer: ANSWER}}]}
examples:
  - {name: of all, input: {}, expect: ["output.answer == 42"]}
"""


@pytest.fixture
def data() -> Iterator[Path]:
    with data_folder() as folder:
        yield folder


def test_a_fresh_agent_is_tried_in_one_command_that_leaves_nothing(data: Path) -> None:
    """With workers of its own, gone afterwards; exit 1 where an example did not pass."""
    assert manage(data, "apply", "tests/management/tried.py")[0] == 0
    code, out, err = manage(data, "try", "trial-counter")
    assert code == 1, err
    assert "✓ two words" in out
    assert "✗ no words" in out
    assert "`output.words == 1` does not hold: output.words is 0" in out
    assert "1 of 2 passed" in out
    code, out, _ = manage(data, "try", "trial-counter", "--input", '{"text": "a b c"}', "--json")
    (trial,) = json.loads(out)
    assert (code, trial["status"], trial["output"]) == (0, "passed", {"words": 3})
    poll(lambda: not processes_of(data), "nothing is left", 5)
    assert manage(data, "verify")[0] == 0


def test_two_versions_are_compared_on_the_same_examples(data: Path) -> None:
    for answer in ("41", "42"):
        (data / "oracle.yaml").write_text(ORACLE.replace("ANSWER", answer))
        assert manage(data, "apply", str(data / "oracle.yaml"))[0] == 0
    code, out, _ = manage(data, "try", "oracle", "of all", "--against", "1")
    assert code == 1
    assert out.index("oracle, version 2") < out.index("✓ of all") < out.index("oracle, version 1")
    assert "1 of 1 passed" in out
    assert "0 of 1 passed" in out
    assert '-  "answer": 42' in out
    assert '+  "answer": 41' in out
    assert manage(data, "try", "oracle", "--version", "2")[0] == 0


def test_what_cannot_be_tried_is_said_with_its_remedy(data: Path) -> None:
    manage(data, "apply", "tests/management/tried.py")
    for arguments, words in (
        (("trial-countr",), "did you mean 'trial-counter'?"),
        (("trial-counter", "two"), "there are: no words, two words"),
        (("trial-counter", "--input", "{}"), "input.text"),
        (("trial-counter", "--input", "{oops"), "--input"),
        (("trial-counter", "--version", "7"), "no version 7"),
    ):
        code, out, err = manage(data, "try", *arguments)
        assert (code, out) == (1, ""), arguments
        assert words in err


def test_the_agent_of_the_readme_is_written_loaded_and_tried_as_it_says(data: Path) -> None:
    """Line 10 of the issue: what a new user copies works as it stands."""
    page = (PROJECT / "README.md").read_text()
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (shell,) = [one for one in re.findall(r"```sh\n(.*?)```", page, re.DOTALL) if "manage.py try" in one]
    (mine := data / "mine").mkdir()
    (mine / "agents.py").write_text(code)
    environment = environ(SIGNALBOX_DATA=str(data), SIGNALBOX_AGENT_PATHS=str(data))
    said = []
    for line in shell.strip().splitlines():
        arguments = [
            sys.executable,
            "manage.py",
            *shlex.split(line.replace("apply mine", f"apply {mine}"))[2:],
        ]
        done = subprocess.run(arguments, cwd=PROJECT, env=environment, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        said.append(done.stdout)
    assert "agent word-counter: loaded" in said[0]
    assert "✓ two words" in said[1]
    assert '"words": 3' in said[2]
