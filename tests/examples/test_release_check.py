"""The release check (P5): parent and children fit each other, links are followed, and what blocks is told apart."""

from __future__ import annotations

from pathlib import Path

from examples.release_check.agents import Linted, Measured, Review, Scan, release_verdict, release_weigh
from examples.release_check.links import dead, links_of
from examples.repo_review.kinds import Package
from tests.examples.conftest import Hands
from tests.examples.reading import call, workflow


def test_the_parent_and_both_children_fit_their_agents_and_each_other(hands: Hands) -> None:
    """P5."""
    read = workflow("release_check", hands.catalogue)
    assert set(read.workflows) == {"release-code", "release-docs"}
    assert read.labels["pattern"] == "P5"
    for file, agents in (("code.yaml", {"lint-split", "ruff", "radon", "release-weigh"}),
                         ("docs.yaml", {"text-read", "release-links"})):  # fmt: skip
        assert set(workflow("release_check", hands.catalogue, file).agents) == agents


def test_links_in_code_and_to_the_network_are_not_followed() -> None:
    text = "[a](b.md) `[c](d.md)` [e](https://f) ![g](h.png)\n```\n[i](j.md)\n```\n[k](#l)"
    assert links_of(text) == ["b.md", "h.png", "#l"]


def test_a_link_is_dead_without_its_file_or_heading(tmp_path: Path) -> None:
    root = tmp_path / "shop" / "docs"
    root.mkdir(parents=True)
    (root.parent / "README.md").write_text("# Up")
    page = "# Here: `x` & y\n[1](../README.md#up) [2](#here-x--y) [3](gone.md) [4](../README.md#down) [5](../../a)"
    (root / "a.md").write_text(page)
    assert list(dead(root, "a.md", page)) == [
        "a.md: gone.md leads to no file",
        "a.md: ../README.md#down leads to no heading",
        "a.md: ../../a leads out of the project",
    ]


def test_what_fails_when_it_runs_blocks_and_the_rest_is_a_note() -> None:
    lints = [
        {"code": code, "filename": "/x/a.py", "message": "m", "location": {"row": 1}} for code in ("F821", "C4", None)
    ]
    tangles = [{"rank": rank, "name": "f", "lineno": 2} for rank in ("C", "F")]
    scan = Scan(ruff=Linted(result=lints), radon=Measured(result={"a.py": tangles, "b.py": {"error": "no"}}))  # type: ignore[typeddict-item]
    review = release_weigh([Package(name="p", files=["a.py", "b.py"])], [scan])
    assert review == {
        "checked": 2,
        "blockers": ["a.py:1: m (F821)", "a.py:1: m (syntax)", "a.py:2: f (F)", "b.py: no"],
        "notes": ["a.py:1: m (C4)", "a.py:2: f (C)"],
    }


def test_one_blocker_is_enough() -> None:
    good, bad = Review(checked=1, blockers=[], notes=["n"]), Review(checked=2, blockers=["b"], notes=[])
    assert release_verdict(good, good)["fit"]
    verdict = release_verdict(good, bad)
    assert (verdict["fit"], verdict["blockers"]) == (False, ["b"])
    assert verdict["summary"] == "Not fit for release: 1 files and 2 links, 1 blockers, 1 notes."


def test_links_are_followed_as_a_worker_does_it(hands: Hands, tmp_path: Path) -> None:
    given = {"root": str(tmp_path), "texts": [{"name": "a.md", "text": "[x](y.md)"}]}
    done = call(hands.catalogue, tmp_path, "release-links", {**given})  # type: ignore[dict-item]
    assert done == {"checked": 1, "blockers": ["a.md: y.md leads to no file"], "notes": []}
