"""Whose answer is whose, in a step that more than one agent has had (A1)."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core import askers

NAMES = st.sampled_from(["a", "b", "c"])


@given(turns=st.lists(st.tuples(NAMES, st.integers(1, 3)), max_size=8))
def test_every_request_has_a_place_of_its_own_and_every_agent_finds_its_own_again(turns: list[tuple[str, int]]) -> None:
    """Agents take turns at a step, each asking for some more; none takes another one's place."""
    asked: list[str] = []
    mine: dict[str, list[int]] = {}
    for agent, more in turns:
        for _ in range(more):
            place = askers.place(agent, len(mine.get(agent, [])) + 1, asked)
            assert place == len(asked) + 1
            asked.append(agent)
            mine.setdefault(agent, []).append(place)
    for agent, places in mine.items():
        assert [askers.place(agent, number, asked) for number in range(1, len(places) + 1)] == places
        found = askers.numbers(agent, dict(enumerate(asked, start=1)))
        assert found == {place: number for number, place in enumerate(places, start=1)}


def test_what_nobody_is_known_to_have_asked_for_is_anybodys() -> None:
    """Runs that began before it was kept go on as they were."""
    assert askers.place("b", 2, ["", ""]) == 2
    assert askers.numbers("b", {1: "", 3: ""}) == {1: 1, 2: 2, 3: 3}
    assert askers.asker(None) == askers.asker({"question": "?"}) == ""
