"""Expressions: what they refer to, what they give, what they refuse and in which words."""

from __future__ import annotations

import threading
import time
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core import expressions
from orchestrator.core.expressions import Anchor, ExpressionFault
from orchestrator.core.outcomes import Json

WORLD: dict[Anchor, Json] = {
    ("input",): {
        "path": "src",
        "n": 4,
        "ratio": 1.5,
        "items": [1, 2, 3],
        "nothing": None,
        "yes": True,
        "big": list(range(1500)),
    },
    ("steps", "survey"): {
        "status": "succeeded",
        "output": {"root": "/r", "packages": [{"name": "a", "size": 3}, {"name": "b", "size": 7}]},
    },
    ("package",): {"name": "a"},
}


def value(text: str) -> Json:
    return expressions.compile(text).evaluate(WORLD.__getitem__)


def fault(text: str) -> ExpressionFault:
    with pytest.raises(ExpressionFault) as caught:
        value(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("input.path", "src"),
        ("input.items[1]", 2),
        ("package", {"name": "a"}),
        ("steps.survey.output.packages[1].name", "b"),
        ("steps.survey.status", "succeeded"),
        ("steps.survey.status == 'succeeded' && size(input.items) == 3", True),
        ("'text'", "text"),
        ('"it\'s " + input.path', "it's src"),
        ("input.n > 3.5", True),
        ("steps.survey.output.packages.map(p, p.name)", ["a", "b"]),
        ("steps.survey.output.packages.filter(p, p.size > input.n).map(p, p.name)", ["b"]),
        ("steps.survey.output.packages.exists(p, p.name == package.name)", True),
        ("input.items.map(x, input.items.map(y, x * y))", [[1, 2, 3], [2, 4, 6], [3, 6, 9]]),
        ("{'root': steps.survey.output.root, 'n': input.n}", {"n": 4, "root": "/r"}),
        ("has(input.absent)", False),
        ("has(input.path) && !has(steps.survey.output.absent)", True),
        ("input.nothing == null", True),
        ("input['path']", "src"),
        ("input.yes ? 'a' : 'b'", "a"),
        ("size(input.big) > 1000", True),
        ("[package].map(p, p.name)", ["a"]),
        ("[]", []),
        ("null", None),
    ],
)
def test_an_expression_gives_plain_json(text: str, expected: Json) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "references"),
    [
        ("input.path", [("input", "path")]),
        ("input.items[0].name", [("input", "items")]),
        (
            "steps.survey.output.packages.map(p, p.name + input.path)",
            [("steps", "survey", "output", "packages"), ("input", "path")],
        ),
        ("package.name.startsWith('input.x')", [("package", "name")]),
        ("size(steps.a.output) > steps.b.output.n", [("steps", "a", "output"), ("steps", "b", "output", "n")]),
        ("'steps.a.output' == \"input.b\"", []),
        ("input . path == input.path", [("input", "path")]),
        ("input.x.map(p, p.q).exists(r, r == p)", [("input", "x"), ("p",)]),
    ],
)
def test_references_are_every_dotted_name_outside_texts_and_items(text: str, references: list[tuple[str, ...]]) -> None:
    assert list(expressions.compile(text).references) == references


def test_a_plain_path_is_told_from_an_expression() -> None:
    assert expressions.compile("input.items[0].x").is_path
    assert not expressions.compile("input.items[0].x + 1").is_path
    assert not expressions.compile("true").is_path


