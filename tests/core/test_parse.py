"""Reading fields: what each kind of field takes, and what is said when it is something else."""

from __future__ import annotations

import pytest

from orchestrator.core.outcomes import Json
from orchestrator.core.parse import Reader, version_of
from orchestrator.core.parse_schema import read_schema
from orchestrator.core.tree import from_plain
from orchestrator.files.yaml_text import read_text


def said(reader: Reader) -> list[str]:
    return [str(problem) for problem in reader.found()]


@pytest.mark.parametrize(
    ("written", "seconds"),
    [(60, 60.0), (0.5, 0.5), ("500ms", 0.5), ("60s", 60.0), ("2m", 120.0), ("1.5h", 5400.0), ("1 d", 86400.0)],
)
def test_a_time_is_a_number_of_seconds_or_has_a_unit(written: Json, seconds: float) -> None:
    reader = Reader()
    assert reader.duration(from_plain(written), None) == pytest.approx(seconds)
    assert said(reader) == []


@pytest.mark.parametrize("written", ["soon", "60", "-1s", "0s", 0, -3, True, None, [], "1e3s", "9999999d", "1h30m", ""])
def test_anything_else_is_no_time(written: Json) -> None:
    reader = Reader()
    assert reader.duration(from_plain(written), 7.0) == 7.0
    assert len(said(reader)) == 1


def test_unknown_and_missing_fields_are_told_together_and_known_ones_are_returned() -> None:
    reader = Reader()
    tree = read_text("titel: x\nshow: y\nwhatever: z\n")
    fields = reader.fields(tree, ("title", "show", "edit"), "'gate'", required=("title", "edit"))
    assert list(fields) == ["show"]
    assert [(problem.line, problem.message, problem.hint) for problem in reader.found()] == [
        (1, "'titel' is not a field of 'gate'", "did you mean 'title'?"),
        (1, "'gate' needs 'edit'", "add edit: …"),
        (3, "'whatever' is not a field of 'gate'", "it has: edit, show, title"),
    ]


@pytest.mark.parametrize(
    ("read", "value", "message"),
    [
        (lambda reader, tree: reader.text(tree), 7, "must be a text, but is a number"),
        (lambda reader, tree: reader.text(tree), "  ", "must be a text, but is empty"),
        (lambda reader, tree: reader.flag(tree), "yes", "must be true or false, but is a text"),
        (lambda reader, tree: reader.flag(tree), 1, "must be true or false, but is a number"),
        (lambda reader, tree: reader.whole(tree, 1, least=1), True, "must be a whole number, but is true"),
        (lambda reader, tree: reader.whole(tree, 1, least=1), 0, "must be from 1 to 1000000, but is 0"),
        (
            lambda reader, tree: reader.choice(tree, ("fail", "continue"), "fail"),
            "contine",
            "must be one of fail, continue",
        ),
        (lambda reader, tree: reader.texts(tree, "ids"), "a", "must be a list of ids, but is a text"),
        (lambda reader, tree: reader.texts(tree, "ids"), ["a", "a"], "'a' stands here twice"),
        (lambda reader, tree: reader.id(tree), "sign-off", "'sign-off' cannot be an id"),
        (lambda reader, tree: reader.slug(tree, "an agent"), "Ruff Check", "must be the name of an agent"),
        (lambda reader, tree: reader.expression(tree), ["a"], "must be an expression, but is a list"),
        (lambda reader, tree: reader.expression(tree), "two words", "is not an expression"),
        (lambda reader, tree: reader.expression(tree), None, "must be an expression, but is nothing (null)"),
        (lambda reader, tree: reader.expressions(tree, "'with'"), "x", "'with' must be an object, but is a text"),
    ],
)
def test_a_value_of_another_type_is_told_and_replaced(read: object, value: Json, message: str) -> None:
    reader = Reader()
    read(reader, from_plain(value))
    assert message in "\n".join(said(reader))


def test_an_id_with_a_dash_is_refused_with_the_reason() -> None:
    reader = Reader()
    assert reader.id(from_plain("sign-off")) == ""
    assert "no dash: it would read as minus" in said(reader)[0]


def test_numbers_and_booleans_stand_for_themselves_in_expressions() -> None:
    reader = Reader()
    assert reader.expressions(from_plain({"a": 5, "b": True, "c": "input.x"}), "'with'") == {
        "a": "5",
        "b": "true",
        "c": "input.x",
    }


def test_problems_come_by_line_and_once() -> None:
    reader = Reader()
    tree = read_text("a: 1\nb: 2\n")
    for name in ("b", "a", "b"):
        reader.wrong(tree.at(name), "is wrong")
    assert [problem.line for problem in reader.found()] == [1, 2]


def test_a_version_is_the_hash_of_the_content_not_of_its_lines() -> None:
    assert version_of(read_text("a: 1\nb: {c: x}")) == version_of(read_text("# note\nb:\n  c: 'x'\n\na: 1"))
    assert version_of(read_text("a: 1")) != version_of(read_text("a: 2"))
    assert len(version_of(read_text("a: 1"))) == 16


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("type: object\nrequird: [a]", 2, "'requird' is not a word of JSON Schema"),
        ("type: strng", 1, "expected one of"),
        ("properties:\n  a: {type: text}", 2, "expected one of"),
        ("required: [b]\nproperties: {a: {}}", 1, "'b' is required, but not among the properties"),
        ("properties:\n  a:\n    items:\n      propertys: {}", 4, "'propertys' is not a word"),
        ("anyOf:\n  - type: string\n  - tpe: string", 3, "'tpe' is not a word"),
        ("pattern: '('", 1, "regex"),
        ("$ref: '#/$defs/none'", 1, "cannot be used"),
        ("just text", 1, "a schema is an object"),
    ],
)
def test_a_schema_is_told_its_slips_at_their_lines(text: str, line: int, message: str) -> None:
    reader = Reader()
    read_schema(read_text(text), reader)
    assert [problem.line for problem in reader.found() if message in problem.message] == [line], said(reader)


def test_a_schema_without_slips_is_returned_as_it_is() -> None:
    reader = Reader()
    text = "type: object\nx-note: mine\n$defs: {a: {type: string}}\nproperties: {requird: {$ref: '#/$defs/a'}}"
    tree = read_text(text)
    assert read_schema(tree, reader) == tree.plain()
    assert said(reader) == []


def test_only_the_broken_part_of_a_schema_is_left_out() -> None:
    schema = read_schema(read_text("type: object\nproperties: {a: {type: strng}, b: {type: string}}"), Reader())
    assert schema == {"type": "object", "properties": {"a": {}, "b": {"type": "string"}}}
