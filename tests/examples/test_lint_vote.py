"""The vote of linters (P2): its branches fit the merge, and dissent stands in the table."""

from __future__ import annotations

from pathlib import Path

from examples.lint_vote.agents import Dissent, Merged, lint_table, lint_verdict
from examples.lint_vote.wording import slips_in
from examples.repo_review.kinds import Package
from orchestrator.core.validate import read_workflow
from orchestrator.files.yaml_text import read_text
from tests.examples.conftest import Hands
from tests.examples.reading import EXAMPLES, call, shipped, workflow


def test_the_workflow_fits_its_agents_and_its_merge(hands: Hands) -> None:
    """P2."""
    read = workflow("lint_vote", hands.catalogue)
    assert set(read.agents) == {"lint-split", "ruff", "bandit", "lint-wording", "lint-verdict", "lint-table"}


def test_a_linter_without_a_verdict_is_refused_before_a_run(hands: Hands) -> None:
    """P2: each branch's share of the merged shape is checked at definition time."""
    text = (EXAMPLES / "lint_vote" / "workflow.yaml").read_text().replace("field: verdict", "field: opinion")
    found = read_workflow(read_text(text), shipped(hands.catalogue))
    assert isinstance(found, tuple | list)
    assert any("opinion" in str(problem) for problem in found)


def test_slips_are_found_in_words_and_not_in_code() -> None:
    source = "def recieve():\n    # we recieve the the mail\n    return 'It had had untill'\n"
    assert slips_in(source) == [
        "2: 'recieve' is spelt 'receive'",
        "2: 'the' is written twice",
        "3: 'untill' is spelt 'until'",
    ]
    assert slips_in("x = (\n# teh\n") == ["2: 'teh' is spelt 'the'"]


def test_one_finding_is_enough_for_a_look() -> None:
    assert [lint_verdict(findings)["verdict"] for findings in (0, 1, 7)] == ["clean", "look", "look"]


def test_disputed_packages_come_first_with_who_says_what() -> None:
    packages = [Package(name=name, files=[]) for name in ("a", "b", "c")]
    votes = [
        Merged(value="clean", dissent=[]),
        Merged(value="look", dissent=[]),
        Merged(value="clean", dissent=[Dissent(who="ruff", value="look")]),
    ]
    assert [(one["package"], one["dissent"]) for one in lint_table(packages, votes)] == [
        ("c", "ruff says look"), ("b", ""), ("a", ""),
    ]  # fmt: skip
    assert lint_table(packages[:1], [Merged(value=None, dissent=[])])[0]["verdict"] == "undecided"


def test_a_folder_is_split_and_looked_at_as_a_worker_does_it(hands: Hands, folder: Path, tmp_path: Path) -> None:
    split = call(hands.catalogue, tmp_path, "lint-split", {"folder": str(folder)})
    assert isinstance(split, dict)
    assert isinstance(split["packages"], list)
    assert len(split["packages"]) == 2
    (folder / "shop" / "cart.py").write_text("# teh cart\n")
    given = {"root": str(folder), "files": ["shop/cart.py", "shop/broken.py"]}
    assert call(hands.catalogue, tmp_path, "lint-wording", {**given}) == {
        "slips": ["shop/cart.py:1: 'teh' is spelt 'the'"]
    }
