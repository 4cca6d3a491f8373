"""Random workflows for the laws: every kind in every other, up to three deep, with all that can stand beside it."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from orchestrator.core.agents import AgentSpec, Lane
from orchestrator.core.definition import Workflow
from orchestrator.core.tree import from_plain
from orchestrator.core.validate import read_workflow
from tests.core.drawn_patterns import PATTERNS
from tests.core.random_boards import blackboards

AGENTS = (
    AgentSpec(name="quick", role="Answers at once.", runtime="scripted", lane=Lane.QUICK, capabilities=("anything",)),
    AgentSpec(name="slow", role="Takes its time.", runtime="scripted", lane=Lane.SLOW, capabilities=("anything",)),
    AgentSpec(name="boss", role="Asks others.", runtime="scripted", lane=Lane.QUICK, calls=("quick", "boss")),
    AgentSpec(name="spare", role="Stands in.", runtime="scripted", lane=Lane.QUICK),
    AgentSpec(name="person", role="Answers a form.", runtime="human", lane=Lane.REMOTE, settings={"deadline": "1m"}),
)
INPUT = {"flag": True, "items": [1, 2, 3], "none": [], "many": list(range(9))}
DEEPEST = 3
WAITS: tuple[Any, ...] = ("1m", "2s", {"for": "input.none"}, {"for": "size(input.items)"}, {"until": "input.then"},
                          {"until": "2000-01-01T00:00:00Z"}, {"until": "1700000030"})  # fmt: skip
NAMES = ("a", "b", "c", "d")
MERGES = ("collect", "collect", "collect", "majority", "fields", {"how": "best", "of": "score"},
          {"how": "majority", "field": "path"},
          {"how": "agent", "agent": "quick", "retry": {"attempts": 2}})  # fmt: skip
Source = dict[str, Any]


def read(source: Source) -> Workflow:
    """Read a workflow as it is read from a table."""
    found = read_workflow(from_plain(source), None)
    assert isinstance(found, Workflow), found
    return found


def workflow(*steps: Source, **more: Any) -> Workflow:
    """Read a workflow of these steps."""
    return read({"workflow": "try", "steps": list(steps), **more})


OTHERS = (
    read({"workflow": "below", "steps": [
        {"id": "a", "agent": "quick"},
        {"id": "p", "parallel": {"branches": {"b": {"agent": "slow"}, "c": {"agent": "quick", "optional": True}}}},
        {"id": "g", "gate": {"title": "?", "show": {"n": "1"}, "edit": ["n"], "on_reject": "continue"}},
    ]}),
    read({"workflow": "endless", "steps": [{"id": "a", "agent": "quick", "optional": True},
                                           {"id": "again", "workflow": "endless"}]}),
)  # fmt: skip
"""What steps may run: one with a gate, and one that runs itself without end."""


@st.composite
def workflows(draw: st.DrawFn) -> Source:
    """Draw the source of a workflow."""
    found: Source = {"workflow": "random", "steps": draw(_steps(DEEPEST))}
    if draw(st.integers(0, 4)) == 0:
        found["output"] = f"steps.{draw(st.sampled_from([step['id'] for step in found['steps']]))}.output"
    return found


@st.composite
def _steps(draw: st.DrawFn, depth: int) -> list[Source]:
    names = NAMES[: draw(st.integers(2 if depth == DEEPEST else 1, len(NAMES)))]
    found: list[Source] = []
    for index, name in enumerate(names):
        earlier = list(names[:index])
        step = {"id": name, **draw(_node(depth, earlier)), **draw(_beside(earlier))}
        if draw(st.booleans()):
            step["needs"] = draw(st.lists(st.sampled_from(earlier), unique=True)) if earlier else []
        found.append(step)
    return found


@st.composite
def _beside(draw: st.DrawFn, earlier: list[str], *, can_be_optional: bool = True) -> Source:
    found: Source = {}
    if draw(st.integers(0, 20)) == 20:
        found["when"] = "input.nothing"
    elif draw(st.integers(0, 3)) == 0:
        conditions = ["true", "false", "input.flag", "input.flag"]
        conditions += [f"steps.{name}.status == 'succeeded'" for name in earlier]
        found["when"] = draw(st.sampled_from(conditions))
    if can_be_optional and draw(st.integers(0, 3)) == 0:
        found["optional"] = True
    return found


@st.composite
def _node(draw: st.DrawFn, depth: int, earlier: list[str]) -> Source:
    if draw(st.booleans()) or not depth:
        return draw(_leaf(earlier))
    match draw(st.sampled_from(["sequence", "parallel", "map", "supervise", "loop", "branch", *PATTERNS])):
        case "supervise":
            return {"supervise": draw(_pool(earlier))}
        case "sequence":
            return {"sequence": draw(_steps(depth - 1))}
        case "parallel":
            names = NAMES[: draw(st.integers(1, 3))]
            branches = {name: {**draw(_node(depth - 1, earlier)), **draw(_beside(earlier))} for name in names}
            merge = draw(st.sampled_from(MERGES))
            return {"parallel": {"branches": branches, "tolerate": draw(st.integers(0, 2)), "merge": merge}}
        case "branch":
            return {"branch": draw(_branch(depth, earlier))}
        case "loop":
            return {"loop": draw(_loop(depth, earlier))}
        case "map":
            return {"map": draw(_map(depth, earlier))}
        case pattern:
            return {pattern: draw(PATTERNS[pattern])}


@st.composite
def _leaf(draw: st.DrawFn, earlier: list[str]) -> Source:
    match draw(
        st.sampled_from(["agent", "agent", "gate", "handoff", "review", "blackboard", "workflow", "wait", "route"])
    ):
        case "agent":
            return draw(_agent(earlier))
        case "gate":
            return draw(_gate(earlier))
        case "handoff":
            return {"handoff": draw(_handoff(earlier))}
        case "route":
            return draw(_route(earlier))
        case "review":
            return {"review": draw(_review(earlier))}
        case "blackboard":
            return {"blackboard": draw(blackboards(earlier))}
        case "wait":
            return {"wait": draw(st.sampled_from(WAITS))}
        case _:
            return {"workflow": draw(st.sampled_from(["below", "endless"]))}


@st.composite
def _agent(draw: st.DrawFn, earlier: list[str]) -> Source:
    found: Source = {"agent": draw(st.sampled_from(["quick", "slow", "quick", "slow", "boss", "person"]))}
    if draw(st.booleans()):
        found["retry"] = {"attempts": draw(st.integers(1, 3)), "backoff": "2s"}
    if draw(st.integers(0, 3)) == 0:
        found["fallback"] = draw(st.sampled_from([["spare"], ["person"], ["person", "spare"]]))
    if draw(st.integers(0, 5)) == 0:
        found["degrade"] = {"value": draw(st.sampled_from(["1", "input.items"])), "why": "nobody could"}
    if draw(st.integers(0, 4)) == 0:
        conditions = ["size(output.path) % 2 == 0", "output.nothing", "agents.quick.version > 0"]
        found["autonomy"] = draw(st.sampled_from(["act", "propose", *({"act_when": one} for one in conditions)]))
    if draw(st.integers(0, 2)) == 0:
        values = ["input.items", "1 + 1", "feedback", *(f"steps.{name}.output" for name in earlier)]
        found["with"] = {"given": draw(st.sampled_from(values))}
    return found


@st.composite
def _gate(draw: st.DrawFn, earlier: list[str]) -> Source:
    shown = {"n": "1", **{name: f"steps.{name}.status" for name in earlier[:1]}}
    found: Source = {"title": "Go on?", "show": shown, "edit": ["n"]}
    if draw(st.booleans()):
        found["approvers"] = {"quorum": draw(st.integers(1, 2))}
    if draw(st.booleans()):
        then = draw(st.sampled_from(["reject", "approve", "escalate"]))
        found["deadline"] = {"after": "1m", "then": then, **({"to": "heads"} if then == "escalate" else {})}
    found["on_reject"] = draw(st.sampled_from(["fail", "continue"]))
    return {"gate": found}


@st.composite
def _handoff(draw: st.DrawFn, earlier: list[str]) -> Source:
    """Draw supervised work; what is made in it holds by the length of its path, so that some does and some does not."""
    found: Source = {
        "agents": draw(st.lists(st.sampled_from(["quick", "slow", "spare", "person"]), min_size=1, unique=True))
    }
    found["check"] = {"fits": draw(st.sampled_from(["size(output.path) % 3 > 0", "true", "output.no", "false"]))}
    found["retries"] = draw(st.integers(0, 2))
    if draw(st.integers(0, 2)) == 0:
        found["with"] = {"given": draw(st.sampled_from(["feedback", *(f"steps.{name}.output" for name in earlier)]))}
    if draw(st.integers(0, 3)) == 0:
        found["judge"] = "spare"
    if draw(st.integers(0, 3)) == 0:
        found["degrade"] = {"value": draw(st.sampled_from(["1", "input.nothing"])), "why": "nobody could"}
    if draw(st.booleans()):
        found["escalate"] = draw(st.sampled_from([True, {"deadline": {"after": "1m"}}]))
    return found


@st.composite
def _route(draw: st.DrawFn, earlier: list[str]) -> Source:
    """Draw a choice among agents, one of whom may be a person."""
    among = draw(st.lists(st.sampled_from(["quick", "slow", "spare", "person"]), min_size=1, unique=True))
    found: Source = {"route": draw(st.sampled_from([{"among": among}, {"capability": "anything"}]))}
    if draw(st.booleans()):
        found["retry"] = {"attempts": draw(st.integers(1, 2))}
    if draw(st.integers(0, 2)) == 0:
        found["with"] = {"given": draw(st.sampled_from(["feedback", *(f"steps.{name}.output" for name in earlier)]))}
    if draw(st.integers(0, 3)) == 0:
        found["degrade"] = {"value": draw(st.sampled_from(["1", "input.nothing"])), "why": "nobody could"}
    return found


@st.composite
def _review(draw: st.DrawFn, earlier: list[str]) -> Source:
    found: Source = {"of": draw(st.sampled_from([*(f"steps.{name}.output" for name in earlier), "input.items"]))}
    if draw(st.booleans()):
        found["score"] = {"of": draw(st.sampled_from(["output.score", "size(output)"])), "least": 0.5}
    if draw(st.booleans()) or "score" not in found:
        found["rules"] = {"fits": draw(st.sampled_from(["true", "size(output.path) % 3 > 0", "false"]))}
    if draw(st.booleans()):
        found["similar"] = True
    if draw(st.integers(0, 2)) == 0:
        found["redo"] = draw(st.sampled_from([*NAMES]))
    if draw(st.booleans()):
        found["person"] = {"deadline": {"after": "1m"}}
    return {**found, "retries": draw(st.integers(0, 2))}


@st.composite
def _pool(draw: st.DrawFn, earlier: list[str]) -> Source:
    found = {**draw(_handoff(earlier)), "over": draw(st.sampled_from(["input.items", "input.many", "input.none"]))}
    least = draw(st.integers(1, 2))
    found["slots"] = {"least": least, "most": draw(st.integers(least, 4))}
    return {**found, "as": "x", "tolerate": draw(st.sampled_from([0, 1, 9]))}


@st.composite
def _map(draw: st.DrawFn, depth: int, earlier: list[str]) -> Source:
    lists = [
        "input.items",
        "input.none",
        "input.many",
        "input.flag",
        *(f"steps.{name}.output.list" for name in earlier),
    ]
    over = "input.flag" if draw(st.integers(0, 20)) == 20 else draw(st.sampled_from(lists))
    found: Source = {"over": over, "as": "x", "tolerate": draw(st.integers(0, 2))}
    if draw(st.integers(0, 3)) == 0:
        found["merge"] = draw(st.sampled_from([*MERGES[1:], {"how": "structured", "key": "x"}]))
    if draw(st.booleans()):
        found["concurrency"] = draw(st.integers(1, 3))
    body = draw(_node(depth - 1, earlier))
    if draw(st.integers(0, 3)) == 0:
        body["when"] = draw(st.sampled_from(["x != 1", "false"]))
    found["do"] = body
    return found


@st.composite
def _loop(draw: st.DrawFn, depth: int, earlier: list[str]) -> Source:
    body = draw(_node(depth - 1, earlier))
    if draw(st.integers(0, 2)) == 0:
        body["when"] = draw(st.sampled_from(["round != 2", "last == null", "false"]))
    if "agent" in body and draw(st.booleans()):
        body["with"] = {"round": "round", "before": "last", "said": "feedback"}
    found: Source = {"do": body, "rounds": draw(st.integers(1, 4)), "tolerate": draw(st.integers(0, 1))}
    if draw(st.booleans()):
        found["until"] = draw(st.sampled_from(["false", "round >= 2", "last == null", "last != null", "last.nope"]))
    if draw(st.booleans()):
        found["score"] = draw(st.sampled_from(["round", "0 - round", "round % 2", "last.list[0]"]))
        found |= draw(st.sampled_from([{}, {"improve": 1}, {"patience": 1}, {"otherwise": "best"}]))
    if "otherwise" not in found and draw(st.booleans()):
        found["otherwise"] = "last"
    found |= draw(st.sampled_from([{}, {"same": 2}, {"same": 0}, {"budget": {"minutes": 1}}]))
    if draw(st.booleans()):
        found["feedback"] = draw(st.sampled_from(["'again'", "last.path"]))
    return found


@st.composite
def _branch(draw: st.DrawFn, depth: int, earlier: list[str]) -> Source:
    conditions = ["false", "false", "input.flag", "input.nothing"]
    conditions += [f"steps.{one}.status == 'failed'" for one in earlier]
    found: list[Source] = [
        {"id": name, "when": draw(st.sampled_from(conditions)), **draw(_node(depth - 1, earlier))}
        for name in NAMES[: draw(st.integers(1, 3))]
    ]
    if draw(st.integers(0, 2)):
        del found[-1]["when"]
    return {"cases": found, "otherwise": draw(st.sampled_from(["fail", "skip"]))}
