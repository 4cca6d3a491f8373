"""What differs between two texts: only that, with a little around, and nothing lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from dashboard.partials.differences import Change, changes

lines = st.lists(st.sampled_from(["a", "b", "", "@@ x", "--- y", "+++ z", "@"]), max_size=30)


def test_far_lines_are_left_out_and_nothing_is_before_the_first() -> None:
    before = "\n".join(str(number) for number in range(40))
    found = changes(before, before.replace("\n1\n", "\none\n").replace("\n30\n", "\n"))
    assert found[:3] == (Change(mark=" ", text="0"), Change(mark="-", text="1"), Change(mark="+", text="one"))
    assert [one.mark for one in found].count("@") == 1
    assert Change(mark="-", text="30") in found
    assert Change(mark=" ", text="20") not in found


@given(lines, lines)
def test_lines_taken_away_and_put_in_lead_from_one_text_to_the_other(before: list[str], after: list[str]) -> None:
    found = changes("\n".join([*before, "."]), "\n".join([*after, "."]))
    gone, come = [one.text for one in found if one.mark == "-"], [one.text for one in found if one.mark == "+"]
    for text in {*before, *after}:
        assert after.count(text) - before.count(text) == come.count(text) - gone.count(text)
    assert (found == ()) == (before == after)
