"""The public face: a decorator makes a function an agent, with contracts from its type hints."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Literal, NotRequired, TypedDict

import pytest

from orchestrator import agents
from orchestrator.core import schema
from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.outcomes import Json
from orchestrator.runtimes.contracts import input_schema, output_schema
from tests.runtimes.conftest import PROJECT


class Level(StrEnum):
    LOW = "low"
    HIGH = "high"


class Finding(TypedDict):
    file: str
    line: NotRequired[int]


@dataclass(frozen=True)
class Vendor:
    name: str
    level: Level = Level.LOW


def word_counter(text: str, ctx: agents.Context) -> dict[str, int]:
    return {"words": len(text.split())}


def everything(
    a: int,
    b: float,
    c: bool,
    d: list[Finding],
    e: dict[str, list[str]],
    f: Vendor,
    g: Literal["x", 2],
    h: Annotated[str, "What it is for."],
    i: tuple[int, str],
    j: Any,
    k: str | None = None,
    m: Vendor | int = 3,
    n: tuple[int, ...] = (),
) -> list[Finding] | None:
    return None


@pytest.fixture(autouse=True)
def _clean_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "_registered", {})


def define(function: object, **settings: Any) -> AgentSpec:
    agents.agent(**{"role": "Does something.", **settings})(function)  # type: ignore[type-var]
    return agents.registered()[-1]


def test_a_decorated_function_is_registered_with_its_contract_and_stays_itself() -> None:
    """A1: role, capabilities, typed input and output, owner."""
    made = agents.agent(role="Counts the words of a text.", capabilities=["count"], owner="docs")(word_counter)
    assert made is word_counter
    assert agents.registered() == (
        AgentSpec(
            name="word-counter",
            role="Counts the words of a text.",
            runtime="callable",
            settings={"target": f"{__name__}:word_counter", "inline": False},
            input_schema={
                "type": "object",
                "properties": {"text": {"type": "string"}},
                "required": ["text"],
                "additionalProperties": False,
            },
            output_schema={"type": "object", "additionalProperties": {"type": "integer"}},
            capabilities=("count",),
            timeout_seconds=60.0,
            lane=Lane.SLOW,
            owner="docs",
        ),
    )


def test_inline_timeout_and_name_are_taken_over() -> None:
    spec = define(word_counter, inline=True, timeout="2m", name="counter", cache="1h")
    assert (spec.name, spec.lane, spec.timeout_seconds) == ("counter", Lane.QUICK, 120.0)
    assert (spec.cache_seconds, define(word_counter, name="other").cache_seconds) == (3600.0, 0.0)
    assert spec.settings["inline"] is True


def test_every_type_a_contract_can_name_becomes_a_schema() -> None:
    finding: dict[str, Json] = {
        "type": "object",
        "properties": {"file": {"type": "string"}, "line": {"type": "integer"}},
        "required": ["file"],
    }
    vendor: dict[str, Json] = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "level": {"enum": ["low", "high"]}},
        "required": ["name"],
        "additionalProperties": False,
    }
    made = input_schema(everything)
    assert made["properties"] == {
        "a": {"type": "integer"},
        "b": {"type": "number"},
        "c": {"type": "boolean"},
        "d": {"type": "array", "items": finding},
        "e": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
        "f": vendor,
        "g": {"enum": ["x", 2]},
        "h": {"type": "string", "description": "What it is for."},
        "i": {
            "type": "array",
            "prefixItems": [{"type": "integer"}, {"type": "string"}],
            "minItems": 2,
            "maxItems": 2,
        },
        "j": {},
        "k": {"type": ["string", "null"], "default": None},
        "m": {"anyOf": [vendor, {"type": "integer"}], "default": 3},
        "n": {"type": "array", "items": {"type": "integer"}, "default": []},
    }
    assert made["required"] == list("abcdefghij")
    assert output_schema(everything) == {"anyOf": [{"type": "array", "items": finding}, {"type": "null"}]}
    assert schema.check_schema(made) == ()


def test_a_function_without_hints_takes_and_returns_anything() -> None:
    def plain(x, *, y=1, **more):  # type: ignore[no-untyped-def]
        return x

    assert input_schema(plain) == {
        "type": "object",
        "properties": {"x": {}, "y": {"default": 1}},
        "required": ["x"],
        "additionalProperties": True,
    }
    assert output_schema(plain) == {}


def takes_set(items: set[str]) -> None: ...
def takes_bytes(data: bytes) -> None: ...
def takes_by_place(a: int, /) -> None: ...
def takes_unknown(a: Nowhere) -> None: ...  # type: ignore[name-defined]  # noqa: F821
def returns_iterator() -> Iterator[int]: ...  # type: ignore[empty-body]


@pytest.mark.parametrize(
    ("function", "settings", "words"),
    [
        (takes_set, {}, "items: set[str] is not a type a contract can name"),
        (takes_bytes, {}, "data: bytes is not a type"),
        (takes_by_place, {}, "remove the '/'"),
        (takes_unknown, {}, "'Nowhere' is not defined"),
        (returns_iterator, {}, "return:"),
        (word_counter, {"role": " "}, "say in one sentence what it does"),
        (word_counter, {"timeout": "soon"}, "'soon' is not a time"),
        (word_counter, {"timeout": "0s"}, "is not a time"),
        (word_counter, {"name": "Word Counter"}, "lower-case words with hyphens"),
        (lambda text: text, {"name": "nameless"}, "at the top of a module"),
    ],
)
def test_a_broken_definition_says_what_to_change(function: object, settings: dict[str, Any], words: str) -> None:
    with pytest.raises(agents.BrokenAgent) as caught:
        define(function, **settings)
    assert words in str(caught.value)
    assert agents.registered() == ()


def test_two_functions_of_a_module_cannot_have_one_name_but_it_may_be_read_again() -> None:
    define(word_counter)
    define(word_counter)
    with pytest.raises(agents.BrokenAgent, match="has this name already"):
        define(takes_anything, name="word-counter")


def test_two_modules_may_each_have_an_agent_of_one_name(monkeypatch: pytest.MonkeyPatch) -> None:
    """A warm worker runs what different libraries define; which of them an installation loads is its matter."""
    define(word_counter)
    monkeypatch.setattr(takes_anything, "__module__", "elsewhere")
    define(takes_anything, name="word-counter")
    targets = [spec.settings["target"] for spec in agents.registered()]
    assert targets == ["elsewhere:takes_anything", f"{__name__}:word_counter"]


def takes_anything(x: object) -> None: ...


def test_a_module_is_loaded_by_its_name_with_the_agents_it_defines(monkeypatch: pytest.MonkeyPatch) -> None:
    define(word_counter)
    module = "examples.repo_review.agents"
    monkeypatch.setitem(sys.modules, module, None)  # so that what is imported here is forgotten afterwards
    del sys.modules[module]
    loaded = agents.load(module)
    assert [spec.name for spec in loaded] == ["critic", "merge-sections", "publish", "survey"]


def test_the_public_face_needs_neither_django_nor_celery() -> None:
    """Rule 2 of the architecture, as far as it concerns authors of agents."""
    script = "import sys; from orchestrator import agents; print(sorted({m.partition('.')[0] for m in sys.modules}))"
    loaded = subprocess.run([sys.executable, "-c", script], cwd=PROJECT, capture_output=True, text=True, check=True)
    assert "orchestrator" in loaded.stdout
    assert not any(name in loaded.stdout for name in ("django", "celery", "channels", "redis", "kombu"))


def test_examples_and_a_probe_stand_beside_the_function_and_are_checked() -> None:
    """A4, R3."""
    example = agents.Example(name="two", input={"text": "a b"}, expect=("output.words == 2",))

    agents.agent(role="Counts.", name="counts-with-examples", examples=[example], probe="two")(word_counter)
    spec = next(one for one in agents.registered() if one.name == "counts-with-examples")
    assert (spec.examples, spec.probe) == ((example,), "two")
    for wrong, words in (
        ({"examples": [example, example]}, "two examples 'two'"),
        ({"examples": [example], "probe": "three"}, "there are: two"),
        ({"examples": [agents.Example(name="x", input={}, expect=("output.words ==",))]}, "example 'x'"),
    ):
        with pytest.raises(agents.BrokenAgent, match=words):
            agents.agent(role="Counts.", name="counts-with-examples", **wrong)(word_counter)  # type: ignore[arg-type]


def test_tools_go_by_their_own_names_unless_they_are_given_one() -> None:
    """A7, P12."""
    given = (agents.Tool(python="shop.tools:Till.pay"), agents.Tool(agent="helper"), agents.Tool(mcp="http://a.b/mcp"),
             agents.Tool(name="buy", python="shop.tools:pay"))  # fmt: skip
    agents.agent(role="Uses tools.", name="uses-tools", tools=given, actions=3)(word_counter)
    (spec,) = [one for one in agents.registered() if one.name == "uses-tools"]
    assert ([tool.name for tool in spec.tools], spec.actions) == (["pay", "helper", "", "buy"], 3)


@pytest.mark.parametrize(
    ("tool", "words"),
    [
        (agents.Tool(), "nothing says what it is; write one of them"),
        (agents.Tool(python="a:b", agent="c"), "python and agent stand together"),
        (agents.Tool(python="pay"), "'pay' names no function; write package.module:function"),
    ],
)
def test_a_tool_that_cannot_be_is_refused_in_words(tool: agents.Tool, words: str) -> None:
    with pytest.raises(agents.BrokenAgent, match=words):
        agents.agent(role="Uses tools.", name="uses-broken-tools", tools=[tool])(word_counter)


def test_a_budget_and_limits_are_read_as_in_a_file() -> None:
    """C1, C7."""
    define(word_counter, budget={"day": {"usd": 5}}, limits={"memory": 512, "calls": 60, "per": "1m"})
    (spec,) = agents.registered()
    assert (spec.budget, spec.limits) == ({"day": {"usd": 5.0}}, {"memory": 512.0, "calls": 60.0, "seconds": 60.0})
    for wrong, words in (
        ({"budget": {"week": {"usd": 5}}}, "budget.week"),
        ({"budget": {"day": {"usd": 0}}}, r"budget.day.usd: must be a number above 0"),
        ({"limits": {"memory": 1}}, "limits.memory: must be from 64"),
    ):
        with pytest.raises(agents.BrokenAgent, match=words):
            define(word_counter, **wrong)
