"""The sorting of texts (P4): classifiers can stand in for each other, and say when they cannot tell."""

from __future__ import annotations

from pathlib import Path
from typing import cast

from examples.prose import Text
from examples.sort_texts.agents import Kind, sort_by_name, sort_by_shape, sort_by_words, sort_shelves
from tests.examples.conftest import Hands
from tests.examples.reading import call, shipped, workflow

CLASSIFIERS = ["sort-by-name", "sort-by-words", "sort-by-shape"]


def test_the_workflow_fits_its_agents_which_can_stand_in_for_each_other(hands: Hands) -> None:
    """P4."""
    read = workflow("sort_texts", hands.catalogue)
    assert read.labels["pattern"] == "P4"
    found = shipped(hands.catalogue)
    assert len({str((found[name].input_schema, found[name].output_schema)) for name in CLASSIFIERS}) == 1


def test_a_name_tells_or_it_does_not() -> None:
    said = [sort_by_name(name, "") for name in ("0007-x.md", "install.md", "api.md", "README.md", "notes.md")]
    assert [one["kind"] for one in said] == ["decision", "how-to", "reference", "overview", ""]
    assert said[-1]["sure"] == 0


def test_few_words_do_not_tell() -> None:
    assert sort_by_words("a", "Open it.")["kind"] == ""
    made = sort_by_words("a", "Open it, then press run. Now type. Next, start it, try it, and begin. A value is here.")
    assert (made["kind"], made["sure"]) == ("how-to", 0.75)


def test_tables_steps_and_prose_have_a_shape() -> None:
    assert sort_by_shape("a", "| a | b |\n" * 12)["kind"] == "reference"
    assert sort_by_shape("a", "1. Go\n$ ls\n" * 6)["kind"] == "how-to"
    assert sort_by_shape("a", "One.\n\nTwo.\n" * 6)["kind"] == "overview"
    assert sort_by_shape("a", "| a | b |")["kind"] == ""


def test_shelves_are_filled_the_fullest_first() -> None:
    texts = [Text(name=name, text="") for name in "abc"]
    kinds = [
        Kind(kind="how-to", sure=1, why="x"),
        Kind(kind="other", sure=0, why="y"),
        Kind(kind="how-to", sure=1, why="z"),
    ]
    made = sort_shelves(texts, kinds)
    assert made["summary"] == "2 how-to, 1 other"
    assert made["shelves"][0]["texts"] == ["a", "c"]
    assert sort_shelves([], [])["summary"] == "there are no texts"


def test_classifiers_keep_their_contract_as_a_worker_runs_them(hands: Hands, tmp_path: Path) -> None:
    for agent in CLASSIFIERS:
        said = cast("Kind", call(hands.catalogue, tmp_path, agent, {"name": "x.md", "text": "Words."}))
        assert 0 <= said["sure"] <= 1
