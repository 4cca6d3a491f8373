"""Identifiers: run ids sort by time, and every step path reads back as it was made."""

from __future__ import annotations

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core import ids
from orchestrator.core.ids import ROOT, StepPath

names = st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)
parts = st.tuples(names, st.integers(1, 12), st.lists(st.integers(0, 200), max_size=2))


def path_of(made: list[tuple[str, int, list[int]]]) -> StepPath:
    path = ROOT
    for name, generation, indices in made:
        path = ids.child(path, name, generation)
        for index in indices:
            path = ids.item(path, index)
    return path


@given(st.integers(0, 2**47), st.integers(0, 2**74 - 1))
def test_a_run_id_is_a_uuid_of_version_seven(milliseconds: int, bits: int) -> None:
    made = uuid.UUID(ids.run_id(milliseconds, bits))
    assert (made.version, made.variant, made.int >> 80) == (7, uuid.RFC_4122, milliseconds)


@given(st.integers(0, 2**40), st.integers(1, 10**6), st.integers(0, 2**74 - 1), st.integers(0, 2**74 - 1))
def test_run_ids_sort_by_time(first: int, later: int, bits: int, other: int) -> None:
    assert ids.run_id(first, bits) < ids.run_id(first + later, other)


@given(st.lists(parts, min_size=1, max_size=4))
def test_a_path_reads_back_as_it_was_made(made: list[tuple[str, int, list[int]]]) -> None:
    read = ids.segments(path_of(made))
    assert [(one.name, one.generation, list(one.indices)) for one in read] == made


@given(st.lists(parts, min_size=1, max_size=4))
def test_every_ancestor_encloses_and_the_root_is_the_last(made: list[tuple[str, int, list[int]]]) -> None:
    path = path_of(made)
    above = ids.ancestors(path)
    assert above[-1] == ROOT
    assert all(ids.under(path, one) for one in above)
    assert len(above) == sum(1 + len(indices) for _, _, indices in made)
    assert not any(ids.under(one, path) for one in (path, *above))


@pytest.mark.parametrize(
    ("path", "top"), [("ab", "a"), ("a#2", "a"), ("m[10]", "m[1]"), ("m[1]", "m[10]"), ("a", "a"), ("", "a")]
)
def test_names_that_only_begin_alike_do_not_enclose_each_other(path: str, top: str) -> None:
    assert not ids.under(StepPath(path), StepPath(top))


@pytest.mark.parametrize("path", ["a//b", "a/", "a[x]", "a#", "[1]", "a b", "a[1]x"])
def test_what_is_no_path_is_refused_by_the_part_that_is_wrong(path: str) -> None:
    with pytest.raises(ValueError, match="is not part of a step path"):
        ids.segments(StepPath(path))


def test_the_root_has_no_parent_and_no_name() -> None:
    assert (ids.parent(ROOT), ids.name_of(ROOT), ids.segments(ROOT)) == (None, "", ())
