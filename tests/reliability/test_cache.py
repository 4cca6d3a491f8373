"""C3: what an answer is known by, which files it rests on, and what is said of one that was given again."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from orchestrator.reliability.cache import hides_paths, key_of, look_again_seconds, named_paths, said

ASKED: dict[str, Any] = {"team": "1", "agent": "a", "version": 1, "given": "{}", "files": {}}
PATH = {"type": "string", "format": "path"}


def test_the_same_question_has_the_same_key_and_any_other_another() -> None:
    others = [{"team": "2"}, {"team": ""}, {"agent": "b"}, {"version": 2}, {"given": '{"n":1}'}, {"files": {"f": "1"}}]
    keys = [key_of(**ASKED), *(key_of(**{**ASKED, **other}) for other in others)]
    assert len({*keys}) == len(keys)
    assert key_of(**{**ASKED, "files": {"f": "1", "g": "2"}}) == key_of(**{**ASKED, "files": {"g": "2", "f": "1"}})


def test_parts_of_a_key_do_not_run_into_each_other() -> None:
    assert key_of(**{**ASKED, "team": "1", "agent": "2a"}) != key_of(**{**ASKED, "team": "12", "agent": "a"})
    assert key_of(**{**ASKED, "files": {"a": "bc"}}) != key_of(**{**ASKED, "files": {"ab": "c"}})


def test_paths_are_found_wherever_a_schema_marks_them() -> None:
    schema = {"properties": {"one": PATH, "many": {"items": PATH}, "text": {"type": "string"}},
              "additionalProperties": {"properties": {"file": PATH}}}  # fmt: skip
    value = {"one": "/a", "many": ["/b", "/c"], "text": "/no", "other": {"file": "/d", "text": "/no"}}
    assert [*named_paths(schema, value)] == ["/a", "/b", "/c", "/d"]
    assert not hides_paths(schema)


def test_an_empty_path_names_nothing() -> None:
    assert [*named_paths({"properties": {"one": PATH}}, {"one": " "})] == []


def test_a_schema_with_paths_where_nobody_looks_is_known_as_one() -> None:
    assert hides_paths({"properties": {"one": {"anyOf": [PATH, {"type": "null"}]}}})
    assert hides_paths({"$defs": {"file": PATH}, "properties": {"one": {"$ref": "#/$defs/file"}}})
    assert not hides_paths({})


def test_however_many_wait_they_look_one_after_another() -> None:
    looks = [look_again_seconds(number) for number in range(1, 1001)]
    assert looks == sorted(looks)
    assert (looks[0], look_again_seconds(100_000)) == (2.0, 60.0)
    assert len([one for one in looks if one < 12]) <= 210, "two hundred of them look within ten seconds"


def test_a_given_answer_says_whose_it_is_how_old_and_what_it_saved() -> None:
    words = said(run="r", step="a/b", age_seconds=180, usd=Decimal("0.0213"), tokens=1200, seconds=1.44)
    assert words == "answer of run r, step a/b, 3 min old; saved $0.021, 1,200 tokens, 1.4 s"
    words = said(run="r", step="", age_seconds=0.5, usd=None, tokens=None, seconds=7200)
    assert words == "answer of run r, step root, 500 ms old; saved 2 h"
    words = said(run="r", step="a", age_seconds=3 * 86400, usd=Decimal("0.00000123"), tokens=0, seconds=1)
    assert words == "answer of run r, step a, 3 days old; saved $0.0000012, 1.0 s"
