"""Files of agents: everything that is read, and every slip at its line."""

from __future__ import annotations

from typing import cast

import pytest

from orchestrator.core import codec
from orchestrator.core.agents import AgentSpec, Example, Lane, Tool, content_of, spec_of
from orchestrator.core.outcomes import Json
from orchestrator.core.parse_agent import SettingsRules, read_agent
from orchestrator.core.problems import Problem
from orchestrator.core.tree import from_plain
from orchestrator.files.yaml_text import read_text

FILE = """\
agent: ruff-check
role: Finds faults in Python files.
command: [ruff, check, "{input.files}"]
settings:
  output: json
input:
  type: object
  required: [files]
  properties: {files: {type: array}}
output: {type: array}
capabilities: [lint, python]
timeout: 2m
owner: platform
"""


class Commands:
    """A runtime that knows one program."""

    def check(self, settings: dict[str, Json]) -> list[Problem]:
        found = [Problem(path=name, message="is no setting") for name in settings if name not in ("command", "output")]
        command = settings.get("command")
        if not isinstance(command, list) or not command:
            return [*found, Problem(path="command", message="is not a list")]
        return found if command[0] == "ruff" else [*found, Problem(path="command[0]", message="is not allowed")]

    def lane(self, settings: dict[str, Json]) -> Lane:
        return Lane.QUICK if settings.get("output") == "json" else Lane.SLOW


class Runtimes:
    names = ("command", "callable")

    def get(self, name: str) -> SettingsRules | None:
        return Commands() if name == "command" else None


def told(text: str) -> list[tuple[int | None, str]]:
    found = read_agent(read_text(text), Runtimes())
    return [] if isinstance(found, AgentSpec) else [(one.line, f"{one.path}: {one.message}") for one in found]


def test_everything_is_read() -> None:
    spec = read_agent(read_text(FILE), Runtimes())
    assert spec == AgentSpec(
        name="ruff-check",
        role="Finds faults in Python files.",
        runtime="command",
        settings={"output": "json", "command": ["ruff", "check", "{input.files}"]},
        input_schema={"type": "object", "required": ["files"], "properties": {"files": {"type": "array"}}},
        output_schema={"type": "array"},
        capabilities=("lint", "python"),
        timeout_seconds=120.0,
        lane=Lane.QUICK,
        owner="platform",
    )


def test_without_runtimes_settings_are_taken_as_they_are() -> None:
    spec = read_agent(from_plain({"agent": "a", "role": "Does it.", "runtime": "anything", "settings": {"x": 1}}))
    assert isinstance(spec, AgentSpec)
    assert (spec.runtime, spec.settings, spec.lane) == ("anything", {"x": 1}, Lane.SLOW)


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        ("agent:", "agnt:", 1, "'agnt' is not a field of an agent"),
        ("ruff-check", "Ruff Check", 1, "must be the name of an agent"),
        ("role: Finds faults in Python files.\n", "", 1, "an agent needs 'role'"),
        ("[ruff,", "[rm,", 3, "command[0]: is not allowed"),
        ('[ruff, check, "{input.files}"]', "ruff", 3, "command: is not a list"),
        ("command:", "runtime: nothing\ncommand:", 3, "there is no runtime 'nothing'"),
        ("command:", "runtime: callable\ncommand:", 4, "does not go with runtime 'callable'"),
        ("output: json", "outputs: json", 5, "settings.outputs: is no setting"),
        ("\n  output: json", " json", 4, "'settings' must be an object"),
        ("\n  output: json", "\n  command: [ruff]", 3, "stands here and in 'settings'"),
        ("required: [files]", "required: [file]", 8, "'file' is required, but not among the properties"),
        ("{type: array}\nc", "{type: arry}\nc", 10, "output.type: expected one of"),
        ("[lint, python]", "lint", 11, "must be a list of capabilities"),
        ("2m", "soon", 12, "must be a time"),
        ("owner: platform", "owner: [x]", 13, "must be a text, but is a list"),
    ],
)
def test_a_slip_is_told_at_its_line(old: str, new: str, line: int, message: str) -> None:
    assert FILE.count(old) == 1
    assert [one for one in told(FILE.replace(old, new)) if one[0] == line and message in one[1]], told(
        FILE.replace(old, new)
    )


