"""How alike two values are: by their fields, with words and numbers (L1)."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.outcomes import Json
from orchestrator.core.similarity import similarity

VALUES: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers(-99, 99) | st.floats(-9, 9) | st.text("ab c", max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=9,
)


@given(VALUES, VALUES)
def test_it_lies_between_nothing_and_all_whichever_comes_first(one: Json, other: Json) -> None:
    found = similarity(one, other)
    assert 0.0 <= found <= 1.0
    assert found == pytest.approx(similarity(other, one))


@given(VALUES)
def test_a_value_is_like_itself(one: Json) -> None:
    assert similarity(one, one) == 1.0


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [
        (100, 95, 0.95), (10, -10, 0.0), (0, 0.0, 1.0), (True, 1, 0.0), (None, 0, 0.0), ("a", 1, 0.0),
        ("Pay the bill today", "pay the bill tomorrow", 0.6), ("", "", 1.0), ("", "word", 0.0), ("?!", "!", 0.0),
        ([1, 2, 2], [2, 1], 2 / 3), ([], [], 1.0), ([], [1], 0.0), ([{"a": 1}], [{"a": 1}, {"a": 1}], 0.5),
        ({"a": 1, "b": "x"}, {"a": 1, "b": "y"}, 0.5), ({"a": 1}, {"b": 1}, 0.0), ({"a": 1}, {"a": 1, "b": 1}, 0.5),
    ],
)  # fmt: skip
def test_numbers_by_distance_texts_by_words_fields_by_their_mean(one: Json, other: Json, alike: float) -> None:
    assert similarity(one, other) == pytest.approx(alike)


def test_large_values_are_compared_in_bounded_time() -> None:
    large: Json = {"text": "word " * 50_000, "list": [{"n": number, "deep": [[number]]} for number in range(20_000)]}
    other: Json = {"text": "another " * 50_000, "list": [{"n": number + 1} for number in range(20_000)]}
    began = time.perf_counter()
    similarity(large, other)
    assert time.perf_counter() - began < 1.0
