"""Merge `best` (P2): the highest score is taken whole; the others are kept with theirs."""

from __future__ import annotations

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from orchestrator.core import shapes
from orchestrator.core.rules.contract import Refused
from tests.core.merges.shares import check, contract, given, merge


def test_the_highest_score_wins_and_the_rest_is_kept_with_its_own() -> None:
    low, high = {"text": "x", "score": 0.4}, {"text": "y", "score": 0.9}
    made = merge("best", given(low, high, absent=("c",)), of="score")
    assert (made["value"], made["score"], made["who"], made["tie"]) == (high, 0.9, "b", False)
    assert made["rejected"] == [{"who": "a", "score": 0.4, "value": low}]
    assert made["absent"] == ["c"]


def test_the_score_can_stand_deep_inside() -> None:
    made = merge("best", given({"review": {"score": 3}}, {"review": {"score": 2}}), of="review.score")
    assert made["who"] == "a"


def test_of_several_that_are_as_good_the_first_stands_and_it_is_said() -> None:
    made = merge("best", given({"score": 2, "n": 1}, {"score": 2, "n": 2}, {"score": 1}), of="score")
    assert (made["value"]["n"], made["tie"], [one["who"] for one in made["rejected"]]) == (1, True, ["b", "c"])


def test_of_nobody_comes_nothing() -> None:
    made = merge("best", given(), of="score")
    assert (made["value"], made["score"], made["who"], made["rejected"], made["tie"]) == (None, None, None, [], False)


@pytest.mark.parametrize("value", [{}, {"score": "3"}, {"score": None}, [3]])
def test_an_output_without_a_score_is_refused(value: object) -> None:
    with pytest.raises(Refused, match="b gave"):
        merge("best", given({"score": 1}, value), of="score")


@drawn(st.lists(st.integers(0, 4), min_size=1, max_size=8), st.randoms())
def test_the_order_of_branches_changes_the_winner_only_among_equals(scores: list[int], random: object) -> None:
    every = given(*({"score": score} for score in scores))
    other = list(every)
    random.shuffle(other)  # type: ignore[attr-defined]
    one, two = merge("best", every, of="score"), merge("best", other, of="score")
    assert (one["score"], one["tie"], one["value"]) == (two["score"], two["tie"], two["value"])
    assert sorted([made["who"] for made in one["rejected"]] + [one["who"]]) == [made.who for made in every]
    assert one["tie"] or one["who"] == two["who"]


def test_agents_whose_contract_has_no_score_are_refused_before_a_run() -> None:
    _, told = check("best", contract(text="string", score="number"), contract(text="string"), of="score")
    assert told == ["2: what b gives has no field 'score', but the merge needs it"]
    same, _ = check("best", contract(score="integer"), contract(score="integer"), of="score")
    assert shapes.types(shapes.inside(same["value"], "score")) == {"integer"}  # type: ignore[arg-type]
