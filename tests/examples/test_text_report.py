"""The text report (P1): its stages fit each other, and each does its part on small texts."""

from __future__ import annotations

from pathlib import Path

from examples.prose import Text, plain, sentences, texts_of, words
from examples.text_report.agents import text_avoid, text_clean
from examples.text_report.counting import figures_of, report_of
from tests.examples.conftest import PROJECT, Hands
from tests.examples.reading import call, workflow

PAGE = """# Title

A [link](there.md) stands here. It is **bold**!

| a | table |
|---|---|

```
code is no prose.
```

- One point. Another one?
- A second
"""


def test_the_workflow_fits_its_agents(hands: Hands) -> None:
    """P1."""
    read = workflow("text_report", hands.catalogue)
    assert read.labels["pattern"] == "P1"
    assert len(read.agents) == 5


def test_prose_is_what_is_left_of_a_page() -> None:
    assert plain(PAGE) == "A link stands here. It is bold!\nOne point. Another one?\nA second"
    assert sentences(plain(PAGE)) == ["A link stands here.", "It is bold!", "One point.", "Another one?", "A second"]
    assert words("Don't stop, well-kept 3 things.") == ["don't", "stop", "well-kept", "things"]


def test_texts_are_found_below_but_nothing_hidden_linked_or_huge(tmp_path: Path) -> None:
    for name, text in {"b.md": "B", "sub/a.txt": "A", ".venv/c.md": "C", "d.py": "D", "huge.md": "x" * 200_001}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    (tmp_path / "link.md").symlink_to("/etc/passwd")
    assert texts_of(tmp_path) == [{"name": "b.md", "text": "B"}, {"name": "sub/a.txt", "text": "A"}]


def test_a_page_without_prose_is_left_out() -> None:
    assert text_clean([Text(name="a.md", text="# Title\n"), Text(name="b.md", text="Words.")]) == [
        {"name": "b.md", "text": "Words."}
    ]


def test_long_words_in_long_sentences_are_harder_to_read() -> None:
    easy = figures_of(Text(name="a", text="The cat sat. The dog ran."))
    hard = figures_of(Text(name="b", text="Considerable organisational responsibilities necessitate deliberation."))
    assert (easy["words"], easy["sentences"]) == (6, 2)
    assert easy["ease"] > 100 > 0 > hard["ease"]
    assert figures_of(Text(name="c", text=""))["words"] == 0


def test_words_to_avoid_are_found_whole_and_literally() -> None:
    texts = [Text(name="a", text="Just adjust it (a.b), e.g. axb.")]
    assert [place["word"] for place in text_avoid(texts, ["just", "a.b"])] == ["just", "a.b"]


def test_the_report_begins_with_the_summary_and_is_the_same_twice() -> None:
    figures = [figures_of(Text(name="a.md", text="One short text."))]
    summary, report = report_of("/docs", figures, [("a.md", "just", "it is just so")])
    assert summary in report
    assert "- a.md: **just** in" in report
    assert report_of("/docs", [], [])[0] == "0 texts with 0 words; reading ease 0; 0 words to avoid."


def test_the_stages_run_as_a_worker_runs_them(hands: Hands, tmp_path: Path) -> None:
    read = call(hands.catalogue, tmp_path, "text-read", {})
    assert isinstance(read, dict)
    assert read["root"] == str(PROJECT / "docs")
    given = {"root": "/docs", "figures": [], "places": []}
    done = call(hands.catalogue, tmp_path, "text-publish", {**given})
    assert isinstance(done, dict)
    assert Path(str(done["report"])).read_text().startswith("# Texts of /docs\n\n0 texts")
