"""Merge `majority` (P2): most votes win, dissent is kept with who said it, a tie is told and not guessed."""

from __future__ import annotations

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from orchestrator.core import codec, shapes
from orchestrator.core.merges.contract import MOST_LISTED, Contribution
from orchestrator.core.outcomes import Failure
from orchestrator.core.rules.contract import Refused
from orchestrator.core.shapes import UNKNOWN
from tests.core.merges.shares import check, contract, given, merge, scalars


def verdicts(*said: object) -> list[Contribution]:
    return given(*({"verdict": one, "why": f"reason {number}"} for number, one in enumerate(said)))


def test_what_most_say_wins_and_dissent_is_kept_with_who_said_it() -> None:
    made = merge("majority", verdicts("yes", "no", "yes"), field="verdict")
    assert (made["how"], made["value"], made["agreement"], made["tie"]) == ("majority", "yes", 0.6667, False)
    assert made["dissent"] == [{"who": "b", "value": "no"}]
    assert made["votes"] == [
        {"value": "yes", "votes": 2, "weight": 2, "who": ["a", "c"]},
        {"value": "no", "votes": 1, "weight": 1, "who": ["b"]},
    ]
    assert made["contributions"][1] == {"who": "b", "gave": {"verdict": "no", "why": "reason 1"}}


def test_with_a_tie_there_is_no_value() -> None:
    made = merge("majority", verdicts("yes", "no", "maybe", "no", "yes"), field="verdict")
    assert (made["value"], made["tie"], made["agreement"]) == (None, True, 0.4)
    assert len(made["dissent"]) == 5


def test_whole_outputs_are_compared_where_no_field_is_named() -> None:
    made = merge("majority", given({"x": 1, "y": 2}, {"y": 2.0, "x": 1}, {"x": True, "y": 2}))
    assert (made["value"], made["agreement"]) == ({"x": 1, "y": 2}, 0.6667)


def test_those_who_are_absent_have_no_vote_and_are_named() -> None:
    made = merge("majority", given("yes", absent=("late", "ill")))
    assert (made["value"], made["agreement"], made["absent"]) == ("yes", 1.0, ["late", "ill"])


def test_of_nobody_comes_nothing() -> None:
    made = merge("majority", given(absent=("late",)))
    assert (made["value"], made["agreement"], made["tie"], made["votes"]) == (None, 0.0, False, [])


def test_an_output_without_the_field_is_refused_and_named() -> None:
    with pytest.raises(Refused, match="what b gave has no 'verdict', which the merge needs") as refused:
        merge("majority", given({"verdict": 1}, {"verdikt": 1}), field="verdict")
    assert refused.value.kind == Failure.SCHEMA


def test_a_wide_result_lists_so_many_and_counts_the_rest() -> None:
    many = [Contribution(who=f"[{index}]", value=index % 2 or 2) for index in range(MOST_LISTED * 3 + 1)]
    made = merge("majority", many)
    assert (made["value"], made["left_out"], len(made["contributions"])) == (2, MOST_LISTED * 2 + 1, MOST_LISTED)
    assert [side["votes"] for side in made["votes"]] == [151, 150]


@drawn(st.lists(scalars, max_size=8), st.randoms())
def test_the_order_of_branches_changes_nothing_but_the_order_of_lists(said: list[object], random: object) -> None:
    every = given(*said)
    other = list(every)
    random.shuffle(other)  # type: ignore[attr-defined]
    one, two = merge("majority", every), merge("majority", other)
    for name in ("value", "agreement", "tie"):
        assert one[name] == two[name]
    assert sorted(map(codec.canonical, one["dissent"])) == sorted(map(codec.canonical, two["dissent"]))


@drawn(st.lists(scalars, max_size=6), st.lists(st.sampled_from("xyz"), unique=True))
def test_everybody_is_accounted_for_once(said: list[object], absent: list[str]) -> None:
    made = merge("majority", given(*said, absent=tuple(absent)))
    voters = [who for side in made["votes"] for who in side["who"]]
    told = [one["who"] for one in made["contributions"]]
    assert sorted(voters) == sorted(told)
    assert sorted(told + made["absent"]) == sorted(one.who for one in given(*said, absent=tuple(absent)))
    backing = [] if made["value"] is None and made["tie"] else [side["who"] for side in made["votes"]][:1]
    assert sorted([one["who"] for one in made["dissent"]] + [who for side in backing for who in side]) == sorted(told)


def test_a_branch_that_can_have_no_such_field_is_told_on_its_line() -> None:
    _, told = check("majority", contract(verdict="string"), contract(verdikt="string"), UNKNOWN, field="verdict")
    assert told == ["2: what b gives has no field 'verdict', but the merge needs it"]


def test_the_shape_of_the_value_is_that_of_the_field_or_nothing() -> None:
    found, told = check("majority", contract(verdict="string"), contract(verdict="string"), field="verdict")
    assert (told, shapes.types(found["value"])) == ([], {"string", "null"})
    mixed, _ = check("majority", contract(verdict="string"), contract(verdict="integer"), field="verdict")
    assert shapes.types(mixed["value"]) == {"string", "integer", "null"}