def test_several_slips_are_told_all_at_once() -> None:
    text = FILE.replace("2m", "soon").replace("[ruff,", "[rm,").replace("role:", "rol:")
    assert [line for line, _ in told(text)] == [2, 3, 12]


def test_a_file_that_is_not_an_agent_is_told() -> None:
    assert [line for line, _ in told("- a\n- b")] == [1]
    assert "not YAML" in told("a: b: c")[0][1]


MODEL = """\
agent: researcher
role: Answers a question from sources.
model: openai:small
instructions: |
  Answer in one sentence.
tools:
  - python: shop.tools:search
  - {python: "shop.tools:buy", risky: true, most: 1, approvers: {group: tills, not_starter: true}, deadline: 4h}
  - {agent: summarizer, name: shorten}
  - {mcp: "http://localhost:9000/mcp", only: [look_up], repeatable: true, cache: 10m}
actions: 12
budget:
  call: {usd: 0.05, tokens: 4000}
  day: {usd: 10, calls: 500}
limits: {concurrency: 4, calls: 60, per: 1m, context: 8000, trim: oldest, memory: 512, output: 0.5}
examples:
  - name: short
    input: {question: "2 + 2?"}
    expect: ["output.answer.size() > 0"]
probe: short
"""


def test_what_a_model_needs_is_read() -> None:
    """A1, A4, A7, C1, C3, C4, H6."""
    spec = read_agent(read_text(MODEL))
    assert isinstance(spec, AgentSpec), spec
    assert (spec.runtime, spec.settings, spec.instructions) == (
        "llm", {"model": "openai:small"}, "Answer in one sentence.",
    )  # fmt: skip
    assert spec.tools == (
        Tool(name="search", python="shop.tools:search"),
        Tool(
            name="buy",
            python="shop.tools:buy",
            risky=True,
            most=1,
            group="tills",
            not_starter=True,
            deadline_seconds=14400.0,
        ),
        Tool(name="shorten", agent="summarizer"),
        Tool(mcp="http://localhost:9000/mcp", only=("look_up",), repeatable=True, cache_seconds=600.0),
    )
    assert (spec.actions, spec.cache_seconds, spec.probe) == (12, 0.0, "short")
    assert spec.budget == {"call": {"usd": 0.05, "tokens": 4000.0}, "day": {"usd": 10.0, "calls": 500.0}}
    assert spec.limits == {
        "concurrency": 4.0, "calls": 60.0, "seconds": 60.0, "context": 8000.0, "trim": 1.0, "memory": 512.0,
        "output": 0.5,
    }  # fmt: skip
    assert spec.examples == (Example(name="short", input={"question": "2 + 2?"}, expect=("output.answer.size() > 0",)),)
    kept = cast("dict[str, object]", codec.plain(spec))
    assert spec_of(kept, 1) == spec


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("python: shop.tools:search", "name: search", "tools[0]: a tool is one of python, agent, mcp, but nothing"),
        ("agent: summarizer, name", "agent: summarizer, python: 'a:b', name", "python and agent stand together"),
        ("shop.tools:search", "shop.tools.search", "tools[0]: 'shop.tools.search' names no function"),
        ('"http://localhost:9000/mcp"', "localhost:9000", "tools[3]: 'localhost:9000' is no address of a server"),
        ("risky: true", "deadline: 1h", "tools[1].deadline: 'deadline' goes with 'risky: true'"),
        (
            "repeatable: true, cache",
            "cache",
            "tools[3]: what it does would not be done where",
        ),
        ("name: shorten", "cache: 1h", "tools[2]: the answers of an agent are kept as its own contract says"),
        ("cache: 10m", "cache: soon", "tools[3].cache: "),
        ("name: shorten", "name: 'make it short'", "tools[2]: 'make it short' is no name for a tool"),
        ("name: shorten", "name: search", "tools[2]: there are two tools 'search'"),
        ("{agent: summarizer,", "{agent: summarizer, only: [x],", "tools[2].only: 'only' goes with 'mcp'"),
        ("usd: 0.05", "usd: 0", "budget.call.usd: must be a number above 0"),
        ("  day:", "  week:", "week"),
        ("calls: 60, per: 1m", "calls: 60", "'calls' and 'per' go together"),
        (", context: 8000", "", "limits.trim: 'trim' goes with 'context'"),
        ("trim: oldest", "trim: newest", "limits.trim: must be one of oldest, but is 'newest'"),
        ("context: 8000", "context: 0", "limits.context: must be from 1 to"),
        ("memory: 512", "memory: 1", "limits.memory: must be from 64 to"),
        ("output: 0.5", "output: 0", "limits.output: must be at least 0.001"),
        ("probe: short", "probe: long", "probe: there is no example 'long'"),
        ("output.answer.size() > 0", "output.answer ===", "examples[0].expect[0]: "),
        ("actions: 12", "actions: 0", "actions: "),
        ("model: openai:small", "model: openai:small\nruntime: command", "'model' does not go with runtime 'command'"),
    ],
)
def test_a_slip_in_it_is_told_at_its_place(before: str, after: str, words: str) -> None:
    assert before in MODEL
    found = read_agent(read_text(MODEL.replace(before, after, 1)))
    assert not isinstance(found, AgentSpec)
    assert any(words in f"{one.path}: {one.message}" for one in found), found


