"""The shipped examples with a model in the place of a writer and a critic (A2); the model is a server of this test."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.llm.answers import Answer, Asked
from tests.llm.server import ModelServer
from tests.running import PROJECT, data_folder, environ


def given(asked: Asked) -> dict[str, Any]:
    """Return the input of the step, as the model is shown it."""
    text = str(asked.messages[-1]["content"])
    found: dict[str, Any] = json.loads(text[text.index("{") : text.rindex("}") + 1])
    return found


def reply(asked: Asked) -> Answer:
    """Write a sentence of all the words that are wanted; choose what the second explorer made."""
    if "Shorten the text" in asked.said:
        plan = given(asked)["plan"]
        return Answer(value={"sentences": [" ".join(plan["must"][: plan["words"]]) + "."]})
    names = [one["name"] for one in given(asked)["candidates"]]
    scores = {name: 0.9 if number == 1 else 0.2 for number, name in enumerate(names)}
    return Answer(value={"chosen": names[1], "reasons": dict.fromkeys(names, "As it is."), "scores": scores})


def examples(data: Path, **env: str) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "manage.py", "examples", "shorten", "best-summary"]
    known = environ(SIGNALBOX_DATA=str(data), **env)
    return subprocess.run(line, cwd=PROJECT, env=known, capture_output=True, text=True, timeout=280, check=False)


@pytest.mark.slow
def test_examples_take_the_model_that_is_named_and_give_it_up_again() -> None:
    with ModelServer() as server, data_folder() as data:
        server.reply = reply
        done = examples(data, SIGNALBOX_MODEL="openai:tried", SIGNALBOX_MODEL_URL=server.url)
        assert done.stdout.splitlines() == ["shorten: succeeded", "best-summary: succeeded"], done.stdout + done.stderr
        said = [one.said for one in server.asked]
        assert sum("Shorten the text" in one for one in said) >= 1
        assert sum("Choose the best of the" in one for one in said) >= 1
        assert {one.body["model"] for one in server.asked} == {"tried"}
        before = len(server.asked)
        done = examples(data)
        assert done.stdout.splitlines() == ["shorten: succeeded", "best-summary: succeeded"], done.stdout + done.stderr
        assert len(server.asked) == before, "without a name the functions are back"


def test_a_model_that_can_not_be_is_told_where_it_stands() -> None:
    with data_folder() as data:
        done = examples(data, SIGNALBOX_MODEL="nonsense")
        assert done.returncode != 0
        assert "examples/shorten/agents.py: shorten-write.model: the model is missing" in done.stdout + done.stderr
