"""The door for files: lines, the words of YAML, and everything that is refused."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core import codec
from orchestrator.core.outcomes import Json
from orchestrator.files.yaml_text import MOST_BYTES, read_text

SAMPLE = """\
name: a
block:
  inner: 1

  list:
    - x
    - {y: 2,
       z: 3}
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ("name", 1),
        ("block", 2),
        ("block.inner", 3),
        ("block.list", 5),
        ("block.list[0]", 6),
        ("block.list[1].y", 7),
        ("block.list[1].z", 8),
    ],
)
def test_every_value_knows_its_line(path: str, line: int) -> None:
    found = read_text(SAMPLE).at(path)
    assert (found.path, found.line) == (path, line)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("on", "on"), ("yes", "yes"), ("no", "no"), ("true", True), ("false", False), ("null", None), ("~", None),
        ("", None), ("1", 1), ("-7", -7), ("1.5", 1.5), ("1e3", 1000.0), ("007", "007"), ("0x1F", "0x1F"),
        ("12:30", "12:30"),
        ("2026-01-01", "2026-01-01"), (".nan", ".nan"), ("1_000", "1_000"), ("'1'", "1"), ('"true"', "true"),
    ],
)  # fmt: skip
def test_plain_words_mean_what_they_mean_in_json(word: str, value: Json) -> None:
    assert read_text(f"k: {word}").plain() == {"k": value}


def test_names_are_always_texts() -> None:
    assert read_text("on: 1\n1: 2\ntrue: 3\nnull: 4").plain() == {"on": 1, "1": 2, "true": 3, "null": 4}


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: 2\na: 3", 3, "a second time"),
        ("a: &x [1]\nb: *x", 2, "repeats another part"),
        ("a: &x [1]", 1, "marks a part to be repeated"),
        ("a: !!python/object:os.system x", 1, "tag"),
        ("a: !thing x", 1, "tag"),
        ("a: 1\n---\nb: 2", 3, "second document"),
        ("", 1, "empty"),
        ("# only a comment", 1, "empty"),
        ("a: 1\nb: [1, 2\nc: 3", 3, "not YAML"),
        ("a: 1\n\tb: 2", 2, "not YAML"),
        ("a: b: c", 1, "not YAML"),
        ("a: 'open", 1, "not YAML"),
        ("? [1]\n: 2", 1, "a list cannot be a name"),
        ("a: {{x}}", 1, "an object cannot be a name"),
        ("a: \x00", 1, "not YAML"),
        ("[" * 5000, 1, "nested more than"),
        ("- " * 5000, 1, "nested more than"),
        ("x" * (MOST_BYTES + 1), None, "larger than"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_line(text: str, line: int | None, message: str) -> None:
    faults = read_text(text).faults
    assert [fault.line for fault in faults if message in fault.message] == [line], [str(fault) for fault in faults]
    assert all(fault.hint for fault in faults)


def test_bytes_that_are_not_utf8_are_refused_at_their_line() -> None:
    (fault,) = read_text(b"a: 1\nb: \xff\xfe").faults
    assert (fault.line, "UTF-8" in fault.message) == (2, True)


def test_a_bomb_of_aliases_costs_nothing() -> None:
    text = "a0: &a0 [x, x]\n" + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]\n" for n in range(1, 60))
    began = time.perf_counter()
    assert read_text(text).faults
    assert time.perf_counter() - began < 0.5


def test_several_faults_are_told_at_once_and_the_rest_is_read() -> None:
    tree = read_text("a: 1\na: 2\nb: !t x\nc: 3\nc: 4")
    assert [fault.line for fault in tree.faults] == [2, 3, 5]
    assert tree.plain() == {"a": 1, "b": "x", "c": 3}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers(-(2**63), 2**63) | st.text(st.characters(exclude_categories=["Cs"])),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
        max_leaves=12,
    ),
    st.sampled_from([None, 2, "\t"]),
    st.booleans(),
)
def test_json_is_read_as_it_is(value: Json, indent: int | str | None, is_ascii: bool) -> None:
    text = json.dumps({"k": value}, indent=indent, ensure_ascii=is_ascii)
    tree = read_text(text)
    assert tree.faults == ()
    assert tree.plain() == {"k": value}


@given(st.text() | st.binary() | st.text("[]{}:-,&*!|>'\"#%@` \n\tab1"))
def test_any_text_is_a_tree_or_a_fault(text: str | bytes) -> None:
    tree = read_text(text)
    assert codec.canonical(tree.plain())
    assert all(fault.message and fault.hint for fault in tree.faults)
