"""The debate on tone (P8): three classifiers of different kinds, who give way only when they are not sure."""

from __future__ import annotations

import pytest

from examples.tone_debate.agents import Dissent, Settled, tone_list, tone_words
from examples.tone_debate.classifiers import SAMPLES, TONES, Tone, by_bayes, by_rules, by_words
from tests.examples.conftest import Hands
from tests.examples.reading import shipped, workflow


def test_the_workflow_fits_its_agents(hands: Hands) -> None:
    """P8."""
    assert set(workflow("tone_debate", hands.catalogue).agents) == {
        "tone-words",
        "tone-bayes",
        "tone-rules",
        "tone-list",
    }


def test_the_voters_are_three_functions_and_so_do_not_err_together(hands: Hands) -> None:
    """P8: correlated errors."""
    specs = shipped(hands.catalogue)
    assert len({str(specs[name].settings["target"]) for name in ("tone-words", "tone-bayes", "tone-rules")}) == 3


@pytest.mark.parametrize(
    ("text", "by_list", "learnt", "ruled"),
    [
        ("Thank you, the new page is great and fast.", "pleased", "pleased", "pleased"),
        ("The export is broken AGAIN!!", "annoyed", "annoyed", "annoyed"),
        ("Could you tell me where to change our address?", "neutral", "neutral", "neutral"),
        ("Not bad at all.", "pleased", "neutral", "neutral"),
        ("Please tell me why the page is slow.", "annoyed", "neutral", "neutral"),
    ],
)
def test_each_judges_by_its_own_means(text: str, by_list: str, learnt: str, ruled: str) -> None:
    assert [by_words(text)["tone"], by_rules(text)["tone"]] == [by_list, ruled]
    assert by_bayes(text)["tone"] == learnt


@pytest.mark.parametrize("text", ["", "Xyzzy", "¿?"])
def test_what_nobody_knows_is_judged_with_little_confidence(text: str) -> None:
    found = [by_words(text), by_bayes(text), by_rules(text)]
    assert all(one["tone"] in TONES and 0 < one["sure"] <= 0.6 for one in found)


def test_the_samples_are_as_many_of_each_tone() -> None:
    lines = [line.split("\t")[0] for line in SAMPLES.read_text().splitlines() if not line.startswith("#")]
    assert {tone: lines.count(tone) for tone in TONES} == dict.fromkeys(TONES, 12)


def tone(name: str, sure: float) -> Tone:
    assert name in TONES
    return Tone(tone=next(one for one in TONES if one == name), sure=sure, why="")


@pytest.mark.parametrize(
    ("own", "others", "then"),
    [
        (tone("neutral", 0.3), {"a": tone("annoyed", 0.8), "b": tone("annoyed", 0.6)}, "annoyed"),
        (tone("neutral", 0.3), {"a": tone("annoyed", 0.8), "b": tone("pleased", 0.8)}, "neutral"),
        (tone("neutral", 0.3), {"a": tone("annoyed", 0.2), "b": tone("annoyed", 0.1)}, "neutral"),
        (tone("neutral", 0.9), {"a": tone("annoyed", 0.8), "b": tone("annoyed", 0.6)}, "neutral"),
    ],
)
def test_a_voter_gives_way_only_unsure_and_to_others_who_agree(own: Tone, others: dict[str, Tone], then: str) -> None:
    assert tone_words("anything", own=own, others=others, round=1)["tone"] == then


def test_the_list_begins_with_who_needs_an_answer() -> None:
    settled = [
        Settled(value="pleased", dissent=[]),
        Settled(value=None, dissent=[Dissent(who="tone_words", value="annoyed")]),
        Settled(value="annoyed", dissent=[]),
    ]
    lines = tone_list(["nice", "hm", "bad"], settled)
    assert [(line["tone"], line["message"]) for line in lines] == [
        ("annoyed", "bad"), ("undecided", "hm"), ("pleased", "nice"),
    ]  # fmt: skip
    assert lines[1]["dissent"] == "tone_words says annoyed"
