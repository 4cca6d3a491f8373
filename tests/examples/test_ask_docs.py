"""The desk (P3): questions are split and routed by rules, each has a verdict, and workers say when texts do not."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from examples.ask_docs import chief
from examples.ask_docs.agents import ranking
from examples.ask_docs.chief import Answer
from orchestrator.core.outcomes import Json
from orchestrator.core.rules.assembly import ASSEMBLY
from orchestrator.core.rules.outline import OUTLINE
from tests.examples.conftest import Hands
from tests.examples.reading import call, shipped, workflow

TEAM = ["desk-count", "desk-spell", "desk-topics", "desk-search"]
REQUEST = "How long is a? What is b about? Is it spelt well? Who wins?"
FILES = ["a.md", "deep/b.md"]


def test_the_workflow_fits_its_agents(hands: Hands) -> None:
    """P3."""
    read = workflow("ask_docs", hands.catalogue)
    assert read.labels["pattern"] == "P3"
    assert set(read.agents) == {"desk-chief", *TEAM}


def test_questions_name_texts_and_need_skills() -> None:
    made = chief.plan(REQUEST, "/x", FILES)
    assert [task["capability"] for task in made["tasks"]] == ["count", "topics", "spell", "search"]
    assert [task["input"]["files"] for task in made["tasks"]] == [["a.md"], ["deep/b.md"], FILES, FILES]


def test_the_plan_is_accepted_and_routed_to_who_can(hands: Hands) -> None:
    found = shipped(hands.catalogue)
    cards = {name: {"input": found[name].input_schema, "output": found[name].output_schema,
                    "capabilities": list(found[name].capabilities)} for name in TEAM}  # fmt: skip
    given = {"outline": chief.plan(REQUEST, "/x", FILES), "agents": TEAM, "cards": cards}
    read = cast("dict[str, list[dict[str, str]]]", OUTLINE.run(cast("dict[str, Json]", given)))
    assert read["problems"] == []
    assert [task["agent"] for task in read["tasks"]] == ["desk-count", "desk-topics", "desk-spell", "desk-search"]


def test_an_answer_the_texts_do_not_give_is_met_in_part_and_no_part_is_missed() -> None:
    parts = ["How long?", "Who wins?"]
    answers = {"part_1": Answer(said="3 words.", found=True, where=["a.md"]),
               "part_2": Answer(said="The texts do not say.", found=False, where=FILES)}  # fmt: skip
    made = chief.assemble(parts, answers)
    assert made["assembly"] == "How long?\n3 words.\n\nWho wins?\nThe texts do not say."
    assert [one["verdict"] for one in made["verdicts"]] == ["met", "partly"]
    read = cast("dict[str, Json]", ASSEMBLY.run(cast("dict[str, Json]", {"said": made, "parts": parts})))
    assert read["problems"] == []


def test_the_sentence_with_the_rare_words_comes_first() -> None:
    said = ["The engine runs.", "A lease was running out.", "The engine stops.", "Nothing."]
    assert ranking("Does the engine run leases?", said) == [1, 0]
    assert ranking("Whatever?", said) == []


def test_workers_answer_as_a_worker_runs_them(hands: Hands, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n\nWe recieve letters. Letters wait.")
    given = {"question": "q?", "root": str(tmp_path), "files": ["a.md", "gone.md"]}
    said = {agent: cast("Answer", call(hands.catalogue, tmp_path, agent, {**given}))["said"] for agent in TEAM}
    assert said["desk-count"].startswith("5 words; a.md: 5 words")
    assert said["desk-spell"] == "a.md: 'recieve' is spelt 'receive'"
    assert said["desk-topics"].startswith("About letters")
    assert said["desk-search"] == "The texts do not say."
