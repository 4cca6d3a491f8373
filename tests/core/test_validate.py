"""Whole workflows: what is read from them, what may be referred to, and that contracts fit before anything runs."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.definition import Workflow
from orchestrator.core.nodes.agent import AgentNode
from orchestrator.core.nodes.catalogue import KINDS
from orchestrator.core.nodes.sequence import Sequence
from orchestrator.core.outcomes import Json
from orchestrator.core.tree import from_plain
from orchestrator.core.validate import read_workflow
from orchestrator.files.yaml_text import read_text
from tests.core.review import AGENTS, WORKFLOW

HEAD = "workflow: w\ninput:\n  type: object\n  properties: {path: {type: string}, n: {type: integer}}\n"
A = "- {id: a,"
GATE = "gate: {title: T}"
SURVEY = f"{A} agent: surveyor, with:"


def read(text: str) -> Workflow:
    found = read_workflow(read_text(text), AGENTS)
    assert isinstance(found, Workflow), [str(problem) for problem in found]
    return found


def told(text: str) -> list[tuple[int | None, str, str]]:
    found = read_workflow(read_text(text), AGENTS)
    return [] if isinstance(found, Workflow) else [(one.line, one.message, one.hint) for one in found]


def test_a_valid_file_becomes_a_workflow_with_everything_in_it() -> None:
    workflow = read(WORKFLOW)
    assert workflow.name == "repo-review"
    assert workflow.role.startswith("Reviews a folder")
    assert workflow.budget == {"usd": 5, "tokens": 200000, "minutes": 30}
    assert workflow.labels == {"area": "quality"}
    assert workflow.agents == (
        "surveyor", "ruff-check", "checklist", "bandit-check", "merger", "critic", "critic-lite", "publisher",
    )  # fmt: skip
    assert isinstance(workflow.root, Sequence)
    assert [step.id for step in workflow.root.steps] == [
        "survey",
        "scan",
        "echo",
        "merge",
        "critique",
        "sign_off",
        "publish",
    ]
    assert [step.kind for step in workflow.root.steps] == ["agent", "map", "map", "agent", "agent", "gate", "agent"]
    assert workflow.root.output == "steps.publish.output.report"
    assert workflow.root.steps[0].line == 13


def test_the_same_tree_from_python_is_the_same_workflow() -> None:
    plain = read_text(WORKFLOW).plain()
    built = read_workflow(from_plain(plain), AGENTS)
    assert built == read(WORKFLOW)
    assert isinstance(built, Workflow)
    assert built.version == read(WORKFLOW).version


def test_a_version_changes_with_content_only() -> None:
    assert read("# note\n" + WORKFLOW).version == read(WORKFLOW).version
    assert read(WORKFLOW.replace("60s", "61s")).version != read(WORKFLOW).version


def test_without_agents_only_the_shape_is_read() -> None:
    assert isinstance(read_workflow(read_text(WORKFLOW), None), Workflow)
    assert not isinstance(read_workflow(read_text(WORKFLOW.replace("over:", "ovr:")), None), Workflow)


@pytest.mark.parametrize(
    ("steps", "message", "hint"),
    [
        (
            f"{A} agent: surveyr, with: {{path: input.path}}}}",
            "there is no agent 'surveyr'",
            "did you mean 'surveyor'?",
        ),
        (f"{SURVEY} {{path: input.pth}}}}", "'input' has no field 'pth'", "did you mean 'path'?"),
        (f"{SURVEY} {{path: input.n}}}}", "surveyor: must be a text, but is a whole number", ""),
        (f"{SURVEY} {{path: hello}}}}", "there is no 'hello' here", "\"'hello'\""),
        (f"{SURVEY} {{path: 7}}}}", "surveyor: expected a text, found 7", "give a text"),
        (f"{SURVEY} {{}}}}", "surveyor: 'path' (a text) is missing", "nothing is given"),
        (f"{SURVEY} {{path: input.path, more: input.n}}}}", "surveyor: 'more' is not taken", ""),
        (f"{A} agent: surveyor}}", "which does not fit: 'n' is not taken", "say in 'with'"),
        (
            f"{SURVEY} {{path: steps.b.output}}}}\n  - {{id: b, {GATE}}}",
            "step 'b' may not have ended before this",
            "needs",
        ),
        (f"{SURVEY} {{path: steps.a.output}}}}", "step 'a' may not have ended before this one", ""),
        (f"{A} agent: checklist, with: {{files: steps.no.output}}}}", "there is no step 'no' before this one", ""),
        (f"{A} gate: {{title: T, show: steps}}}}", "'steps' alone means nothing", "name the step"),
        (f"{A} when: input.n, {GATE}}}", "a condition is true or false, this is a whole number", "compare"),
        (f"{A} when: \"'x'\", {GATE}}}", "a condition is true or false, this is a text", ""),
        (f"{A} {GATE}, agent: critic}}", "a step is one thing: 'gate' or 'agent'", "make two steps"),
        ("- {id: a}", "a step needs one of agent, sequence, parallel, map, branch, loop, gate", ""),
        (f"{A} {GATE}, with: {{x: input.n}}}}", "'with' is not a field of a step", ""),
        ("- just text", "a step must be an object, but is a text", ""),
        (f"{A} needs: [b], {GATE}}}\n  - {{id: b, {GATE}}}", "'b' waits for this step", "circle"),
        (f"{A} needs: [b], {GATE}}}\n  - {{id: b, needs: [], {GATE}}}", "'b' is written later", "up"),
        (f"{A} needs: [a], {GATE}}}", "'a' needs itself", "leave it out"),
    ],
)
def test_a_slip_is_told_in_words_with_a_remedy(steps: str, message: str, hint: str) -> None:
    found = told(f"{HEAD}steps:\n  {steps}\n")
    assert [one for one in found if one[0] == 6 and message in one[1] and hint in one[2]], found


def test_a_second_step_of_the_same_name_is_told_with_the_line_of_the_first() -> None:
    text = f"{HEAD}steps:\n  {A} {GATE}}}\n  {A} {GATE}}}\n"
    assert told(text) == [(7, "another step is called 'a'", "it stands in line 6")]


def test_a_step_may_refer_to_all_it_waits_for_and_to_nothing_beside() -> None:
    def steps(reference: str) -> str:
        return (
            f"{HEAD}steps:\n"
            "  - {id: a, needs: [], agent: surveyor, with: {path: input.path}}\n"
            "  - {id: b, needs: [a], agent: surveyor, with: {path: input.path}}\n"
            "  - {id: c, needs: [], agent: surveyor, with: {path: input.path}}\n"
            f"  - {{id: d, needs: [b], agent: surveyor, with: {{path: {reference}}}}}\n"
        )

    assert told(steps("steps.b.output.root")) == []
    assert told(steps("steps.a.output.root")) == []
    assert [line for line, *_ in told(steps("steps.c.output.root"))] == [9]


def test_inner_steps_see_outer_ones_and_not_the_other_way_round() -> None:
    inner = "{id: in, agent: surveyor, with: {path: steps.out.output.root}}"
    text = (
        f"{HEAD}steps:\n  - {{id: out, agent: surveyor, with: {{path: input.path}}}}\n"
        f"  - {{id: both, sequence: [{inner}]}}\n"
        "  - {id: last, agent: surveyor, with: {path: steps.both.output.root}}\n"
    )
    assert told(text) == []
    assert [line for line, *_ in told(text.replace("steps.both.output", "steps.in.output"))] == [8]


def test_branches_of_a_parallel_do_not_see_each_other() -> None:
    text = (
        f"{HEAD}steps:\n  - id: p\n    parallel:\n      branches:\n"
        "        one: {agent: surveyor, with: {path: input.path}}\n"
        "        two: {agent: surveyor, with: {path: steps.one.output.root}}\n"
    )
    assert [(line, message) for line, message, _ in told(text)] == [(10, "there is no step 'one' before this one")]


def test_a_step_without_with_is_given_what_its_only_predecessor_made() -> None:
    steps = "  - {{id: a, agent: {first}, with: {{{given}}}}}\n  - {{id: b, agent: {second}}}\n"
    fits = steps.format(first="checklist", given="files: '[]'", second="checklist")
    assert told(f"{HEAD}steps:\n{fits}") == []
    misfits = steps.format(first="surveyor", given="path: input.path", second="critic")
    message = (
        "critic is given what comes by itself, which does not fit: 'root' is not taken; 'packages' is not taken; "
        "'sections' (a list) is missing"
    )
    assert told(f"{HEAD}steps:\n{misfits}") == [(7, message, "say in 'with' what it is given")]


def test_a_hundred_steps_are_read_in_a_tenth_of_a_second() -> None:
    steps = "".join(
        f"  - id: s{n}\n    agent: surveyor\n    with: {{path: steps.s{n - 1}.output.root}}\n    timeout: 60s\n"
        for n in range(1, 100)
    )
    text = f"{HEAD}steps:\n  - {{id: s0, agent: surveyor, with: {{path: input.path}}}}\n{steps}"
    spent = []
    for _ in range(5):
        began = time.perf_counter()
        read(text)
        spent.append(time.perf_counter() - began)
    assert min(spent) < 0.1


def test_the_kinds_of_the_catalogue_are_those_of_their_nodes() -> None:
    assert {name: KINDS[name].fields for name in KINDS} == {
        "agent": ("with", "retry", "timeout", "fallback", "degrade", "budget", "limits", "autonomy"),
        "sequence": (), "parallel": (), "map": (), "gate": (), "handoff": (), "supervise": (), "review": (),
        "blackboard": (), "converse": (), "loop": (), "branch": (), "wait": (),
        "workflow": ("with", "budget"), "route": ("with", "retry", "timeout", "budget", "limits", "degrade"),
    }  # fmt: skip
    assert AgentNode.kind == "agent"


KEYS = (
    "workflow steps input output id when needs agent map gate parallel sequence with retry over as do branches title "
    "agents check judge retries degrade escalate handoff supervise slots least most tolerate name why "
    "review of rules similar redo route capability among like tools context prefer "
    "show edit edit_schema approvers deadline after then to type properties required budget labels on $ref items anyOf "
    "loop rounds until score last budget feedback branch cases otherwise wait for until 10m "
    "# a b surveyor steps.a.output 60s"
)
WORDS = st.sampled_from([*KEYS.split(), ""])
ANY: st.SearchStrategy[Json] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | WORDS | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(WORDS, inner, max_size=5),
    max_leaves=25,
)
STEP = st.fixed_dictionaries(
    {"id": WORDS},
    optional=dict.fromkeys(
        (
            "when",
            "needs",
            "agent",
            "map",
            "gate",
            "handoff",
            "supervise",
            "review",
            "parallel",
            "sequence",
            "with",
            "retry",
        ),
        ANY,
    ),
)


@given(
    ANY
    | st.fixed_dictionaries(
        {"workflow": WORDS, "steps": st.lists(STEP, max_size=4)}, optional={"input": ANY, "output": ANY}
    )
)
def test_any_tree_is_a_workflow_or_problems(value: Json) -> None:
    found = read_workflow(from_plain(value), AGENTS)
    assert isinstance(found, Workflow) or (found and all(problem.message for problem in found))


@given(st.integers(0, len(WORKFLOW) - 1), st.integers(0, 30), st.text("{}[]:-,'\"& \n#ab1", max_size=6))
def test_any_edit_of_the_text_is_a_workflow_or_problems(at: int, length: int, new: str) -> None:
    found = read_workflow(read_text(WORKFLOW[:at] + new + WORKFLOW[at + length :]), AGENTS)
    assert isinstance(found, Workflow) or (found and all(problem.message for problem in found))
