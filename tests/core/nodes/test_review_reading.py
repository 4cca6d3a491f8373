"""Kind `review`: how it is read and checked before it runs."""

from __future__ import annotations

import pytest

from orchestrator.core.checks import Check
from orchestrator.core.definition import Workflow
from orchestrator.core.likeness import Likeness
from orchestrator.core.nodes.gate import Gate
from orchestrator.core.nodes.review import Review
from orchestrator.core.nodes.sequence import Sequence
from orchestrator.core.parse import Problems
from orchestrator.core.validate import read_workflow
from orchestrator.files.yaml_text import read_text
from tests.core.review import AGENTS

HEAD = "workflow: w\ninput: {type: object, properties: {n: {type: number}}}\nsteps:\n"
DRAFT = "  - {id: draft, agent: critic, with: {sections: '[1]'}}\n"
REVIEW = "  - id: check\n    review:\n"


def read(text: str, before: str = DRAFT) -> Workflow | Problems:
    return read_workflow(read_text(HEAD + before + REVIEW + text), AGENTS)


def review(text: str) -> Review:
    found = read(text)
    assert isinstance(found, Workflow), [str(one) for one in found]
    assert isinstance(found.root, Sequence)
    step = found.root.steps[-1]
    assert isinstance(step, Review)
    return step


def told(text: str, before: str = DRAFT) -> list[tuple[int, str]]:
    """Return the line, counted from that of the step, and the message of each problem."""
    found = read(text, before)
    start = len((HEAD + before).splitlines())
    return [] if isinstance(found, Workflow) else [((one.line or 0) - start, one.message) for one in found]


def test_everything_is_read() -> None:
    read = review(
        "      of: steps.draft.output\n      redo: draft\n      retries: 4\n      schema: {type: object}\n"
        "      score: {of: output.counts.score, least: 0.8}\n"
        "      rules: [{name: calm, check: output.summary != '', why: say something}]\n"
        "      similar: {to: input.n, alike: 0.7, least: 0.3, last: 5}\n"
        "      person: {title: Look, deadline: {after: 1h}}\n"
    )
    assert (read.of, read.redo, read.retries, read.schema) == ("steps.draft.output", "draft", 4, {"type": "object"})
    assert (read.score, read.least, read.rules) == (
        "output.counts.score", 0.8, (Check(name="calm", test="output.summary != ''", why="say something"),),
    )  # fmt: skip
    assert read.similar == Likeness(to="input.n", alike=0.7, least=0.3, last=5)
    assert isinstance(read.person, Gate)
    assert (read.person.title, read.person.deadline_seconds) == ("Look", 3600.0)


def test_what_is_done_again_is_what_made_the_result() -> None:
    assert review("      of: steps.draft.output.summary\n      similar: true\n").redo == "draft"
    only = review("      redo: draft\n      similar: true\n")
    assert (only.of, only.similar, only.retries) == ("steps.draft.output", Likeness(), 2)
    assert review("      of: input.n\n      similar: true\n").redo == ""


def test_its_output_is_what_it_let_out() -> None:
    after = "      redo: draft\n      similar: true\n"
    found = read(f"{after}output: steps.check.output.tone\n")
    assert not isinstance(found, Workflow)
    assert [one.message for one in found] == ["'steps.check.output' has no field 'tone'"]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("      similar: true\n", 2, "'review' needs 'of'"),
        ("      redo: draft\n", 2, "nothing is checked"),
        ("      redo: drafft\n      similar: true\n", 3, "there is no step 'drafft' before this one"),
        ("      of: steps.drafft.output\n      similar: true\n", 3, "there is no step 'drafft' before this one"),
        ("      redo: draft\n      score: {of: output.summary, least: 1}\n", 4, "a score is a number, this is a text"),
        ("      redo: draft\n      score: {of: 1}\n", 4, "'score' needs 'least'"),
        ("      redo: draft\n      score: {of: output.tone, least: 1}\n", 4, "'output' has no field 'tone'"),
        ("      redo: draft\n      rules: {calm: output.tone}\n", 4, "'output' has no field 'tone'"),
        ("      redo: draft\n      rules: {calm: output.summary}\n", 4, "a condition is true or false"),
        ("      redo: draft\n      rules: {score: input.n > 1}\n", 4, "'score' is a check of its own"),
        ("      redo: draft\n      similar: {alike: 3}\n", 4, "must be from 0 to 1, but is 3"),
        (
            "      redo: draft\n      similar: {to: steps.nowhere.output}\n",
            4,
            "there is no step 'nowhere' before this one",
        ),
        ("      redo: draft\n      similar: {last: 0}\n", 4, "must be from 1 to 200, but is 0"),
        ("      redo: draft\n      schema: {typ: object}\n", 4, "'typ'"),
        ("      redo: draft\n      similar: true\n      person: {titel: x}\n", 5, "'titel' is not a field of 'person'"),
        ("      redo: draft\n      similar: true\n      retries: -1\n", 5, "must be from 0 to 20, but is -1"),
    ],
)
def test_what_is_wrong_is_told_on_its_line(text: str, line: int, message: str) -> None:
    found = told(text)
    assert len(found) == 1, found
    assert found[0][0] == line, found
    assert message in found[0][1]


def test_a_review_needs_something_that_can_be_done_again() -> None:
    assert told("      of: input.n\n      rules: {positive: output > 0}\n", before="") == [
        (2, "nothing comes before it that could be done again")
    ]
