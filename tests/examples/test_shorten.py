"""The shortened text (P7): each round tells more within its length, and the judge names what is missing."""

from __future__ import annotations

from pathlib import Path

from orchestrator.core.outcomes import Json
from tests.examples.conftest import Hands
from tests.examples.reading import call, workflow

TEXT: list[Json] = [
    "Hello, this is a page.",
    "The weather is fine today.",
    "A worker claims attempts and reports.",
    "A worker that dies loses its attempts to other workers.",
    "Reports go into the mailbox of a run.",
    "The mailbox of a run is read in order.",
]


def rounds(hands: Hands, data: Path, percent: int, many: int) -> tuple[dict[str, Json], list[dict[str, Json]]]:
    """Do what the pattern does: plan, then write and judge again and again."""
    plan = call(hands.catalogue, data, "shorten-plan", {"sentences": TEXT, "percent": percent})
    assert isinstance(plan, dict)
    made: list[dict[str, Json]] = []
    for _ in range(many):
        given: dict[str, Json] = {"sentences": TEXT, "plan": plan}
        told = {"last": made[-1], "feedback": made[-1]["feedback"]} if made else {"last": None, "feedback": ""}
        value = call(hands.catalogue, data, "shorten-write", {**given, **told})
        verdict = call(hands.catalogue, data, "shorten-judge", {**given, "value": value})
        assert isinstance(verdict, dict)
        made.append({"value": value, **verdict})
    return plan, made


def test_the_workflow_fits_its_agents(hands: Hands) -> None:
    """P7."""
    read = workflow("shorten", hands.catalogue)
    assert set(read.agents) == {"summary-source", "shorten-plan", "shorten-write", "shorten-judge"}


def test_rounds_tell_more_until_nothing_more_is_to_be_had(hands: Hands, tmp_path: Path) -> None:
    plan, made = rounds(hands, tmp_path, 60, 6)
    scores = [float(str(one["score"])) for one in made]
    assert scores == sorted(scores)
    assert scores[0] < scores[-1] == scores[-2]
    for one in made:
        value = one["value"]
        assert isinstance(value, dict)
        assert isinstance(value["sentences"], list)
        assert sum(len(str(sentence).split()) for sentence in value["sentences"]) <= int(str(plan["words"]))
        assert value["sentences"] == [sentence for sentence in TEXT if sentence in value["sentences"]]


def test_the_judge_names_what_is_missing_and_nothing_else(hands: Hands, tmp_path: Path) -> None:
    plan, made = rounds(hands, tmp_path, 60, 2)
    missing = {word.strip() for word in str(made[0]["feedback"]).split(",")}
    assert isinstance(plan["must"], list)
    assert missing < {str(word) for word in plan["must"]}
    assert "mailbox" in missing
    assert "page" not in missing


def test_a_text_without_sentences_is_short_already(hands: Hands, tmp_path: Path) -> None:
    plan = call(hands.catalogue, tmp_path, "shorten-plan", {"sentences": [], "percent": 20})
    assert plan == {"words": 20, "must": []}
    draft = call(hands.catalogue, tmp_path, "shorten-write", {"sentences": [], "plan": plan})
    assert draft == {"sentences": []}