@pytest.mark.parametrize(("tool", "is_refused"), [
    ("{python: shop.tools:search, repeatable: true}", False),
    ("{python: shop.tools:buy}", True),
    ("{python: shop.tools:buy, repeatable: true, risky: true}", True),
])  # fmt: skip
def test_answers_are_kept_of_an_agent_whose_tools_only_look(tool: str, is_refused: bool) -> None:
    """C3: what a tool does would not be done where an answer is given again."""
    found = read_agent(read_text(f"{{agent: a, role: Answers., model: 'openai:small', cache: 1h, tools: [{tool}]}}"))
    if is_refused:
        assert not isinstance(found, AgentSpec)
        assert [(one.path, one.hint) for one in found] == [
            ("cache", "mark tools that only look as 'repeatable: true', or remove 'cache'")
        ]
    else:
        assert isinstance(found, AgentSpec)
        assert found.cache_seconds == 3600.0


def test_a_tool_without_a_cache_makes_no_other_contract_than_before_there_was_one() -> None:
    """A version is known by its content: what was kept earlier must stay the same version."""
    spec = AgentSpec(name="a", role="Looks.", runtime="llm", tools=(Tool(name="look", python="m:look"),))
    (tool,) = cast("list[dict[str, object]]", content_of(spec)["tools"])
    assert "cache_seconds" not in tool


@pytest.mark.parametrize(("runtime", "is_refused"), [("remote", True), ("http", True), ("callable", False)])
def test_what_is_done_elsewhere_cannot_be_approved_here(runtime: str, is_refused: bool) -> None:
    """H6: said when it is defined, not when the step fails."""
    tools = "tools:\n  - {python: 'shop:look'}\n  - {python: 'shop:pay', risky: true}\n"
    found = read_agent(read_text(f"agent: a\nrole: Pays.\nruntime: {runtime}\n{tools}"))
    if not is_refused:
        assert isinstance(found, AgentSpec)
        return
    assert isinstance(found, tuple)
    assert [(one.path, one.line) for one in found] == [("tools[1]", 6)]
    assert f"'risky' does not go with runtime '{runtime}'" in found[0].message
