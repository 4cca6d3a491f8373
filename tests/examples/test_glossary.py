"""The glossary (P10): contributors fit their board, and the board comes to the same whoever writes first."""

from __future__ import annotations

import pytest

from examples.glossary.agents import glossary_check, glossary_list, glossary_stems, glossary_terms
from examples.glossary.kinds import Definition, Term
from examples.glossary.meaning import best, in_prose, in_tables, stem
from examples.prose import Text
from orchestrator.core.blackboards.definition import Blackboard
from tests.examples.conftest import Hands
from tests.examples.reading import workflow

RUN = Term(term="run", forms=["run", "runs"], count=3)
PAGE = Text(
    name="a.md", text="A **run** is one time through.\n\n| name | is |\n|---|---|\n| `runs` | what a start makes |\n"
)


def test_the_board_fits_its_contributors_and_two_of_them_write_one_key(hands: Hands) -> None:
    """P10."""
    read = workflow("glossary", hands.catalogue)
    assert read.labels["pattern"] == "P10"
    (board,) = (step for step in read.root.steps if isinstance(step, Blackboard))  # type: ignore[attr-defined]
    assert [one.name for one in board.contributors if "definitions" in one.writes] == ["First", "prose", "tables"]


@pytest.mark.parametrize("words", ["run runs running", "file files filed", "query queries", "process processes"])
def test_forms_of_a_word_have_one_stem(words: str) -> None:
    assert len({stem(word) for word in words.split()}) == 1


def test_terms_are_what_is_said_most_in_all_its_forms() -> None:
    tokens = {"runs": 2, "run": 3, "gate": 4}
    stems = glossary_stems(tokens)["stems"]
    assert stems == {"gat": ["gate"], "run": ["run", "runs"]}
    assert [(one["term"], one["count"]) for one in glossary_terms(tokens, stems, 5)["terms"]] == [
        ("run", 5),
        ("gate", 4),
    ]
    assert len(glossary_terms(tokens, stems, 1)["terms"]) == 1


def test_definitions_are_found_in_sentences_and_tables_and_whoever_is_first_changes_nothing() -> None:
    prose, table = list(in_prose([RUN], PAGE)), list(in_tables([RUN], PAGE))
    assert prose == [("run", {"text": "A run is one time through.", "where": "a.md", "how": "prose"})]
    assert table == [("run", {"text": "what a start makes", "where": "a.md", "how": "table"})]
    one = best(best({}, iter(prose)), iter(table))
    assert one == best(best({}, iter(table)), iter(prose))
    assert one == best(one, iter(prose)), "written again it is no news, so that the board comes to rest"


def test_definitions_that_explain_nothing_are_dropped_with_the_reason() -> None:
    texts = {
        "gate": ("A gate is a gate for people.", "prose"),
        "run": ("what a start makes", "table"),
        "map": ("", "table"),
    }
    made = {term: Definition(text=text, where="a.md", how=how) for term, (text, how) in texts.items()}  # type: ignore[typeddict-item]
    checked = glossary_check(made)["checked"]
    assert [(one["term"], one["fault"]) for one in checked] == [
        ("gate", "explains the term by itself"), ("map", "0 words"), ("run", ""),
    ]  # fmt: skip
    listing = glossary_list([RUN, Term(term="gate", forms=["gate"], count=1)], checked)
    assert listing["summary"] == "1 of 2 terms are explained."
    assert (listing["unexplained"], len(listing["dropped"])) == (["gate"], 2)
