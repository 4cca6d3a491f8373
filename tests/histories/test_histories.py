"""A finished history never changes its meaning: recorded runs are told the same again and must do and become the same.

A failure here means that runs in somebody's database would read differently. Mend the code, not the history.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core import records
from orchestrator.core.book import Recorded
from orchestrator.core.ids import RunId
from orchestrator.core.nodes.catalogue import KINDS
from orchestrator.engine.replay import rebuild
from tests.core.workflows import read
from tests.histories.recording import FOLDER, SCENES, Recorder, event, lean

FILES = sorted(FOLDER.glob("*.json"))


@pytest.fixture(params=FILES, ids=lambda file: file.stem)
def history(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Read one history."""
    return json.loads(Path(request.param).read_text(encoding="utf-8"))


def test_the_same_messages_give_the_same_events_and_answers(history: dict[str, Any]) -> None:
    play = Recorder(history["workflow"], history["input"])
    play.dice = history["dice"]
    play.start()
    for at, type_, data, status in history["messages"]:
        play.now = at - 1.0
        assert play.send(records.read_message(type_, data)).status == status
    assert [event(one) for one in play.recorded] == history["events"]


def test_the_same_events_fold_to_the_same_run(history: dict[str, Any]) -> None:
    recorded = [Recorded(n=n, at=at, fact=records.read_fact(type_, data)) for n, at, type_, data in history["events"]]
    book = rebuild(RunId("run"), read(history["workflow"]), recorded)
    assert lean(book.run) == history["run"]
    assert {path: lean(state) for path, state in book.changed.items()} == history["steps"]


def test_every_kind_has_a_history() -> None:
    names = {file.stem for file in FILES}
    assert names == {scene.__name__ for scene in SCENES}, "run python -m tests.histories.recording"
    assert set(KINDS) <= names


def test_every_history_has_come_to_an_end() -> None:
    ends = {file.stem: json.loads(file.read_text(encoding="utf-8"))["run"]["status"] for file in FILES}
    assert ends == {
        "agent": "succeeded", "sequence": "succeeded", "parallel": "succeeded", "map": "failed", "gate": "succeeded",
        "steering": "cancelled", "retried": "succeeded", "skipped": "succeeded",
    }  # fmt: skip
