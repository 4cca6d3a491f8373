"""The best summary (P9): three explorers of different kinds, and a critic that has a reason for each."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.best_summary.agents import Candidate, Summary, summary_critic, summary_rank
from examples.best_summary.ranking import by_frequency, by_text_rank, coverage, first, key_words
from orchestrator.core.outcomes import Ok
from orchestrator.runtimes.execute import execute
from orchestrator.runtimes.port import Job
from tests.examples.conftest import Hands, Plain
from tests.examples.reading import call, shipped, workflow

TEXT = [
    "Hello and welcome.",
    "Runs keep events, and events make runs whole again.",
    "The weather was fine.",
    "Runs write events before anything happens.",
]


def test_the_workflow_fits_its_agents(hands: Hands) -> None:
    """P9."""
    read = workflow("best_summary", hands.catalogue)
    assert {"summary-first", "summary-frequency", "summary-rank", "summary-critic"} < set(read.agents)


def test_each_explorer_chooses_by_its_own_rule() -> None:
    assert first(TEXT, 2) == [0, 1]
    assert by_frequency(TEXT, 2) == [1, 3]
    assert by_text_rank(TEXT, 2) == [1, 3]


@pytest.mark.parametrize("choose", [first, by_frequency, by_text_rank])
def test_nothing_can_be_summed_up_and_no_more_than_there_is(choose: object) -> None:
    assert callable(choose)
    assert choose([], 3) == []
    assert choose(["One.", "Two."], 5) == [0, 1]


def test_a_summary_covers_what_it_says_of_the_key_words() -> None:
    assert sum(key_words(TEXT).values()) == pytest.approx(1)
    assert coverage(TEXT, TEXT) == 1
    assert coverage(TEXT, []) == 0
    assert coverage(TEXT, [TEXT[1]]) > coverage(TEXT, [TEXT[2]]) > 0


def test_the_critic_takes_what_tells_most_and_says_why_of_each() -> None:
    best = summary_rank(TEXT, 1)
    weather, everything = Summary(summary=["The weather was fine."]), Summary(summary=TEXT)
    candidates = [Candidate(name=name, value=value) for name, value in
                  (("weather", weather), ("rank", best), ("all", everything))]  # fmt: skip
    choice = summary_critic(TEXT, 1, candidates)
    assert choice["chosen"] == "rank"
    assert choice["reasons"]["all"] == "has more than 1 sentences"
    assert choice["reasons"]["weather"].startswith("tells ")


def test_a_file_is_read_from_its_folder_only(hands: Hands, tmp_path: Path) -> None:
    read = call(hands.catalogue, tmp_path, "summary-source", {"file": "index.md"})
    assert isinstance(read, dict)
    assert read["sentences"]
    spec = shipped(hands.catalogue)["summary-source"]
    runtime = hands.catalogue.get(spec.runtime)
    assert runtime is not None
    job = Job(run_id="r", path="s", attempt=1, spec=spec, input={"file": "../manage.py"}, request_id="r:s",
              data_dir=tmp_path, timeout_seconds=10)  # fmt: skip
    outcome = execute(runtime, job, Plain())
    assert not isinstance(outcome, Ok)
    assert "there is no '../manage.py'" in str(outcome)