@pytest.mark.parametrize(
    ("text", "said", "hint"),
    [
        ("input.pth", "'input' has no field 'pth'", "did you mean 'path'?"),
        ("input.pth + 'x'", "'input' has no field 'pth'", "did you mean 'path'?"),
        ("package.zzzz", "'package' has no field 'zzzz'", "it has: name"),
        ("input.items[7]", "'input.items' has 3 items, there is no [7]", "the first is [0]"),
        ("input.path.length", "'input.path' is a text, it has no field 'length'", ""),
        ("input.path[0]", "'input.path' is a text, not a list", ""),
        ("input.nothing.x == 1", "'input.nothing' is nothing (null), it has no field 'x'", ""),
        ("has(input.absent) || input.path + 1 == 2", "types do not fit", ""),
        ("has(input.absent) || input.pth == 2", "'input' has no field 'pth'", ""),
        ("hello", "there is no 'hello' here", "quote it inside: \"'hello'\""),
        ("hello world", "is not an expression", "quote it inside: \"'hello world'\""),
        ("Sign off, please!", "", "quote it inside"),
        ("steps.nope.output", "there is no 'steps.nope' here", ""),
        ("steps", "'steps' alone means nothing", "name the step"),
        ("steps['survey'].output", "'steps' alone means nothing", "name the step"),
        ("input.n and input.yes", "'and' is not a word", "write &&"),
        ("input.n +", "is not an expression", ""),
        ("", "empty", ""),
        ("'open", "character 1 is not part of an expression", ""),
        ("1 / 0", "division by zero", "divisor"),
        ("0.0 / 0.0", "not JSON", ""),
        ("input.n + 1.5", "types do not fit", "double(x)"),
        ("input.path + 1", "types do not fit", "string(x)"),
        ("open('/etc/passwd')", "no function 'open'", "size"),
        ("input.path.upper()", "no function 'upper'", "startsWith"),
        ("timestamp('2020-01-01T00:00:00Z')", "no function 'timestamp'", ""),
        ("b'abc'", "", ""),
        ("Foo{a: 1}", "'Foo{' is not part", ""),
        ("{1: 2}", "not JSON", ""),
        ("9223372036854775807 + input.n", "too large", ""),
    ],
)
def test_a_fault_says_what_is_wrong_and_what_to_do(text: str, said: str, hint: str) -> None:
    found = fault(text)
    assert said in found.reason
    assert hint in found.hint


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("input.path == '" + "x" * 500 + "'", "at most 500 characters"),
        ("input.items.map(a, input.items.map(b, input.items.map(c, a)))", "nested more than once"),
        ("input.items.map(a,a).map(a,a).map(a,a).map(a,a)", "more than 3 comprehensions"),
        ("[input.path]" + ".map(x,x+x+x+x+x+x+x+x)" * 3, "times +"),
        ("(" * 40 + "1" + ")" * 40, "nested more than 32 deep"),
        ("input.big.map(x, x)", "a list of 1500 items; at most 1000"),
        ("input.items.map(x, input.big.map(y, y))", "at most 100"),
        ("input.items.map(steps, 1)", "cannot be the name of an item"),
    ],
)
def test_work_is_capped(text: str, said: str) -> None:
    began = time.perf_counter()
    assert said in fault(text).reason
    assert time.perf_counter() - began < 0.5


def test_only_what_is_referred_to_is_handed_over_so_a_long_list_beside_it_does_no_harm() -> None:
    assert value("input.items.map(x, x + input.n)") == [5, 6, 7]


def test_a_condition_is_true_or_false_and_nothing_else() -> None:
    assert expressions.compile("input.n > 3").test(WORLD.__getitem__) is True
    assert expressions.compile("input.yes").test(WORLD.__getitem__) is True
    with pytest.raises(ExpressionFault, match=r"'input\.n' is a number, but a condition is true or false"):
        expressions.compile("input.n").test(WORLD.__getitem__)


def test_an_anchor_is_looked_up_once_for_an_expression() -> None:
    asked: list[Anchor] = []

    def lookup(anchor: Anchor) -> Json:
        asked.append(anchor)
        return WORLD[anchor]

    expressions.compile("input.n + input.n + size(input.items) + size(steps.survey.output.packages)").evaluate(lookup)
    assert asked == [("input",), ("steps", "survey")]


def test_a_compiled_expression_works_in_another_thread() -> None:
    compiled, found = expressions.compile("input.n + 1"), []
    thread = threading.Thread(target=lambda: found.append(compiled.evaluate(WORLD.__getitem__)))
    thread.start()
    thread.join(5)
    assert found == [5]


def test_a_plain_path_is_evaluated_without_the_expression_engine() -> None:
    assert expressions.compile("input.path").program is None
    assert expressions.compile("input.path == 'src'").program is not None


@given(st.text(max_size=60) | st.text(alphabet="input.steps()[]{}'\"+,:?!&|<>= x1map", max_size=40))
def test_any_text_is_an_expression_or_a_fault(text: str) -> None:
    with suppress(ExpressionFault):
        expressions.compile(text).evaluate(WORLD.__getitem__)
