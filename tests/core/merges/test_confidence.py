"""Merge `confidence` (P2): answers weigh as much as who gives them is sure; who cannot say so is refused."""

from __future__ import annotations

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st

from orchestrator.core.merges.contract import Contribution
from orchestrator.core.rules.contract import Refused
from orchestrator.core.shapes import UNKNOWN
from tests.core.merges.shares import check, contract, given, merge, scalars, weights

OPTIONS = {"field": "answer", "confidence": "sure"}


def answers(*pairs: tuple[object, object]) -> list[Contribution]:
    return given(*({"answer": answer, "sure": sure} for answer, sure in pairs))


def test_one_who_is_sure_outweighs_two_who_are_not() -> None:
    made = merge("confidence", answers(("no", 0.2), ("no", 0.3), ("yes", 0.9)), **OPTIONS)
    assert (made["value"], made["agreement"], made["tie"]) == ("yes", 0.6429, False)
    assert made["votes"][0] == {"value": "yes", "votes": 1, "weight": 0.9, "who": ["c"]}
    assert made["dissent"] == [{"who": "a", "value": "no"}, {"who": "b", "value": "no"}]


def test_the_place_of_the_confidence_is_called_so_where_nothing_else_is_said() -> None:
    made = merge("confidence", given({"answer": 1, "confidence": 1}), field="answer")
    assert made["value"] == 1


def test_equal_weights_are_a_tie() -> None:
    made = merge("confidence", answers(("no", 0.5), ("yes", 0.9), ("no", 0.4)), **OPTIONS)
    assert (made["value"], made["tie"]) == (None, True)


def test_several_who_are_not_sure_at_all_are_a_tie() -> None:
    assert merge("confidence", answers((1, 0), (2, 0)), **OPTIONS)["tie"]
    alone = merge("confidence", answers((1, 0), (1, 0)), **OPTIONS)
    assert (alone["value"], alone["agreement"], alone["tie"]) == (1, 1.0, False)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"answer": 1}, "what b gave has no 'sure'"),
        ({"answer": 1, "sure": "very"}, "'sure' of what b gave must be a number, but is a text"),
        ({"answer": 1, "sure": True}, "must be a number, but is true"),
        ({"answer": 1, "sure": -1}, "is -1, and less than nothing"),
        ({"sure": 1}, "what b gave has no 'answer'"),
        ("text", "what b gave has no 'sure'"),
    ],
)
def test_whoever_does_not_say_how_sure_it_is_is_refused(value: object, message: str) -> None:
    with pytest.raises(Refused, match=message):
        merge("confidence", given({"answer": 1, "sure": 1}, value), **OPTIONS)


@drawn(st.lists(st.tuples(scalars, weights), max_size=8), st.randoms())
def test_the_order_of_branches_changes_nothing(pairs: list[tuple[object, float]], random: object) -> None:
    every = answers(*pairs)
    other = list(every)
    random.shuffle(other)  # type: ignore[attr-defined]
    one, two = merge("confidence", every, **OPTIONS), merge("confidence", other, **OPTIONS)
    assert [one[name] for name in ("value", "agreement", "tie")] == [
        two[name] for name in ("value", "agreement", "tie")
    ]
    assert 0 <= one["agreement"] <= 1


def test_agents_whose_contract_has_no_such_number_are_refused_before_a_run() -> None:
    """P2: refuses agents without a confidence field, also those whose contract says nothing."""
    good = contract(answer="string", sure="number")
    wrong = contract(answer="string", sure="string")
    _, told = check("confidence", good, wrong, contract(answer="string"), {}, UNKNOWN, **OPTIONS)
    assert told == [
        "2: 'sure' of what b gives must be a number, but is a text",
        "3: what c gives has no field 'sure', but the merge needs it",
        "4: the merge needs a number 'sure' from d, and nothing promises one",
    ]
