"""The comparison of two texts (P12): the one agent lets the other count, and close texts are no choice."""

from __future__ import annotations

from pathlib import Path

import pytest

from examples.easier_text.agents import chosen
from examples.prose import Text
from examples.text_report.counting import figures_of
from tests.examples.conftest import Hands
from tests.examples.reading import call, shipped, workflow

EASY = figures_of(Text(name="easy", text="The cat sat. The dog ran."))
HARD = figures_of(Text(name="hard", text="Considerable organisational responsibilities necessitate deliberation."))


def test_the_workflow_fits_its_agents_and_the_one_may_call_the_other(hands: Hands) -> None:
    """P12."""
    assert workflow("easier_text", hands.catalogue).labels["pattern"] == "P12"
    found = shipped(hands.catalogue)
    assert found["easier-compare"].calls == ("text-count",)
    assert "text-count" in found


def test_the_text_with_more_reading_ease_is_chosen_whichever_comes_first() -> None:
    assert chosen([EASY, HARD])["easier"] == chosen([HARD, EASY])["easier"] == "easy"
    assert "3 and 5 words a sentence" in chosen([EASY, HARD])["why"]


def test_texts_that_read_alike_are_no_choice() -> None:
    choice = chosen([EASY, EASY])
    assert choice["easier"] is None
    assert choice["why"].startswith("no difference to speak of")


def test_texts_are_picked_by_name_and_a_missing_one_is_named(hands: Hands, tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("# A\n\nOne.")
    (tmp_path / "b.md").write_text("Two.")
    given = {"folder": str(tmp_path), "left": "a.md", "right": "b.md"}
    assert call(hands.catalogue, tmp_path, "easier-pick", {**given}) == {
        "left": {"name": "a.md", "text": "One."}, "right": {"name": "b.md", "text": "Two."},
    }  # fmt: skip
    with pytest.raises(AssertionError, match=r"there is no text 'c\.md'; there are a\.md, b\.md"):
        call(hands.catalogue, tmp_path, "easier-pick", {**given, "right": "c.md"})
