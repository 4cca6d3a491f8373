"""How values are laid out for reading: tables where rows are alike, else names, and JSON where it gets deep."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.partials.values import DEEPEST, MOST, Laid, gist, laid
from orchestrator.core.outcomes import Json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=200),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(max_size=5), inner, max_size=5),
)


def test_an_object_of_short_values_is_a_small_table() -> None:
    counts = laid({"ruff": 3, "note": "fine"})
    assert counts.is_counts
    assert [(name, inner.value, inner.is_number) for name, inner in counts.entries] == [
        ("ruff", 3, True),
        ("note", "fine", False),
    ]


def test_rows_that_are_alike_are_a_table_with_unknown_cells_as_a_dash() -> None:
    found = laid([{"agent": "legal", "score": 0.8}, {"agent": "finance"}])
    assert (found.form, found.names) == ("table", ("agent", "score"))
    assert [cell.value for cell in found.rows[1]] == ["finance", "–"]


def test_texts_with_line_breaks_are_kept_as_they_are_and_flags_are_words() -> None:
    assert laid("a\nb").form == "text"
    assert (laid("a").form, laid(True).value, laid(None).value, laid([]).value) == ("word", "yes", "–", "none")
    assert not laid(True).is_number


def test_long_lists_are_cut_and_say_how_much_is_left_out() -> None:
    found = laid([str(number) for number in range(MOST + 7)])
    assert (len(found.entries), found.more) == (MOST, 7)


@given(values)
def test_nothing_is_laid_out_deeper_than_is_read(value: Json) -> None:
    assert depth(laid(value)) <= DEEPEST + 1


def depth(found: Laid) -> int:
    inner = [inner for _, inner in found.entries] + [cell for row in found.rows for cell in row]
    return 1 + max((depth(one) for one in inner), default=0)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ({"files": [1, 2], "summary": "All\n is well", "score": 0.5, "root": "/x"},
         "All is well · score 0.5 · files 2 entries · root /x"),
        ({"found": [1], "deep": {"a": 1}, "ok": True, "none": None}, "ok yes · found 1 entry · deep 1 field"),
        ("two\nlines", "two lines"),
        ([1, 2, 3], "3 entries"),
        (None, ""),
        ("x" * 100, "x" * 79 + "…"),
    ],
)  # fmt: skip
def test_the_gist_of_a_value_is_one_short_line(value: Json, said: str) -> None:
    assert gist(value) == said
