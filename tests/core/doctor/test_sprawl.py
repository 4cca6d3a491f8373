"""What the doctor finds on agents and crews (A5): each check with what it is for and its border."""

from __future__ import annotations

import pytest

from orchestrator.core.agents import AgentSpec, Tool
from orchestrator.core.definition import Node, Workflow
from orchestrator.core.doctor.crews import MOST_AGENTS
from orchestrator.core.doctor.examine import findings
from orchestrator.core.doctor.finding import Facts, Spans
from orchestrator.core.doctor.sprawl import LONGEST_INSTRUCTIONS, LONGEST_ROLE, MOST_TOOLS
from orchestrator.core.parse_steps import Blank


def spec(name: str = "writer", **more: object) -> AgentSpec:
    given = {"role": "Writes a letter.", "runtime": "callable", "owner": "letters"} | more
    return AgentSpec(name=name, **given)  # type: ignore[arg-type]


def flow(*agents: str, name: str = "post") -> Workflow:
    root: Node = Blank(id="")
    return Workflow(name=name, root=root, agents=agents)


def found(*specs: AgentSpec, flows: tuple[Workflow, ...] = (), **more: object) -> list[tuple[str, str]]:
    known = {one.name: one for one in specs}
    workflows = {one.name: one for one in flows or (flow(*known),)}
    facts = Facts(agents=known, workflows=workflows, **more)  # type: ignore[arg-type]
    every = findings(facts)
    assert all(one.what and one.why and one.remedy for one in every)
    return [(one.check, one.name) for one in every]


@pytest.mark.parametrize(
    ("more", "check"),
    [
        ({"role": " "}, "no-role"),
        ({"role": "W" + "r" * LONGEST_ROLE}, "long-role"),
        ({"role": "Writes a letter. Sends it as well."}, "long-role"),
        ({"instructions": "x" * (LONGEST_INSTRUCTIONS + 1)}, "long-instructions"),
        ({"owner": ""}, "no-owner"),
        ({"tools": tuple(Tool(name=f"t{n}", python="a:b") for n in range(MOST_TOOLS + 1))}, "many-tools"),
        ({"tools": (Tool(mcp="http://x", only=tuple(f"t{n}" for n in range(MOST_TOOLS + 1))),)}, "many-tools"),
        ({"runtime": "llm", "instructions": "Write."}, "trivial"),
    ],
)
def test_what_makes_an_agent_hard_to_keep_is_found(more: dict[str, object], check: str) -> None:
    assert found(spec(**more)) == [(check, "writer")]


@pytest.mark.parametrize(
    "more",
    [
        {"role": "Writes letters, e.g. to customers, by v1.2 of the guide."},
        {"role": "W" + "r" * (LONGEST_ROLE - 1)},
        {"instructions": "x" * LONGEST_INSTRUCTIONS},
        {"tools": tuple(Tool(name=f"t{n}", python="a:b") for n in range(MOST_TOOLS))},
        {"runtime": "llm", "instructions": "Write.", "tools": (Tool(name="t", python="a:b"),)},
    ],
)
def test_what_is_still_in_order_is_left_alone(more: dict[str, object]) -> None:
    assert found(spec(**more)) == []


def test_an_agent_is_unused_unless_a_workflow_a_board_or_another_agent_uses_it() -> None:
    other = flow("somebody")
    assert found(spec(), flows=(other,)) == [("unused", "writer")]
    assert found(spec(), flows=(other,), worked=frozenset({"writer"})) == []
    assert found(spec(), spec("chief", calls=("writer",)), flows=(flow("chief"),)) == []
    by_tool = spec("chief", tools=(Tool(name="w", agent="writer"),))
    assert found(spec(), by_tool, flows=(flow("chief"),)) == []


def test_work_that_takes_less_than_handing_it_over_is_trivial() -> None:
    assert found(spec(), medians={"writer": 0.0005}) == [("trivial", "writer")]
    assert found(spec(), medians={"writer": 0.5}) == []


def test_two_agents_that_can_the_same_are_found_once_unless_they_work_together_on_purpose() -> None:
    one = spec("a-writer", capabilities=("write",))
    other = spec("b-writer", capabilities=("write",), role="Writes a letter well.")
    different = spec("c-poet", capabilities=("write",), role="Composes verse in given metres.",
                     output_schema={"type": "array", "items": {"type": "string"}})  # fmt: skip
    apart = (flow("a-writer", name="x"), flow("b-writer", name="y"), flow("c-poet", name="z"))
    assert found(one, other, different, flows=apart) == [("overlap", "a-writer")]
    assert found(one, other) == []
    assert found(one, spec("b-writer", capabilities=("send",)), flows=apart) == []


def test_agents_among_whom_a_route_chooses_are_used_and_alike_on_purpose() -> None:
    """A3, A5."""
    pair = [spec(name, capabilities=("write",)) for name in ("a-writer", "b-writer")]
    routed = Workflow(name="x", root=Blank(id=""), capabilities=("write",))
    assert found(*pair, flows=(routed,)) == []
    assert found(*pair, flows=(flow("somebody"),)) == [
        ("overlap", "a-writer"), ("unused", "a-writer"), ("unused", "b-writer"),
    ]  # fmt: skip


def test_more_than_seven_agents_are_a_crowd() -> None:
    crew = [spec(f"a{n}") for n in range(MOST_AGENTS + 1)]
    assert found(*crew) == [("crowd", "post")]
    assert found(*crew[:-1]) == []


def test_branches_that_gain_nothing_are_found_only_where_it_was_measured() -> None:
    slow = Spans(workflow="post", step="both", together=3.0, apart=3.1, runs=3)
    assert found(spec(), spans=(slow,)) == [("no-gain", "post")]
    for better in (
        Spans(workflow="post", step="both", together=1.6, apart=3.1, runs=3),
        Spans(workflow="post", step="both", together=3.0, apart=3.1, runs=2),
        Spans(workflow="post", step="both", together=0.1, apart=0.1, runs=9),
        Spans(workflow="other", step="both", together=3.0, apart=3.1, runs=3),
    ):
        assert found(spec(), spans=(better,)) == []
